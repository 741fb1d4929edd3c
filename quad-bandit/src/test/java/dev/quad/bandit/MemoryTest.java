// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Clustering;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Statistics that fade, against sums over all rewards with their weights; and rewards that are shared. */
class MemoryTest {
    private record Seen(int round, int arm, List<Double> rewards) {
        double sum(java.util.function.DoubleUnaryOperator of) {
            return rewards.stream().mapToDouble(of::applyAsDouble).sum();
        }
    }

    private static double weight(Memory memory, int age) {
        if (memory instanceof Memory.Discounted discounted) {
            return Math.pow(discounted.gamma(), age);
        }
        return memory instanceof Memory.Window window && age > window.rounds() ? 0 : 1;
    }

    @Test
    void statistics_anyMemory_equalWeightedSums() {
        for (Memory memory : List.of(
                Memory.forever(),
                Memory.discounted(0.9),
                Memory.discounted(0.01),
                Memory.window(1),
                Memory.window(5))) {
            RandomGenerator random = new Seed(4).stream("memory");
            ArmTable table = new ArmTable(3, arm -> 9, arm -> 9, memory, Prior.none());
            List<Seen> log = new ArrayList<>();
            for (int round = 0; round < 60; round++) {
                for (int arm = 0; arm < 3; arm++) {
                    if (random.nextInt(3) > 0) {
                        double[] rewards = random.doubles(1 + random.nextInt(4))
                                .map(u -> 1000 + u)
                                .toArray();
                        table.start(arm);
                        table.reward(arm, rewards);
                        log.add(new Seen(
                                round, arm, Arrays.stream(rewards).boxed().toList()));
                    }
                }
                table.endRound();
                compare(table, log, memory, round + 1);
            }
        }
    }

    private static void compare(ArmTable table, List<Seen> log, Memory memory, int now) {
        double total = 0;
        for (int arm = 0; arm < 3; arm++) {
            double trials = 0;
            double evidence = 0;
            double sum = 0;
            for (Seen seen : log) {
                if (seen.arm() == arm) {
                    double weight = weight(memory, now - seen.round());
                    trials += weight;
                    evidence += weight * seen.rewards().size();
                    sum += weight * seen.sum(reward -> reward);
                }
            }
            total += trials;
            assertThat(table.trials(arm)).as("%s", memory).isCloseTo(trials, within(1e-9 * (1 + trials)));
            assertThat(table.evidence(arm)).isCloseTo(evidence, within(1e-9 * (1 + evidence)));
            if (evidence > 0) {
                double mean = sum / evidence;
                assertThat(table.mean(arm)).isCloseTo(mean, within(1e-7));
                double squares = 0;
                for (Seen seen : log) {
                    if (seen.arm() == arm) {
                        double weight = weight(memory, now - seen.round());
                        squares += weight * seen.sum(reward -> (reward - mean) * (reward - mean));
                    }
                }
                if (evidence >= 2) {
                    assertThat(table.variance(arm)).isCloseTo(squares / (evidence - 1), within(1e-7));
                }
            }
        }
        assertThat(table.totalTrials()).isCloseTo(total, within(1e-9 * (1 + total)));
    }

    @Test
    void discounted_manyRounds_staysFinite() {
        ArmTable table = new ArmTable(2, arm -> 9, arm -> 9, Memory.discounted(0.5), Prior.none());
        for (int round = 0; round < 5000; round++) {
            table.start(0);
            table.reward(0, round % 2, 1);
            table.endRound();
        }
        assertThat(table.trials(0)).isCloseTo(1, within(1e-9));
        assertThat(table.evidence(0)).isCloseTo(2, within(1e-9));
        assertThat(table.mean(0)).isBetween(0.5, 1.0);
        assertThat(table.trials(1)).isZero();
    }

    /** Best and worst arm change places half-way. */
    @Test
    void memory_armsThatChange_areFoundAgainSooner() {
        int forever = roundsToRecover(Memory.forever());
        assertThat(roundsToRecover(Memory.discounted(0.95))).isLessThan(forever / 4);
        assertThat(roundsToRecover(Memory.window(40))).isLessThan(forever / 4);
    }

