// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Interpolated modified Kneser-Ney as it stands in Chen and Goodman (1999), by maps from strings of Latin-1. */
final class PlainKneserNey {
    private final int order;
    /** By length: how often each longest run occurs, after how many different characters each shorter one. */
    private final List<Map<String, Integer>> counts;

    PlainKneserNey(int order, List<String> texts) {
        this.order = order;
        this.counts = new java.util.ArrayList<>();
        for (int length = 0; length <= order; length++) {
            counts.add(new HashMap<>());
        }
        Map<Integer, Set<String>> runs = new HashMap<>();
        for (String text : texts) {
            String padded = padded(text.getBytes(StandardCharsets.UTF_8));
            for (int end = order; end <= padded.length(); end++) {
                counts.get(order).merge(padded.substring(end - order, end), 1, Integer::sum);
                for (int length = 2; length <= order; length++) {
                    runs.computeIfAbsent(length, l -> new HashSet<>()).add(padded.substring(end - length, end));
                }
            }
        }
        runs.forEach((length, different) ->
                different.forEach(run -> counts.get(length - 1).merge(run.substring(1), 1, Integer::sum)));
    }

    private String padded(byte[] text) {
        return "\0".repeat(order - 1) + new String(text, StandardCharsets.ISO_8859_1);
    }

    /** Of the byte at a place of a text. */
    double probability(byte[] text, int place) {
        return probability(padded(text).substring(place, place + order));
    }

    private double probability(String run) {
        if (run.isEmpty()) {
            return 1.0 / 256;
        }
        String context = run.substring(0, run.length() - 1);
        double total = 0;
        double[] seen = new double[3];
        for (Map.Entry<String, Integer> entry : counts.get(run.length()).entrySet()) {
            if (entry.getKey().startsWith(context)) {
                total += entry.getValue();
                seen[Math.min(entry.getValue(), 3) - 1]++;
            }
        }
        double shorter = probability(run.substring(1));
        if (total == 0) {
            return shorter;
        }
        double[] d = discounts(run.length());
        int count = counts.get(run.length()).getOrDefault(run, 0);
        double own = count == 0 ? 0 : (count - d[Math.min(count, 3) - 1]) / total;
        return own + (d[0] * seen[0] + d[1] * seen[1] + d[2] * seen[2]) / total * shorter;
    }

    private double[] discounts(int length) {
        double[] n = new double[5];
        for (int times = 1; times <= 4; times++) {
            int wanted = times;
            n[times] = counts.get(length).values().stream()
                    .filter(c -> c == wanted)
                    .count();
        }
        double y = n[1] / (n[1] + 2 * n[2]);
        double[] d = {1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]};
        for (int i = 0; i < 3; i++) {
            if (!(d[i] > 0 && d[i] < i + 1)) {
                return new double[] {0.5, 1, 1.5};
            }
        }
        return d;
    }
}
