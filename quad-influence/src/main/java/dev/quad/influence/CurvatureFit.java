// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.files.Safetensors;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Fits curvatures that need the gradient D_n of each item n, not only factors. Nothing of an item outlives its batch.
 *
 * <p>A token's D is the outer product {@code δ xᵀ}; an item's is the sum over its tokens, so that squares are of sums:
 * a layer used twice in one pass hands over one capture with the rows of both uses. A model that changes meanwhile is a
 * {@link dev.quad.MismatchException}. For use by one thread.
 *
 * @param <T> what an item is
 */
public final class CurvatureFit<T> {
    /** Most weights of a layer whose curvature is held as a whole: half a gigabyte. */
    private static final int MOST_BLOCK_WEIGHTS = 8192;

    private static final int SLICE = 128;

    private final GradientSource<T> source;
    private final List<? extends T> items;
    private final Fisher fisher;
    private final List<LayerShape> layers;
    private int batchTokens = GradientSource.DEFAULT_BATCH_TOKENS;
    private LongConsumer progress = tokens -> {};

    private CurvatureFit(GradientSource<T> source, List<? extends T> items, Fisher fisher) {
        this.source = source;
        this.items = Objects.requireNonNull(items, "the items are null");
        this.fisher = Objects.requireNonNull(fisher, "the Fisher is null; allowed is such as Fisher.empirical()");
        this.layers = Sources.layers(source);
    }

    /**
     * A fit.
     *
     * @param items a sample of the training data, at least one token in all
     * @param fisher whose labels the gradients are for
     */
    public static <T> CurvatureFit<T> of(GradientSource<T> source, List<? extends T> items, Fisher fisher) {
        return new CurvatureFit<>(source, items, fisher);
    }

    /** Bounds the tokens of a batch, {@code >= 1}, and with them memory. */
    public CurvatureFit<T> batchTokens(int tokens) {
        this.batchTokens = Batches.requireTokens(tokens);
        return this;
    }

    /** Who is told the number of supervised tokens done after each batch. */
    public CurvatureFit<T> progress(LongConsumer listener) {
        this.progress = Objects.requireNonNull(listener, "the listener is null");
        return this;
    }

    /** H = I: influence is the inner product of gradients, divided by 1 whatever the damping. */
    public Curvature identity() {
        List<LayerCurvature> result =
                layers.stream().map(layer -> LayerCurvature.identity(layer)).toList();
        return new Curvature(CurvatureKind.IDENTITY, result, source.fingerprint(), origin("", 0));
    }

    /** {@code diag(H) = 1/N·Σ_n D_n²}, elementwise. */
    public Curvature diagonal() {
        return curvature(CurvatureKind.DIAGONAL, null);
    }

    /** The Kronecker factors of the same items. */
    public KroneckerFactors factors() {
        return KroneckerFactors.fit(source, items, fisher, batchTokens, progress);
    }

    /**
     * EK-FAC (George et al., 2018): the eigenvalues of K-FAC replaced by the second moments in its eigenbasis,
     *
     * <pre>{@code L = 1/N·Σ_n (Q_Gᵀ D_n Q_A)²}</pre>
     *
     * <p>The tokens are rotated, not the gradients: {@code T·(i² + o²) + T·i·o} multiply-adds for T tokens.
     *
     * @param factors whose eigenbases to use; of the same model
     */
    public Curvature ekfac(KroneckerFactors factors) {
        return ekfac(Curvature.kfac(factors));
    }

    /**
     * {@link #ekfac(KroneckerFactors)} in the eigenbasis of a curvature that has been decomposed already.
     *
     * @param basis K-FAC of either scale, or EK-FAC; of the same model
     */
    public Curvature ekfac(Curvature basis) {
        Objects.requireNonNull(basis, "the curvature of the basis is null");
        basis.requireModel(source.fingerprint(), layers);
        return curvature(CurvatureKind.EKFAC, basis);
    }

    /** {@link #ekfac(KroneckerFactors)} with {@link #factors()}. */
    public Curvature ekfac() {
        return ekfac(factors());
    }

