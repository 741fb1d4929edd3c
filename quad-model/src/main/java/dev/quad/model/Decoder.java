// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Fingerprint;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.Targets;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
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
 */
public final class Decoder implements AutoCloseable {
    private final DecoderConfig config;
    private final Layout layout;
    private final Floats parameters;
    private final Rotary rotary;
    private @Nullable Workspace workspace;

    Decoder(DecoderConfig config, Floats parameters) {
        this.config = config;
        this.layout = new Layout(config);
        this.parameters = parameters;
        this.rotary = new Rotary(config);
    }

    /**
     * A model with random weights: normal with standard deviation 0.02, divided by {@code √(2·layers)} for the
     * projections that write to the residual stream; norm gains 1.
     */
    public static Decoder random(DecoderConfig config, Seed seed) {
        Layout at = new Layout(config);
        Floats parameters = Floats.allocate(at.size);
        RandomGenerator random = seed.stream("decoder.weights");
        for (int i = 0; i < at.size; i++) {
            parameters.set(i, (float) (0.02 * random.nextGaussian()));
        }
        float residual = (float) (1 / Math.sqrt(2.0 * config.layers()));
        int d = config.width();
        for (int l = 0; l < config.layers(); l++) {
            fill(parameters, at.attentionNorm(l), d);
            fill(parameters, at.mlpNorm(l), d);
            scale(parameters, at.output(l), d * d, residual);
            scale(parameters, at.down(l), d * config.mlpWidth(), residual);
        }
        fill(parameters, at.finalNorm, d);
        return new Decoder(config, parameters);
    }

    private static void fill(Floats parameters, int from, int count) {
        for (int i = from; i < from + count; i++) {
            parameters.set(i, 1f);
        }
    }

    private static void scale(Floats parameters, int from, int count, float factor) {
        for (int i = from; i < from + count; i++) {
            parameters.set(i, parameters.get(i) * factor);
        }
    }

    /**
     * Reads a checkpoint folder in the Hugging Face layout: {@code config.json} and {@code model.safetensors}.
     *
     * @throws dev.quad.InputException if a file is damaged, the architecture is another, or tensors are missing, extra
     *     or of the wrong shape; all of them are listed
     */
    public static Decoder read(Path folder) throws IOException {
        return CheckpointFolder.read(folder);
    }

    /** Writes {@code config.json} and {@code model.safetensors} to a folder, which is made if it is not there. */
    public void write(Path folder) throws IOException {
        CheckpointFolder.write(this, folder);
    }

    /** The sizes of the model. */
    public DecoderConfig config() {
        return config;
    }

    /** A copy of the model with memory of its own. */
    public Decoder copy() {
        checkOpen();
        Floats copy = Floats.allocate(parameters.length());
        copy.copy(0, parameters, 0, parameters.length());
        return new Decoder(config, copy);
    }

    /** A digest of the sizes and of all weights. */
    public String fingerprint() {
        Fingerprint digest = Fingerprint.of("quad.decoder.1").add(config.toString());
        int chunk = 1 << 18;
        ByteBuffer bytes = ByteBuffer.allocate(4 * chunk).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < parameters.length(); i += chunk) {
            int count = Math.min(chunk, parameters.length() - i);
            bytes.clear().limit(4 * count);
            bytes.asFloatBuffer().put(parameters.slice(i, count));
            digest.add(bytes);
        }
        return digest.hex();
    }

    /**
     * The loss of each sequence: the sum of {@code −ln p(token | tokens before)} over all tokens but the first, in nats.
     *
     * @param batch sequences of at most {@code maxLength + 1} tokens; the caller bounds their sum, which takes memory
     */
    public BatchLosses losses(List<? extends TokenSequence> batch) {
        PackedBatch packed = new PackedBatch(batch, config);
        Pass pass = pass(packed);
        pass.forward();
        return sums(packed, pass.losses(Targets.observed(), new long[packed.rows]));
    }

    /** Where the weights of a captured layer stand: four a block, as {@link DecoderGradients} numbers them. */
    private int position(int layer) {
        int block = layer / 4;
        return switch (layer % 4) {
            case 0 -> layout.qkv(block);
            case 1 -> layout.output(block);
            case 2 -> layout.gateUp(block);
            default -> layout.down(block);
        };
    }

    /** {@code W += step·v} of a captured layer, row-major. */
    void add(int layer, double step, double[] v) {
        int at = position(layer);
        for (int i = 0; i < v.length; i++) {
            parameters.set(at + i, (float) (parameters.get(at + i) + step * v[i]));
        }
    }

    /** The sum of squares of the weights of a captured layer. */
    double squares(int layer, int weights) {
        int at = position(layer);
        return Blas.dot(weights, parameters, at, parameters, at);
    }

    /** Forward and backward with captures, without gradients of the weights. */
    BatchLosses capture(List<? extends TokenSequence> batch, Targets targets, CaptureSink sink) {
        PackedBatch packed = new PackedBatch(batch, config);
        long[] keys = new long[packed.rows];
        for (int s = 0; s < batch.size(); s++) {
            java.util.Arrays.fill(
                    keys, packed.starts[s], packed.starts[s + 1], batch.get(s).hashCode());
        }
        Pass pass = pass(packed);
        pass.forward();
        BatchLosses losses = sums(packed, pass.losses(targets, keys));
        pass.backward(null, sink);
        return losses;
    }

    /** Adds the gradient of the summed loss of a batch to {@code gradient}, laid out like the parameters. */
    BatchLosses addGradient(List<? extends TokenSequence> batch, Floats gradient) {
        PackedBatch packed = new PackedBatch(batch, config);
        Pass pass = pass(packed);
        pass.forward();
        BatchLosses losses = sums(packed, pass.losses(Targets.observed(), new long[packed.rows]));
        pass.backward(gradient, null);
        return losses;
    }

    private Pass pass(PackedBatch batch) {
        checkOpen();
        int weights = 0;
        for (int s = 0; s < batch.sequences(); s++) {
            weights = Math.addExact(weights, Math.multiplyExact(batch.length(s), batch.length(s)));
        }
        Workspace memory = workspace;
        if (memory == null || memory.rows < batch.rows || memory.weights < weights) {
            int rows = Math.max(batch.rows, memory == null ? 0 : memory.rows);
            int most = Math.max(weights, memory == null ? 0 : memory.weights);
            if (memory != null) {
                workspace = null;
                memory.close();
            }
            memory = new Workspace(config, rows, most);
            workspace = memory;
        }
        return new Pass(config, layout, parameters, rotary, memory, batch);
    }

    private static BatchLosses sums(PackedBatch batch, float[] losses) {
        double[] sums = new double[batch.sequences()];
        int[] tokens = new int[batch.sequences()];
        for (int s = 0; s < sums.length; s++) {
            tokens[s] = batch.length(s);
            for (int i = batch.starts[s]; i < batch.starts[s + 1]; i++) {
                sums[s] += losses[i];
            }
        }
        return new BatchLosses(sums, tokens);
    }

    /** Before memory is taken that nobody would free. */
    private void checkOpen() {
        parameters.buffer();
    }

    Layout layout() {
        return layout;
    }

    Floats parameters() {
        return parameters;
    }

    /** Frees the native memory. */
    @Override
    public void close() {
        if (workspace != null) {
            workspace.close();
            workspace = null;
        }
        parameters.close();
    }
}
