// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.ForwardInfluence;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scores from forward passes alone, on a small trained model, beside the exact products. */
class ForwardInfluenceTest {
    private static final int VOCABULARY = 24;
    private static final List<TokenSequence> POOL = sequences(40, 1);
    private static final List<TokenSequence> REFERENCE = sequences(6, 2);

    private long before;
    private Decoder decoder;
    private DecoderGradients model;
    private ReferenceDirection direction;

    /** Walks with a drift, so that there is something to learn. */
    private static List<TokenSequence> sequences(int count, long seed) {
        RandomGenerator random = new Seed(seed).stream("test.walks");
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int[] ids = new int[12 + random.nextInt(20)];
                    ids[0] = random.nextInt(VOCABULARY);
                    for (int t = 1; t < ids.length; t++) {
                        ids[t] = (ids[t - 1] + 1 + random.nextInt(3)) % VOCABULARY;
                    }
                    return TokenSequence.of(ids);
                })
                .toList();
    }

    @BeforeEach
    void train() throws IOException {
        before = Floats.liveBytes();
        decoder = Decoder.random(
                DecoderConfig.builder(VOCABULARY)
                        .width(32)
                        .layers(2)
                        .heads(2)
                        .mlpWidth(48)
                        .maxLength(32)
                        .tiedHead(true)
                        .build(),
                new Seed(3));
        new Trainer(TrainingOptions.builder(20_000).batchTokens(256).build(), new Seed(3)).train(decoder, POOL);
        model = new DecoderGradients(decoder);
        KroneckerFactors factors = KroneckerFactors.fit(model, POOL, Fisher.sampled(new Seed(3), 1));
        try (ReferenceDirection gradient = ReferenceDirection.gradient(model, ReferenceSet.of(REFERENCE))) {
            direction = gradient.precondition(factors, Damping.DEFAULT);
        }
    }

    @AfterEach
    void close() {
        direction.close();
        decoder.close();
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** The head is the embedding here, and its part of the direction is of its use as the head. */
    @Test
    void scores_withTheHead_areTheExactProducts() {
        DecoderGradients source = DecoderGradients.withHead(decoder);
        KroneckerFactors factors = KroneckerFactors.fit(source, POOL, Fisher.sampled(new Seed(3), 1));
        try (ReferenceDirection gradient = ReferenceDirection.gradient(source, ReferenceSet.of(REFERENCE));
                ReferenceDirection v = gradient.precondition(factors, Damping.DEFAULT);
                InfluenceEstimator<TokenSequence> exact =
                        Influence.of(source).direction(v).estimator();
                ForwardInfluence<TokenSequence> forward = ForwardInfluence.of(source, v, 512)) {
            assertThat(forward.errorAgainst(exact, POOL)).isLessThan(1e-5);
        }
    }

    @Test
    void scores_areTheExactProducts() {
        try (InfluenceEstimator<TokenSequence> exact =
                        Influence.of(model).direction(direction).estimator();
                ForwardInfluence<TokenSequence> forward = ForwardInfluence.of(model, direction, 512)) {
            assertThat(forward.errorAgainst(exact, POOL)).isLessThan(1e-5);
            assertThat(forward.error()).isZero();
            assertThat(forward.step()).isZero();
        }
    }

    @Test
    void scores_withTheStepFound_areTheExactProducts() {
        try (InfluenceEstimator<TokenSequence> exact =
                        Influence.of(model).direction(direction).estimator();
                ForwardInfluence<TokenSequence> forward =
                        ForwardInfluence.calibrate(model, direction, POOL.subList(0, 10), 512)) {
            assertThat(forward.errorAgainst(exact, POOL)).isLessThan(1e-3);
            assertThat(forward.error()).isLessThan(1e-3);
            assertThat(forward.step()).isPositive();
            assertThat(forward.flopsPerToken().orElseThrow())
                    .isEqualTo(2 * model.forwardFlopsPerToken().orElseThrow());
        }
    }

    @Test
    void calibrate_leavesTheModelAsItWas() {
        String fingerprint = decoder.fingerprint();
        ForwardInfluence.calibrate(model, direction, POOL.subList(0, 3), 512).close();

        assertThat(decoder.fingerprint()).isEqualTo(fingerprint);
    }

    @Test
    void score_ofAnItemWithoutTokens_isFlagged() {
        try (ForwardInfluence<TokenSequence> forward =
                ForwardInfluence.calibrate(model, direction, POOL.subList(0, 3), 512)) {
            InfluenceScores scores = forward.score(List.of(POOL.get(0), TokenSequence.of(1)));

            assertThat(scores.isScored(0)).isTrue();
            assertThat(scores.reason(1)).contains("it has no token to predict");
        }
    }

    @Test
    void calibrate_directionOfAnotherModel_isRefused() {
        try (Decoder other = Decoder.random(decoder.config(), new Seed(9))) {
            DecoderGradients stranger = new DecoderGradients(other);

            assertThatThrownBy(() -> ForwardInfluence.calibrate(stranger, direction, POOL, 512))
                    .isInstanceOf(MismatchException.class);
        }
    }
}