    private Curvature curvature(CurvatureKind kind, @Nullable Curvature basis) {
        List<Eigenbasis> bases = new ArrayList<>();
        List<double[]> sums = new ArrayList<>();
        try {
            for (int l = 0; l < layers.size(); l++) {
                LayerShape layer = layers.get(l);
                SymmetricEigen outputSide = basis == null ? null : basis.outputSide(l);
                SymmetricEigen inputSide = basis == null ? null : basis.inputSide(l);
                bases.add(new Eigenbasis(source.precision(), layer.outputs(), layer.columns(), outputSide, inputSide));
                sums.add(new double[layer.weights()]);
            }
            long count = run((capture, first) ->
                    addSquares(capture, first, bases.get(capture.layer()), sums.get(capture.layer())));
            List<LayerCurvature> result = new ArrayList<>();
            Fingerprint digest = Fingerprint.of("quad.moments.1").add(source.fingerprint());
            for (int l = 0; l < layers.size(); l++) {
                double[] grid = sums.get(l);
                for (int i = 0; i < grid.length; i++) {
                    grid[i] /= count;
                }
                digest.add(Safetensors.bytes(grid));
                result.add(LayerCurvature.measured(
                        layers.get(l),
                        basis == null ? null : basis.outputSide(l),
                        basis == null ? null : basis.inputSide(l),
                        grid));
            }
            String of = digest.hex() + (basis == null ? "" : basis.fingerprint());
            return new Curvature(kind, result, source.fingerprint(), origin(of, count));
        } finally {
            bases.forEach(Eigenbasis::close);
        }
    }

    private Curvature.Origin origin(String made, long count) {
        return new Curvature.Origin(made, count, fisher.label());
    }

    /** Takes a capture, and the place of its first item among all. */
    @FunctionalInterface
    private interface PlacedSink {
        void accept(LayerCapture capture, int firstItem);
    }

