// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Derivatives along a direction beside central differences in double precision of {@link ReferenceDecoder}. */
class TangentPassTest {
    private static final double STEP = 1e-5;

    /** Of the captured layers; entries of variance 1 over the inputs. */
    private static ReferenceDirection direction(DecoderGradients model, long seed) {
        ReferenceDirection.Builder builder = ReferenceDirection.builder(model);
        for (LayerShape layer : model.layers()) {
            RandomGenerator random = new Seed(seed).stream("test.direction." + layer.name());
            double[] v = new double[layer.weights()];
            Arrays.setAll(v, i -> (float) (random.nextGaussian() / Math.sqrt(layer.columns())));
            builder.layer(layer.name(), v);
        }
        return builder.build();
    }

    private static ReferenceDecoder moved(DecoderGradients model, ReferenceDirection v, double step) {
        Decoder decoder = model.decoder();
        ReferenceDecoder moved = new ReferenceDecoder(decoder);
        moved.untie();
        for (int l = 0; l < model.layers().size(); l++) {
            moved.move(model.layers().get(l), step, v.values(l));
        }
        return moved;
    }

    private static void requireDerivatives(Decoder decoder, List<TokenSequence> batch, LossMask mask, long seed) {
        for (DecoderGradients model :
                List.of(new DecoderGradients(decoder), DecoderGradients.withHead(decoder), mlp(decoder))) {
            try (ReferenceDirection v = direction(model, seed);
                    DirectionalModel.Tangent<TokenSequence> tangent =
                            model.lossOn(mask).along(v).orElseThrow()) {
                BatchLosses found = tangent.derivatives(batch);
                ReferenceDecoder forth = moved(model, v, STEP);
                ReferenceDecoder back = moved(model, v, -STEP);
                for (int i = 0; i < batch.size(); i++) {
                    TokenSequence item = batch.get(i);
                    double[] up = item.length() > 1 ? forth.tokenLosses(item) : new double[0];
                    double[] down = item.length() > 1 ? back.tokenLosses(item) : new double[0];
                    double expected = 0;
                    double size = 0;
                    for (int t = 0; t < up.length; t++) {
                        double change = mask.counts(item, t + 1) ? (up[t] - down[t]) / (2 * STEP) : 0;
                        expected += change;
                        size += Math.abs(change);
                    }
                    assertThat(found.tokens(i)).isEqualTo(model.lossOn(mask).tokens(item));
                    assertThat(found.sum(i))
                            .as("item %d of %s", i, batch.size())
                            .isCloseTo(expected, within(1e-4 * (size + v.norm() * 1e-2)));
                }
            }
        }
    }

    private static DecoderGradients mlp(Decoder decoder) {
        return new DecoderGradients(decoder, name -> name.contains(".mlp."));
    }

    @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
    void derivatives_ofAnyDecoder_areDifferencesInDouble(@ForAll long key) {
        long before = Floats.liveBytes();
        try (DecoderCase some = DecoderCase.random(key, 20)) {
            requireDerivatives(some.decoder, some.batch, LossMask.all(), key);
            requireDerivatives(some.decoder, some.batch, LossMask.last(2), key);
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** More rows than are cut into one task, and more tokens than a block of attention. */
    @Example
    void derivatives_ofLongSequences_areDifferencesInDouble() {
        DecoderConfig config = DecoderConfig.builder(11)
                .width(8)
                .layers(2)
                .heads(2)
                .mlpWidth(12)
                .maxLength(200)
                .build();
        try (DecoderCase some = DecoderCase.of(config, 4, 150, 190, 1)) {
            requireDerivatives(some.decoder, some.batch, LossMask.all(), 4);
        }
    }
}
