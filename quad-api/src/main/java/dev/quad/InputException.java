// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/** Input that cannot be used: a file that is missing, damaged, empty or of another format. */
public class InputException extends QuadException {
    private static final long serialVersionUID = 1;

    /** With a message that names the file and the place in it. */
    public InputException(String message) {
        super(message);
    }

    /** With a message that names the file and the place in it, and the exception that led to it. */
    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
