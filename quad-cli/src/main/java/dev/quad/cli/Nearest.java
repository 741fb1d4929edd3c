// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** What a name that is not known may have been meant to be. */
final class Nearest {
    private Nearest() {}

    /** The known names that are nearest by Levenshtein's edit distance, the nearest first. */
    static List<String> to(String name, Collection<String> known, int most) {
        return known.stream()
                .sorted(Comparator.comparingInt(each -> distance(each, name)))
                .limit(most)
                .toList();
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
