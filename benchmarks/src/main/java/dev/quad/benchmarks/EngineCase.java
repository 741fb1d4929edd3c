// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.Fisher;
import dev.quad.influence.GradientSource;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * One layer with made-up captures of {@value #TOKENS} tokens in 16 items, and what the engine does with them. The
 * floating-point operations of each are counted as in the notes of the engine's classes. Close it.
 */
final class EngineCase implements AutoCloseable {
    static final int TOKENS = 4096;
    private static final int ITEMS = 16;
    private static final int BATCHES = 4;

    private final int outputs;
    private final int inputs;
    private final Source source;
    private final List<Integer> items;
    private final Curvature basis;
    private final ReferenceDirection direction;
    private final InfluenceEstimator<Integer> influence;
    private final Floats x;
    private final Floats weights;
    private final Floats product;

    private EngineCase(int outputs, int inputs) {
        this.outputs = outputs;
        this.inputs = inputs;
        this.source = new Source(new LayerShape("layer", inputs, outputs));
        this.items = IntStream.range(0, ITEMS * BATCHES).boxed().toList();
        List<Integer> one = items.subList(0, ITEMS);
        this.basis = Curvature.kfac(KroneckerFactors.fit(source, one, Fisher.empirical()));
        this.direction = ReferenceDirection.gradient(source, ReferenceSet.of(one));
        this.influence =
                Influence.of(source).direction(direction).batchTokens(TOKENS).estimator();
        this.x = Floats.of(source.x);
        this.weights = Floats.allocate(outputs, inputs);
        this.product = Floats.allocate(TOKENS, outputs);
    }

    /** @param shape such as {@code 768x768}: outputs, then inputs */
    static EngineCase of(String shape) {
        String[] sizes = shape.split("x", -1);
        return new EngineCase(Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]));
    }

    /** The bare product {@code X Wᵀ} of a batch, a half of the rows a task. */
    double product() {
        int half = TOKENS / 2;
        Workers.forEach(
                2,
                part -> Blas.multiply(
                        1,
                        Matrix.of(x, TOKENS, inputs).rows(part * half, half),
                        Matrix.of(weights, outputs, inputs).transposed(),
                        0,
                        Matrix.of(product, TOKENS, outputs).rows(part * half, half)));
        return 2.0 * TOKENS * outputs * inputs;
    }

    /** Scores of all items; returns the operations. */
    double score() {
        influence.score(items);
        return 2.0 * TOKENS * BATCHES * outputs * inputs;
    }

    /** Factors of all items, the mean included; the symmetric halves are counted. */
    double covariance() {
        KroneckerFactors.fit(source, items, Fisher.empirical(), TOKENS, tokens -> {});
        return (double) TOKENS * BATCHES * (inputs * (inputs + 1.0) + outputs * (outputs + 1.0));
    }

    /** EK-FAC eigenvalues of all items, in a basis that is there already; returns the operations of the fit alone. */
    double ekfac() {
        CurvatureFit.of(source, items, Fisher.empirical()).batchTokens(TOKENS).ekfac(basis);
        return 2.0
                * TOKENS
                * BATCHES
                * ((double) inputs * inputs + (double) outputs * outputs + (double) inputs * outputs);
    }

    @Override
    public void close() {
        influence.close();
        direction.close();
        x.close();
        weights.close();
        product.close();
    }

    /** Hands over the same capture for every batch. */
    private static final class Source implements GradientSource<Integer> {
        private final LayerShape layer;
        private final FloatBuffer x;
        private final FloatBuffer delta;
        private final int[] starts =
                IntStream.rangeClosed(0, ITEMS).map(i -> i * (TOKENS / ITEMS)).toArray();

        Source(LayerShape layer) {
            Random random = new Random(1);
            this.layer = layer;
            this.x = buffer(TOKENS * layer.inputs(), random);
            this.delta = buffer(TOKENS * layer.outputs(), random);
        }

        private static FloatBuffer buffer(int length, Random random) {
            FloatBuffer buffer = ByteBuffer.allocateDirect(4 * length)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            for (int i = 0; i < length; i++) {
                buffer.put(i, (float) random.nextGaussian());
            }
            return buffer;
        }

        @Override
        public List<LayerShape> layers() {
            return List.of(layer);
        }

        @Override
        public String fingerprint() {
            return "made up";
        }

        @Override
        public int tokens(Integer item) {
            return TOKENS / ITEMS;
        }

        @Override
        public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
            if (batch.size() != ITEMS) {
                throw new IllegalArgumentException("a batch of " + batch.size() + " items; allowed are " + ITEMS);
            }
            sink.accept(new LayerCapture(0, x, delta, starts));
            double[] losses = new double[ITEMS];
            int[] tokens = new int[ITEMS];
            Arrays.fill(tokens, TOKENS / ITEMS);
            return new BatchLosses(losses, tokens);
        }
    }
}
