// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.bandit.Interval;
import java.util.List;
import java.util.Map;

/** What was measured: numbers by task, seed and row. */
record Points(List<String> tasks, int seeds, Map<Key, Map<String, Double>> values) {
    /** Where a number stands. */
    record Key(String task, int seed, String row) {}

    /** Of one point: a number, or several with {@code +} between them. */
    double value(String task, int seed, String row, String measure) {
        Map<String, Double> point = values.getOrDefault(new Key(task, seed, row), Map.of());
        double sum = 0;
        for (String part : measure.split("\\+", -1)) {
            Double value = point.get(part);
            if (value == null) {
                throw new IllegalStateException("the row " + row + " measures no " + part);
            }
            sum += value;
        }
        return sum;
    }

    /** The mean of the seeds. */
    double mean(String task, String row, String measure) {
        double sum = 0;
        for (int seed = 1; seed <= seeds; seed++) {
            sum += value(task, seed, row, measure);
        }
        return sum / seeds;
    }

    /** The mean of all. */
    double mean(String row, String measure) {
        return tasks.stream()
                .mapToDouble(task -> mean(task, row, measure))
                .average()
                .orElseThrow();
    }

    /** Whether all rows have it. */
    boolean has(String row, String measure) {
        return values.getOrDefault(new Key(tasks.get(0), 1, row), Map.of()).containsKey(measure);
    }

    /** The differences of a row to another, or its values where there is no other, of what is drawn. */
    double[] drawn(String row, String against, String measure) {
        double[][] differences = new double[tasks.size()][seeds];
        for (int t = 0; t < differences.length; t++) {
            for (int s = 0; s < seeds; s++) {
                String task = tasks.get(t);
                differences[t][s] = value(task, s + 1, row, measure)
                        - (against.isEmpty() ? 0 : value(task, s + 1, against, measure));
            }
        }
        return Contrast.drawn(differences);
    }

    Interval interval(String row, String against, String measure) {
        return Contrast.interval(drawn(row, against, measure));
    }

    /** What a contrast comes to. */
    Interval interval(Contrast contrast) {
        return interval(contrast.row(), contrast.against(), contrast.measure());
    }

    /** Of each the chance of a difference as large where there is none, for all at once. */
    double[] chances(List<Contrast> contrasts) {
        return Chance.holm(contrasts.stream()
                .mapToDouble(one -> Chance.of(0, drawn(one.row(), one.against(), one.measure())))
                .toArray());
    }

    Verdict verdict(Contrast contrast) {
        return contrast.wanted().verdict(interval(contrast));
    }

    /** Of an experiment. */
    Verdict verdict(Experiment experiment) {
        return Verdict.of(
                experiment.parts().stream().map(this::verdict).toList(),
                experiment.controls().stream().map(this::verdict).toList());
    }
}
