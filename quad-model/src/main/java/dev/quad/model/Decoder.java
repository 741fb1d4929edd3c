// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Fingerprint;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.files.Unchecked;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only transformer of the Llama family (Touvron et al., 2023): RMSNorm, rotary positions, causal attention
 * with grouped queries, SwiGLU. Forward and backward are written out by hand, in single precision, over packed
 * sequences without padding; attention never crosses sequences.
 *
 * <p>Cost of a token with P weights in products: {@code 2·P} floating-point operations forward, {@code 6·P} with all
 * gradients. The same inputs give the same bits with any number of threads. For use by one thread at a time; works with
 * several inside, see {@link dev.quad.linalg.Workers}. Owns native memory: close it.
 *
 * <p>What a pass keeps for its way back grows with the batch and the number of layers; above
 * {@link #activationLimit(long)} it keeps the inputs of the blocks only and computes the rest again, for a third more
 * work and with the same bits. A forward pass alone keeps nothing.
 */
public final class Decoder implements AutoCloseable {
    /** Bytes of activations that are kept, unless set otherwise: room for some thousand tokens of a small model. */
    public static final long DEFAULT_ACTIVATION_LIMIT = 2L << 30;

    private final DecoderConfig config;
    private final Layout layout;
    private int changes;
    private final Weights weights;
    private final Rotary rotary;
    private long activationLimit = DEFAULT_ACTIVATION_LIMIT;
    private @Nullable Workspace workspace;

    Decoder(DecoderConfig config, Floats parameters) {
        this(config, new Layout(config), parameters);
    }

    private Decoder(DecoderConfig config, Layout layout, Floats parameters) {
        this(config, layout, new Weights.Flat(config, layout, parameters));
    }

    Decoder(DecoderConfig config, Layout layout, Weights weights) {
        this.config = config;
        this.layout = layout;
        this.weights = weights;
        this.rotary = new Rotary(config);
    }

    /**
     * A model with random weights: normal with standard deviation 0.02, divided by {@code √(2·layers)} for the
     * projections that write to the residual stream; norm gains 1, biases 0.
     */
    public static Decoder random(DecoderConfig config, Seed seed) {
        Objects.requireNonNull(config, "the config is null");
        Objects.requireNonNull(seed, "the seed is null");
        Layout at = new Layout(config);
        Floats parameters = Floats.allocate(at.size());
        RandomGenerator random = seed.stream("decoder.weights");
        double residual = 1 / Math.sqrt(2.0 * config.layers());
        CheckpointFolder.slots(config, at).forEach((name, slot) -> {
            double deviation = name.contains("o_proj") || name.contains("down_proj") ? 0.02 * residual : 0.02;
            for (int i = slot.position(); i < slot.position() + slot.size(); i++) {
                double value = slot.isMatrix() ? deviation * random.nextGaussian() : name.endsWith("bias") ? 0 : 1;
                parameters.set(i, (float) value);
            }
        });
        return new Decoder(config, at, parameters);
    }

    /**
     * Reads a checkpoint folder in the Hugging Face layout into memory: {@code config.json} and
     * {@code model.safetensors}, or the files that {@code model.safetensors.index.json} names; F32, F16 or BF16, of the
     * model types llama, mistral, phi3 and qwen2.
     *
     * @throws dev.quad.InputException if a file is damaged, the architecture is another, or tensors are missing, extra
     *     or of the wrong shape; all of them are listed
     */
    public static Decoder read(Path folder) {
        return Unchecked.get(folder, () -> CheckpointFolder.read(folder));
    }

    /**
     * Reads a folder that {@link #write} wrote, to go on with it.
     *
     * @param written the configuration that was written
     * @throws dev.quad.InputException if a file is not, to the byte, what was written; names it
     */
    public static Decoder read(Path folder, DecoderConfig written) {
        Objects.requireNonNull(written, "the config is null");
        return Unchecked.get(folder, () -> CheckpointFolder.read(folder, written));
    }

    /**
     * Opens a checkpoint folder as {@link #read} does, but leaves the weights in their memory-mapped files: each block
     * is turned to single precision when a pass comes to it, so that the process needs memory for one block, and any
     * number of parameters will do. Such a model scores and generates; to train it, read it. The files must not change.
     */
    public static Decoder map(Path folder) {
        return Unchecked.get(folder, () -> CheckpointFolder.map(folder));
    }

    /**
     * Writes {@code config.json} and {@code model.safetensors} (F32) to a folder, which is made if it is not there; for
     * {@link #read}, and for {@code AutoModelForCausalLM.from_pretrained} of Hugging Face's transformers.
     */
    public void write(Path folder) {
        Unchecked.run(folder, () -> CheckpointFolder.write(this, folder));
    }

    /** The sizes of the model. */
    public DecoderConfig config() {
        return config;
    }

    /** The number of all weights; a tied head counts once. */
    public long parameterCount() {
        return layout.total();
    }

    /** A copy of the model with memory of its own. */
    public Decoder copy() {
        checkOpen();
        return new Decoder(config, layout, weights.flat(layout));
    }

    /**
     * Bounds the activations that a pass keeps, in bytes; 0 keeps the inputs of the blocks only. Does not change
     * results.
     */
    public void activationLimit(long bytes) {
        activationLimit = bytes;
    }

    /** A digest of the sizes and of all weights, wherever they lie. */
    public String fingerprint() {
        checkOpen();
        Fingerprint digest = Fingerprint.of("quad.decoder.2").add(config.toString());
        int chunk = 1 << 18;
        ByteBuffer bytes = ByteBuffer.allocate(4 * chunk).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = 0; index < layout.parts; index++) {
            Weights.Part part = weights.part(index);
            for (int i = 0; i < layout.length(index); i += chunk) {
                int count = Math.min(chunk, layout.length(index) - i);
                bytes.clear().limit(4 * count);
                bytes.asFloatBuffer().put(part.memory().slice(part.at() + i, count));
                digest.add(bytes);
            }
        }
        return digest.hex();
    }

    /**
     * The loss of each sequence: the sum of {@code −ln p(token | tokens before)} over all tokens but the first, in
     * nats.
     *
     * @param batch sequences of at most {@code maxLength + 1} tokens; the caller bounds their sum, which takes memory
     */
    public BatchLosses losses(List<? extends TokenSequence> batch) {
        Objects.requireNonNull(batch, "the batch is null");
        return losses(batch, LossMask.all());
    }

    BatchLosses losses(List<? extends TokenSequence> batch, LossMask mask) {
        PackedBatch packed = new PackedBatch(batch, config, mask);
        return sums(packed, rowLosses(packed));
    }

    /**
     * The loss of each token but the first of each sequence, {@code −ln p(token | tokens before)} in nats.
     *
     * @param batch as for {@link #losses}
     */
    public List<float[]> tokenLosses(List<? extends TokenSequence> batch) {
        Objects.requireNonNull(batch, "the batch is null");
        PackedBatch packed = new PackedBatch(batch, config);
        float[] rows = rowLosses(packed);
        List<float[]> result = new ArrayList<>();
        for (int s = 0; s < packed.sequences(); s++) {
            result.add(Arrays.copyOfRange(rows, packed.starts[s], packed.starts[s + 1]));
        }
        return result;
    }

    private float[] rowLosses(PackedBatch packed) {
        ForwardBackward pass = pass(packed, Workspace.Keep.NOTHING);
        pass.forward();
        return pass.losses(Targets.observed(), new long[packed.rows], false, null, null);
    }

    /**
     * The logits of the token that follows a text: one a token id, the higher the likelier.
     *
     * @param text 1 to {@code maxLength} tokens
     */
    public float[] logits(TokenSequence text) {
        Objects.requireNonNull(text, "the text is null");
        if (text.length() == 0) {
            throw new IllegalArgumentException("a text of no tokens has no next one; begin with one");
        }
        int[] ids = new int[text.length() + 1];
        for (int t = 0; t < text.length(); t++) {
            ids[t] = text.id(t);
        }
        PackedBatch packed = new PackedBatch(List.of(TokenSequence.of(ids)), config);
        ForwardBackward pass = pass(packed, Workspace.Keep.NOTHING);
        pass.forward();
        return pass.logits(packed.rows - 1);
    }

    /** The model at {@code θ + step·v}, without a copy of its weights; this one and v must stay open. */
    Decoder moved(CapturedLayers layers, ReferenceDirection v, double step) {
        return new Decoder(config, layout, new MovedWeights(weights, layout, layers, v, step));
    }

    /** What its losses change by along v, at θ as it is; this one and v must stay open. */
    TangentPass along(CapturedLayers layers, ReferenceDirection v) {
        checkOpen();
        return new TangentPass(config, layout, layers, v);
    }

    /** The derivative of the loss of each sequence. */
    BatchLosses derivatives(List<? extends TokenSequence> batch, LossMask mask, TangentPass tangents) {
        PackedBatch packed = new PackedBatch(batch, config, mask);
        ForwardBackward pass = pass(packed, Workspace.Keep.NOTHING);
        return sums(packed, tangents.rows(pass, packed));
    }

    /** The sum of squares of the weights of captured layers. */
    double squares(CapturedLayers layers) {
        checkOpen();
        double sum = 0;
        for (int block = 0; block < config.layers(); block++) {
            for (int kind = 0; kind < CapturedLayers.KINDS; kind++) {
                int layer = layers.index(CapturedLayers.place(block, kind));
                if (layer >= 0) {
                    Weights.Part part = weights.part(layout.block(block));
                    LayerShape shape = layers.shapes().get(layer);
                    sum += squares(part, layers.weight(kind), shape.inputs() * shape.outputs());
                    sum += shape.bias() ? squares(part, layers.bias(kind), shape.outputs()) : 0;
                }
            }
        }
        return layers.head() >= 0 ? sum + squares(weights.part(layout.head), 0, layout.length(layout.head)) : sum;
    }

    private static double squares(Weights.Part part, int offset, int count) {
        int at = part.at() + offset;
        return Blas.dot(count, part.memory(), at, part.memory(), at);
    }

    /** Forward and backward with captures, those of the head if wanted, without gradients of the weights. */
    BatchLosses capture(
            List<? extends TokenSequence> batch, LossMask mask, Targets targets, boolean head, CaptureSink sink) {
        if (targets instanceof Targets.Single single && (single.label() < 0 || single.label() >= config.vocabulary())) {
            throw new IllegalArgumentException(
                    "the label is " + single.label() + "; the model knows [0, " + config.vocabulary() + ")");
        }
        PackedBatch packed = new PackedBatch(batch, config, mask);
        long[] keys = new long[packed.rows];
        for (int s = 0; s < batch.size(); s++) {
            Arrays.fill(
                    keys, packed.starts[s], packed.starts[s + 1], batch.get(s).hashCode());
        }
        return backward(packed, targets, keys, null, sink, head);
    }

    /** Adds the gradient of the summed loss of a batch to {@code gradient}, laid out like the parameters. */
    BatchLosses addGradient(List<? extends TokenSequence> batch, Floats gradient) {
        PackedBatch packed = new PackedBatch(batch, config);
        return backward(packed, Targets.observed(), new long[packed.rows], gradient, null, false);
    }

    private BatchLosses backward(
            PackedBatch packed,
            Targets targets,
            long[] keys,
            @Nullable Floats gradient,
            @Nullable CaptureSink sink,
            boolean head) {
        boolean fits = Workspace.activationBytes(config, packed.rows) <= activationLimit;
        ForwardBackward pass = pass(packed, fits ? Workspace.Keep.EVERYTHING : Workspace.Keep.INPUTS);
        pass.forward();
        float[] losses = pass.losses(targets, keys, true, gradient, head ? sink : null);
        pass.backward(gradient, sink);
        return sums(packed, losses);
    }

    private ForwardBackward pass(PackedBatch batch, Workspace.Keep keep) {
        checkOpen();
        Workspace memory = workspace;
        boolean enough = memory != null
                && memory.rows >= batch.rows
                && (memory.keep == keep || (keep == Workspace.Keep.NOTHING));
        if (memory == null || !enough) {
            if (memory != null) {
                workspace = null;
                memory.close();
            }
            memory = new Workspace(config, batch.rows, keep);
            workspace = memory;
        }
        return new ForwardBackward(config, layout, weights, rotary, memory, batch);
    }

    private static BatchLosses sums(PackedBatch batch, float[] losses) {
        double[] sums = new double[batch.sequences()];
        int[] tokens = new int[batch.sequences()];
        for (int s = 0; s < sums.length; s++) {
            for (int i = batch.starts[s]; i < batch.starts[s + 1]; i++) {
                tokens[s] += batch.counts[i] ? 1 : 0;
                sums[s] += losses[i];
            }
        }
        return new BatchLosses(sums, tokens);
    }

    /** Before memory is taken that nobody would free. */
    private void checkOpen() {
        weights.checkOpen();
    }

    Layout layout() {
        return layout;
    }

    /** How often the weights were changed in place, by training. */
    int changes() {
        return changes;
    }

    /** Says so of {@link #parameters}. */
    void changed() {
        changes++;
    }

    /** The weights in one array. */
    Floats parameters() {
        if (weights instanceof Weights.Flat flat) {
            return flat.values;
        }
        throw new IllegalStateException(
                "the weights of this model are mapped from their files and cannot be changed; open it with Decoder.read");
    }

    /** Frees the native memory. */
    @Override
    public void close() {
        if (workspace != null) {
            workspace.close();
            workspace = null;
        }
        weights.close();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "decoder of %d blocks of width %d, %,d weights",
                config.layers(),
                config.width(),
                parameterCount());
    }
}
