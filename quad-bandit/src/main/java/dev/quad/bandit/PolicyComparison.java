// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Plays several policies side by side on the same rewards.
 *
 * <pre>{@code
 * PolicyComparison.on(RewardSource.recorded(Path.of("run/rounds.jsonl")))
 *         .policy("ours", Ucb1.standardised(0.5))
 *         .policy("random", new RandomArms())
 *         .rounds(100).armsPerRound(4).rewardsPerPull(8).repetitions(20)
 *         .run()
 *         .writeCsv(Path.of("policies.csv"));
 * }</pre>
 *
 * <p>Repetition r has the seed r; its rewards are the same for every policy. The result depends on nothing but what is
 * given here. For use by one thread.
 */
public final class PolicyComparison {
    private final RewardSource rewards;
    private final Map<String, ArmSelector> policies = new LinkedHashMap<>();
    private int rounds = 100;
    private int armsPerRound = 1;
    private int rewardsPerPull = 1;
    private int repetitions = 20;
    private Memory memory = Memory.forever();

    private PolicyComparison(RewardSource rewards) {
        this.rewards = rewards;
    }

    /** A comparison on these rewards. */
    public static PolicyComparison on(RewardSource rewards) {
        return new PolicyComparison(Objects.requireNonNull(rewards, "the rewards are null"));
    }

    /** Adds a policy under a name of its own. */
    public PolicyComparison policy(String name, ArmSelector policy) {
        Objects.requireNonNull(name, "the name of the policy is null");
        Objects.requireNonNull(policy, () -> "the policy " + name + " is null");
        if (policies.put(name, policy) != null) {
            throw new IllegalArgumentException("there are two policies with the name " + name);
        }
        return this;
    }

    /** Rounds to play, {@code >= 1}; 100 unless set. */
    public PolicyComparison rounds(int value) {
        rounds = atLeastOne("rounds", value);
        return this;
    }

    /** Arms of a round, {@code >= 1}; 1 unless set. */
    public PolicyComparison armsPerRound(int value) {
        armsPerRound = atLeastOne("armsPerRound", value);
        return this;
    }

    /** Rewards of a pull at most, {@code >= 1}; 1 unless set. */
    public PolicyComparison rewardsPerPull(int value) {
        rewardsPerPull = atLeastOne("rewardsPerPull", value);
        return this;
    }

    /** Repetitions, {@code >= 1}; 20 unless set. */
    public PolicyComparison repetitions(int value) {
        repetitions = atLeastOne("repetitions", value);
        return this;
    }

    /** How long a reward counts; {@link Memory#forever} unless set. */
    public PolicyComparison memory(Memory value) {
        memory = Objects.requireNonNull(value, "the memory is null; leave it out for one that never forgets");
        return this;
    }

    private static int atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; allowed is 1 or more");
        }
        return value;
    }

    /** Plays them all. Ends early where all arms are exhausted. */
    public PolicyTable run() {
        List<PolicyTable.Row> rows = new ArrayList<>();
        policies.forEach((name, policy) ->
                LongStream.range(0, repetitions).forEach(seed -> play(name, policy, new Seed(seed), rows)));
        return new PolicyTable(rows);
    }

    private void play(String name, ArmSelector policy, Seed seed, List<PolicyTable.Row> rows) {
        int[] drawn = new int[rewards.arms()];
        long[] pulls = new long[rewards.arms()];
        ArmTable table = new ArmTable(
                rewards.arms(), rewards::size, arm -> rewards.size(arm) - drawn[arm], memory, Prior.none());
        double best = 0;
        for (int arm = 0; arm < rewards.arms(); arm++) {
            double mean = rewards.mean(arm).orElse(0);
            best = arm == 0 ? mean : Math.max(best, mean);
        }
        double sum = 0;
        double regret = 0;
        long count = 0;
        for (int round = 1; round <= rounds; round++) {
            if (IntStream.range(0, rewards.arms()).noneMatch(arm -> table.remaining(arm) > 0)) {
                return;
            }
            int[] arms = ArmChoice.of(policy, table, armsPerRound, seed.stream("bandit.arms", round), round);
            for (int arm : arms) {
                double[] seen = new double[Math.min(rewardsPerPull, rewards.size(arm) - drawn[arm])];
                for (int i = 0; i < seen.length; i++) {
                    seen[i] = rewards.reward(arm, drawn[arm]++, seed);
                    sum += seen[i];
                    regret += best - rewards.mean(arm).orElse(best);
                    count++;
                }
                pulls[arm]++;
                table.start(arm);
                table.reward(arm, seen);
            }
            table.endRound();
            rows.add(new PolicyTable.Row(
                    name,
                    seed.value(),
                    round,
                    count,
                    sum / count,
                    regret,
                    Spread.touched(pulls),
                    Spread.effective(pulls)));
        }
    }

    @Override
    public String toString() {
        return "comparison of " + policies.keySet();
    }
}
