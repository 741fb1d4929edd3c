// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;

/** A file is sound but uses something that is not read, so that another copy of it will not help. */
public final class UnsupportedFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** With what is used, what is allowed and what to do. */
    public UnsupportedFormatException(String message) {
        super(message);
    }

    /** The same, and what a library said. */
    public UnsupportedFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
