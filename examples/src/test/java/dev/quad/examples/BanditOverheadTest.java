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
import dev.quad.Selection;
import dev.quad.TokenSequence;
import dev.quad.bandit.QuadSelector;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What a selection with a real model asks of the model: each document that it draws is scored once, and the digest of
 * the whole direction is made once. The share of the bandit is printed, in processor time of the selecting thread, and
 * judged by who reads it: first the slow, not yet compiled code.
 */
class BanditOverheadTest {

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Counts what is asked, and adds up the time that it takes. */
    private static final class Asked implements InfluenceEstimator<TokenSequence> {
        private final InfluenceEstimator<TokenSequence> estimator;
        private final List<TokenSequence> scored = new ArrayList<>();
        private int digests;
        private long cpuNanos;

        Asked(InfluenceEstimator<TokenSequence> estimator) {
            this.estimator = estimator;
        }

        @Override
        public InfluenceScores score(List<? extends TokenSequence> items) {
            scored.addAll(items);
            return timed(() -> estimator.score(items));
        }

        @Override
        public String fingerprint() {
            digests++;
            return timed(estimator::fingerprint);
        }

        private <R> R timed(Supplier<R> work) {
            long start = cpu();
            R result = work.get();
            cpuNanos += cpu() - start;
            return result;
        }
    }

    @Test
    void selection_withARealModel_asksItForNothingTwice() {
        DecoderConfig sizes = DecoderConfig.builder(257)
                .width(128)
                .layers(4)
                .heads(4)
                .mlpWidth(256)
                .maxLength(128)
                .tiedHead(true)
                .build();
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
                    var influence = Influence.of(source).direction(direction).estimator()) {
                Asked asked = new Asked(influence);
                long start = cpu();
                Selection selection = QuadSelector.<TokenSequence>builder(clusters, asked)
                        .build()
                        .select(pool, Budget.documents(60), seed);
                long all = cpu() - start;

                System.out.printf("the bandit takes %.3f %% of a selection%n", 100.0 * (all - asked.cpuNanos) / all);
                assertThat(selection.choices()).hasSize(60);
                assertThat(asked.scored).hasSizeGreaterThanOrEqualTo(60).doesNotHaveDuplicates();
                assertThat(asked.digests).isEqualTo(1);
            }
        }
    }
}
