// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/** Numbers that cannot be worked with: NaN, infinity, a singular matrix, a diverged training. */
public class NumericalException extends QuadException {
    private static final long serialVersionUID = 1;

    /** With a message that names the place (row, layer, step), the value and a remedy. */
    public NumericalException(String message) {
        super(message);
    }
}
