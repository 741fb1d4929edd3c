// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.bandit.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a claim comes to: one number of one row against that of another, or against a number.
 *
 * @param words what is to hold
 * @param measure which number, or several with {@code +} between them, which are added
 * @param row of which row
 * @param against less that of this row, or of none where it is empty
 * @param wanted what is to hold of the difference
 */
record Contrast(String words, String measure, String row, String against, Wanted wanted) {
    /** What is to hold of a difference, and when an interval tells that it does. */
    sealed interface Wanted {
        Verdict verdict(Interval interval);
    }

    /** It is below a bound. */
    record Below(double bound) implements Wanted {
        @Override
        public String toString() {
            return "below " + number(bound);
        }

        @Override
        public Verdict verdict(Interval interval) {
            return interval.mean() + interval.halfWidth() < bound
                    ? Verdict.HOLDS
                    : interval.mean() - interval.halfWidth() >= bound ? Verdict.DOES_NOT_HOLD : Verdict.CANNOT_BE_TOLD;
        }
    }

    /** It is above a bound. */
    record Above(double bound) implements Wanted {
        @Override
        public String toString() {
            return "above " + number(bound);
        }

        @Override
        public Verdict verdict(Interval interval) {
            return new Below(-bound).verdict(new Interval(-interval.mean(), interval.halfWidth()));
        }
    }

    /** It is nearer to 0 than a margin: only an interval that lies within the margin shows that. */
    record Within(double margin) implements Wanted {
        @Override
        public String toString() {
            return "within ±" + number(margin);
        }

        @Override
        public Verdict verdict(Interval interval) {
            double nearest = Math.abs(interval.mean()) - interval.halfWidth();
            return Math.abs(interval.mean()) + interval.halfWidth() < margin
                    ? Verdict.HOLDS
                    : nearest >= margin ? Verdict.DOES_NOT_HOLD : Verdict.CANNOT_BE_TOLD;
        }
    }

    /** Nothing says that it is not 0: what a control shows that has no effect to find. */
    record Unseen() implements Wanted {
        @Override
        public String toString() {
            return "covers 0";
        }

        @Override
        public Verdict verdict(Interval interval) {
            return Math.abs(interval.mean()) <= interval.halfWidth() ? Verdict.HOLDS : Verdict.DOES_NOT_HOLD;
        }
    }

    static final Contrast SCORES_MATTER =
            below("by the scores the rounds choose better than by lot", Trial.LOSS, "rounds", "random");
    static final Contrast SHUFFLED_DO_NOT =
            new Contrast("by shuffled scores they choose as by lot", Trial.LOSS, "shuffled", "random", new Unseen());
    /** Of most experiments. */
    static final List<Contrast> CONTROLS = List.of(SCORES_MATTER, SHUFFLED_DO_NOT);

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    static Contrast below(String words, String measure, String row, String against) {
        return new Contrast(words, measure, row, against, new Below(0));
    }

    static Contrast above(String words, String measure, String row, String against) {
        return new Contrast(words, measure, row, against, new Above(0));
    }

    /**
     * What is drawn, of {@code tasks × seeds}: seeds of one task are of one task, so that where there are several tasks
     * it is these, with the mean of their seeds; of one task its seeds, which speak of that task alone.
     */
    static double[] drawn(double[][] values) {
        return values.length == 1
                ? values[0]
                : Arrays.stream(values)
                        .mapToDouble(seeds -> Arrays.stream(seeds).average().orElseThrow())
                        .toArray();
    }

    /** The interval of 95 % of the mean of what is drawn, by Student's t. Of one value nothing is known. */
    static Interval interval(double... drawn) {
        return drawn.length == 1 ? new Interval(drawn[0], Double.POSITIVE_INFINITY) : Interval.of(drawn);
    }

    /** Such as {@code -0.0120 ± 0.0040}. */
    static String text(Interval interval) {
        return String.format(
                Locale.ROOT, "%+.4f ± %.4f", interval.mean() == 0 ? 0 : interval.mean(), interval.halfWidth());
    }
}
