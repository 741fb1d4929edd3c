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
import java.util.List;
import java.util.function.Predicate;

/**
 * The captures of a {@link Decoder}: in each block the fused query, key and value projection, the attention output, the
 * fused gate and up projection, and the down projection, each with its bias where there is one. Embedding, norms and head
 * are left out. No gradient of a weight is computed. The decoder must not be trained while this is in use, and a moved
 * model holds the memory of one block; decoder and direction must stay open. For use by one thread.
 */
public final class DecoderGradients implements GradientSource<TokenSequence>, DirectionalModel<TokenSequence> {
    private final Decoder decoder;
    private final CapturedLayers layers;
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
        this.layers = new CapturedLayers(decoder.config(), decoder.layout(), include);
        if (layers.shapes().isEmpty()) {
            throw new IllegalArgumentException("no layer is included, so that there is nothing to capture");
        }
        this.fingerprint = Fingerprint.of("quad.captures")
                .add(decoder.fingerprint())
                .add(layers.shapes().toString())
                .hex();
    }

    @Override
    public List<LayerShape> layers() {
        return List.copyOf(layers.shapes());
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public double parameterNorm() {
        return Math.sqrt(decoder.squares(layers));
    }

    @Override
    public Moved<TokenSequence> moved(ReferenceDirection v, double step) {
        Decoder moved = decoder.moved(layers, v, step);
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
            int layer = layers.index(capture.layer() / CapturedLayers.KINDS, capture.layer() % CapturedLayers.KINDS);
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
