// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import dev.quad.bandit.EpsilonGreedy;
import dev.quad.bandit.GaussianThompson;
import dev.quad.bandit.GreedyArms;
import dev.quad.bandit.KlUcb;
import dev.quad.bandit.RandomArms;
import dev.quad.bandit.RoundRobinArms;
import dev.quad.bandit.StaticArms;
import dev.quad.bandit.Ucb1;
import dev.quad.bandit.UcbTuned;
import dev.quad.bandit.UcbV;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Arm selectors with one mistake each. */
class BrokenArmSelectorsTest {
    private static final ArmSelector GOOD = Ucb1.standardised(0.5);
    private static final AtomicInteger INSTANCES = new AtomicInteger();
    private static final double[] SHARED = new double[5000];
    private static final Object ARRAY = new double[0];
    private static final Object LAMBDA = (Runnable) () -> {};

    private static DynamicTest broken(String mistake, Supplier<ArmSelector> selector) {
        return Contracts.broken(mistake, contract(selector));
    }

    private static DynamicTest honest(String what, Supplier<ArmSelector> selector) {
        return Contracts.honest(what, contract(selector));
    }

    private static DynamicTest broken(String mistake, Supplier<ArmSelector> selector, Supplier<ArmSelector> other) {
        return Contracts.broken(mistake, contract(selector, () -> Optional.of(other.get())));
    }

    private static ArmSelectorContract contract(Supplier<ArmSelector> selector) {
        return contract(selector, Optional::empty);
    }

    private static ArmSelectorContract contract(Supplier<ArmSelector> selector, Supplier<Optional<ArmSelector>> other) {
        return new ArmSelectorContract() {
            @Override
            protected ArmSelector selector() {
                return selector.get();
            }

            @Override
            protected Optional<ArmSelector> other() {
                return other.get();
            }
        };
    }

