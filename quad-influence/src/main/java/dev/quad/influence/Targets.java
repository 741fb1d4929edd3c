// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Seed;
import java.util.Objects;

/** Which labels the gradients of a capture are taken for. */
public sealed interface Targets {

    /** The labels in the data: gradients of the loss itself, and the empirical Fisher. */
    static Targets observed() {
        return Observed.INSTANCE;
    }

    /**
     * Labels drawn from the model's own prediction, for an unbiased estimate of the true Fisher (Martens and Grosse,
     * 2015). The label of a position comes from a stream of its own, {@code seed.stream("my.labels", draw, key,
     * position)}: the name is the source's own, the position that of the label in the item, counted as that of
     * {@link Single}, and the key a digest of the content of the item. So it depends on neither the batch, the object,
     * the thread nor the draws before; equal items get equal labels on every machine, and the labels of different items
     * and positions are independent.
     *
     * @param draw number of the draw, from 0, where several are averaged
     */
    static Targets sampled(Seed seed, int draw) {
        return new Sampled(seed, draw);
    }

    /** See {@link #observed()}. */
    enum Observed implements Targets {
        /** The one value. */
        INSTANCE;

        @Override
        public String toString() {
            return "observed";
        }
    }

    /**
     * One label at one position, weighted: the loss is {@code −√p·log p} there, with p the model's own probability of
     * the label, and nothing elsewhere; so that squares summed over all labels and positions are the exact Fisher. An
     * item without that position, or whose loss there does not count, has zero gradients. The losses stay those of the
     * observed labels.
     *
     * @param position the position in each item, in {@code [0, rows)}: all that go through the model are counted,
     *     whether a mask leaves them a label or not ({@link GradientSource#rows})
     * @param label the class
     */
    record Single(int position, int label) implements Targets {}

    /** See {@link #sampled}. */
    record Sampled(Seed seed, int draw) implements Targets {
        /** Checks that there is a seed. */
        public Sampled {
            Objects.requireNonNull(seed, "the seed is null");
        }
    }
}
