// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Seed;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Which second moment of the gradient stands for the curvature. */
public sealed interface Fisher {

    /** With the labels in the data: cheap, and biased where the model fits them well or badly. */
    static Fisher empirical() {
        return Empirical.INSTANCE;
    }

    /**
     * With labels drawn from the model's own prediction: unbiased (Martens and Grosse, 2015). A draw depends on (seed,
     * draw, item, position), so that batching does not change it.
     *
     * @param draws how many are averaged, {@code >= 1}
     */
    static Fisher sampled(Seed seed, int draws) {
        return new Sampled(seed, draws);
    }

    /**
     * The expectation over all labels, written out: one pass for each position and class, so for small outputs only.
     * The source must know {@link Targets.Single}.
     *
     * @param positions the most positions an item has, {@code >= 1}
     * @param classes labels, {@code >= 1}
     */
    static Fisher exact(int positions, int classes) {
        return new Exact(positions, classes);
    }

    /** The labels of each pass over the data; the gradients of all are summed and divided by {@link #divisor()}. */
    List<Targets> passes();

    /** How many passes estimate the same thing. */
    default int divisor() {
        return 1;
    }

    /** Its kind in a word, for files: {@code empirical}, {@code sampled} or {@code exact}. */
    default String label() {
        return getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }

    /** See {@link #empirical()}. */
    enum Empirical implements Fisher {
        /** The one value. */
        INSTANCE;

        @Override
        public List<Targets> passes() {
            return List.of(Targets.observed());
        }

        @Override
        public String toString() {
            return label();
        }
    }

    /** See {@link #sampled}. */
    record Sampled(Seed seed, int draws) implements Fisher {
        /** Checks the number. */
        public Sampled {
            Objects.requireNonNull(seed, "the seed is null");
            if (draws < 1) {
                throw new IllegalArgumentException("the number of draws is " + draws + "; allowed is 1 or more");
            }
        }

        @Override
        public List<Targets> passes() {
            return IntStream.range(0, draws)
                    .mapToObj(draw -> Targets.sampled(seed, draw))
                    .toList();
        }

        @Override
        public int divisor() {
            return draws;
        }
    }

    /** See {@link #exact}. */
    record Exact(int positions, int classes) implements Fisher {
        /** Checks the sizes. */
        public Exact {
            if (positions < 1 || classes < 1) {
                throw new IllegalArgumentException("the exact Fisher over " + positions + " positions and " + classes
                        + " classes; allowed are 1 or more of both");
            }
        }

        @Override
        public List<Targets> passes() {
            return IntStream.range(0, Math.multiplyExact(positions, classes))
                    .<Targets>mapToObj(i -> new Targets.Single(i / classes, i % classes))
                    .toList();
        }
    }
}