    /** Its id is that of the class. */
    private record Fraction(double epsilon) implements ArmSelector {
        @Override
        public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
            return new EpsilonGreedy(epsilon).select(statistics, count, random);
        }
    }

    /** Something else made of the right answer. */
    private static DynamicTest answer(String mistake, UnaryOperator<int[]> change) {
        return broken(mistake, () -> (arms, count, random) -> change.apply(GOOD.select(arms, count, random)));
    }

    private static DynamicTest named(String mistake, Supplier<Supplier<String>> id) {
        return broken(mistake, () -> {
            Supplier<String> name = id.get();
            return new ArmSelector() {
                @Override
                public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
                    return GOOD.select(statistics, count, random);
                }

                @Override
                public String id() {
                    return name.get();
                }
            };
        });
    }

    private static int[] left(ArmStatistics arms) {
        return IntStream.range(0, arms.armCount())
                .filter(arm -> arms.remaining(arm) > 0)
                .toArray();
    }

    private static int[] reversed(int... arms) {
        return IntStream.range(0, arms.length)
                .map(i -> arms[arms.length - 1 - i])
                .toArray();
    }

    /** The best by mean, with scores in an array that may be anybody's. */
    private static int[] best(ArmStatistics arms, int count, Supplier<double[]> scores) {
        for (int arm = 0; arm < arms.armCount(); arm++) {
            scores.get()[arm] = arms.mean(arm);
        }
        return Arrays.stream(left(arms))
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(arm -> -scores.get()[arm])
                        .thenComparing(Comparator.naturalOrder()))
                .limit(count)
                .mapToInt(arm -> arm)
                .toArray();
    }

    @TestFactory
    Stream<DynamicTest> wrongAnswers_areFound() {
        return Stream.of(
                broken("always arm 0", () -> (arms, count, random) -> new int[] {0}),
                broken("nothing", () -> (arms, count, random) -> new int[0]),
                broken(
                        "exhausted arms too",
                        () -> (arms, count, random) -> IntStream.range(0, Math.min(count, arms.armCount()))
                                .toArray()),
                broken("count is ignored", () -> (arms, count, random) -> left(arms)),
                broken(
                        "never arm 0",
                        () -> (arms, count, random) -> Arrays.stream(left(arms))
                                .filter(arm -> arm > 0)
                                .limit(count)
                                .toArray()),
                broken(
                        "never the last arm",
                        () -> (arms, count, random) -> Arrays.stream(left(arms))
                                .filter(arm -> arm < arms.armCount() - 1)
                                .limit(count)
                                .toArray()),
                broken(
                        "an arm twice",
                        () -> (arms, count, random) -> Stream.of(left(arms))
                                .flatMapToInt(left -> IntStream.range(0, Math.min(count, left.length))
                                        .map(i -> left[i / 2]))
                                .toArray()),
                broken(
                        "an arm beyond the last",
                        () -> (arms, count, random) -> Arrays.stream(GOOD.select(arms, count, random))
                                .map(arm -> arm + 1)
                                .toArray()),
                answer(
                        "a negative arm",
                        arms -> IntStream.of(arms).map(arm -> -arm).toArray()),
                answer("one too few", arms -> Arrays.copyOf(arms, Math.max(0, arms.length - 1))),
                answer("one too many", arms -> Arrays.copyOf(arms, arms.length + 1)),
                answer("at most 32", arms -> Arrays.copyOf(arms, Math.min(32, arms.length))),
                broken("throws when none is left", () -> (arms, count, random) -> {
                    if (left(arms).length == 0) {
                        throw new IllegalStateException("none left");
                    }
                    return GOOD.select(arms, count, random);
                }),
                broken(
                        "fills up with 0 when too few are left",
                        () -> (arms, count, random) -> Arrays.copyOf(GOOD.select(arms, count, random), count)),
                broken("a mask of 64 bits", () -> (arms, count, random) -> {
                    long mask = 0;
                    for (int arm : left(arms)) {
                        mask |= 1L << arm;
                    }
                    long bits = mask;
                    return IntStream.range(0, 64)
                            .filter(arm -> (bits >> arm & 1) != 0)
                            .limit(count)
                            .toArray();
                }),
                Contracts.told("an array of as many as are wanted", contract(() -> (arms, count, random) -> {
                    int[] wanted = new int[count];
                    int[] chosen = GOOD.select(arms, count, random);
                    System.arraycopy(chosen, 0, wanted, 0, chosen.length);
                    return Arrays.copyOf(wanted, chosen.length);
                })),
                broken("an array of 128", () -> (arms, count, random) -> best(arms, count, () -> new double[128])),
                broken(
                        "arms in bytes",
                        () -> (arms, count, random) -> IntStream.of(GOOD.select(arms, count, random))
                                .map(arm -> (byte) arm)
                                .toArray()),
                broken("fails for one arm", () -> (arms, count, random) -> {
                    Objects.checkIndex(1, Math.max(2, arms.armCount()) - (arms.armCount() == 1 ? 1 : 0));
                    return GOOD.select(arms, count, random);
                }));
    }

    @TestFactory
    Stream<DynamicTest> state_isFound() {
        return Stream.of(
                broken("every second call the worst first", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return (arms, count, random) -> {
                        int[] chosen = GOOD.select(arms, count, random);
                        return calls.getAndIncrement() % 2 == 0 ? chosen : reversed(chosen);
                    };
                }),
                broken("every hundredth call the worst first", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return (arms, count, random) -> {
                        int[] chosen = GOOD.select(arms, count, random);
                        return calls.incrementAndGet() % 100 == 0 ? reversed(chosen) : chosen;
                    };
                }),
                broken("from call 2000 on the worst first", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return (arms, count, random) -> {
                        int[] chosen = GOOD.select(arms, count, random);
                        return calls.incrementAndGet() < 2000 ? chosen : reversed(chosen);
                    };
                }),
                broken("avoids what it chose last", () -> {
                    int[][] last = {{}};
                    return (arms, count, random) -> {
                        int[] left = left(arms);
                        int[] before = last[0];
                        last[0] = Stream.of(0, 1)
                                .flatMap(again -> Arrays.stream(left)
                                        .boxed()
                                        .filter(arm -> again == 1
                                                ^ Arrays.stream(before).noneMatch(arm::equals)))
                                .limit(count)
                                .mapToInt(arm -> arm)
                                .toArray();
                        return last[0].clone();
                    };
                }),
                broken("goes on from where it was", () -> {
                    AtomicInteger next = new AtomicInteger();
                    return (arms, count, random) -> {
                        int[] left = left(arms);
                        return IntStream.range(0, Math.min(count, left.length))
                                .map(i -> left[(next.get() + i) % left.length])
                                .peek(arm -> next.incrementAndGet())
                                .toArray();
                    };
                }),
                broken("a generator of its own that goes on", () -> {
                    SplittableRandom own = new SplittableRandom(1);
                    return (arms, count, random) -> new RandomArms().select(arms, count, own);
                }),
                broken("a generator of its own, of another seed each", () -> {
                    int seed = INSTANCES.getAndIncrement();
                    return (arms, count, random) -> new RandomArms().select(arms, count, new SplittableRandom(seed));
                }),
                broken("the same array again and again", () -> {
                    int[][] kept = {{}};
                    return (arms, count, random) -> {
                        int[] chosen = GOOD.select(arms, count, random);
                        kept[0] = kept[0].length == chosen.length ? kept[0] : chosen;
                        System.arraycopy(chosen, 0, kept[0], 0, chosen.length);
                        return kept[0];
                    };
                }),
                broken("keeps answers and hands them out again", () -> {
                    Map<ArmStatistics, int[]> kept = new HashMap<>();
                    return (arms, count, random) -> count == 7
                            ? kept.computeIfAbsent(arms, key -> GOOD.select(arms, count, random))
                            : GOOD.select(arms, count, random);
                }),
                broken("keeps the answer by the object of the statistics", () -> {
                    IdentityHashMap<ArmStatistics, int[]> kept = new IdentityHashMap<>();
                    return (arms, count, random) -> {
                        int first = random.nextInt(1 + left(arms).length);
                        return count > 1
                                ? GOOD.select(arms, count, random)
                                : kept.computeIfAbsent(
                                                arms,
                                                key -> IntStream.of(left(arms))
                                                        .skip(first % Math.max(1, left(arms).length))
                                                        .limit(1)
                                                        .toArray())
                                        .clone();
                    };
                }),
                broken("the id counts each hundredth call", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return new ArmSelector() {
                        @Override
                        public int[] select(ArmStatistics arms, int count, RandomGenerator random) {
                            calls.incrementAndGet();
                            return GOOD.select(arms, count, random);
                        }

                        @Override
                        public String id() {
                            return "good " + calls.get() / 100;
                        }
                    };
                }),
                broken("keeps the answer by the number of arms", () -> {
                    Map<Integer, int[]> kept = new HashMap<>();
                    return (arms, count, random) -> kept.computeIfAbsent(
                                    arms.armCount(), key -> GOOD.select(arms, count, random))
                            .clone();
                }),
                broken("keeps the answer by the statistics of a run", () -> {
                    IdentityHashMap<ArmStatistics, int[]> kept = new IdentityHashMap<>();
                    return (arms, count, random) -> Arrays.copyOf(
                            kept.computeIfAbsent(arms, key -> GOOD.select(arms, arms.armCount(), random)),
                            Math.min(count, left(arms).length));
                }),
                broken("counts pulls of its own", () -> {
                    AtomicInteger pulled = new AtomicInteger();
                    return (arms, count, random) -> {
                        int[] chosen = GOOD.select(arms, count, random);
                        return pulled.addAndGet(chosen.length) > 2000 ? reversed(chosen) : chosen;
                    };
                }),
                broken("takes from the second call of a run on what it took in the first", () -> {
                    int[][] first = {{}};
                    return (arms, count, random) -> {
                        if (arms.totalPulls() == 0) {
                            first[0] = GOOD.select(arms, count, random);
                        }
                        int[] again = Arrays.stream(first[0])
                                .filter(arm -> arm < arms.armCount() && arms.remaining(arm) > 0)
                                .toArray();
                        return again.length == Math.min(count, left(arms).length)
                                ? again
                                : GOOD.select(arms, count, random);
                    };
                }),
                broken("one array of scores for all threads", () -> {
                    double[] scores = new double[5000];
                    return (arms, count, random) -> best(arms, count, () -> scores);
                }),
                broken(
                        "one array of scores for all instances",
                        () -> (arms, count, random) -> best(arms, count, () -> SHARED)),
                broken("an array of scores that another call replaces", () -> {
                    double[][] scores = {{}};
                    return (arms, count, random) -> {
                        scores[0] = new double[arms.armCount()];
                        return best(arms, count, () -> scores[0]);
                    };
                }),
                broken("an array of scores as long as there are as many arms", () -> {
                    double[][] scores = {{}};
                    return (arms, count, random) -> {
                        scores[0] = scores[0].length == arms.armCount() ? scores[0] : new double[arms.armCount()];
                        double[] kept = scores[0];
                        return best(arms, count, () -> kept);
                    };
                }),
                broken("one thread only", () -> {
                    Thread owner = Thread.currentThread();
                    return (arms, count, random) -> {
                        if (Thread.currentThread() != owner) {
                            throw new IllegalStateException("made in another thread");
                        }
                        return GOOD.select(arms, count, random);
                    };
                }),
                broken("another order in another thread", () -> {
                    Thread owner = Thread.currentThread();
                    return (arms, count, random) -> {
                        int[] chosen = GOOD.select(arms, count, random);
                        return Thread.currentThread() == owner ? chosen : reversed(chosen);
                    };
                }));
    }

    private static DynamicTest when(String mistake, ToBooleanOfCall wrong) {
        return broken(
                mistake,
                () -> (arms, count, random) -> wrong.test(arms, count) ? new int[0] : GOOD.select(arms, count, random));
    }

    private interface ToBooleanOfCall {
        boolean test(ArmStatistics arms, int count);
    }

    private static IntStream all(ArmStatistics arms) {
        return IntStream.range(0, arms.armCount());
    }

    @TestFactory
    Stream<DynamicTest> casesThatFewTry_areFound() {
        return Stream.of(
                when(
                        "none of trials that are no whole number",
                        (arms, count) -> all(arms).anyMatch(arm -> arms.trials(arm) % 1 != 0)),
                when(
                        "none of trials that an int does not hold",
                        (arms, count) -> all(arms).anyMatch(arm -> arms.trials(arm) > Integer.MAX_VALUE)),
                when(
                        "none of trials without a pull",
                        (arms, count) -> all(arms).anyMatch(arm -> arms.trials(arm) > 0 && arms.pulls(arm) == 0)),
                when(
                        "none of pulls that do not count",
                        (arms, count) -> all(arms).anyMatch(arm -> arms.trials(arm) == 0 && arms.pulls(arm) > 0)),
                when(
                        "none of more evidence than trials",
                        (arms, count) -> all(arms).anyMatch(arm -> arms.evidence(arm) > 10 * arms.trials(arm))),
                when(
                        "none of less than one trial in all",
                        (arms, count) -> arms.totalTrials() > 0 && arms.totalTrials() < 1),
                when("none of more than 4096 arms", (arms, count) -> arms.armCount() > 4096),
                broken("an array of the count", () -> (arms, count, random) -> {
                    int[] chosen = new int[count];
                    int[] right = GOOD.select(arms, count, random);
                    System.arraycopy(right, 0, chosen, 0, right.length);
                    return Arrays.copyOf(chosen, right.length);
                }),
                when(
                        "none of what remains where that is no int",
                        (arms, count) -> all(arms).map(arms::remaining).sum() < 0),
                broken("draws until it has as many as are wanted", () -> (arms, count, random) -> {
                    int[] left = left(arms);
                    return left.length == 0
                            ? left
                            : random.ints(0, left.length)
                                    .map(i -> left[i])
                                    .distinct()
                                    .limit(count)
                                    .toArray();
                }),
                when("none of a count that overflows", (arms, count) -> count + arms.armCount() < 0),
                broken(
                        "ties by the toss of a coin in the comparison",
                        () -> (arms, count, random) -> Arrays.stream(left(arms))
                                .boxed()
                                .sorted((a, b) -> {
                                    int byMean = Double.compare(arms.mean(b), arms.mean(a));
                                    return byMean != 0 ? byMean : random.nextBoolean() ? 1 : -1;
                                })
                                .limit(count)
                                .mapToInt(arm -> arm)
                                .toArray()),
                when(
                        "none where all are alike",
                        (arms, count) -> arms.armCount() > 40
                                && all(arms).mapToDouble(arms::mean).distinct().count() == 1
                                && arms.totalTrials() > 0));
    }

    private static final Object STATIC_LOCK = new Object();

    @TestFactory
    Stream<DynamicTest> identityAndThreads_areFound() {
        return Stream.of(
                broken(
                        "a seed of the object of the statistics",
                        () -> (arms, count, random) -> new RandomArms()
                                .select(arms, count, new SplittableRandom(System.identityHashCode(arms)))),
                broken(
                        "a seed of the object of the generator",
                        () -> (arms, count, random) -> new RandomArms()
                                .select(arms, count, new SplittableRandom(System.identityHashCode(random)))),
                broken("each instance locks, and all have one array of scores", () -> {
                    Object lock = new Object();
                    return (arms, count, random) -> {
                        synchronized (lock) {
                            return best(arms, count, () -> SHARED);
                        }
                    };
                }),
                broken("from call 5000 on the worst first", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return (arms, count, random) -> {
                        int[] chosen = GOOD.select(arms, count, random);
                        return calls.incrementAndGet() < 5000 ? chosen : reversed(chosen);
                    };
                }),
                broken("the worst first where a point is a comma", () -> (arms, count, random) -> {
                    int[] chosen = GOOD.select(arms, count, random);
                    return String.format("%.1f", 0.5).contains(",") ? reversed(chosen) : chosen;
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongIds_areFound() {
        return Stream.of(
                named("that of an object for all", () -> STATIC_LOCK::toString),
                named("that of an array for all", () -> () -> "weights " + ARRAY),
                named("that of a lambda for all", () -> () -> "policy " + LAMBDA),
                named("in the language of the machine", () -> () -> String.format("policy %.2f", 0.5)),
                named("in the capitals of the machine", () -> () -> "policy i".toUpperCase(Locale.getDefault())),
                named("that of the object", () -> new Object()::toString),
                named("blank", () -> () -> " "),
                broken("without the parameter", () -> new Fraction(0.1), () -> new Fraction(0.2)),
                named("two lines", () -> () -> "a\nb"),
                named("counts", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return () -> "id " + calls.getAndIncrement();
                }),
                named("another for each instance", () -> {
                    int number = INSTANCES.getAndIncrement();
                    return () -> "id " + number;
                }));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                honest("ucb1", () -> GOOD),
                honest("ucb1, a new one each time", () -> Ucb1.standardised(0)),
                honest("ucb-tuned", UcbTuned::standardised),
                honest("ucb-v", UcbV::standardised),
                honest("kl-ucb", KlUcb::standardised),
                honest("thompson", GaussianThompson::standardised),
                honest("epsilon-greedy", () -> new EpsilonGreedy(0.3)),
                Contracts.honest(
                        "epsilon-greedy beside another",
                        contract(() -> new EpsilonGreedy(0.3), () -> Optional.of(new EpsilonGreedy(0.2)))),
                honest("static", StaticArms::new),
                honest("greedy", GreedyArms::new),
                honest("random", RandomArms::new),
                honest("round robin", RoundRobinArms::new),
                honest(
                        "the first that are left",
                        () -> (arms, count, random) ->
                                Arrays.stream(left(arms)).limit(count).toArray()),
                honest(
                        "the worst first",
                        () -> (arms, count, random) ->
                                reversed(Arrays.stream(left(arms)).limit(count).toArray())),
                honest("one call at a time", () -> {
                    Object lock = new Object();
                    double[] scores = new double[5000];
                    return (arms, count, random) -> {
                        synchronized (lock) {
                            return best(arms, count, () -> scores);
                        }
                    };
                }),
                honest("takes turns by turning round", () -> {
                    AtomicBoolean taken = new AtomicBoolean();
                    double[] scores = new double[5000];
                    return (arms, count, random) -> {
                        while (!taken.compareAndSet(false, true)) {
                            Thread.onSpinWait();
                        }
                        try {
                            return best(arms, count, () -> scores);
                        } finally {
                            taken.set(false);
                        }
                    };
                }),
                honest("takes turns in one thread of its own", () -> {
                    ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
                        Thread own = new Thread(work);
                        own.setDaemon(true);
                        return own;
                    });
                    return (arms, count, random) -> CompletableFuture.supplyAsync(
                                    () -> GOOD.select(arms, count, random), thread)
                            .join();
                }),
                honest(
                        "looks at the arms by many threads",
                        () -> (arms, count, random) -> IntStream.range(0, arms.armCount())
                                .parallel()
                                .filter(arm -> arms.remaining(arm) > 0)
                                .boxed()
                                .sorted(Comparator.<Integer>comparingDouble(arm -> -arms.mean(arm))
                                        .thenComparing(Comparator.naturalOrder()))
                                .limit(count)
                                .mapToInt(arm -> arm)
                                .toArray()),
                honest("named by an address", () -> new ArmSelector() {
                    @Override
                    public int[] select(ArmStatistics arms, int count, RandomGenerator random) {
                        return GOOD.select(arms, count, random);
                    }

                    @Override
                    public String id() {
                        return "ours@facade, model-2.1@1a2b3c4";
                    }
                }),
                honest("an array of scores for each thread", () -> {
                    ThreadLocal<double[]> scores = ThreadLocal.withInitial(() -> new double[5000]);
                    return (arms, count, random) -> best(arms, count, scores::get);
                }));
    }
}
