// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.bandit.EpsilonGreedy;
import dev.quad.bandit.GaussianThompson;
import dev.quad.bandit.GreedyArms;
import dev.quad.bandit.KlUcb;
import dev.quad.bandit.PolicyComparison;
import dev.quad.bandit.PolicyTable;
import dev.quad.bandit.RandomArms;
import dev.quad.bandit.RewardSource;
import dev.quad.bandit.RoundRobinArms;
import dev.quad.bandit.StaticArms;
import dev.quad.bandit.Ucb1;
import dev.quad.bandit.UcbTuned;
import dev.quad.bandit.UcbV;
import java.nio.file.Path;

/**
 * Policies side by side on the scores that a run left in its {@code rounds.jsonl}: what would another policy have found
 * there? Prints a table and writes a row for each round to a CSV file.
 */
public final class ComparePolicies {
    private ComparePolicies() {}

    /** Compares them on recorded scores. */
    public static PolicyTable run(Path rounds) {
        // tag::compare[]
        return PolicyComparison.on(RewardSource.recorded(rounds))
                .policy("UCB1", Ucb1.standardised(0.5))
                .policy("UCB1, as published", Ucb1.absolute(1e-4).plusOne())
                .policy("UCB-tuned", UcbTuned.standardised())
                .policy("UCB-V", UcbV.standardised())
                .policy("KL-UCB", KlUcb.standardised())
                .policy("Thompson", GaussianThompson.standardised())
                .policy("epsilon-greedy", new EpsilonGreedy(0.1))
                .policy("greedy", new GreedyArms())
                .policy("static", new StaticArms())
                .policy("round robin", new RoundRobinArms())
                .policy("random", new RandomArms())
                .rounds(25)
                .armsPerRound(2)
                .rewardsPerPull(4)
                .repetitions(20)
                .run();
        // end::compare[]
    }

    /** Arguments: the {@code rounds.jsonl} of a run, and the CSV file to write. */
    public static void main(String[] args) {
        PolicyTable table = run(Path.of(args[0]));
        System.out.print(table.toText());
        table.writeCsv(Path.of(args[1]));
    }
}
