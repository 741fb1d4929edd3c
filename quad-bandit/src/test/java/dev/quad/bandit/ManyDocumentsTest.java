// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.SelectionListener;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/**
 * What a session holds for each document of a pool, and what its rounds read and allocate for each document that they
 * draw, at 1,000 clusters and two sizes of pool: 400,000 and four million documents, or as many as
 * {@code -Dquad.documents} says; 100,000,000 need a heap of 2 GiB. How long the rounds take is printed, and judged by
 * who reads it.
 */
class ManyDocumentsTest {
    private static final int CLUSTERS = 1000;
    private static final int SMALL = 400_000;
    private static final int ROUNDS = 100;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Documents that are nothing but their ordinals; counts how often one is looked at. */
    private record Ordinals(int size, LongAdder reads) implements CandidatePool<Integer> {
        @Override
        public Integer get(int ordinal) {
            reads.increment();
            return ordinal;
        }

        @Override
        public long tokens(int ordinal) {
            reads.increment();
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

    /**
     * Bytes a document of the pool, and medians over the rounds: time, documents drawn, and for each of them time,
     * looks at the pool and bytes allocated.
     */
    private record Measured(double bytes, double millis, double drawn, double micros, double reads, double allocated) {
        String words(int documents) {
            return String.format(
                    Locale.ROOT,
                    "%,d documents: %.2f bytes each, %.2f ms a round of %.0f drawn, for each %.2f us, %.1f looks at the"
                            + " pool, %.0f bytes",
                    documents,
                    bytes,
                    millis,
                    drawn,
                    micros,
                    reads,
                    allocated);
        }
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

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
        int[] drawn = new int[1];
        QuadSelector<Integer> selector = QuadSelector.<Integer>builder(clustering, new Noise())
                .options(SelectionOptions.builder()
                        .armsPerRound(50)
                        .blockSize(BlockSize.documents(32))
                        .acceptance(Acceptance.blockMean())
                        .threshold(Threshold.absolute(0.9))
                        .build())
                .listener(new SelectionListener() {
                    @Override
                    public void onRoundFinished(RoundFinished event) {
                        drawn[0] = event.pulls().stream()
                                .mapToInt(ArmPulled::drawn)
                                .sum();
                    }
                })
                .build();
        double[] millis = new double[ROUNDS];
        double[] each = new double[ROUNDS];
        double[] blocks = new double[ROUNDS];
        double[] reads = new double[ROUNDS];
        double[] allocated = new double[ROUNDS];
        LongAdder looks = new LongAdder();
        try (QuadSession session =
                selector.session(new Ordinals(documents, looks), Budget.documents(1 << 30), new Seed(1))) {
            for (int round = 0; round < ROUNDS; round++) {
                looks.reset();
                long bytes = THREADS.getCurrentThreadAllocatedBytes();
                long start = System.nanoTime();
                boolean goesOn = session.step();
                millis[round] = (System.nanoTime() - start) / 1e6;
                allocated[round] = (double) (THREADS.getCurrentThreadAllocatedBytes() - bytes) / drawn[0];
                reads[round] = looks.doubleValue() / drawn[0];
                assertThat(goesOn).isTrue();
                blocks[round] = drawn[0];
                each[round] = 1000 * millis[round] / drawn[0];
            }
            double bytes = (used() - before) / (double) documents;
            assertThat(session.selection().choices()).isNotEmpty();
            assertThat(clustering.size()).isEqualTo(documents);
            return new Measured(bytes, median(millis), median(blocks), median(each), median(reads), median(allocated));
        }
    }

    @Test
    void session_manyDocuments_holdsFewBytesAndStepsWithAsLittle() {
        int documents = Integer.getInteger("quad.documents", 4_000_000);
        measure(SMALL);
        Measured small = measure(SMALL);
        Measured large = measure(documents);
        System.out.println(small.words(SMALL));
        System.out.println(large.words(documents));
        assertThat(large.bytes()).isLessThan(8);
        assertThat(large.reads()).isBetween(1.0, 1.1 * small.reads());
        assertThat(large.allocated()).isLessThan(1.1 * small.allocated());
    }
}
