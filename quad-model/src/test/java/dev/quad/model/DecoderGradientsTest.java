// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecoderGradientsTest {
    private static final DecoderConfig CONFIG = new DecoderConfig(20, 12, 2, 3, 1, 7, 30, 10000, 1e-5, false);

    private final long before = Floats.liveBytes();
    private final DecoderCase c = DecoderCase.of(CONFIG, 1, 9, 1, 31, 2, 14);

    @AfterEach
    void nothingLeaks() {
        c.close();
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    private static Targets sampled(long seed, int draw) {
        return Targets.sampled(new Seed(seed), draw);
    }

    private Captures captures(List<TokenSequence> batch, Targets targets) {
        return Captures.of(c.decoder, batch, targets);
    }

    @Test
    void layers_areFourEachBlockWithTheirShapes() {
        assertThat(new DecoderGradients(c.decoder).layers())
                .containsExactly(
                        new LayerShape("layers.0.attention.qkv", 12, 20),
                        new LayerShape("layers.0.attention.output", 12, 12),
                        new LayerShape("layers.0.mlp.gate_up", 12, 14),
                        new LayerShape("layers.0.mlp.down", 7, 12),
                        new LayerShape("layers.1.attention.qkv", 12, 20),
                        new LayerShape("layers.1.attention.output", 12, 12),
                        new LayerShape("layers.1.mlp.gate_up", 12, 14),
                        new LayerShape("layers.1.mlp.down", 7, 12));
    }

    @Test
    void layers_some_areTheSameCapturesUnderOtherNumbers() {
        DecoderGradients some = new DecoderGradients(c.decoder, name -> name.contains("mlp.down"));
        assertThat(some.layers().stream().map(LayerShape::name))
                .containsExactly("layers.0.mlp.down", "layers.1.mlp.down");
        Captures part = Captures.of(some, c.batch, Targets.observed());
        assertThat(part.captured()).containsExactly(0, 1);
        Captures all = captures(c.batch, Targets.observed());
        for (int l = 0; l < 2; l++) {
            for (int s = 0; s < c.batch.size(); s++) {
                assertThat(part.inputs(l, s)).isEqualTo(all.inputs(4 * l + 3, s));
                assertThat(part.outputGradients(l, s)).isEqualTo(all.outputGradients(4 * l + 3, s));
            }
        }
    }

    @Test
    void layers_none_isAnError() {
        assertThatThrownBy(() -> new DecoderGradients(c.decoder, name -> false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no layer is included, so that there is nothing to capture");
    }

    @Test
    void fingerprint_dependsOnWeightsAndLayers() {
        String all = new DecoderGradients(c.decoder).fingerprint();
        assertThat(all).matches("[0-9a-f]{64}").isEqualTo(new DecoderGradients(c.decoder).fingerprint());
        assertThat(new DecoderGradients(c.decoder, name -> !name.contains("layers.0")).fingerprint())
                .isNotEqualTo(all);
        int last = c.decoder.parameters().length() - 1;
        c.decoder.parameters().set(last, Math.nextUp(c.decoder.parameters().get(last)));
        assertThat(new DecoderGradients(c.decoder).fingerprint()).isNotEqualTo(all);
    }

    @Test
    void tokens_areOneFewerThanIds() {
        DecoderGradients source = new DecoderGradients(c.decoder);
        assertThat(c.batch.stream().map(source::tokens)).containsExactly(8, 0, 30, 1, 13);
    }

    @Test
    void capture_losses_areThoseOfTheDecoderWhateverTheTargets() {
        BatchLosses expected = c.decoder.losses(c.batch);
        DecoderGradients source = new DecoderGradients(c.decoder);
        for (Targets targets : List.of(Targets.observed(), sampled(1, 0), sampled(9, 3))) {
            BatchLosses found = source.capture(c.batch, targets, capture -> {});
            assertThat(found.items()).isEqualTo(5);
            for (int s = 0; s < 5; s++) {
                assertThat(found.sum(s)).isEqualTo(expected.sum(s));
                assertThat(found.tokens(s)).isEqualTo(c.batch.get(s).length() - 1);
            }
            assertThat(found.sum(1)).isZero();
        }
    }

    /** Rows are laid out by item; an item of one token has none. */
    @Test
    void capture_rows_followTheItems() {
        List<Integer> layers = new ArrayList<>();
        new DecoderGradients(c.decoder).capture(c.batch, Targets.observed(), capture -> {
            layers.add(capture.layer());
            assertThat(capture.items()).isEqualTo(5);
            assertThat(Stream.iterate(0, i -> i + 1).limit(6).map(capture::firstRow))
                    .containsExactly(0, 8, 8, 38, 39, 52);
            assertThat(capture.rows()).isEqualTo(52);
            LayerShape shape = new DecoderGradients(c.decoder).layers().get(capture.layer());
            assertThat(capture.inputs().limit()).isEqualTo(52 * shape.inputs());
            assertThat(capture.outputGradients().limit()).isEqualTo(52 * shape.outputs());
        });
        assertThat(layers).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
    }

    /** The draw of a position depends on (seed, draw, item, position) only. */
    @Test
    void sampled_otherBatches_drawTheSame() {
        Captures together = captures(c.batch, sampled(3, 1));
        List<TokenSequence> reversed = new ArrayList<>(c.batch);
        java.util.Collections.reverse(reversed);
        Captures backwards = captures(reversed, sampled(3, 1));
        for (int s = 0; s < 5; s++) {
            Captures alone = captures(List.of(c.batch.get(s)), sampled(3, 1));
            for (int l = 0; l < 8; l++) {
                String what = "item " + s + " of layer " + l;
                float[] expected = together.outputGradients(l, s);
                DecoderLaws.close(alone.outputGradients(l, 0), expected, 1e-4, what);
                DecoderLaws.close(backwards.outputGradients(l, 4 - s), expected, 1e-4, what);
            }
        }
    }

    @Test
    void sampled_otherSeedOrDraw_drawsOthers() {
        float[] first = captures(c.batch, sampled(3, 1)).outputGradients(0, 2);
        assertThat(captures(c.batch, sampled(3, 1)).outputGradients(0, 2)).isEqualTo(first);
        assertThat(captures(c.batch, sampled(4, 1)).outputGradients(0, 2)).isNotEqualTo(first);
        assertThat(captures(c.batch, sampled(3, 2)).outputGradients(0, 2)).isNotEqualTo(first);
        assertThat(captures(c.batch, Targets.observed()).outputGradients(0, 2)).isNotEqualTo(first);
    }

    /** The score of drawn labels has mean 0; that of the data has not. */
    @Test
    void sampled_manyDraws_averageToZero() {
        List<TokenSequence> one = List.of(c.batch.get(0));
        int draws = 3000;
        float[] observed = captures(one, Targets.observed()).outputGradients(3, 0);
        double[] sum = new double[observed.length];
        double squares = 0;
        for (int draw = 0; draw < draws; draw++) {
            float[] delta = captures(one, sampled(8, draw)).outputGradients(3, 0);
            for (int i = 0; i < delta.length; i++) {
                sum[i] += delta[i] / draws;
                squares += (double) delta[i] * delta[i] / draws;
            }
        }
        // the mean of n draws of variance v has the expected squared norm v/n
        assertThat(DecoderLaws.inner(sum, sum)).isLessThan(3 * squares / draws);
        assertThat(squares).isGreaterThan(0.01);
    }

    /** In memory or in its file, with biases: what is added to a copy of the weights gives the same bits. */
    @Test
    void moved_withBiases_isTheModelWithTheDirectionAdded(@TempDir Path folder) throws IOException {
        DecoderConfig config =
                new DecoderConfig(20, 12, 2, 3, 1, 6, 7, 30, 10000, Optional.empty(), 1e-5, false, Biases.ALL);
        try (DecoderCase biased = DecoderCase.of(config, 1, 9, 1, 31);
                Decoder expected = biased.decoder.copy()) {
            biased.decoder.write(folder);
            DecoderGradients source = new DecoderGradients(biased.decoder, name -> !name.contains("layers.0.mlp.down"));
            double step = 0.01;
            Layout at = biased.decoder.layout();
            CapturedLayers all = new CapturedLayers(config, at, name -> true);
            try (ReferenceDirection v = ReferenceDirection.gradient(source, ReferenceSet.of(biased.batch));
                    Decoder mapped = Decoder.map(folder)) {
                for (int l = 0; l < source.layers().size(); l++) {
                    LayerShape shape = source.layers().get(l);
                    int index = all.shapes().indexOf(shape);
                    double[] values = v.values(l);
                    for (int i = 0; i < values.length; i++) {
                        int row = i / shape.columns();
                        int column = i % shape.columns();
                        int place = column == shape.inputs()
                                ? at.position(index / 4, all.bias(index % 4)) + row
                                : at.position(index / 4, all.weight(index % 4)) + row * shape.inputs() + column;
                        float before = expected.parameters().get(place);
                        expected.parameters().set(place, (float) (before + step * values[i]));
                    }
                }
                double[] losses = DecoderCase.sums(expected.losses(biased.batch));
                assertThat(losses).isNotEqualTo(DecoderCase.sums(biased.decoder.losses(biased.batch)));
                for (Decoder decoder : List.of(biased.decoder, mapped)) {
                    DecoderGradients gradients =
                            new DecoderGradients(decoder, name -> !name.contains("layers.0.mlp.down"));
                    try (DirectionalModel.Moved<TokenSequence> moved = gradients.moved(v, step)) {
                        assertThat(DecoderCase.sums(moved.losses(biased.batch))).isEqualTo(losses);
                    }
                    assertThat(gradients.parameterNorm()).isPositive();
                }
            }
        }
    }

    @Test
    void capture_nothingToPredict_hasNoRows() {
        DecoderGradients source = new DecoderGradients(c.decoder);
        List<TokenSequence> tooShort = List.of(TokenSequence.of(3), TokenSequence.of(4));
        for (List<TokenSequence> batch : List.of(tooShort, List.<TokenSequence>of())) {
            BatchLosses losses = source.capture(
                    batch,
                    Targets.observed(),
                    capture -> assertThat(capture.rows()).isZero());
            assertThat(losses.items()).isEqualTo(batch.size());
            assertThat(DecoderCase.sums(losses)).containsOnly(new double[batch.size()]);
        }
    }

    @Test
    void capture_longerThanTheModel_namesItAndTheRemedy() {
        DecoderGradients source = new DecoderGradients(c.decoder);
        List<TokenSequence> batch = List.of(TokenSequence.of(1, 2), TokenSequence.of(new int[32]));
        assertThatThrownBy(() -> source.capture(batch, Targets.observed(), capture -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sequence 1 has 32 tokens; the model takes at most 31: cut it into chunks");
    }

    @Test
    void capture_unknownToken_namesItAndTheRemedy() {
        DecoderGradients source = new DecoderGradients(c.decoder);
        for (int id : new int[] {20, -1, Integer.MAX_VALUE}) {
            List<TokenSequence> batch = List.of(TokenSequence.of(1, 2), TokenSequence.of(0, 19, id));
            assertThatThrownBy(() -> source.capture(batch, Targets.observed(), capture -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("sequence 1 holds the token id " + id
                            + " at position 2; the model knows [0, 20): use the tokenizer it was trained with");
        }
    }

    @Test
    void capture_sinkThatFails_isPassedOnAndTheNextCallWorks() {
        DecoderGradients source = new DecoderGradients(c.decoder);
        assertThatThrownBy(() -> source.capture(c.batch, Targets.observed(), capture -> {
                    throw new IllegalStateException("full");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("full");
        double[] losses = captures(c.batch, Targets.observed()).losses;
        assertThat(losses).containsExactly(DecoderCase.sums(c.decoder.losses(c.batch)), within(0.0));
    }

    @Test
    void closed_anyUse_saysSoAndTakesNoMemory() {
        DecoderGradients source = new DecoderGradients(c.decoder);
        source.capture(c.batch, Targets.observed(), capture -> {});
        c.close();
        assertThat(Floats.liveBytes()).isEqualTo(before);
        assertThatThrownBy(() -> source.capture(c.batch, Targets.observed(), capture -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the memory was closed");
        assertThatThrownBy(() -> c.decoder.losses(c.batch)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new DecoderGradients(c.decoder)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(c.decoder::copy).isInstanceOf(IllegalStateException.class);
        assertThat(Floats.liveBytes()).isEqualTo(before);
        c.close();
    }
}
