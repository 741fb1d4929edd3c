// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Prints what a test found: the counter-example to a claim that is false in general, or a measured figure. */
final class Shown {
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    private Shown() {}

    /** Once for each claim. */
    static void counterExample(String claim, String format, Object... values) {
        if (SEEN.add(claim)) {
            print("counter-example to \"" + claim + "\": ", format, values);
        }
    }

    static void figure(String format, Object... values) {
        print("", format, values);
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static void print(String prefix, String format, Object... values) {
        System.out.println(prefix + String.format(Locale.ROOT, format, values));
    }
}