    private static int roundsToRecover(Memory memory) {
        RandomGenerator random = new Seed(8).stream("change");
        ArmTable table = new ArmTable(4, arm -> 9, arm -> 9, memory, Prior.none());
        int inARow = 0;
        for (int round = 0; round < 20_000; round++) {
            int arm = Ucb1.absolute(0.3).select(table, 1, random)[0];
            int best = round < 1000 ? 0 : 3;
            double mean = arm == best ? 0.9 : arm == 3 - best ? 0.1 : 0.4;
            table.start(arm);
            table.reward(arm, random.nextDouble() < mean ? 1 : 0);
            table.endRound();
            inARow = round >= 1000 && arm == 3 ? inARow + 1 : 0;
            if (inARow == 10) {
                return round - 1000;
            }
        }
        return 20_000;
    }

    private static final Clustering LINE = Clustering.of(new int[] {0, 1, 2}, 3, new float[] {0, 0, 0.5f, 0, 3, 0});

    private static ArmTable pulled(Credit credit, double... scores) {
        ArmTable table = new ArmTable(3, arm -> 9, arm -> 9);
        new Crediting(credit, table).pull(0, InfluenceScores.of(scores), 0, scores.length);
        return table;
    }

    @Test
    void neighbours_withinTheRadius_learnByTheirWeight() {
        ArmTable table = pulled(Credit.items().sharedWithin(2, ArmDistance.euclidean(LINE)), 1, 3);
        assertThat(table.trials(0)).isEqualTo(1);
        assertThat(table.trials(1)).isCloseTo(0.75, within(1e-12));
        assertThat(table.evidence(1)).isCloseTo(1.5, within(1e-12));
        assertThat(table.mean(1)).isEqualTo(2);
        assertThat(table.trials(2)).isZero();
        assertThat(table.totalTrials()).isCloseTo(1.75, within(1e-12));
        assertThat(table.totalPulls()).isEqualTo(1);
    }

    /** R_j += (r − τ)(1 − d/radius), T_j += 1, as the paper's code does. */
    @Test
    void neighbours_countingWhole_shrinkToTheBase() {
        Credit code =
                Credit.pulls().sharedWithin(2, ArmDistance.euclidean(LINE)).countingWhole(0.002);
        ArmTable table = pulled(code, 0.001, 0.009);
        assertThat(table.evidence(0)).isEqualTo(1);
        assertThat(table.mean(0)).isCloseTo(0.005, within(1e-15));
        assertThat(table.trials(1)).isEqualTo(1);
        assertThat(table.mean(1)).isCloseTo(0.002 + 0.75 * 0.003, within(1e-15));
        assertThat(code)
                .hasToString("pulls, neighbours within 2.0 by euclidean of centres, whole trials towards 0.002");
    }

    @Test
    void distances_ofCentres_areAsNamed() {
        assertThat(ArmDistance.euclidean(LINE).between(1, 2)).isCloseTo(2.5, within(1e-12));
        Clustering square = Clustering.of(new int[] {0, 1, 2}, 3, new float[] {1, 0, 0, 2, 0, 0});
        assertThat(ArmDistance.cosine(square).between(0, 1)).isCloseTo(1, within(1e-12));
        assertThat(ArmDistance.cosine(square).between(0, 2)).isEqualTo(1);
        assertThatThrownBy(() -> ArmDistance.cosine(Clustering.of(new int[] {0}, 1)))
                .hasMessageStartingWith("the clustering has no centres to measure distances between");
        assertThatThrownBy(() -> Credit.items().sharedWithin(0, ArmDistance.euclidean(LINE)))
                .hasMessage("the radius of neighbours is 0.0; allowed is above 0");
        assertThatThrownBy(() -> Credit.items().countingWhole(0)).hasMessage("set sharedWithin before countingWhole");
        assertThat(IntStream.range(0, 3))
                .allMatch(arm -> ArmDistance.euclidean(LINE).between(arm, arm) == 0);
    }
}
