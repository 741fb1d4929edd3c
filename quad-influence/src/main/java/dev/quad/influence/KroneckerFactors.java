// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import dev.quad.linalg.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The K-FAC factors of each layer: the curvature of a linear layer with inputs x and output gradients δ is taken as
 *
 * <pre>{@code H ≈ G ⊗ A,   A = E[x xᵀ],   G = E[δ δᵀ]}</pre>
 *
 * <p>(Martens and Grosse, 2015). For attention it is the same with q, k and v as one layer, {@code H_qkv ≈ E[δ_qkv
 * δ_qkvᵀ] ⊗ E[x_qkv x_qkvᵀ]}, and the output projection as another, whose influences add up (Zhang et al., 2025).
 * Expectations are means over tokens that carry a gradient; δ belongs to the summed loss; which labels it is for, a
 * {@link Fisher} says. No damping is stored. What makes a curvature of them is {@link Curvature#kfac} and its like.
 *
 * <p>Cost of a fit: a forward and a backward pass over the items and {@code tokens·(i² + o²)} multiply-adds a layer;
 * memory {@code 8·(i² + o²)} bytes a layer, and as much off the heap while it runs. Sums and eigenvectors are computed
 * in double precision. Immutable; safe for use by several threads.
 */
public final class KroneckerFactors {
    private static final String FORMAT = "quad.kronecker-factors.2";

    private final List<LayerShape> layers;
    private final List<double[]> inputCovariances;
    private final List<double[]> outputCovariances;
    private final List<Long> rows;
    private final long items;
    private final Precision precision;
    private final String modelFingerprint;
    private final String fisher;

    private KroneckerFactors(
            List<LayerShape> layers,
            List<double[]> inputCovariances,
            List<double[]> outputCovariances,
            List<Long> rows,
            long items,
            Precision precision,
            String modelFingerprint,
            String fisher) {
        this.layers = layers;
        this.inputCovariances = inputCovariances;
        this.outputCovariances = outputCovariances;
        this.rows = rows;
        this.items = items;
        this.precision = precision;
        this.modelFingerprint = Sources.requireFingerprint(modelFingerprint);
        this.fisher = fisher;
    }

    /** Estimates the factors in batches of {@value GradientSource#DEFAULT_BATCH_TOKENS} tokens. */
    public static <T> KroneckerFactors fit(GradientSource<T> source, List<? extends T> items, Fisher fisher) {
        return fit(source, items, fisher, GradientSource.DEFAULT_BATCH_TOKENS, tokens -> {});
    }

    /**
     * Estimates the factors.
     *
     * @param items a sample of the training data, at least one token in all
     * @param fisher whose labels the output gradients are for
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @param progress told the number of supervised tokens done after each batch
     * @throws IllegalArgumentException if no item carries a gradient, or the factors are larger than the memory of the
     *     JVM, such as those of a head with many words; names the layer that needs most
     * @throws dev.quad.NumericalException if a capture is not finite; names layer and item
     * @throws MismatchException if the model changed meanwhile
     */
    public static <T> KroneckerFactors fit(
            GradientSource<T> source, List<? extends T> items, Fisher fisher, int batchTokens, LongConsumer progress) {
        Objects.requireNonNull(items, "the items are null");
        Objects.requireNonNull(fisher, "the Fisher is null; allowed are those of Fisher");
        Objects.requireNonNull(progress, "progress is null; give n -> {} to hear nothing");
        List<LayerShape> layers = Sources.layers(source);
        String model = source.fingerprint();
        requireRoom(layers);
        List<Covariance> inputs = new ArrayList<>();
        List<Covariance> outputs = new ArrayList<>();
        long[] rows = new long[layers.size()];
        long done = 0;
        long sequences = 0;
        int seen = 0;
        try {
            for (LayerShape layer : layers) {
                inputs.add(new Covariance(layer.columns()));
                outputs.add(new Covariance(layer.outputs()));
            }
            for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
                boolean first = true;
                int firstItem = seen;
                for (Targets targets : fisher.passes()) {
                    boolean inputsToo = first; // the same in every pass
                    BatchLosses losses = CapturePass.run(source, layers, batch, targets, capture -> {
                        int layer = capture.layer();
                        add(layers.get(layer), capture, firstItem, inputs.get(layer), outputs.get(layer), inputsToo);
                        // not the supervised tokens: those of a prompt carry gradients too
                        rows[layer] += inputsToo ? capture.rows() : 0;
                    });
                    for (int i = 0; i < losses.items() && first; i++) {
                        done += losses.tokens(i);
                        sequences += losses.tokens(i) > 0 ? 1 : 0;
                    }
                    first = false;
                }
                seen += batch.size();
                progress.accept(done);
            }
            if (Arrays.stream(rows).allMatch(count -> count == 0)) {
                throw new IllegalArgumentException("none of the " + items.size()
                        + " items for the curvature has a token to predict; give a sample of the training data");
            }
            Sources.requireUnchanged(source, model);
            return new KroneckerFactors(
                    layers,
                    means(inputs, rows, 1),
                    means(outputs, rows, fisher.divisor()),
                    Arrays.stream(rows).boxed().toList(),
                    sequences,
                    source.precision(),
                    model,
                    fisher.label());
        } finally {
            inputs.forEach(Covariance::close);
            outputs.forEach(Covariance::close);
        }
    }

    /**
     * For factors that were made elsewhere and are there as arrays.
     *
     * @param source the model that they are of: its layers, precision and fingerprint are taken over
     */
    public static Builder builder(GradientSource<?> source) {
        return new Builder(Sources.layers(source), source.precision(), source.fingerprint());
    }

    /**
     * Bytes of the Java heap that a fit needs at least, {@code 16·(i² + o²)} a layer: the means, and their
     * eigenvectors.
     */
    public static long heapBytes(List<LayerShape> layers) {
        Objects.requireNonNull(layers, "the layers are null");
        return layers.stream()
                .mapToLong(layer -> 16 * (square(layer.columns()) + square(layer.outputs())))
                .sum();
    }

    private static long square(long side) {
        return side * side;
    }

    private static void requireRoom(List<LayerShape> layers) {
        LayerShape largest = Collections.max(layers, Comparator.comparingLong(layer -> heapBytes(List.of(layer))));
        int side = Math.max(largest.columns(), largest.outputs());
        long memory = Runtime.getRuntime().maxMemory();
        String remedy =
                "; leave the layer out (Layers.only), cut it into parts (Layers.split), or take a curvature without"
                        + " factors (CurvatureFit.diagonal)";
        if (square(side) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "layer %s, %d × %d, has a factor of %d × %d numbers, more than an array holds%s",
                    largest.name(),
                    largest.outputs(),
                    largest.columns(),
                    side,
                    side,
                    remedy));
        }
        if (heapBytes(layers) > memory) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the factors need %,d bytes of heap, most of them for layer %s, %d × %d, and the JVM has %,d; give it"
                            + " more (-Xmx), take the layers in groups (LayerPartition)%s",
                    heapBytes(layers),
                    largest.name(),
                    largest.outputs(),
                    largest.columns(),
                    memory,
                    remedy));
        }
    }

    private static List<double[]> means(List<Covariance> sums, long[] rows, int divisor) {
        return IntStream.range(0, rows.length)
                .mapToObj(l -> sums.get(l).mean(Math.max(1, rows[l] * divisor)))
                .toList();
    }

    private static void add(
            LayerShape layer,
            LayerCapture capture,
            int firstItem,
            Covariance inputs,
            Covariance outputs,
            boolean inputsToo) {
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta()) {
            int rows = capture.rows();
            int ofOutputs = outputs.begin(rows);
            int ofInputs = inputsToo ? inputs.begin(rows) : 0;
            Workers.forEach(ofOutputs + ofInputs, task -> {
                if (task < ofOutputs) {
                    outputs.add(task, delta, rows);
                } else {
                    inputs.add(task - ofOutputs, x, rows);
                }
            });
            outputs.end();
            inputs.end();
            if (!inputs.isFinite() || !outputs.isFinite()) {
                throw NotFinite.in(layer, capture, firstItem);
            }
        }
    }

    /**
     * The factors of several samples together, as if fitted on all of their items at once: for machines that share the
     * work.
     *
     * @param parts at least one; of the same model and layers, with the same Fisher
     * @throws MismatchException if they are of different models, layers or kinds of Fisher
     */
    public static KroneckerFactors merge(List<KroneckerFactors> parts) {
        Objects.requireNonNull(parts, "the parts are null");
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("there are no factors to merge; give one part or more");
        }
        Sources.requireItems("part", "of the factors", parts);
        KroneckerFactors first = parts.get(0);
        for (KroneckerFactors part : parts) {
            part.requireCounts();
            part.requireModel(first.modelFingerprint);
            if (!part.layers.equals(first.layers)) {
                throw new MismatchException(
                        "factors of the layers " + first.layers + " cannot be merged with factors of " + part.layers);
            }
            if (!part.fisher.equals(first.fisher)) {
                throw new MismatchException(
                        "factors of the " + first.fisher + " Fisher cannot be merged with factors of the " + part.fisher
                                + " one; fit all parts with the same labels");
            }
        }
        List<double[]> inputs = new ArrayList<>();
        List<double[]> outputs = new ArrayList<>();
        List<Long> rows = new ArrayList<>();
        for (int l = 0; l < first.layers.size(); l++) {
            int layer = l;
            long all = parts.stream().mapToLong(part -> part.rows.get(layer)).sum();
            double[] input = new double[first.inputCovariances.get(l).length];
            double[] output = new double[first.outputCovariances.get(l).length];
            for (KroneckerFactors part : parts) {
                double weight = (double) part.rows.get(l) / Math.max(1, all);
                add(weight, part.inputCovariances.get(l), input);
                add(weight, part.outputCovariances.get(l), output);
            }
            inputs.add(input);
            outputs.add(output);
            rows.add(all);
        }
        long items = parts.stream().mapToLong(part -> part.items).sum();
        Precision precision = parts.stream().allMatch(part -> part.precision == Precision.DOUBLE)
                ? Precision.DOUBLE
                : Precision.SINGLE;
        return new KroneckerFactors(
                first.layers, inputs, outputs, rows, items, precision, first.modelFingerprint, first.fisher);
    }

    /**
     * The mean of the factors of several checkpoints of a training, each counting alike: for {@link Unrolling}. They
     * belong to none of the checkpoints, and {@link ReferenceDirection#precondition} takes them for none.
     *
     * @param checkpoints at least one; of the same layers, with the same Fisher
     * @throws MismatchException if they are of different layers or kinds of Fisher
     */
    public static KroneckerFactors average(List<KroneckerFactors> checkpoints) {
        Objects.requireNonNull(checkpoints, "the factors of the checkpoints are null");
        Sources.requireItems("checkpoint", "of the factors", checkpoints);
        Fingerprint digest = Fingerprint.of("quad.average-factors.1");
        checkpoints.forEach(each -> digest.add(each.fingerprint()));
        String model = digest.hex();
        // counts alike, so that they are merged with the same weight
        return merge(checkpoints.stream()
                .map(each -> new KroneckerFactors(
                        each.layers,
                        each.inputCovariances,
                        each.outputCovariances,
                        each.rows.stream().map(count -> 1L).toList(),
                        1,
                        each.precision,
                        model,
                        each.fisher))
                .toList());
    }

    private static void add(double weight, double[] x, double[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weight * x[i];
        }
    }

    /** Checks that it is known how many tokens and items the means are over. */
    void requireCounts() {
        if (items == 0) {
            throw new IllegalStateException(
                    "it is not known of how many tokens and items the factors are the means; say"
                            + " so with counts(tokens, items) of their builder");
        }
    }

    /** The layers, in the order of the source. */
    public List<LayerShape> layers() {
        return layers;
    }

    /** The number of tokens the means are over; the most of any layer where layers see different ones. */
    public long tokens() {
        return Collections.max(rows);
    }

    /** The number of rows that the means of a layer are over: tokens, or more where it is used more than once. */
    long rows(int layer) {
        return rows.get(layer);
    }

    /** The number of items that carry a gradient. */
    public long items() {
        return items;
    }

    /** A of a layer, row-major, {@code columns × columns}; a copy. */
    public double[] inputCovariance(int layer) {
        return inputCovariances.get(Sources.requireLayer(layer, layers)).clone();
    }

    /** G of a layer, row-major, {@code outputs × outputs}; a copy. */
    public double[] outputCovariance(int layer) {
        return outputCovariances.get(Sources.requireLayer(layer, layers)).clone();
    }

    /** The fingerprint of the model that the captures came from. */
    public String modelFingerprint() {
        return modelFingerprint;
    }

    /** Whose labels the output gradients were for: {@code empirical}, {@code sampled} or {@code exact}. */
    public String fisher() {
        return fisher;
    }

    /** The precision of the captures that the factors were made from, and of what is computed in their eigenbases. */
    public Precision precision() {
        return precision;
    }

    /**
     * G and A of each layer in their eigenbases, which are found in double precision: those of eigenvalues below 1e-7
     * of the largest would be any in single. All at once, the largest first, since each keeps a thread busy.
     */
    List<SymmetricEigen[]> eigen() {
        List<SymmetricEigen[]> result =
                layers.stream().map(layer -> new SymmetricEigen[2]).toList();
        List<Integer> sides = IntStream.range(0, 2 * layers.size())
                .boxed()
                .sorted(Comparator.comparingInt(side -> -size(side)))
                .toList();
        Workers.forEach(sides.size(), task -> {
            int side = sides.get(task);
            int layer = side / 2;
            boolean output = side % 2 == 0;
            String name = "the " + (output ? "output" : "input") + " factor of "
                    + layers.get(layer).name();
            result.get(layer)[side % 2] = SymmetricEigen.of(
                            (output ? outputCovariances : inputCovariances).get(layer), size(side), name)
                    .in(precision);
        });
        return result;
    }

    private int size(int side) {
        LayerShape layer = layers.get(side / 2);
        return side % 2 == 0 ? layer.outputs() : layer.columns();
    }

    /** A digest of the factors and of the model they belong to. */
    public String fingerprint() {
        Fingerprint digest = Fingerprint.of(FORMAT)
                .add(modelFingerprint)
                .add(fisher)
                .add(rows.toString())
                .add(items);
        for (int l = 0; l < layers.size(); l++) {
            digest.add(layers.get(l).toString())
                    .add(Safetensors.bytes(inputCovariances.get(l)))
                    .add(Safetensors.bytes(outputCovariances.get(l)));
        }
        return digest.hex();
    }

    /** Checks that the factors were made from this model. */
    void requireModel(String fingerprint) {
        Sources.requireFingerprint(fingerprint);
        if (!fingerprint.equals(modelFingerprint)) {
            throw new MismatchException("the curvature factors were made from model " + modelFingerprint
                    + ", but the gradients come from model " + fingerprint + "; fit the factors again");
        }
    }

    /** Writes a safetensors file, whole or not at all. */
    public void write(Path file) {
        Objects.requireNonNull(file, "the file is null");
        SafetensorsWriter writer = new SafetensorsWriter(Map.ofEntries(
                Map.entry("format", FORMAT),
                Map.entry("damping", "none"),
                Map.entry("mask", "gradient"),
                Map.entry("model", modelFingerprint),
                Map.entry("tokens", rows.stream().map(String::valueOf).collect(Collectors.joining(" "))),
                Map.entry("items", Long.toString(items)),
                Map.entry("bias", LayerNames.biases(layers)),
                Map.entry("fisher", fisher),
                Map.entry("scale", "token"),
                Map.entry("loss", "sum"),
                Map.entry("captures", precision.name().toLowerCase(Locale.ROOT)),
                Map.entry("layers", LayerNames.join(layers))));
        for (int l = 0; l < layers.size(); l++) {
            LayerShape layer = layers.get(l);
            writer.add(layer.name() + ".A", inputCovariances.get(l), layer.columns(), layer.columns());
            writer.add(layer.name() + ".G", outputCovariances.get(l), layer.outputs(), layer.outputs());
        }
        writer.write(file);
    }

    /** Reads what {@link #write} wrote. */
    public static KroneckerFactors read(Path file) {
        return Unchecked.get(file, () -> readFile(file));
    }

    private static KroneckerFactors readFile(Path file) throws IOException {
        Safetensors tensors = Safetensors.open(file, FORMAT);
        List<LayerShape> layers = new ArrayList<>();
        List<double[]> inputs = new ArrayList<>();
        List<double[]> outputs = new ArrayList<>();
        for (String name : LayerNames.split(tensors.metadata("layers"))) {
            int columns = tensors.square(name + ".A");
            layers.add(LayerTensors.layer(tensors, name, layers.size(), tensors.square(name + ".G"), columns));
            inputs.add(tensors.doubles(name + ".A"));
            outputs.add(tensors.doubles(name + ".G"));
        }
        return new KroneckerFactors(
                layers,
                inputs,
                outputs,
                tensors.metadataLongs("tokens", layers.size()),
                tensors.metadataLong("items"),
                LayerTensors.precision(tensors, "captures"),
                tensors.metadata("model"),
                tensors.metadata("fisher"));
    }

    @Override
    public String toString() {
        return "Kronecker factors of " + layers.size() + " layers, " + fisher + " Fisher, " + items + " items";
    }

    /** Collects A and G of each layer, by its name and in any order; all of them are needed. For use by one thread. */
    public static final class Builder {
        private final List<LayerShape> layers;
        private final Precision precision;
        private final String modelFingerprint;
        private final LayerArrays inputs;
        private final LayerArrays outputs;
        private String fisher = Fisher.empirical().label();
        private long tokens;
        private long items;

        private Builder(List<LayerShape> layers, Precision precision, String modelFingerprint) {
            this.layers = layers;
            this.precision = precision;
            this.modelFingerprint = modelFingerprint;
            this.inputs = new LayerArrays("the input covariance", layers, LayerShape::columns, LayerShape::columns);
            this.outputs = new LayerArrays("the output covariance", layers, LayerShape::outputs, LayerShape::outputs);
        }

        /**
         * A of a layer, {@code E[x xᵀ]}, row-major, {@code columns × columns}; the last row and column belong to the
         * bias, if the layer has one. Copied.
         *
         * @throws IllegalArgumentException if there is no such layer, it has one already, or the size is another
         * @throws dev.quad.NumericalException if a value is not finite; names its place
         */
        public Builder inputCovariance(String layer, double[] a) {
            inputs.put(layer, a);
            return this;
        }

        /** {@link #inputCovariance(String, double[])} with one array a row. */
        public Builder inputCovariance(String layer, double[][] a) {
            inputs.put(layer, a);
            return this;
        }

        /** {@link #inputCovariance(String, double[])} with one array a row. */
        public Builder inputCovariance(String layer, float[][] a) {
            inputs.put(layer, a);
            return this;
        }

        /**
         * G of a layer, {@code E[δ δᵀ]}, row-major, {@code outputs × outputs}, with δ of the summed loss. Copied.
         *
         * @throws IllegalArgumentException if there is no such layer, it has one already, or the size is another
         * @throws dev.quad.NumericalException if a value is not finite; names its place
         */
        public Builder outputCovariance(String layer, double[] g) {
            outputs.put(layer, g);
            return this;
        }

        /** {@link #outputCovariance(String, double[])} with one array a row. */
        public Builder outputCovariance(String layer, double[][] g) {
            outputs.put(layer, g);
            return this;
        }

        /** {@link #outputCovariance(String, double[])} with one array a row. */
        public Builder outputCovariance(String layer, float[][] g) {
            outputs.put(layer, g);
            return this;
        }

        /** Whose labels δ is for; {@link Fisher#empirical} unless set. */
        public Builder fisher(Fisher which) {
            Objects.requireNonNull(which, "the Fisher is null; allowed are those of Fisher");
            this.fisher = which.label();
            return this;
        }

        /**
         * Of how many tokens and items the factors are means: needed by {@link Curvature#kfacOfSequences} and
         * {@link #merge}.
         *
         * @param tokens {@code >= items}
         * @param items {@code >= 1}
         */
        public Builder counts(long tokens, long items) {
            if (items < 1 || tokens < items) {
                throw new IllegalArgumentException("the factors are means over " + tokens + " tokens of " + items
                        + " items; allowed are 1 item or more, and as many tokens or more");
            }
            this.tokens = tokens;
            this.items = items;
            return this;
        }

        /**
         * The factors.
         *
         * @throws IllegalArgumentException if a layer has none, or a matrix is not symmetric or has negative values on
         *     its diagonal, both to four digits; names layer and place
         */
        public KroneckerFactors build() {
            return new KroneckerFactors(
                    layers,
                    inputs.covariances(),
                    outputs.covariances(),
                    Collections.nCopies(layers.size(), tokens),
                    items,
                    precision,
                    modelFingerprint,
                    fisher);
        }
    }
}
