// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ArmStatistics;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.bandit.Ucb1;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is generated is what is promised. */
class QuadArbitrariesProperties {

    @Provide
    Arbitrary<Nested> nested() {
        return QuadArbitraries.nestedSets(8);
    }

    @Provide
    Arbitrary<ArmStatistics> arms() {
        return QuadArbitraries.armStatistics(30);
    }

    @Provide
    Arbitrary<Clustering> clusterings() {
        return QuadArbitraries.clusterings(40);
    }

    @Provide
    Arbitrary<Embeddings> embeddings() {
        return QuadArbitraries.embeddings(20, 3);
    }

    @Provide
    Arbitrary<CandidatePool<Integer>> pools() {
        return QuadArbitraries.pools(30);
    }

    @Property(tries = 200)
    void nestedSets_areNested(@ForAll("nested") Nested sets) {
        java.util.BitSet both = (java.util.BitSet) sets.small().clone();
        both.and(sets.large());
        assertThat(both).isEqualTo(sets.small());
        assertThat(sets.large().get(sets.probe())).isFalse();
        assertThat(sets.large().length()).isLessThanOrEqualTo(sets.size());
    }

    @Property(tries = 200)
    void armStatistics_areConsistent(@ForAll("arms") ArmStatistics arms) {
        double trials = 0;
        for (int arm = 0; arm < arms.armCount(); arm++) {
            assertThat(arms.remaining(arm)).isBetween(0, arms.size(arm));
            assertThat(arms.variance(arm)).isNotNegative();
            trials += arms.trials(arm);
        }
        assertThat(trials).isEqualTo(arms.totalTrials());
        assertThat(Ucb1.standardised(1).select(arms, 3, Numbers.of(1))).hasSizeLessThanOrEqualTo(3);
    }

    @Property(tries = 100)
    void inputs_haveTheirSizes(
            @ForAll("clusterings") Clustering clustering,
            @ForAll("embeddings") Embeddings embeddings,
            @ForAll("pools") CandidatePool<Integer> pool) {
        assertThat(clustering.size()).isBetween(1, 40);
        assertThat(embeddings.rows()).isBetween(1, 20);
        assertThat(pool.size()).isBetween(1, 30);
        assertThat(pool.tokens(0)).isBetween(0L, 100L);
    }
}
