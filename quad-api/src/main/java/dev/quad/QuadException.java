// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/** The root of what Quad throws for reasons that lie in data, files or numbers rather than in the calling code. */
public class QuadException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a message that says what was wrong, where, what is allowed and what to do. */
    public QuadException(String message) {
        super(message);
    }

    /** With a message and the exception that led to it. */
    public QuadException(String message, Throwable cause) {
        super(message, cause);
    }
}
