// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a session holds for each document and how long its rounds take, at 1,000 clusters and two sizes of pool: 100,000 and a
 * million documents, or as many as {@code -Dquad.documents} says; 100,000,000 need a heap of 2 GiB.
 */
class ManyDocumentsTest {
    private static final int CLUSTERS = 1000;
    private static final int SMALL = 100_000;

    /** Documents that are nothing but their ordinals. */
    private record Ordinals(int size) implements CandidatePool<Integer> {
        @Override
        public Integer get(int ordinal) {
            return ordinal;
        }

        @Override
        public long tokens(int ordinal) {
            return 1;
        }

        @Override
        public String fingerprint() {
            return "ordinals " + size;
        }
    }

    private record Noise() implements InfluenceEstimator<Integer> {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(items.stream()
                    .mapToDouble(item -> (RewardSample.mix(item) >>> 11) * 0x1.0p-53 + item % CLUSTERS / 1000.0)
                    .toArray());
        }

        @Override
        public String fingerprint() {
            return "noise";
        }
    }

    private record Measured(double bytesADocument, double roundMillis) {}

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static Clustering clustering(int documents) {
        int[] assignment = new int[documents];
        for (int i = 0; i < documents; i++) {
            assignment[i] = (int) Long.remainderUnsigned(RewardSample.mix(i), CLUSTERS);
        }
        return Clustering.of(assignment, CLUSTERS);
    }

    private static Measured measure(int documents) {
        Clustering clustering = clustering(documents);
        long before = used();
        QuadSelector<Integer> selector = QuadSelector.<Integer>builder(clustering, new Noise())
                .options(SelectionOptions.builder()
                        .armsPerRound(50)
                        .blockSize(BlockSize.documents(32))
                        .threshold(Threshold.absolute(0.9))
                        .build())
                .build();
        double[] millis = new double[40];
        try (QuadSession session = selector.session(new Ordinals(documents), Budget.documents(1 << 30), new Seed(1))) {
            for (int round = 0; round < millis.length; round++) {
                long start = System.nanoTime();
                assertThat(session.step()).isTrue();
                millis[round] = (System.nanoTime() - start) / 1e6;
            }
            double bytes = (used() - before) / (double) documents;
            assertThat(session.selection().choices()).isNotEmpty();
            assertThat(clustering.size()).isEqualTo(documents);
            Arrays.sort(millis);
            return new Measured(bytes, millis[millis.length / 2]);
        }
    }

    @Test
    void session_manyDocuments_holdsFewBytesAndStepsAsQuickly() {
        int documents = Integer.getInteger("quad.documents", 1_000_000);
        measure(SMALL);
        Measured small = measure(SMALL);
        Measured large = measure(documents);
        System.out.printf(
                "%,d documents: %.2f bytes each, %.2f ms a round; %,d documents: %.2f ms a round%n",
                documents, large.bytesADocument(), large.roundMillis(), SMALL, small.roundMillis());
        assertThat(large.bytesADocument()).isLessThan(8);
        assertThat(large.roundMillis()).isLessThan(5 * small.roundMillis() + 5);
    }
}
