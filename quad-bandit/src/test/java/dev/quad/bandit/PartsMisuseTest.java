// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static dev.quad.bandit.Misuse.absent;
import static dev.quad.bandit.Misuse.argument;
import static dev.quad.bandit.Misuse.misuse;
import static dev.quad.bandit.Misuse.nothing;
import static dev.quad.bandit.UserRuns.BUDGET;
import static dev.quad.bandit.UserRuns.CLUSTERING;
import static dev.quad.bandit.UserRuns.SEED;
import static dev.quad.bandit.UserRuns.quad;

import dev.quad.DataSelector;
import dev.quad.bandit.UserRuns.Estimator;
import dev.quad.bandit.UserRuns.Pool;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Parts that are null, and what their users are told where they hand them over. */
class PartsMisuseTest {
    @TestFactory
    Stream<DynamicTest> partsThatAreNull() {
        SelectionOptions.Builder options = SelectionOptions.builder();
        QuadSelector.Builder<Integer> quad = quad(new Estimator());
        TopKSelector.Builder<Integer> top = TopKSelector.builder(new Estimator());
        return Stream.of(
                absent("a clustering", () -> QuadSelector.builder(nothing(), new Estimator()), "clustering is null"),
                absent("an estimator", () -> QuadSelector.builder(CLUSTERING, nothing()), "estimator is null"),
                absent("options", () -> quad.options(nothing()), "options are null"),
                absent("a listener", () -> quad.listener(nothing()), "listener is null"),
                absent("eligible documents", () -> quad.eligible(nothing()), "eligible is null"),
                absent("vectors", () -> quad.vectors(nothing()), "vectors are null"),
                absent("a journal", () -> quad.journal(nothing()), "journal is null"),
                absent("an arm selector", () -> options.armSelector(nothing()), "armSelector is null", "default"),
                absent("a prior", () -> options.prior(nothing()), "prior is null"),
                absent("a credit", () -> options.credit(nothing()), "credit is null"),
                absent("a memory", () -> options.memory(nothing()), "memory is null"),
                absent("a block size", () -> options.blockSize(nothing()), "blockSize is null"),
                absent("an order", () -> options.order(nothing()), "order is null"),
                absent("evidence", () -> options.evidence(nothing()), "evidence is null"),
                absent("what is rejected", () -> options.rejected(nothing()), "rejected is null"),
                absent("redundancy", () -> options.redundancy(nothing()), "redundancy is null"),
                absent("an acceptance", () -> options.acceptance(nothing()), "acceptance is null"),
                absent("a threshold", () -> options.threshold(nothing()), "threshold is null"),
                absent("the pool of a run", () -> quad.build().select(nothing(), BUDGET, SEED), "pool is null"),
                absent("its budget", () -> quad.build().select(new Pool(), nothing(), SEED), "budget is null"),
                absent("its seed", () -> quad.build().select(new Pool(), BUDGET, nothing()), "seed is null"),
                absent("an estimator of all", () -> TopKSelector.builder(nothing()), "estimator is null"),
                absent("a listener of all", () -> top.listener(nothing()), "listener is null"),
                absent("a journal of all", () -> top.journal(nothing()), "journal is null"),
                absent("documents of all", () -> top.eligible(nothing()), "eligible is null"),
                absent("the pool of all", () -> top.build().select(nothing(), BUDGET, SEED), "pool is null"),
                absent("documents by chance", () -> RandomSelector.among(nothing()), "eligible is null"),
                absent(
                        "the seed of chance",
                        () -> RandomSelector.<Integer>of().select(new Pool(), BUDGET, nothing()),
                        "seed is null"),
                absent("sizes of arms", () -> new ArmTable(1, nothing(), arm -> 1), "sizes of the arms are null"),
                absent("what remains", () -> new ArmTable(1, arm -> 1, nothing()), "remains of the arms is null"),
                absent(
                        "the memory of a table",
                        () -> new ArmTable(1, arm -> 1, arm -> 1, nothing(), Prior.none()),
                        "memory is null"),
                misuse(
                        "the mean of an arm that is not there",
                        () -> new ArmTable(1, arm -> 1, arm -> 1).mean(1),
                        IndexOutOfBoundsException.class,
                        "arm 1 is asked for; allowed is [0, 1)"),
                absent("rewards", () -> PolicyComparison.on(nothing()), "rewards are null"),
                absent(
                        "a policy to compare",
                        () -> PolicyComparison.on(RewardSource.bernoulli(new double[1], 1))
                                .policy("mine", nothing()),
                        "the policy mine is null"),
                absent("a distance of arms", () -> Credit.items().sharedWithin(1, nothing()), "distance of arms"),
                absent("the unit of alpha", () -> Ucb1.of(0.1, nothing()), "unit of alpha is null", "ROBUST"),
                absent("a first pull", () -> Ucb1.absolute(1).firstPull(nothing()), "firstPull is null"),
                absent("the unit of Thompson", () -> new GaussianThompson(1, nothing()), "unit is null"),
                absent("the unit of KL-UCB", () -> new KlUcb(0, nothing()), "unit is null"),
                absent("the unit of UCB-V", () -> new UcbV(1, nothing()), "unit is null"),
                absent("the unit of UCB-tuned", () -> new UcbTuned(nothing()), "unit is null"),
                absent("the name of an order", () -> Order.by(nothing(), i -> i), "name of the keys is null"),
                absent("the key of an order", () -> Order.by("key", nothing()), "key of the order is null"),
                absent(
                        "vectors of redundancy",
                        () -> new Redundancy("v", nothing(), 1, Redundancy.OnNegative.ALLOW),
                        "vectors are null"),
                absent(
                        "what to do with negative terms",
                        () -> new Redundancy("v", i -> new float[1], 1, nothing()),
                        "onNegative is null"));
    }

    private static StagedSelector.Builder<Integer> staged() {
        return StagedSelector.builder(CLUSTERING, (stage, chosen) -> new Estimator());
    }

    @TestFactory
    Stream<DynamicTest> stages() {
        return Stream.of(
                absent(
                        "no clustering",
                        () -> StagedSelector.<Integer>builder(nothing(), (stage, chosen) -> new Estimator()),
                        "clustering is null"),
                absent("no options", () -> staged().options(nothing()), "options are null"),
                absent(
                        "nothing that gives estimators",
                        () -> StagedSelector.<Integer>builder(CLUSTERING, nothing()),
                        "estimator of a stage is null"),
                absent(
                        "a stage without an estimator",
                        () -> {
                            DataSelector<Integer> staged = StagedSelector.<Integer>builder(
                                            CLUSTERING, (stage, chosen) -> nothing())
                                    .build();
                            staged.select(new Pool(), BUDGET, SEED);
                        },
                        "estimator of stage 0 is null"),
                argument("no rounds", () -> staged().rounds(0).build(), "0 rounds"),
                argument("a discount above 1", () -> staged().discount(2).build(), "discount is 2.0"));
    }
}
