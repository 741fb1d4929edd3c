// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Fingerprint;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The captures of a {@link Decoder}: in each block the fused query, key and value projection, the attention output, the
 * fused gate and up projection, and the down projection. Embedding, norms and head are left out. The decoder must not
 * be trained while this is in use. For use by one thread.
 */
public final class DecoderGradients implements GradientSource<TokenSequence>, DirectionalModel<TokenSequence> {
    private final Decoder decoder;
    private final List<LayerShape> layers = new ArrayList<>();
    private final int[] indexes;
    private final String fingerprint;

    /** All linear layers of the blocks. */
    public DecoderGradients(Decoder decoder) {
        this(decoder, name -> true);
    }

    /**
     * Some linear layers of the blocks.
     *
     * @param include asked with names such as {@code layers.0.attention.qkv}, {@code layers.0.attention.output},
     *     {@code layers.0.mlp.gate_up}, {@code layers.0.mlp.down}
     */
    public DecoderGradients(Decoder decoder, Predicate<String> include) {
        this.decoder = decoder;
        DecoderConfig c = decoder.config();
        this.indexes = new int[4 * c.layers()];
        for (int l = 0; l < c.layers(); l++) {
            String block = "layers." + l;
            add(4 * l, new LayerShape(block + ".attention.qkv", c.width(), c.qkvWidth()), include);
            add(4 * l + 1, new LayerShape(block + ".attention.output", c.width(), c.width()), include);
            add(4 * l + 2, new LayerShape(block + ".mlp.gate_up", c.width(), 2 * c.mlpWidth()), include);
            add(4 * l + 3, new LayerShape(block + ".mlp.down", c.mlpWidth(), c.width()), include);
        }
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("no layer is included, so that there is nothing to capture");
        }
        this.fingerprint = Fingerprint.of("quad.captures")
                .add(decoder.fingerprint())
                .add(layers.toString())
                .hex();
    }

    private void add(int index, LayerShape layer, Predicate<String> include) {
        indexes[index] = include.test(layer.name()) ? layers.size() : -1;
        if (indexes[index] >= 0) {
            layers.add(layer);
        }
    }

    @Override
    public List<LayerShape> layers() {
        return List.copyOf(layers);
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public double parameterNorm() {
        double sum = 0;
        for (int layer = 0; layer < indexes.length; layer++) {
            if (indexes[layer] >= 0) {
                sum += decoder.squares(layer, layers.get(indexes[layer]).weights());
            }
        }
        return Math.sqrt(sum);
    }

    @Override
    public Moved<TokenSequence> moved(ReferenceDirection v, double step) {
        Decoder moved = decoder.copy();
        for (int layer = 0; layer < indexes.length; layer++) {
            if (indexes[layer] >= 0) {
                moved.add(layer, step, v.values(indexes[layer]));
            }
        }
        return new Moved<>() {
            @Override
            public BatchLosses losses(List<? extends TokenSequence> batch) {
                return moved.losses(batch);
            }

            @Override
            public void close() {
                moved.close();
            }
        };
    }

    @Override
    public int tokens(TokenSequence item) {
        return item.length() - 1;
    }

    @Override
    public BatchLosses capture(List<? extends TokenSequence> batch, Targets targets, CaptureSink sink) {
        return decoder.capture(batch, targets, capture -> {
            int layer = indexes[capture.layer()];
            if (layer >= 0) {
                int[] starts = new int[capture.items() + 1];
                for (int i = 0; i < starts.length; i++) {
                    starts[i] = capture.firstRow(i);
                }
                sink.accept(new LayerCapture(layer, capture.inputs(), capture.outputGradients(), starts));
            }
        });
    }
}
