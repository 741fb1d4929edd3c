// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;

/**
 * Says that a file is of a form that is not read, though nothing is wrong with it: a codec, a column type, a window.
 * Any other {@code IOException} of a reader means that the file is damaged or cannot be reached.
 */
final class UnsupportedFormException extends IOException {
    private static final long serialVersionUID = 1;

    UnsupportedFormException(String message) {
        super(message);
    }

    UnsupportedFormException(String message, Throwable cause) {
        super(message, cause);
    }
}
