// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.quad.Seed;
import dev.quad.pipeline.Difference.Verdict;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DifferenceTest {
    private static final double[][] LOSSES = {
        {45.99, 43.38, 48.76, 52.1, 55.68, 50.55, 47.24, 46.08},
        {53.74, 58.17, 51.36, 43.83, 45.21, 58.0, 51.01, 41.34},
        {49.58, 44.18, 46.85, 47.56, 46.43, 52.77, 49.68, 47.05},
        {52.05, 54.15, 41.78, 48.72, 45.1, 49.13, 43.55, 50.1},
        {49.81, 48.48, 44.76, 48.02, 44.54, 43.22, 51.12, 44.45}
    };
    private static final double[][] OTHERS = {
        {54.85, 52.58, 39.01, 50.36, 43.49, 49.17, 49.22, 39.06},
        {47.83, 47.72, 53.81, 43.09, 52.69, 43.51, 47.34, 44.8},
        {56.24, 51.84, 61.16, 52.21, 53.22, 53.2, 45.97, 48.65},
        {55.75, 47.02, 49.94, 48.89, 52.05, 47.18, 48.24, 50.21},
        {49.52, 44.68, 53.48, 42.51, 42.99, 42.59, 53.83, 47.2}
    };
    private static final long[] BYTES = {20, 25, 30, 22, 27, 24, 21, 31};

    /** The numbers are of NumPy and SciPy; Student's t of 4.2 and 7.5 degrees of freedom is here to half a percent. */
    @Test
    void paired_isThatOfScipy() {
        Difference ofParts = Difference.paired(LOSSES, OTHERS, BYTES, true);
        assertThat(ofParts.mean()).isEqualTo(-0.02158, within(1e-9));
        assertThat(ofParts.halfWidth()).isCloseTo(0.5816935, withinPercentage(0.5));
        assertThat(ofParts.visible()).isCloseTo(0.7617068, withinPercentage(0.5));

        Difference ofWholes = Difference.paired(LOSSES, OTHERS, BYTES, false);
        assertThat(ofWholes.halfWidth()).isCloseTo(0.1478716, withinPercentage(0.5));
        assertThat(ofWholes.visible()).isCloseTo(0.2012025, withinPercentage(0.5));
        assertThat(new Difference(-0.02158, 0.1478, 0.2)).hasToString("-0.0216 ± 0.1478");
        assertThat(ofWholes.verdict()).isEqualTo(Verdict.UNDECIDED);
    }

    @Test
    void paired_ofItself_isNothing_andOfAConstant_isThat() {
        assertThat(Difference.paired(LOSSES, LOSSES, BYTES, true)).isEqualTo(new Difference(0, 0, 0));
        long[] same = {10, 10};
        double[][] low = {{1, 2}, {2, 1}};
        double[][] high = {{2, 3}, {3, 2}};
        assertThat(Difference.paired(low, high, same, true)).isEqualTo(new Difference(-0.1, 0, 0));
        assertThat(Difference.paired(low, high, same, true).verdict()).isEqualTo(Verdict.BETTER);
        assertThat(Difference.paired(high, low, same, true).verdict()).isEqualTo(Verdict.WORSE);
    }

    /**
     * Two sets drawn in the same way, of 60 documents each that matter as they happen to, in 3 and in 10 groups; 40
     * documents to measure on. Of 1,000 such pairs 95 % are to be covered, ± 2.1 % by chance (three standard errors);
     * more, since the variance of the trainings is rather too large.
     */
    @Test
    void intervals_ofParts_coverNoDifferenceBetweenSetsDrawnAlike() {
        for (int groups : new int[] {3, 10}) {
            int covered = 0;
            int seen = 0;
            for (int trial = 0; trial < 1_000; trial++) {
                RandomGenerator random = new Seed(trial).stream("coverage", groups);
                double[][] one = losses(random, groups, 0);
                double[][] other = losses(random, groups, 0);
                long[] bytes = new long[40];
                Arrays.fill(bytes, 1);
                covered += Difference.paired(one, other, bytes, true).verdict() == Verdict.UNDECIDED ? 1 : 0;
                double visible = Difference.paired(one, other, bytes, true).visible();
                double[][] better = losses(random, groups, -visible);
                seen += Difference.paired(better, other, bytes, true).verdict() == Verdict.BETTER ? 1 : 0;
            }
            assertThat(covered / 1_000.0).as("%d groups", groups).isBetween(0.929, 0.99);
            assertThat(seen / 1_000.0).as("power with %d groups", groups).isBetween(0.7, 0.95);
        }
    }

    /** Losses of trainings that each leave out a group of 60 documents, whose values add up. */
    private static double[][] losses(RandomGenerator random, int groups, double shift) {
        double[] learnt = random.doubles(60, -0.5, 0.5).toArray();
        double[] read = new double[40];
        Arrays.setAll(read, j -> 0.3 * random.nextGaussian());
        double[][] losses = new double[groups][40];
        for (int group = 0; group < groups; group++) {
            int left = group;
            double mean = IntStream.range(0, 60)
                    .filter(i -> i % groups != left)
                    .mapToDouble(i -> learnt[i])
                    .average()
                    .orElseThrow();
            for (int j = 0; j < 40; j++) {
                losses[group][j] = 3 + shift + mean + read[j];
            }
        }
        return losses;
    }
}
