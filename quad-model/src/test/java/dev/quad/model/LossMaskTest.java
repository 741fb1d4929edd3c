// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.Influence;
import dev.quad.influence.Layers;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LossMaskTest {
    private static final DecoderConfig CONFIG = DecoderConfig.builder(20)
            .width(12)
            .layers(2)
            .heads(3)
            .keyValueHeads(1)
            .mlpWidth(7)
            .maxLength(30)
            .build();

    private final DecoderCase c = DecoderCase.of(CONFIG, 1, 9, 1, 31, 2, 14);
    private final DecoderGradients plain = DecoderGradients.withHead(c.decoder);
    private final LossMask even = (sequence, position) -> position % 2 == 0;

    @AfterEach
    void close() {
        c.close();
    }

    private ReferenceDirection gradient(DecoderGradients source) {
        return ReferenceDirection.gradient(source, ReferenceSet.of(c.batch));
    }

    @Test
    void losses_areThoseOfTheTokensThatCount() {
        BatchLosses masked = plain.lossOn(even).capture(c.batch, Targets.observed(), capture -> {});
        List<float[]> tokens = c.decoder.tokenLosses(c.batch);
        for (int s = 0; s < c.batch.size(); s++) {
            double sum = 0;
            int count = 0;
            for (int t = 1; t < tokens.get(s).length; t += 2) { // the loss of token t + 1
                sum += tokens.get(s)[t];
                count++;
            }
            assertThat(masked.sum(s)).isCloseTo(sum, within(1e-5));
            assertThat(masked.tokens(s)).isEqualTo(count);
            assertThat(plain.lossOn(even).tokens(c.batch.get(s))).isEqualTo(count);
            assertThat(plain.lossOn(even).rows(c.batch.get(s)))
                    .isEqualTo(c.batch.get(s).length() - 1);
        }
    }

    /** A loss is the sum over its tokens, and so is its gradient, of observed and of drawn labels. */
    @Test
    void gradients_ofTwoHalves_addUpToTheWhole() {
        LossMask odd = (sequence, position) -> position % 2 == 1;
        for (Targets targets : List.of(Targets.observed(), Targets.sampled(new Seed(3), 0))) {
            Captures whole = Captures.of(plain, c.batch, targets);
            Captures one = Captures.of(plain.lossOn(even), c.batch, targets);
            Captures other = Captures.of(plain.lossOn(odd), c.batch, targets);
            for (int l = 0; l < plain.layers().size(); l++) {
                for (int s = 0; s < c.batch.size(); s++) {
                    float[] sum = one.outputGradients(l, s);
                    float[] more = other.outputGradients(l, s);
                    float[] all = whole.outputGradients(l, s);
                    assertThat(one.inputs(l, s)).isEqualTo(whole.inputs(l, s));
                    for (int i = 0; i < all.length; i++) {
                        assertThat(sum[i] + more[i]).isCloseTo(all[i], within(2e-5f));
                    }
                }
            }
        }
    }

    @Test
    void moved_losesOnTheTokensThatCount_asItsGradientSays() {
        DecoderGradients masked = plain.lossOn(LossMask.last(3));
        try (ReferenceDirection v = gradient(masked)) {
            double step = 2e-3 / v.norm();
            double up = 0;
            double down = 0;
            int tokens = 0;
            try (DirectionalModel.Moved<TokenSequence> forth = masked.moved(v, step);
                    DirectionalModel.Moved<TokenSequence> back = masked.moved(v, -step)) {
                BatchLosses high = forth.losses(c.batch);
                BatchLosses low = back.losses(c.batch);
                for (int s = 0; s < c.batch.size(); s++) {
                    up += high.sum(s);
                    down += low.sum(s);
                    tokens += high.tokens(s);
                }
            }
            assertThat(tokens).isEqualTo(3 + 3 + 1 + 3);
            double slope = (up - down) / (2 * step) / tokens;
            assertThat(slope).isCloseTo(v.norm() * v.norm(), within(0.01 * v.norm() * v.norm()));
        }
    }

    /** A reference of answers only, for documents as they are. */
    @Test
    void direction_ofMaskedReferences_scoresPlainItems_andMaskOfAllChangesNothing() {
        try (ReferenceDirection answers = gradient(plain.lossOn(LossMask.last(1)));
                ReferenceDirection all = gradient(plain);
                ReferenceDirection same = gradient(plain.lossOn(LossMask.all()));
                InfluenceEstimator<TokenSequence> influence =
                        Influence.of(plain).direction(answers).estimator();
                InfluenceEstimator<TokenSequence> none = Influence.of(plain.lossOn((sequence, position) -> false))
                        .direction(answers)
                        .estimator()) {
            assertThat(same.fingerprint()).isEqualTo(all.fingerprint()).isNotEqualTo(answers.fingerprint());
            InfluenceScores scores = influence.score(c.batch);
            assertThat(scores.isScored(0)).isTrue();
            assertThat(scores.isScored(1)).isFalse();
            assertThat(none.score(c.batch).reason(0)).hasValue("it has no token to predict");
        }
        assertThat(Layers.withoutBiases(plain.lossOn(LossMask.last(2))).tokens(c.batch.get(0)))
                .isEqualTo(2);
        assertThat(Layers.withoutBiases(plain.lossOn(LossMask.last(2))).rows(c.batch.get(0)))
                .isEqualTo(8);
        assertThatThrownBy(() -> LossMask.last(0)).hasMessageContaining("the last 0 tokens; allowed is 1 or more");
    }
}
