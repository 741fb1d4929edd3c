// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import java.util.List;

/** Problems in one line, however many there are. */
final class Problems {
    private static final int SHOWN = 5;

    private Problems() {}

    /** The first five, and how many more. */
    static String joined(List<String> problems) {
        String text = String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size())));
        return problems.size() > SHOWN ? text + "; and " + (problems.size() - SHOWN) + " more" : text;
    }
}
