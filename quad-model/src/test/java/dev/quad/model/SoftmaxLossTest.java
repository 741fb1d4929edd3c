// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.Targets;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoftmaxLossTest {
    private static final int VOCABULARY = 6;
    private static final DecoderConfig CONFIG = DecoderConfig.builder(VOCABULARY)
            .width(4)
            .layers(1)
            .heads(1)
            .mlpWidth(2)
            .maxLength(9000)
            .tiedHead(true)
            .build();

    private static final class Result {
        final float[] losses;
        private final float[] gradients;

        Result(float[] losses, float[] gradients) {
            this.losses = losses;
            this.gradients = gradients;
        }

        float[] gradient(int row) {
            return Arrays.copyOfRange(gradients, row * VOCABULARY, (row + 1) * VOCABULARY);
        }

        /** The label of a row: the only negative entry. */
        int label(int row) {
            int label = -1;
            for (int j = 0; j < VOCABULARY; j++) {
                if (gradient(row)[j] < 0) {
                    assertThat(label).isEqualTo(-1);
                    label = j;
                }
            }
            return label;
        }
    }

    private static Result run(float[] logits, TokenSequence tokens, Targets targets, long key) {
        PackedBatch batch = new PackedBatch(java.util.List.of(tokens), CONFIG);
        float[] losses = new float[batch.rows];
        long[] keys = new long[batch.rows];
        Arrays.fill(keys, key);
        try (Floats z = Floats.of(logits)) {
            SoftmaxLoss.rows(z, 0, batch, VOCABULARY, targets, keys, losses, true, 0, batch.rows);
            return new Result(losses, z.toArray());
        }
    }

    private static double[] row(float[] logits, int row) {
        double[] z = new double[VOCABULARY];
        Arrays.setAll(z, j -> logits[row * VOCABULARY + j]);
        return z;
    }

    /** Row t predicts token t + 1; large logits neither overflow nor lose the loss. */
    @ParameterizedTest
    @ValueSource(floats = {0, 1, 10, 1000})
    void rows_equalTheFormulas(float scale) {
        RandomGenerator random = new Seed(1).stream("softmax");
        int[] ids = {0, 3, 1, 5, 0, 2};
        float[] logits = new float[5 * VOCABULARY];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = scale * (float) random.nextGaussian() + 50 * scale;
        }
        Result result = run(logits, TokenSequence.of(ids), Targets.observed(), 0);
        for (int row = 0; row < 5; row++) {
            double[] z = row(logits, row);
            double max = Arrays.stream(z).max().orElseThrow();
            double expected =
                    max + Math.log(Arrays.stream(z).map(v -> Math.exp(v - max)).sum()) - z[ids[row + 1]];
            assertThat((double) result.losses[row]).isCloseTo(expected, within(2e-6 + 1e-6 * expected));
            double[] p = ReferenceDecoder.softmax(z);
            for (int j = 0; j < VOCABULARY; j++) {
                assertThat((double) result.gradient(row)[j])
                        .isCloseTo(p[j] - (j == ids[row + 1] ? 1 : 0), within(1e-6));
            }
        }
    }

    /**
     * Squares summed over labels are the covariance of the label under the prediction; other positions give nothing.
     */
    @Test
    void rows_singleLabels_sumToTheFisherOfTheirPosition() {
        float[] logits = {0, 1, -1, 2, 0.5f, -2, 0, 1, -1, 2, 0.5f, -3};
        double[] p = ReferenceDecoder.softmax(row(logits, 1));
        double[][] sum = new double[VOCABULARY][VOCABULARY];
        for (int label = 0; label < VOCABULARY; label++) {
            Result result = run(logits, TokenSequence.of(1, 2, 3), new Targets.Single(1, label), 0);
            assertThat(result.gradient(0)).containsOnly(0f);
            assertThat(result.losses).isEqualTo(run(logits, TokenSequence.of(1, 2, 3), Targets.observed(), 0).losses);
            for (int i = 0; i < VOCABULARY; i++) {
                for (int j = 0; j < VOCABULARY; j++) {
                    sum[i][j] += (double) result.gradient(1)[i] * result.gradient(1)[j];
                }
            }
        }
        for (int i = 0; i < VOCABULARY; i++) {
            for (int j = 0; j < VOCABULARY; j++) {
                assertThat(sum[i][j]).isCloseTo((i == j ? p[i] : 0) - p[i] * p[j], within(1e-6));
            }
        }
    }

    @Test
    void rows_rangeOnly_leavesOthersAlone() {
        PackedBatch batch = new PackedBatch(java.util.List.of(TokenSequence.of(0, 1, 2, 3)), CONFIG);
        float[] losses = {9, 9, 9};
        try (Floats z = Floats.allocate(3 * VOCABULARY)) {
            SoftmaxLoss.rows(z, 0, batch, VOCABULARY, Targets.observed(), new long[3], losses, true, 1, 1);
            assertThat(losses).containsExactly(new float[] {9, (float) Math.log(VOCABULARY), 9}, within(1e-6f));
            assertThat(z.get(VOCABULARY - 1)).isZero();
            assertThat(z.get(2 * VOCABULARY)).isZero();
        }
    }

    @Test
    void rows_pieceOfLogits_beginsAtItsFirstRow() {
        PackedBatch batch = new PackedBatch(java.util.List.of(TokenSequence.of(0, 1, 2, 3)), CONFIG);
        float[] losses = {9, 9, 9};
        try (Floats z = Floats.of(0, 0, 0, 50, 0, 0)) {
            SoftmaxLoss.rows(z, 2, batch, VOCABULARY, Targets.observed(), new long[3], losses, false, 2, 1);
            assertThat(losses).containsExactly(new float[] {9, 9, 0}, within(1e-6f));
            assertThat(z.toArray()).containsExactly(0, 0, 0, 50, 0, 0);
        }
    }

    /** A chi-square test over many positions, with five degrees of freedom; 20.5 is passed once in a thousand. */
    @Test
    void rows_sampled_drawFromThePrediction() {
        int rows = 8000;
        float[] logits = new float[rows * VOCABULARY];
        float[] one = {0, 1, -1, 2, 0.5f, -2};
        for (int i = 0; i < logits.length; i++) {
            logits[i] = one[i % VOCABULARY];
        }
        int[] ids = new int[rows + 1];
        Arrays.fill(ids, 5);
        Result result = run(logits, TokenSequence.of(ids), Targets.sampled(new Seed(7), 0), 11);
        int[] counts = new int[VOCABULARY];
        for (int row = 0; row < rows; row++) {
            counts[result.label(row)]++;
        }
        double[] p = ReferenceDecoder.softmax(row(logits, 0));
        double chi = 0;
        for (int j = 0; j < VOCABULARY; j++) {
            chi += Math.pow(counts[j] - rows * p[j], 2) / (rows * p[j]);
        }
        assertThat(chi).as(Arrays.toString(counts)).isLessThan(20.5);
        // the loss is that of the data all the same
        assertThat((double) result.losses[0]).isCloseTo(-Math.log(p[5]), within(2e-6));
    }

    @Test
    void rows_sampled_dependOnSeedDrawKeyAndPosition() {
        int rows = 64;
        float[] logits = new float[rows * VOCABULARY];
        TokenSequence tokens = TokenSequence.of(new int[rows + 1]);
        int[] first = labels(run(logits, tokens, Targets.sampled(new Seed(1), 0), 5));
        assertThat(labels(run(logits, tokens, Targets.sampled(new Seed(1), 0), 5)))
                .isEqualTo(first);
        assertThat(Arrays.stream(first).distinct().count()).isGreaterThan(3);
        assertThat(labels(run(logits, tokens, Targets.sampled(new Seed(2), 0), 5)))
                .isNotEqualTo(first);
        assertThat(labels(run(logits, tokens, Targets.sampled(new Seed(1), 1), 5)))
                .isNotEqualTo(first);
        assertThat(labels(run(logits, tokens, Targets.sampled(new Seed(1), 0), 6)))
                .isNotEqualTo(first);
    }

    private static int[] labels(Result result) {
        int[] labels = new int[result.losses.length];
        Arrays.setAll(labels, result::label);
        return labels;
    }

    @Test
    void rows_certainPrediction_isAlwaysDrawn() {
        float[] logits = new float[50 * VOCABULARY];
        for (int row = 0; row < 50; row++) {
            logits[row * VOCABULARY + 4] = 200;
        }
        Result result = run(logits, TokenSequence.of(new int[51]), Targets.sampled(new Seed(1), 0), 5);
        for (int row = 0; row < 50; row++) {
            assertThat(result.gradient(row)).containsOnly(0f);
            assertThat(result.losses[row]).isEqualTo(200);
        }
    }
}
