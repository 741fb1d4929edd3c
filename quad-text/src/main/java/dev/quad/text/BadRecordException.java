// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

/** Says why a line is not a usable document. Made often and always caught, so without a stack trace. */
final class BadRecordException extends Exception {
    private static final long serialVersionUID = 1;

    BadRecordException(String reason) {
        super(reason, null, false, false);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
