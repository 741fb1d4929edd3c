// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.InputException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What has a size, and bytes that are there however often they are read. A pipe has neither, and reading from one that
 * nobody writes to never ends.
 */
public final class RegularFile {
    private RegularFile() {}

    /**
     * Fails if there is something at a path that is not a file. Where there is nothing, the reader tells so.
     *
     * @throws InputException names the path, what is there, and what to do
     */
    public static void require(Path path) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new InputException(
                    Files.isDirectory(path)
                            ? path + " is a folder; give a file"
                            : path + " is a pipe or a device; write what it gives to a file, and give that");
        }
    }
}
