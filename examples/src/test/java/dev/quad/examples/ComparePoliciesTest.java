// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.bandit.Acceptance;
import dev.quad.bandit.PolicyTable;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.RandomArms;
import dev.quad.bandit.SelectionOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparePoliciesTest {
    @TempDir
    Path folder;

    @Test
    void policies_onRecordedScores_beatRandom() throws Exception {
        List<Integer> documents = IntStream.range(0, 3000).boxed().toList();
        QuadSelector.<Integer>builder(
                        Clustering.of(documents.stream().mapToInt(i -> i % 20).toArray(), 20), new Noisy())
                .options(SelectionOptions.builder()
                        .armSelector(new RandomArms())
                        .acceptance(Acceptance.items())
                        .build())
                .journal(folder.resolve("rounds.jsonl"))
                .build()
                .select(CandidatePool.of(documents, document -> 1, "pool"), Budget.documents(1400), new Seed(1));
        PolicyTable table = ComparePolicies.run(folder.resolve("rounds.jsonl"));
        double random = mean(table, "random");
        for (String policy : table.policies()) {
            if (!policy.equals("random") && !policy.equals("round robin")) {
                assertThat(mean(table, policy)).as(policy).isGreaterThan(random + 1);
            }
        }
        assertThat(table.toText()).contains("UCB-tuned").hasLineCount(12);
        table.writeCsv(folder.resolve("table.csv"));
        assertThat(Files.readAllLines(folder.resolve("table.csv")))
                .hasSize(1 + table.rows().size())
                .element(0)
                .isEqualTo("policy,seed,round,rewards,mean_reward,regret,arms_touched,effective_arms");
        assertThat(Files.readString(folder.resolve("table.csv"))).contains("\"UCB1, as published\",0,1,8,");
    }

    private static double mean(PolicyTable table, String policy) {
        return table.last(policy).stream()
                .mapToDouble(PolicyTable.Row::meanReward)
                .average()
                .orElseThrow();
    }

    private record Noisy() implements InfluenceEstimator<Integer> {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(items.stream()
                    .mapToDouble(
                            item -> item % 20 + new Seed(item).stream("noise").nextGaussian())
                    .toArray());
        }

        @Override
        public String fingerprint() {
            return "noisy";
        }
    }
}
