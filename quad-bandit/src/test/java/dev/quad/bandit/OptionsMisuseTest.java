// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static dev.quad.bandit.Misuse.argument;
import static dev.quad.bandit.Misuse.misuse;
import static dev.quad.bandit.Misuse.nothing;
import static dev.quad.bandit.UserRuns.quad;
import static dev.quad.bandit.UserRuns.run;

import dev.quad.QuadException;
import dev.quad.bandit.UserRuns.Estimator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Numbers that options, rewards and redundancy do not take. */
class OptionsMisuseTest {
    @TestFactory
    Stream<DynamicTest> numbersOfTheUser() {
        ArmTable table = new ArmTable(2, arm -> 5, arm -> 5);
        table.start(0);
        Redundancy.OnNegative allow = Redundancy.OnNegative.ALLOW;
        UnaryOperator<SelectionOptions.Builder> all =
                options -> options.blockSize(BlockSize.share(1)).acceptance(Acceptance.items());
        return Stream.of(
                argument("a negative number of arms", () -> new ArmTable(-1, arm -> 1, arm -> 1), "arms is -1"),
                argument("a reward of NaN", () -> table.reward(0, Double.NaN), "arm 0", "reward NaN", "finite"),
                argument("an infinite reward", () -> table.reward(0, 1, 1 / 0.0), "arm 0", "reward Infinity"),
                misuse(
                        "a reward of an arm that was not pulled",
                        () -> table.reward(1, 5),
                        IllegalStateException.class,
                        "arm 1 gets rewards and was never pulled; call start(1)"),
                misuse(
                        "an arm too high",
                        () -> table.start(2),
                        IndexOutOfBoundsException.class,
                        "arm 2 is asked for; allowed is [0, 2)"),
                misuse(
                        "a reward of an arm below 0",
                        () -> table.reward(-1, 1),
                        IndexOutOfBoundsException.class,
                        "arm -1",
                        "[0, 2)"),
                argument(
                        "the quantile of no pilot",
                        () -> Threshold.quantile(0.5).tau(),
                        "no scores",
                        "at least one"),
                argument("a threshold of NaN", () -> Threshold.absolute(Double.NaN), "threshold is NaN"),
                argument("a quantile in per cent", () -> Threshold.quantile(50), "quantile is 50.0", "[0, 1]"),
                argument("a share in per cent", () -> BlockSize.share(5), "is 5.0", "(0, 1]"),
                argument("blocks of nothing", () -> BlockSize.documents(0), "0 documents", "1 or more"),
                argument("a fraction of nothing", () -> Acceptance.topFraction(0), "is 0.0", "(0, 1]"),
                argument("a discount of 1", () -> Memory.discounted(1), "discount is 1.0", "(0, 1)"),
                argument("a window of nothing", () -> Memory.window(0), "0 rounds"),
                argument("a negative alpha", () -> Ucb1.standardised(-1), "alpha is -1.0"),
                argument("an alpha of NaN", () -> Ucb1.absolute(Double.NaN), "alpha is NaN"),
                argument("epsilon above 1", () -> new EpsilonGreedy(2), "epsilon is 2.0"),
                argument(
                        "a batch of nothing",
                        () -> quad(new Estimator()).scoreBatch(0).build(),
                        "scoreBatch is 0"),
                argument(
                        "several options that are out of range",
                        () -> SelectionOptions.builder().pilot(0).patience(-1).build(),
                        "pilot is 0",
                        "patience is -1"),
                argument(
                        "a prior of other arms",
                        run(options -> options.prior(Prior.of(new double[2], new double[2]))),
                        "prior is of 2 arms",
                        "3 clusters"),
                argument("a prior of NaN", () -> Prior.of(new double[] {1}, new double[] {Double.NaN}), "mean NaN"),
                misuse(
                        "an order by NaN",
                        run(options -> options.order(Order.by("age", i -> i == 6 ? Double.NaN : i))),
                        QuadException.class,
                        "document 6 has the key NaN in the order by age"),
                misuse(
                        "vectors of several lengths",
                        run(options -> all.apply(options)
                                .redundancy(new Redundancy("topics", i -> new float[1 + i % 5], 1, allow))
                                .threshold(Threshold.absolute(-9))),
                        QuadException.class,
                        "of redundancy by topics",
                        "all are of one length"),
                misuse(
                        "no vector",
                        run(options -> all.apply(options)
                                .redundancy(new Redundancy("topics", i -> nothing(), 1, allow))
                                .threshold(Threshold.absolute(-9))),
                        QuadException.class,
                        "has no vector of redundancy by topics"),
                argument(
                        "centres of a clustering without any",
                        run(options -> options.credit(Credit.items().sharedWithin(1))),
                        "the clustering has no centres"));
    }
}
