// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What holds for every decoder and batch; plain methods, so that any engine can call them. */
final class DecoderLaws {
    private static final double STEP = 1e-4;

    private DecoderLaws() {}

    /** Losses agree with {@link ReferenceDecoder} to 1e-5 of themselves, or 1e-5 a token where that is more. */
    static void lossesEqualReference(DecoderCase c) {
        ReferenceDecoder reference = new ReferenceDecoder(c.decoder);
        double[] losses = DecoderCase.sums(c.decoder.losses(c.batch));
        assertThat(losses).hasSameSizeAs(c.batch);
        for (int s = 0; s < losses.length; s++) {
            TokenSequence sequence = c.batch.get(s);
            double expected = reference.loss(sequence);
            assertThat(losses[s])
                    .as("sequence %s of %s", s, c)
                    .isCloseTo(expected, within(1e-5 * Math.max(expected, sequence.length())));
        }
    }

    /**
     * The gradient of every tensor agrees with central differences of {@link ReferenceDecoder}: along a direction in
     * which every weight takes part, at the weight with the largest gradient, and at weights drawn at random. Tolerated
     * are 3e-4 of the tensor's gradient and, as some are zero but for rounding, 1e-6 of the whole.
     */
    static void gradientsEqualDifferences(DecoderCase c, long key) {
        ReferenceDecoder reference = new ReferenceDecoder(c.decoder);
        float[] gradient = c.gradient().values;
        double whole = 0;
        for (float value : gradient) {
            whole = Math.hypot(whole, value);
        }
        checkTensors(c, key, reference, gradient, whole);
    }

    private static void checkTensors(
            DecoderCase c, long key, ReferenceDecoder reference, float[] gradient, double whole) {
        RandomGenerator random = new Seed(key).stream("laws.directions");
        CheckpointFolder.slots(c.decoder.config(), c.decoder.layout()).forEach((name, slot) -> {
            double[] tensor = reference.tensor(name);
            int size = DecoderCase.size(slot);
            double[] found = new double[size];
            Arrays.setAll(found, i -> gradient[slot.position() + i]);
            checkTensor(c, name, reference, tensor, found, whole, random);
        });
    }

    private static void checkTensor(
            DecoderCase c,
            String name,
            ReferenceDecoder reference,
            double[] tensor,
            double[] found,
            double whole,
            RandomGenerator random) {
        int size = found.length;
        double[] signs = random.ints(size, 0, 2).mapToDouble(b -> 2 * b - 1).toArray();
        List<double[]> directions = new ArrayList<>(List.of(signs, unit(size, largest(found))));
        for (int i = 0; i < 2; i++) {
            directions.add(unit(size, random.nextInt(size)));
        }
        double norm = Math.sqrt(inner(found, found));
        for (double[] direction : directions) {
            double length = Math.sqrt(inner(direction, direction));
            double expected = (shifted(reference, c.batch, tensor, direction, STEP / length)
                            - shifted(reference, c.batch, tensor, direction, -STEP / length))
                    / (2 * STEP / length);
            assertThat(inner(found, direction))
                    .as("%s of %s", name, c)
                    .isCloseTo(expected, within(3e-4 * norm + 1e-6 * (length + whole)));
        }
    }

    private static double shifted(
            ReferenceDecoder reference, List<TokenSequence> batch, double[] tensor, double[] direction, double by) {
        double[] before = tensor.clone();
        for (int i = 0; i < tensor.length; i++) {
            tensor[i] += by * direction[i];
        }
        double loss = reference.loss(batch);
        System.arraycopy(before, 0, tensor, 0, tensor.length);
        return loss;
    }

    /**
     * A batch gives each sequence the loss it has alone and the gradients sum up, to 1e-5; captures of each sequence
     * agree to 1e-4.
     */
    static void packingDoesNotMatter(DecoderCase c) {
        double[] together = DecoderCase.sums(c.decoder.losses(c.batch));
        DecoderCase.Gradient packed = c.gradient();
        assertThat(packed.losses).isEqualTo(together);
        Captures captures = Captures.of(c.decoder, c.batch, Targets.observed());
        double[] sum = new double[packed.values.length];
        for (int s = 0; s < c.batch.size(); s++) {
            List<TokenSequence> one = List.of(c.batch.get(s));
            DecoderCase.Gradient alone = c.gradient(one);
            assertThat(together[s])
                    .as("loss %s of %s", s, c)
                    .isCloseTo(alone.losses[0], within(1e-5 * alone.losses[0] + 1e-6));
            for (int i = 0; i < sum.length; i++) {
                sum[i] += alone.values[i];
            }
            Captures own = Captures.of(c.decoder, one, Targets.observed());
            for (int l = 0; l < captures.layers.size(); l++) {
                close(captures.inputs(l, s), own.inputs(l, 0), 1e-4, "inputs of " + l + " in " + c);
                close(captures.outputGradients(l, s), own.outputGradients(l, 0), 1e-4, "deltas of " + l + " in " + c);
            }
        }
        close(packed.values, sum, 1e-5, "gradient of " + c);
    }