    /** Runs all passes, and returns the number of items with a gradient times the number of equal passes. */
    private long run(PlacedSink sink) {
        String model = source.fingerprint();
        long count = 0;
        long done = 0;
        int seen = 0;
        for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
            boolean first = true;
            int firstItem = seen;
            for (Targets targets : fisher.passes()) {
                BatchLosses losses =
                        CapturePass.run(source, layers, batch, targets, capture -> sink.accept(capture, firstItem));
                for (int i = 0; i < losses.items() && first; i++) {
                    done += losses.tokens(i);
                    count += losses.tokens(i) > 0 ? 1 : 0;
                }
                first = false;
            }
            seen += batch.size();
            progress.accept(done);
        }
        if (count == 0) {
            throw new IllegalArgumentException("none of the " + items.size()
                    + " items for the curvature has a token to predict; give a sample of the training data");
        }
        Sources.requireUnchanged(source, model);
        return count * fisher.divisor();
    }

    /** {@code sum += Σ_n (Q_Gᵀ D_n Q_A)²}, in slices of outputs. */
    private void addSquares(LayerCapture capture, int firstItem, Eigenbasis basis, double[] sum) {
        LayerShape layer = layers.get(capture.layer());
        int out = layer.outputs();
        int columns = layer.columns();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta();
                Reals xTurned = basis.tokens(x, capture.rows(), true);
                Reals deltaTurned = basis.tokens(delta, capture.rows(), false)) {
            Workers.forBlocks(out, SLICE, (from, count) -> {
                double[] row = new double[columns];
                try (Reals gradient = Reals.allocate(x.precision(), count, columns)) {
                    for (int item = 0; item < capture.items(); item++) {
                        int first = capture.firstRow(item);
                        int rows = capture.firstRow(item + 1) - first;
                        if (rows > 0) {
                            gradient(deltaTurned, xTurned, first, rows, out, columns, from, count, gradient);
                            for (int i = 0; i < count; i++) {
                                gradient.read(i * columns, row, 0, columns);
                                int at = (from + i) * columns;
                                for (int j = 0; j < columns; j++) {
                                    sum[at + j] += row[j] * row[j];
                                }
                            }
                        }
                    }
                }
            });
        }
        requireFinite(layer, capture, firstItem, sum);
    }

    /** Rows {@code from …} of {@code Σ_t δ_t x_tᵀ} over the rows of an item. */
    static void gradient(
            Reals delta, Reals x, int first, int rows, int out, int columns, int from, int count, Reals target) {
        gradient(delta, x, first, rows, out, columns, from, count, target, 0);
    }

    /** The same to an index of the target. */
    static void gradient(
            Reals delta,
            Reals x,
            int first,
            int rows,
            int out,
            int columns,
            int from,
            int count,
            Reals target,
            int targetAt) {
        Blas.multiply(
                1,
                Matrix.of(delta, first * out + from, rows, count, out).transposed(),
                Matrix.of(x, first * columns, rows, columns, columns),
                0,
                Matrix.of(target, targetAt, count, columns, columns));
    }

    private static void requireFinite(LayerShape layer, LayerCapture capture, int firstItem, double[] sum) {
        for (double value : sum) {
            if (!Double.isFinite(value)) {
                throw NotFinite.in(layer, capture, firstItem);
            }
        }
    }

    /**
     * The whole matrix of each layer, {@code H = 1/N·Σ_n vec(D_n) vec(D_n)ᵀ}: for tests and small models.
     *
     * @throws IllegalArgumentException if a layer has more than 8,192 weights
     */
    public Curvature block() {
        List<double[]> sums = new ArrayList<>();
        for (LayerShape layer : layers) {
            if (layer.weights() > MOST_BLOCK_WEIGHTS) {
                throw new IllegalArgumentException("layer " + layer.name() + " has " + layer.weights()
                        + " weights; a whole curvature is held for at most " + MOST_BLOCK_WEIGHTS + ": use EK-FAC");
            }
            sums.add(new double[layer.weights() * layer.weights()]);
        }
        long count = run((capture, first) -> addOuterProducts(capture, first, sums.get(capture.layer())));
        List<LayerCurvature> result = new ArrayList<>();
        Fingerprint digest = Fingerprint.of("quad.moments.1").add(source.fingerprint());
        for (int l = 0; l < layers.size(); l++) {
            LayerShape layer = layers.get(l);
            double[] sum = sums.get(l);
            for (int i = 0; i < sum.length; i++) {
                sum[i] /= count;
            }
            digest.add(Safetensors.bytes(sum));
            result.add(LayerCurvature.block(
                    layer, SymmetricEigen.of(sum, layer.weights(), "the curvature of " + layer.name())));
        }
        return new Curvature(CurvatureKind.BLOCKS, result, source.fingerprint(), origin(digest.hex(), 0));
    }

    /**
     * One matrix over the weights of all layers, cross terms included, {@code H = 1/N·Σ_n d_n d_nᵀ} with d_n the
     * gradients of the layers one after the other: to see what the assumption of independent layers costs.
     *
     * @throws IllegalArgumentException if there are more than 8,192 weights, or fewer than two layers
     */
    public Curvature whole() {
        int[] starts = new int[layers.size() + 1];
        for (int l = 0; l < layers.size(); l++) {
            starts[l + 1] = Math.addExact(starts[l], layers.get(l).weights());
        }
        int weights = starts[layers.size()];
        if (weights > MOST_BLOCK_WEIGHTS || layers.size() < 2) {
            throw new IllegalArgumentException("a curvature over all of " + layers.size() + " layers with " + weights
                    + " weights; allowed are two layers or more, with at most " + MOST_BLOCK_WEIGHTS + " weights");
        }
        double[] sum = new double[weights * weights];
        long count = run(new PlacedSink() {
            private double[][] gradients = new double[0][];
            private int seen;

            @Override
            public void accept(LayerCapture capture, int firstItem) {
                if (seen == 0) {
                    gradients = new double[capture.items()][weights];
                }
                addGradients(capture, gradients, starts[capture.layer()]);
                for (double[] d : gradients) {
                    requireFinite(layers.get(capture.layer()), capture, firstItem, d);
                }
                if (++seen == layers.size()) {
                    for (double[] d : gradients) {
                        addOuterProduct(d, sum);
                    }
                    seen = 0;
                }
            }
        });
        for (int i = 0; i < sum.length; i++) {
            sum[i] /= count;
        }
        LayerShape all = new LayerShape("all layers", weights, 1);
        return new Curvature(
                CurvatureKind.WHOLE,
                layers,
                List.of(LayerCurvature.block(all, SymmetricEigen.of(sum, weights, "the curvature of all layers"))),
                source.fingerprint(),
                origin(
                        Fingerprint.of("quad.moments.1")
                                .add(source.fingerprint())
                                .add(Safetensors.bytes(sum))
                                .hex(),
                        0));
    }

    private void addOuterProducts(LayerCapture capture, int firstItem, double[] sum) {
        LayerShape layer = layers.get(capture.layer());
        double[][] gradients = new double[capture.items()][layer.weights()];
        addGradients(capture, gradients, 0);
        for (double[] d : gradients) {
            addOuterProduct(d, sum);
        }
        requireFinite(layer, capture, firstItem, sum);
    }

    /** Writes each item's D, row-major, from an index on. */
    private void addGradients(LayerCapture capture, double[][] target, int at) {
        LayerShape layer = layers.get(capture.layer());
        int out = layer.outputs();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta();
                Reals gradient = Reals.allocate(x.precision(), layer.weights())) {
            for (int item = 0; item < capture.items(); item++) {
                int first = capture.firstRow(item);
                int rows = capture.firstRow(item + 1) - first;
                if (rows > 0) {
                    gradient(delta, x, first, rows, out, layer.columns(), 0, out, gradient);
                    gradient.read(0, target[item], at, layer.weights());
                }
            }
        }
    }

    /** {@code sum += d dᵀ}, the lower triangle. */
    private static void addOuterProduct(double[] d, double[] sum) {
        Workers.forBlocks(d.length, SLICE, (from, count) -> {
            for (int i = from; i < from + count; i++) {
                for (int j = 0; j <= i; j++) {
                    sum[i * d.length + j] += d[i] * d[j];
                }
            }
        });
    }

    @Override
    public String toString() {
        return "fit of the curvature to " + items.size() + " items, " + fisher.label() + " Fisher";
    }
}
