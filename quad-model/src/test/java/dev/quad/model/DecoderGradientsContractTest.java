// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;
import dev.quad.influence.GradientSource;
import dev.quad.linalg.Floats;
import dev.quad.testkit.GradientSourceContract;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;

class DecoderGradientsContractTest extends GradientSourceContract<TokenSequence> {
    private static final DecoderConfig CONFIG = DecoderConfig.builder(7)
            .width(6)
            .layers(1)
            .heads(1)
            .mlpWidth(5)
            .maxLength(8)
            .biases(Biases.ALL)
            .build();

    protected final DecoderCase model = DecoderCase.of(CONFIG, 1, 5, 1, 3, 5, 2);
    protected final Decoder changed = changed(parameters -> parameters.set(0, parameters.get(0) + 0.1f));

    @AfterEach
    void close() {
        model.close();
        changed.close();
    }

    private static Decoder changed(Consumer<Floats> change) {
        Decoder decoder = DecoderCase.decoder(CONFIG, 1);
        change.accept(decoder.parameters());
        return decoder;
    }

    @Override
    protected GradientSource<TokenSequence> source() {
        return new DecoderGradients(model.decoder);
    }

    @Override
    protected GradientSource<TokenSequence> other() {
        return new DecoderGradients(changed);
    }

    @Override
    protected List<TokenSequence> items() {
        return model.batch;
    }

    @Override
    protected double loss(TokenSequence item, int layer, double[] change) {
        Layout at = new Layout(CONFIG);
        CapturedLayers layers = new CapturedLayers(CONFIG, at, name -> true);
        int columns = layers.shapes().get(layer).columns();
        try (Decoder moved = changed(parameters -> {
            for (int i = 0; i < change.length; i++) {
                int row = i / columns;
                int column = i % columns;
                int place = column == columns - 1
                        ? at.position(0, layers.bias(layer)) + row
                        : at.position(0, layers.weight(layer)) + row * (columns - 1) + column;
                parameters.set(place, (float) (parameters.get(place) + change[i]));
            }
        })) {
            return loss(moved, item);
        }
    }

    /** Of what the gradients are. */
    protected double loss(Decoder moved, TokenSequence item) {
        return moved.losses(List.of(item)).sum(0);
    }

    /** Long, since losses of single precision have few digits. */
    @Override
    protected double step() {
        return 0.05;
    }

    @Override
    protected int labels() {
        return CONFIG.vocabulary();
    }
}