    /** The gradient of each captured layer is {@code Σ δ xᵀ} over its rows; {@code addGradient} adds. */
    static void capturesGiveGradients(DecoderCase c) {
        float[] gradient = c.gradient().values;
        Captures captures = Captures.of(c.decoder, c.batch, Targets.observed());
        assertThat(captures.losses)
                .isEqualTo(DecoderCase.sums(c.decoder.losses(c.batch)))
                .isEqualTo(c.gradient().losses);
        Layout at = c.decoder.layout();
        CapturedLayers places = new CapturedLayers(c.decoder.config(), at, name -> true);
        for (int l = 0; l < captures.layers.size() - 1; l++) {
            LayerShape layer = captures.layers.get(l);
            double[] product = captures.product(l, c.batch.size());
            int position = at.position(l / 4, places.weight(l % 4));
            int bias = at.position(l / 4, places.bias(l % 4));
            float[] part = new float[layer.weights()];
            for (int i = 0; i < layer.outputs(); i++) {
                System.arraycopy(gradient, position + i * layer.inputs(), part, i * layer.columns(), layer.inputs());
                if (layer.bias()) {
                    part[i * layer.columns() + layer.inputs()] = gradient[bias + i];
                }
            }
            close(part, product, 1e-5, layer.name() + " of " + c);
        }
        if (!c.decoder.config().tiedHead()) {
            int head = (int) at.start(at.head);
            float[] part = Arrays.copyOfRange(gradient, head, head + at.length(at.head));
            close(part, captures.product(captures.layers.size() - 1, c.batch.size()), 1e-5, "the head of " + c);
        }
    }

    /**
     * What is captured of the head gives the derivatives by weights that are the head's alone, whether it has its own
     * or shares those of the embedding; as {@link #gradientsEqualDifferences} compares.
     */
    static void headCaptureEqualsDifferences(DecoderCase c, long key) {
        ReferenceDecoder reference = new ReferenceDecoder(c.decoder);
        reference.untie();
        Captures captures = Captures.of(c.decoder, c.batch, Targets.observed());
        int head = captures.layers.size() - 1;
        assertThat(captures.layers.get(head))
                .isEqualTo(new LayerShape(
                        "head", c.decoder.config().width(), c.decoder.config().vocabulary()));
        double[] found = captures.product(head, c.batch.size());
        checkTensor(
                c,
                "the head",
                reference,
                reference.tensor("lm_head.weight"),
                found,
                Math.sqrt(inner(found, found)),
                new Seed(key).stream("laws.head"));
    }

    /** Keeping all activations, or the inputs of blocks only, gives the same bits of losses, gradients and captures. */
    static void recomputationDoesNotMatter(DecoderCase c) {
        DecoderCase.Gradient kept = c.gradient();
        Captures captures = Captures.of(c.decoder, c.batch, Targets.observed());
        c.decoder.activationLimit(0);
        DecoderCase.Gradient again = c.gradient();
        assertThat(again.losses).isEqualTo(kept.losses);
        assertThat(bits(again.values)).isEqualTo(bits(kept.values));
        Captures repeated = Captures.of(c.decoder, c.batch, Targets.observed());
        for (int l = 0; l < captures.layers.size(); l++) {
            for (int s = 0; s < c.batch.size(); s++) {
                assertThat(repeated.inputs(l, s)).isEqualTo(captures.inputs(l, s));
                assertThat(repeated.outputGradients(l, s)).isEqualTo(captures.outputGradients(l, s));
            }
        }
        c.decoder.activationLimit(Decoder.DEFAULT_ACTIVATION_LIMIT);
    }

    /** One thread and two give the same bits, of everything. */
    static void threadsDoNotMatter(DecoderCase c) {
        Supplier<Object> everything = () -> {
            Captures captures = Captures.of(c.decoder, c.batch, Targets.sampled(new Seed(5), 1));
            List<Object> all = new ArrayList<>();
            for (int l = 0; l < captures.layers.size(); l++) {
                for (int s = 0; s < c.batch.size(); s++) {
                    all.add(bits(captures.inputs(l, s)));
                    all.add(bits(captures.outputGradients(l, s)));
                }
            }
            DecoderCase.Gradient gradient = c.gradient();
            all.add(bits(gradient.values));
            all.add(Arrays.stream(gradient.losses).boxed().toList());
            return all;
        };
        Object one = inPool(1, everything);
        assertThat(one).as("%s", c).isEqualTo(inPool(2, everything)).isEqualTo(inPool(2, everything));
    }

    static <T> T inPool(int threads, Supplier<T> work) {
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            return pool.submit(work::get).join();
        } finally {
            pool.shutdown();
        }
    }

    static List<Integer> bits(float[] values) {
        List<Integer> bits = new ArrayList<>(values.length);
        for (float value : values) {
            bits.add(Float.floatToRawIntBits(value));
        }
        return bits;
    }

    static void close(float[] found, float[] expected, double relative, String what) {
        double[] wide = new double[expected.length];
        Arrays.setAll(wide, i -> expected[i]);
        close(found, wide, relative, what);
    }

    /**
     * Every entry within {@code relative} of the largest, or of 0.1: a sure prediction has no gradient but rounding.
     */
    static void close(float[] found, double[] expected, double relative, String what) {
        assertThat(found.length).as(what).isEqualTo(expected.length);
        double largest =
                Math.max(0.1, Arrays.stream(expected).map(Math::abs).max().orElse(0));
        for (int i = 0; i < found.length; i++) {
            if (!(Math.abs(found[i] - expected[i]) <= relative * largest)) {
                assertThat((double) found[i])
                        .as("%s at %s", what, i)
                        .isCloseTo(expected[i], within(relative * largest));
            }
        }
    }

    private static double[] unit(int size, int at) {
        double[] unit = new double[size];
        unit[at] = 1;
        return unit;
    }

    private static int largest(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (Math.abs(values[i]) > Math.abs(values[best])) {
                best = i;
            }
        }
        return best;
    }

    static double inner(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }
}
