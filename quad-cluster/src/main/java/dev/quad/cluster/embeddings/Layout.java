// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import dev.quad.InputException;
import java.nio.file.Path;
import java.util.Map;

/** Where the rows lie in a file, and how. */
record Layout(long dataStart, long rows, long dimension, ElementType type, Map<String, String> metadata) {

    /** Checks that the rows are what the file goes on with, and can be counted. */
    Layout check(Path file, long fileSize) {
        if (dimension < 1 || dimension > Integer.MAX_VALUE / 8 || rows < 0 || rows > Integer.MAX_VALUE) {
            throw new InputException(file + " holds " + rows + " rows of " + dimension
                    + " values; allowed are up to 2^31 - 1 rows of 1 to 2^28 - 1: split the file");
        }
        long needed = dataStart + Math.multiplyExact(rows, dimension * type.bytes());
        if (fileSize < needed) {
            throw new InputException(file + " has " + fileSize + " bytes, but its header announces " + rows + " × "
                    + dimension + " values, which end at byte " + needed
                    + "; it was not written to its end: write it again");
        }
        return this;
    }
}
