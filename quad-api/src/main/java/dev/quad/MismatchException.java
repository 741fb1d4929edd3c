// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/** Two things that do not belong together, such as factors of one model and gradients of another. */
public class MismatchException extends QuadException {
    private static final long serialVersionUID = 1;

    /** With a message that names both. */
    public MismatchException(String message) {
        super(message);
    }
}
