// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.bandit.QuadSelector;
import dev.quad.influence.DirectionInfluence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What a selection with a real model takes beside the scores: choosing arms, drawing, judging, keeping count. Processor time of
 * the selecting thread, so that other programs do not count.
 */
class BanditOverheadTest {

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Adds up the time that it takes. */
    private static final class Timed implements InfluenceEstimator<TokenSequence> {
        private final InfluenceEstimator<TokenSequence> estimator;
        private long nanos;
        private long cpuNanos;

        Timed(InfluenceEstimator<TokenSequence> estimator) {
            this.estimator = estimator;
        }

        @Override
        public InfluenceScores score(List<? extends TokenSequence> items) {
            return timed(() -> estimator.score(items));
        }

        /** A digest of the whole direction. */
        @Override
        public String fingerprint() {
            return timed(estimator::fingerprint);
        }

        private <R> R timed(Supplier<R> work) {
            long start = System.nanoTime();
            long cpuStart = cpu();
            R result = work.get();
            nanos += System.nanoTime() - start;
            cpuNanos += cpu() - cpuStart;
            return result;
        }
    }

    @Test
    void selection_withARealModel_spendsLittleOnTheBandit() {
        DecoderConfig sizes = new DecoderConfig(257, 128, 4, 4, 4, 256, 128, 10_000, 1e-5, true);
        Seed seed = new Seed(1);
        List<TokenSequence> items = IntStream.range(0, 400)
                .mapToObj(i -> TokenSequence.of(
                        seed.stream("text", i).ints(100, 0, 256).toArray()))
                .toList();
        CandidatePool<TokenSequence> pool = CandidatePool.of(items, TokenSequence::length, "random");
        Clustering clusters =
                Clustering.of(IntStream.range(0, items.size()).map(i -> i % 20).toArray(), 50);
        try (Decoder model = Decoder.random(sizes, seed)) {
            var source = new DecoderGradients(model);
            try (var direction = ReferenceDirection.gradient(source, ReferenceSet.of(items.subList(0, 4)));
                    var influence = new DirectionInfluence<>(source, direction)) {
                double share = 1;
                for (int run = 0; run < 6 && share >= 0.01; run++) { // the first run the slow, not yet compiled code
                    Timed timed = new Timed(influence);
                    long start = cpu();
                    QuadSelector.<TokenSequence>builder(clusters, timed)
                            .build()
                            .select(pool, Budget.documents(60), seed);
                    share = Math.min(share, (double) (cpu() - start - timed.cpuNanos) / timed.nanos);
                }
                System.out.printf("the bandit takes %.3f %% of a selection%n", 100 * share);
                assertThat(share).isLessThan(0.01);
            }
        }
    }
}
