// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.Damping;
import dev.quad.influence.DirectionScores;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.Fisher;
import dev.quad.influence.GradientSource;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerPart;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Layers;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderGradientsTest {
    private static final DecoderConfig CONFIG = DecoderConfig.builder(20)
            .width(12)
            .layers(2)
            .heads(3)
            .keyValueHeads(1)
            .mlpWidth(7)
            .maxLength(30)
            .build();

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

    /** What was made of a model is not that of the model that it became. */
    @Test
    void capture_afterATraining_isRefused() throws IOException {
        List<TokenSequence> data = List.of(TokenSequence.of(1, 2, 3, 1, 2, 3));
        try (Decoder model = Decoder.random(
                DecoderConfig.builder(5)
                        .width(8)
                        .layers(1)
                        .heads(2)
                        .mlpWidth(16)
                        .maxLength(8)
                        .build(),
                new Seed(1))) {
            DecoderGradients before = new DecoderGradients(model);
            try (ReferenceDirection direction = ReferenceDirection.gradient(before, ReferenceSet.of(data));
                    InfluenceEstimator<TokenSequence> influence =
                            Influence.of(before).direction(direction).estimator()) {
                assertThat(influence.score(data).value(0)).isPositive();
                new Trainer(TrainingOptions.builder(10).batchTokens(5).build(), new Seed(1)).train(model, data);

                assertThatThrownBy(() -> influence.score(data))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the model was trained for 2 steps after these gradients were made")
                        .hasMessageContaining("make another DecoderGradients");
                assertThatThrownBy(() -> before.moved(direction, 1)).hasMessageContaining("was trained for 2 steps");
                DecoderGradients after = new DecoderGradients(model);
                assertThatThrownBy(
                                () -> Influence.of(after).direction(direction).estimator())
                        .isInstanceOf(MismatchException.class);
            }
        }
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
        assertThatThrownBy(() -> new DecoderGradients(c.decoder, "head"::equals))
                .hasMessageContaining("no layer is included");
    }

    @Test
    void withHead_putsItLastAndChangesNothingElse() {
        DecoderGradients blocks = new DecoderGradients(c.decoder);
        DecoderGradients all = DecoderGradients.withHead(c.decoder);
        assertThat(all.layers().subList(0, 8)).isEqualTo(blocks.layers());
        assertThat(all.layers().get(8)).isEqualTo(new LayerShape("head", 12, 20));
        assertThat(all.fingerprint()).isNotEqualTo(blocks.fingerprint());
        Captures with = captures(c.batch, sampled(2, 0));
        Captures without = Captures.of(blocks, c.batch, sampled(2, 0));
        for (int l = 0; l < 8; l++) {
            for (int s = 0; s < c.batch.size(); s++) {
                assertThat(with.inputs(l, s)).isEqualTo(without.inputs(l, s));
                assertThat(with.outputGradients(l, s)).isEqualTo(without.outputGradients(l, s));
            }
        }
        Captures alone = Captures.of(
                DecoderGradients.withHead(c.decoder, "head"::equals), c.batch, Targets.sampled(new Seed(2), 0));
        assertThat(alone.captured()).containsExactly(0);
        assertThat(alone.outputGradients(0, 2)).isEqualTo(with.outputGradients(8, 2));
        assertThat(all.parameterNorm()).isGreaterThan(blocks.parameterNorm());
    }

    /** Labels drawn often, or all of them written out: the mean covariance of the label under the prediction. */
    @Test
    void withHead_factorOfTheHead_isTheFisherOfTheLogits() {
        List<TokenSequence> items = List.of(c.batch.get(0), c.batch.get(3));
        DecoderGradients source = DecoderGradients.withHead(c.decoder);
        ReferenceDecoder reference = new ReferenceDecoder(c.decoder);
        double[] expected = new double[400];
        for (TokenSequence item : items) {
            List<double[]> logits = reference.logits(item);
            for (int t = 0; t + 1 < item.length(); t++) {
                double[] p = ReferenceDecoder.softmax(logits.get(t));
                for (int i = 0; i < 400; i++) {
                    expected[i] += ((i / 20 == i % 20 ? p[i / 20] : 0) - p[i / 20] * p[i % 20]) / 9;
                }
            }
        }
        KroneckerFactors exact = KroneckerFactors.fit(source, items, Fisher.exact(8, 20));
        assertThat(exact.outputCovariance(8)).containsExactly(expected, within(2e-6));
        KroneckerFactors drawn = KroneckerFactors.fit(source, items, Fisher.sampled(new Seed(4), 4000));
        // 36,000 labels: the entries, at most 1/4, have deviations below 0.5/√36000 = 0.0026
        assertThat(drawn.outputCovariance(8)).containsExactly(expected, within(0.013));
        for (int l = 0; l < 8; l++) { // the same labels for all layers
            double[] g = exact.outputCovariance(l);
            double largest = Arrays.stream(g).map(Math::abs).max().orElseThrow();
            assertThat(drawn.outputCovariance(l)).containsExactly(g, within(0.1 * largest));
        }
        KroneckerFactors observed = KroneckerFactors.fit(source, items, Fisher.empirical());
        double[] other = observed.outputCovariance(8);
        Arrays.setAll(other, i -> Math.abs(other[i] - expected[i]));
        assertThat(Arrays.stream(other).max().orElseThrow()).isGreaterThan(0.02);
    }

    /** As any other layer, whole or in parts: what it adds to scores is the product of direction and gradient. */
    @Test
    void withHead_scores_areTheProductsOfItsGradients() {
        DecoderGradients source = DecoderGradients.withHead(c.decoder);
        Captures captures = captures(c.batch, Targets.observed());
        Curvature ekfac =
                CurvatureFit.of(source, c.batch, Fisher.sampled(new Seed(1), 1)).ekfac();
        GradientSource<TokenSequence> parts = Layers.split(
                source,
                layer -> layer.name().equals("head")
                        ? LayerPart.outputHeads(layer, 4)
                        : List.of(LayerPart.whole(layer)));
        assertThat(parts.layers()).hasSize(12).contains(new LayerShape("head.3", 12, 5));
        try (ReferenceDirection plain = ReferenceDirection.gradient(source, ReferenceSet.of(c.batch));
                ReferenceDirection direction = plain.precondition(ekfac, Damping.DEFAULT);
                ReferenceDirection cut = ReferenceDirection.gradient(parts, ReferenceSet.of(c.batch))) {
            double[][] solved = new DirectionScores<>(source, List.of(direction), 100).perLayer(c.batch)[0];
            double[][] whole = new DirectionScores<>(source, List.of(plain), 100).perLayer(c.batch)[0];
            double[][] pieces = new DirectionScores<>(parts, List.of(cut), 100).perLayer(c.batch)[0];
            for (int s = 0; s < c.batch.size(); s++) {
                double[] gradient = new double[240];
                captures.addProduct(8, s, gradient);
                double expected = DecoderLaws.inner(gradient, direction.values(8));
                assertThat(solved[8][s]).isCloseTo(expected, within(1e-4 * Math.abs(expected) + 1e-6));
                double sum = pieces[8][s] + pieces[9][s] + pieces[10][s] + pieces[11][s];
                assertThat(sum).isCloseTo(whole[8][s], within(1e-4 * Math.abs(whole[8][s]) + 1e-6));
            }
        }
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
        for (Targets targets : List.of(Targets.observed(), sampled(1, 0), sampled(9, 3), new Targets.Single(2, 5))) {
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
        Collections.reverse(reversed);
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
        DecoderConfig config = DecoderConfig.builder(20)
                .width(12)
                .layers(2)
                .heads(3)
                .keyValueHeads(1)
                .headWidth(6)
                .mlpWidth(7)
                .maxLength(30)
                .biases(Biases.ALL)
                .build();
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

    /** A head of its own, or the embedding: it is the head that moves, and what looks tokens up stays. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void moved_withHead_movesTheHeadAlone(boolean tied, @TempDir Path folder) throws IOException {
        DecoderConfig config = DecoderConfig.builder(40)
                .width(12)
                .layers(1)
                .heads(3)
                .keyValueHeads(1)
                .mlpWidth(7)
                .maxLength(30)
                .tiedHead(tied)
                .build();
        DecoderConfig free = DecoderConfig.builder(40)
                .width(12)
                .layers(1)
                .heads(3)
                .keyValueHeads(1)
                .mlpWidth(7)
                .maxLength(30)
                .build();
        Layout at = new Layout(free);
        int head = (int) at.start(at.head);
        Floats untied = Floats.allocate(at.size());
        try (DecoderCase own = DecoderCase.of(config, 1, 9, 1, 31);
                Decoder expected = new Decoder(free, untied)) {
            untied.copy(0, own.decoder.parameters(), 0, own.decoder.parameters().length());
            if (tied) {
                untied.copy(head, own.decoder.parameters(), 0, 480);
            }
            own.decoder.write(folder);
            DecoderGradients source = DecoderGradients.withHead(own.decoder, "head"::equals);
            double step = 0.01;
            try (ReferenceDirection v = ReferenceDirection.gradient(source, ReferenceSet.of(own.batch));
                    Decoder mapped = Decoder.map(folder)) {
                double[] values = v.values(0);
                for (int i = 0; i < values.length; i++) {
                    untied.set(head + i, (float) (untied.get(head + i) + step * values[i]));
                }
                double[] losses = DecoderCase.sums(expected.losses(own.batch));
                assertThat(losses).isNotEqualTo(DecoderCase.sums(own.decoder.losses(own.batch)));
                for (Decoder decoder : List.of(own.decoder, mapped)) {
                    try (DirectionalModel.Moved<TokenSequence> moved =
                            DecoderGradients.withHead(decoder, "head"::equals).moved(v, step)) {
                        assertThat(DecoderCase.sums(moved.losses(own.batch))).isEqualTo(losses);
                    }
                }
            }
        }
    }

    @Test
    void capture_labelTheModelDoesNotKnow_isRefused() {
        assertThatThrownBy(
                        () -> KroneckerFactors.fit(DecoderGradients.withHead(c.decoder), c.batch, Fisher.exact(1, 21)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the label is 20; the model knows [0, 20)");
    }

    /** More logits than memory can number: refused before any is made. */
    @Test
    void capture_headOfABatchTooLarge_saysWhatToDo() {
        DecoderConfig config = DecoderConfig.builder(200_000)
                .width(4)
                .layers(1)
                .heads(1)
                .mlpWidth(4)
                .maxLength(2_000)
                .tiedHead(true)
                .build();
        try (DecoderCase huge = DecoderCase.of(config, 1, 2_000)) {
            List<TokenSequence> batch = Collections.nCopies(6, huge.batch.get(0));
            assertThatThrownBy(() ->
                            DecoderGradients.withHead(huge.decoder).capture(batch, Targets.observed(), capture -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a batch of 11994 tokens has 2398800000 logits")
                    .hasMessageContaining("fewer tokens, or leave the head out");
        }
    }

    @Test
    void capture_nothingToPredict_hasNoRows() {
        DecoderGradients source = DecoderGradients.withHead(c.decoder);
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
        for (int id : new int[] {20, Integer.MAX_VALUE}) {
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
