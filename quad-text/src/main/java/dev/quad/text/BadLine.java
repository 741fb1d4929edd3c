// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.nio.file.Path;

/**
 * A line that is not a usable document.
 *
 * @param file the file, as the caller named it
 * @param line {@code >= 1}
 * @param reason what is wrong, with the value, and what is allowed
 */
public record BadLine(Path file, long line, String reason) {

    /** The place and the reason in one line. */
    public String message() {
        return file + ", line " + line + ": " + reason;
    }

    InputException toException() {
        return new InputException(
                message() + ". Mend the line, or skip bad lines (--skip-bad-lines, JsonlOptions.skipBadLines)");
    }
}
