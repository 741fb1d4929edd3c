// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.bandit.submodular.ClusterSaturation;
import dev.quad.bandit.submodular.Concave;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.PullCounts;
import dev.quad.bandit.submodular.RefitGain;
import dev.quad.bandit.submodular.SecondOrderGain;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Mistakes that users make with the bandit and what they hand to it, and what they are told. */
class MisuseTest {
    private static final int DOCUMENTS = 12;
    private static final Clustering CLUSTERING =
            Clustering.of(IntStream.range(0, DOCUMENTS).map(i -> i % 3).toArray(), 3);
    private static final Budget BUDGET = Budget.documents(6);
    private static final Seed SEED = new Seed(1);

    private static DynamicTest misuse(String name, ThrowingCallable call, Class<?> type, String... words) {
        return dynamicTest(
                name, () -> assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(words));
    }

    private static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IllegalArgumentException.class, words);
    }

    private static DynamicTest absent(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, NullPointerException.class, words);
    }

    /** What a caller without null checks hands over. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    /** A pool of the user's, right unless told otherwise. */
    private static class Pool implements CandidatePool<Integer> {
        @Override
        public int size() {
            return DOCUMENTS;
        }

        @Override
        public Integer get(int ordinal) {
            return ordinal;
        }

        @Override
        public long tokens(int ordinal) {
            return 1;
        }

        @Override
        public String fingerprint() {
            return "pool";
        }
    }

    /** An estimator of the user's, right unless told otherwise. */
    private static class Estimator implements InfluenceEstimator<Integer> {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(new double[items.size()]);
        }

        @Override
        public String fingerprint() {
            return "zero";
        }
    }

    private static final class BadSelector implements ArmSelector {
        @Override
        public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
            throw new IllegalStateException("no luck");
        }
    }

    private static final class NullSelector implements ArmSelector {
        @Override
        public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
            return nothing();
        }
    }

    private static QuadSelector.Builder<Integer> quad(InfluenceEstimator<Integer> estimator) {
        return QuadSelector.builder(CLUSTERING, estimator);
    }

    private static ThrowingCallable run(InfluenceEstimator<Integer> estimator) {
        return () -> quad(estimator).build().select(new Pool(), BUDGET, SEED);
    }

    private static ThrowingCallable run(CandidatePool<Integer> pool) {
        return () -> quad(new Estimator()).build().select(pool, Budget.tokens(6), SEED);
    }

    private static ThrowingCallable run(UnaryOperator<SelectionOptions.Builder> options) {
        return () -> quad(new Estimator())
                .options(options.apply(SelectionOptions.builder().threshold(Threshold.none()))
                        .build())
                .build()
                .select(new Pool(), BUDGET, SEED);
    }

    private static ThrowingCallable arms(int... arms) {
        return run(options -> options.armSelector((statistics, count, random) -> arms));
    }

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
                        "onNegative is null"),
                absent("the concave function", () -> saturation(nothing(), 0), "concave function is null"));
    }

    private static ClusterSaturation saturation(Concave phi, int... clusters) {
        return new ClusterSaturation(clusters, new double[clusters.length], phi);
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

    @TestFactory
    Stream<DynamicTest> estimatorsOfTheUser() {
        return Stream.of(
                misuse(
                        "null for scores",
                        run(new Estimator() {
                            @Override
                            public InfluenceScores score(List<? extends Integer> items) {
                                return nothing();
                            }
                        }),
                        QuadException.class,
                        "MisuseTest$",
                        "the pilot",
                        "returned null",
                        "one score per document"),
                misuse(
                        "too few scores",
                        run(new Estimator() {
                            @Override
                            public InfluenceScores score(List<? extends Integer> items) {
                                return InfluenceScores.of(1);
                            }
                        }),
                        QuadException.class,
                        "returned 1 scores"),
                misuse(
                        "an exception",
                        run(new Estimator() {
                            @Override
                            public InfluenceScores score(List<? extends Integer> items) {
                                throw new IllegalStateException("no model");
                            }
                        }),
                        QuadException.class,
                        "the pilot",
                        "no model"),
                misuse(
                        "no fingerprint",
                        run(new Estimator() {
                            @Override
                            public String fingerprint() {
                                return nothing();
                            }
                        }),
                        IllegalStateException.class,
                        "the estimator dev.quad.bandit.MisuseTest$",
                        "fingerprint null"),
                misuse(
                        "no fingerprint, of all",
                        () -> TopKSelector.<Integer>builder(new Estimator() {
                                    @Override
                                    public String fingerprint() {
                                        return nothing();
                                    }
                                })
                                .build()
                                .select(new Pool(), BUDGET, SEED),
                        IllegalStateException.class,
                        "the estimator dev.quad.bandit.MisuseTest$",
                        "fingerprint null"));
    }

    @TestFactory
    Stream<DynamicTest> poolsOfTheUser() {
        return Stream.of(
                misuse(
                        "a negative size",
                        run(new Pool() {
                            @Override
                            public int size() {
                                return -1;
                            }
                        }),
                        IllegalStateException.class,
                        "MisuseTest$",
                        "has -1 documents"),
                misuse(
                        "a document that is null",
                        run(new Pool() {
                            @Override
                            public Integer get(int ordinal) {
                                return ordinal == 7 ? nothing() : Integer.valueOf(ordinal);
                            }
                        }),
                        QuadException.class,
                        "document 7 of the pool",
                        "MisuseTest$",
                        "is null"),
                misuse(
                        "a negative cost",
                        () -> RandomSelector.<Integer>of()
                                .select(
                                        new Pool() {
                                            @Override
                                            public long tokens(int ordinal) {
                                                return -5;
                                            }
                                        },
                                        Budget.tokens(9),
                                        SEED),
                        QuadException.class,
                        "MisuseTest$",
                        "costs -5 tokens"),
                misuse(
                        "no fingerprint",
                        run(new Pool() {
                            @Override
                            public String fingerprint() {
                                return nothing();
                            }
                        }),
                        IllegalStateException.class,
                        "the pool dev.quad.bandit.MisuseTest$",
                        "fingerprint null"));
    }

    @TestFactory
    Stream<DynamicTest> armSelectorsOfTheUser() {
        String lambda = "the arm selector dev.quad.bandit.MisuseTest$lambda chose the arms ";
        return Stream.of(
                misuse(
                        "null for arms",
                        run(options -> options.armSelector(new NullSelector())),
                        QuadException.class,
                        NullSelector.class.getName() + " chose the arms null in round 1"),
                misuse(
                        "an exception",
                        run(options -> options.armSelector(new BadSelector())),
                        QuadException.class,
                        BadSelector.class.getName() + " failed in round 1",
                        "no luck"),
                misuse("no arm", arms(), QuadException.class, lambda + "[] in round 1", "1 to 1 different arms"),
                misuse("an arm too high", arms(3), QuadException.class, lambda + "[3]", "[0, 3)"),
                misuse("a negative arm", arms(-1), QuadException.class, lambda + "[-1]"),
                misuse("too many arms", arms(0, 1), QuadException.class, lambda + "[0, 1]"),
                misuse("an arm twice", arms(1, 1), QuadException.class, lambda + "[1, 1]"),
                misuse(
                        "an arm that is used up",
                        run(options -> options.armSelector((statistics, count, random) -> new int[] {2})
                                .blockSize(BlockSize.share(1))),
                        QuadException.class,
                        lambda + "[2] in round 2",
                        "with documents left"),
                argument(
                        "no id",
                        run(options -> options.armSelector(new Named() {
                            @Override
                            public String id() {
                                return nothing();
                            }
                        })),
                        "armSelector dev.quad.bandit.MisuseTest$",
                        "id null"),
                argument(
                        "an id that fails",
                        run(options -> options.armSelector(new Named() {
                            @Override
                            public String id() {
                                throw new UnsupportedOperationException("no name");
                            }
                        })),
                        "armSelector dev.quad.bandit.MisuseTest$",
                        "no name"),
                misuse(
                        "one that names itself otherwise",
                        run(options -> options.armSelector(new Named() {
                            @Override
                            public String id() {
                                return "best of all";
                            }
                        })),
                        QuadException.class,
                        "the arm selector best of all (dev.quad.bandit.MisuseTest$"),
                misuse(
                        "null in a comparison",
                        () -> PolicyComparison.on(RewardSource.bernoulli(new double[] {0.1, 0.2}, 9))
                                .policy("mine", new NullSelector())
                                .run(),
                        QuadException.class,
                        NullSelector.class.getName()));
    }

    private abstract static class Named implements ArmSelector {
        @Override
        public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
            return new int[0];
        }
    }

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

    @TestFactory
    Stream<DynamicTest> setFunctions() {
        double[] two = {1, 2};
        return Stream.of(
                argument("a negative cluster", () -> saturation(Concave.root(), -1), "item 0 is in cluster -1"),
                argument(
                        "a weight of NaN",
                        () -> new ClusterSaturation(new int[] {0}, new double[] {Double.NaN}, Concave.root()),
                        "weight of item 0 is NaN"),
                argument(
                        "fewer weights than items",
                        () -> new ClusterSaturation(new int[2], new double[1], Concave.log()),
                        "2 clusters and 1 weights"),
                argument("a cap of NaN", () -> Concave.upTo(Double.NaN), "cap is NaN"),
                argument("a utility of NaN", () -> new InfluenceSum(1, Double.NaN), "utility of item 1 is NaN"),
                argument("negative pulls", () -> new PullCounts(two, new int[] {1, -2}, 1), "arm 1", "-2 times"),
                argument(
                        "a mean of NaN",
                        () -> new PullCounts(new double[] {Double.NaN}, new int[1], 1),
                        "mean of arm 0 is NaN"),
                argument("fewer pulls than arms", () -> new PullCounts(two, new int[1], 1), "2 means, 1 numbers"),
                argument("terms that are ragged", () -> gain(new double[2], new double[1]), "item 1 has 1 terms"),
                argument("fewer rows than items", () -> gain(new double[2]), "2 utilities, 1 rows"),
                argument(
                        "terms of NaN",
                        () -> gain(new double[] {1, Double.NaN}, new double[] {Double.NaN, 1}),
                        "a term with item 1 is NaN"),
                argument(
                        "terms that are not symmetric",
                        () -> gain(new double[] {1, 2}, new double[] {3, 1}),
                        "must be symmetric"),
                argument(
                        "features of other lengths",
                        () -> new RefitGain(new double[][] {{1}}, two, 1),
                        "item 0 has 1 features and the reference has 2"),
                argument(
                        "a feature of NaN",
                        () -> new RefitGain(new double[][] {{1, Double.NaN}}, two, 1),
                        "of item 0 the feature 1 is NaN"),
                argument("a precision of 0", () -> new RefitGain(new double[0][], two, 0), "precision is 0.0"));
    }

    private static SecondOrderGain gain(double[]... terms) {
        return new SecondOrderGain(new double[2], terms, 1);
    }
}
