// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.SetFunction;
import dev.quad.bandit.submodular.ClusterSaturation;
import dev.quad.bandit.submodular.Concave;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.PullCounts;
import dev.quad.bandit.submodular.RefitGain;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Set functions with one mistake each. */
class BrokenSetFunctionsTest {
    private static final AtomicInteger INSTANCES = new AtomicInteger();

    /** How many of eight topics are covered, where item i has topics i to i + 2. */
    private static double covered(BitSet set) {
        BitSet topics = new BitSet();
        set.stream().forEach(item -> topics.set(item, item + 3));
        return topics.cardinality();
    }

    private static class Function implements SetFunction {
        final ToDoubleFunction<BitSet> value;

        Function(ToDoubleFunction<BitSet> value) {
            this.value = value;
        }

        @Override
        public int size() {
            return 6;
        }

        @Override
        public double value(BitSet set) {
            return value.applyAsDouble(set);
        }
    }

    /** A function that claims to be both. */
    private static SetFunction claiming(boolean submodular, boolean monotone, ToDoubleFunction<BitSet> value) {
        return new Function(value) {
            @Override
            public boolean isSubmodular() {
                return submodular;
            }

            @Override
            public boolean isMonotone() {
                return monotone;
            }
        };
    }

    /** A set of the coverage that grows rightly, to be overridden. */
    private static class Covered implements SetFunction.Growing {
        final BitSet set = new BitSet();

        @Override
        public double gain(int item) {
            BitSet larger = (BitSet) set.clone();
            larger.set(item);
            return covered(larger) - covered(set);
        }

        @Override
        public void add(int item) {
            set.set(item);
        }

        @Override
        public double value() {
            return covered(set);
        }

        final DoubleStream each(IntStream items) {
            return items.mapToDouble(this::gain);
        }
    }

    private static DynamicTest broken(String mistake, Supplier<SetFunction> function) {
        return Contracts.told(mistake, contract(function));
    }

    private static DynamicTest value(String mistake, ToDoubleFunction<BitSet> value) {
        return broken(mistake, () -> new Function(value));
    }

    private static DynamicTest growing(String mistake, Supplier<SetFunction.Growing> growing) {
        return broken(mistake, () -> new Function(BrokenSetFunctionsTest::covered) {
            @Override
            public Growing start() {
                return growing.get();
            }
        });
    }

    private static SetFunctionContract contract(Supplier<SetFunction> function) {
        return new SetFunctionContract() {
            @Override
            protected SetFunction function() {
                return function.get();
            }
        };
    }

    private static boolean is(BitSet set, int... items) {
        BitSet other = new BitSet();
        for (int item : items) {
            other.set(item);
        }
        return set.equals(other);
    }

    @TestFactory
    Stream<DynamicTest> wrongValues_areFound() {
        return Stream.of(
                value("the empty set is worth 1", set -> 1 + set.cardinality()),
                value("infinite for one set", set -> is(set, 0, 2) ? Double.POSITIVE_INFINITY : covered(set)),
                value("no number for the full set", set -> set.cardinality() == 6 ? Double.NaN : covered(set)),
                value("empties what it is shown", set -> {
                    double value = covered(set);
                    set.clear();
                    return value;
                }),
                value("changes small sets that it is shown", set -> {
                    double value = covered(set);
                    if (set.cardinality() == 2) {
                        set.set(5);
                    }
                    return value;
                }),
                broken("another value each time", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return new Function(set -> set.cardinality() * (1 + 1e-3 * calls.getAndIncrement()));
                }),
                broken("from call 301 on twice the value", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return new Function(set -> covered(set) * (calls.incrementAndGet() > 300 ? 2 : 1));
                }),
                broken("the value of the set before", () -> {
                    double[] last = {0};
                    return new Function(set -> {
                        double before = last[0];
                        last[0] = covered(set);
                        return set.isEmpty() ? 0 : before;
                    });
                }),
                broken("each instance another", () -> {
                    int number = INSTANCES.getAndIncrement();
                    return new Function(set -> number * covered(set));
                }),
                broken("the size grows", () -> {
                    AtomicInteger asked = new AtomicInteger(2);
                    return new Function(BrokenSetFunctionsTest::covered) {
                        @Override
                        public int size() {
                            return Math.min(6, asked.getAndIncrement());
                        }
                    };
                }),
                broken(
                        "fails for the last item",
                        () -> new Function(set -> {
                            Objects.checkIndex(set.length(), 6);
                            return covered(set);
                        })));
    }

    /** Values that are kept by a key, of a coverage. */
    private static DynamicTest kept(String mistake, java.util.function.Function<BitSet, Object> key) {
        return broken(mistake, () -> {
            Map<Object, Double> kept = new HashMap<>();
            return new Function(set -> kept.computeIfAbsent(key.apply(set), any -> covered(set)));
        });
    }

    @TestFactory
    @SuppressWarnings("ReferenceEquality") // that is the mistake
    Stream<DynamicTest> valuesThatAreKept_areFound() {
        return Stream.of(
                broken("the last value, while it is the same object", () -> {
                    Object[] last = {""};
                    double[] value = {0};
                    return new Function(set -> {
                        Object shown = set;
                        if (shown != last[0]) {
                            last[0] = shown;
                            value[0] = covered(set);
                        }
                        return value[0];
                    });
                }),
                kept("by the object", System::identityHashCode),
                kept("by the number of items", BitSet::cardinality),
                kept("by the last item", BitSet::length),
                kept("by a hash of few places", set -> set.hashCode() % 17),
                value("looks at the room of the set", set -> set.size() > 64 ? 0 : covered(set)),
                broken("from call 5000 on twice the value", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return new Function(set -> covered(set) * (calls.incrementAndGet() > 5000 ? 2 : 1));
                }),
                broken("valuing a set disturbs what grows", () -> {
                    BitSet[] scratch = {new BitSet()};
                    return new Function(set -> {
                        scratch[0] = (BitSet) set.clone();
                        return covered(scratch[0]);
                    }) {
                        @Override
                        public Growing start() {
                            scratch[0] = new BitSet();
                            return new Covered() {
                                @Override
                                public void add(int item) {
                                    super.add(item);
                                    scratch[0].clear();
                                    scratch[0].or(set);
                                }

                                @Override
                                public double gain(int item) {
                                    return set.isEmpty() ? super.gain(item) : coveredWith(item);
                                }

                                private double coveredWith(int item) {
                                    BitSet larger = (BitSet) set.clone();
                                    larger.set(item);
                                    return covered(larger) - covered(scratch[0]);
                                }
                            };
                        }
                    };
                }),
                broken(
                        "a gain that was asked for is taken for that of the next item",
                        () -> new Function(BrokenSetFunctionsTest::covered) {
                            @Override
                            public Growing start() {
                                return new Covered() {
                                    private double value;
                                    private double last = Double.NaN;

                                    @Override
                                    public double gain(int item) {
                                        last = super.gain(item);
                                        return last;
                                    }

                                    @Override
                                    public void add(int item) {
                                        value += Double.isNaN(last) ? super.gain(item) : last;
                                        last = Double.NaN;
                                        super.add(item);
                                    }

                                    @Override
                                    public double value() {
                                        return value;
                                    }
                                };
                            }
                        }));
    }

    @TestFactory
    Stream<DynamicTest> wrongGrowth_isFound() {
        return Stream.of(
                growing("no set to grow", Contracts::nothing),
                growing("fails when it grows", () -> new Covered() {
                    @Override
                    public void add(int item) {
                        throw new IllegalStateException("full");
                    }
                }),
                growing("stuck", () -> new Covered() {
                    @Override
                    public void add(int item) {}
                }),
                growing("every gain is 3", () -> new Covered() {
                    @Override
                    public double gain(int item) {
                        return 3;
                    }
                }),
                growing("a gain is the value after", () -> new Covered() {
                    @Override
                    public double gain(int item) {
                        return super.gain(item) + value();
                    }
                }),
                growing("asking for a gain adds", () -> new Covered() {
                    @Override
                    public double gain(int item) {
                        double gain = super.gain(item);
                        add(item);
                        return gain;
                    }
                }),
                growing("the value is the last gain", () -> new Covered() {
                    private double last;

                    @Override
                    public void add(int item) {
                        last = gain(item);
                        super.add(item);
                    }

                    @Override
                    public double value() {
                        return last;
                    }
                }),
                growing("right if items come one after the other", () -> new Covered() {
                    private int last = -1;
                    private double value;

                    @Override
                    public void add(int item) {
                        value += last < 0 ? 3 : Math.min(3, Math.abs(item - last));
                        last = item;
                        super.add(item);
                    }

                    @Override
                    public double value() {
                        return value;
                    }
                }),
                growing("addAll leaves one out", () -> new Covered() {
                    @Override
                    public SetFunction.Growing addAll(BitSet items) {
                        items.stream().skip(1).forEach(this::add);
                        return this;
                    }
                }),
                growing("addAll leaves the last of many out", () -> new Covered() {
                    @Override
                    public SetFunction.Growing addAll(BitSet items) {
                        items.stream().limit(3).forEach(this::add);
                        return this;
                    }
                }),
                growing("addAll returns another", () -> new Covered() {
                    @Override
                    public SetFunction.Growing addAll(BitSet items) {
                        SetFunction.Growing other = new Covered();
                        items.stream().forEach(other::add);
                        return other;
                    }
                }),
                growing("addAll keeps the caller's set", () -> new Covered() {
                    private BitSet all = new BitSet();

                    @Override
                    public SetFunction.Growing addAll(BitSet items) {
                        if (all.isEmpty()) {
                            all = items;
                        } else {
                            items.stream().forEach(this::add);
                        }
                        return this;
                    }

                    @Override
                    public double gain(int item) {
                        set.or(all);
                        return super.gain(item);
                    }

                    @Override
                    public double value() {
                        set.or(all);
                        return super.value();
                    }
                }),
                growing("addAll empties the caller's set", () -> new Covered() {
                    @Override
                    public SetFunction.Growing addAll(BitSet items) {
                        set.or(items);
                        items.clear();
                        return this;
                    }
                }),
                growing("addAll forgets the gains", () -> new Covered() {
                    private BitSet added = new BitSet();

                    @Override
                    public SetFunction.Growing addAll(BitSet items) {
                        added = (BitSet) items.clone();
                        set.or(items);
                        return this;
                    }

                    @Override
                    public double gain(int item) {
                        BitSet before = (BitSet) set.clone();
                        before.andNot(added);
                        BitSet after = (BitSet) before.clone();
                        after.set(item);
                        return covered(after) - covered(before);
                    }
                }),
                growing("addAll replaces", () -> new Covered() {
                    @Override
                    public SetFunction.Growing addAll(BitSet items) {
                        set.clear();
                        items.stream().forEach(this::add);
                        return this;
                    }
                }),
                broken("one set for all that grow", () -> {
                    Covered shared = new Covered();
                    return new Function(BrokenSetFunctionsTest::covered) {
                        @Override
                        public Growing start() {
                            return shared;
                        }
                    };
                }),
                broken("all share the last value", () -> {
                    double[] last = {0};
                    return new Function(BrokenSetFunctionsTest::covered) {
                        @Override
                        public Growing start() {
                            return new Covered() {
                                @Override
                                public void add(int item) {
                                    super.add(item);
                                    last[0] = super.value();
                                }

                                @Override
                                public double value() {
                                    return set.isEmpty() ? 0 : last[0];
                                }
                            };
                        }
                    };
                }));
    }

    /** Gains of several items at once, of those of each. */
    private static DynamicTest gains(String mistake, BiFunction<int[], Covered, double[]> gains) {
        return growing(mistake, () -> new Covered() {
            @Override
            public double[] gains(int... items) {
                return gains.apply(items, this);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongGainsOfMany_areFound() {
        return Stream.of(
                gains("each after those before it", (items, growing) -> {
                    Covered after = new Covered();
                    after.set.or(growing.set);
                    return Arrays.stream(items)
                            .mapToDouble(item -> {
                                double gain = after.gain(item);
                                after.add(item);
                                return gain;
                            })
                            .toArray();
                }),
                gains(
                        "from the least",
                        (items, growing) ->
                                growing.each(IntStream.of(items)).sorted().toArray()),
                gains(
                        "by place, not by item",
                        (items, growing) ->
                                growing.each(IntStream.range(0, items.length)).toArray()),
                gains(
                        "of all items",
                        (items, growing) -> growing.each(IntStream.range(0, 6)).toArray()),
                gains("sorts the items", (items, growing) -> {
                    double[] gains = growing.each(IntStream.of(items)).toArray();
                    Arrays.sort(items);
                    return gains;
                }),
                gains("fails for no items", (items, growing) -> {
                    Objects.checkIndex(0, items.length);
                    return growing.each(IntStream.of(items)).toArray();
                }),
                gains("adds the items", (items, growing) -> {
                    double[] gains = growing.each(IntStream.of(items)).toArray();
                    IntStream.of(items).forEach(growing::add);
                    return gains;
                }),
                growing("the same array each time", () -> new Covered() {
                    private double[] kept = {};

                    @Override
                    public double[] gains(int... items) {
                        kept = kept.length == items.length ? kept : new double[items.length];
                        Arrays.setAll(kept, i -> gain(items[i]));
                        return kept;
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> falseClaims_areFound() {
        return Stream.of(
                broken(
                        "squares are not submodular",
                        () -> claiming(true, false, set -> Math.pow(set.cardinality(), 2))),
                broken(
                        "two items are worth more together",
                        () -> claiming(true, false, set -> covered(set) + (set.get(1) && set.get(4) ? 1.5 : 0))),
                broken(
                        "the last item is worth less than nothing",
                        () -> claiming(false, true, set -> covered(set) - (set.get(5) ? 2 : 0))),
                broken(
                        "the full set loses",
                        () -> claiming(false, true, set -> covered(set) - (set.cardinality() == 6 ? 1 : 0))),
                broken("the claim changes", () -> {
                    int number = INSTANCES.getAndIncrement();
                    return claiming(number % 2 == 0, false, BrokenSetFunctionsTest::covered);
                }));
    }

    private static SubmodularContract submodular(IntToDoubleFunction worthOfSize) {
        return new SubmodularContract() {
            @Override
            protected SetFunction function(int size, RandomGenerator random) {
                return sized(size, worthOfSize);
            }
        };
    }

    private static MonotoneContract monotone(IntToDoubleFunction worthOfSize) {
        return new MonotoneContract() {
            @Override
            protected SetFunction function(int size, RandomGenerator random) {
                return sized(size, worthOfSize);
            }
        };
    }

    /** A worth of the number of items. */
    private static SetFunction sized(int size, IntToDoubleFunction worth) {
        return new Function(set -> worth.applyAsDouble(set.cardinality())) {
            @Override
            public int size() {
                return size;
            }
        };
    }

    @TestFactory
    Stream<DynamicTest> brokenFamilies_areFoundByJunitAlone() {
        return Stream.of(
                Contracts.told("squares", submodular(n -> Math.pow(n, 2))),
                Contracts.told("submodular but for eight items", submodular(n -> n == 8 ? 3 : Math.sqrt(n))),
                Contracts.told("not monotone for eight items", monotone(n -> n == 8 ? 0 : n)),
                Contracts.told("less for more", monotone(n -> -n)),
                Contracts.told("worth 1 from the start", monotone(n -> 1)),
                Contracts.honest("roots", submodular(Math::sqrt)),
                Contracts.honest("cuts, which are not monotone", submodular(n -> n * (8.0 - n))),
                Contracts.honest("steps, which are not submodular", monotone(n -> Math.floor(n / 3.0))));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                Contracts.honest("sum", contract(() -> new InfluenceSum(new double[] {1, -2, 0.3, 0}))),
                Contracts.honest(
                        "refits",
                        contract(() ->
                                new RefitGain(new double[][] {{1, 1}, {0, 1}, {2, -1}}, new double[] {1, 0}, 1))),
                Contracts.honest(
                        "saturation",
                        contract(() -> new ClusterSaturation(
                                new int[] {0, 1, 0, 1}, new double[] {1, 2, 3, 0.1}, Concave.root()))),
                Contracts.honest("pulls", contract(() -> new PullCounts(new double[] {1, -1}, new int[] {3, 2}, 0.5))),
                Contracts.honest(
                        "second order", contract(() -> SetFunctionProperties.secondOrder(6, Numbers.of(3), -1, -1.5))),
                Contracts.honest("coverage", contract(() -> claiming(true, true, BrokenSetFunctionsTest::covered))),
                Contracts.honest(
                        "coverage that grows by itself", contract(() -> new Function(BrokenSetFunctionsTest::covered) {
                            @Override
                            public Growing start() {
                                return new Covered();
                            }
                        })),
                Contracts.honest(
                        "gains by several threads", contract(() -> new Function(BrokenSetFunctionsTest::covered) {
                            @Override
                            public Growing start() {
                                return new Covered() {
                                    @Override
                                    public double[] gains(int... items) {
                                        return each(IntStream.of(items).parallel())
                                                .toArray();
                                    }
                                };
                            }
                        })),
                Contracts.honest("keeps values by the set", contract(() -> {
                    Map<BitSet, Double> kept = new ConcurrentHashMap<>();
                    return new Function(
                            set -> kept.computeIfAbsent((BitSet) set.clone(), BrokenSetFunctionsTest::covered));
                })),
                Contracts.honest("values of rounding", contract(() -> new Function(set -> 0.1 * covered(set) / 0.3))),
                Contracts.honest("neither", contract(() -> new Function(set -> set.cardinality() % 2))),
                Contracts.honest("nothing", contract(() -> new InfluenceSum(new double[0]))));
    }

    @TestFactory
    Stream<DynamicTest> placesAndThreads_areFound() {
        return Stream.of(
                value(
                        "in the language of the machine",
                        set -> covered(set) * (String.format("%.1f", 0.5).charAt(1) == '.' ? 1 : 2)),
                broken("one set for all threads", () -> {
                    BitSet kept = new BitSet();
                    HandOver threads = new HandOver();
                    return claiming(true, true, set -> {
                        kept.clear();
                        kept.or(set);
                        return threads.meet(() -> covered(kept));
                    });
                }));
    }

    @TestFactory
    Stream<DynamicTest> singlePrecision_passes() {
        return Stream.of(Contracts.honest(
                "in single precision",
                contract(() -> claiming(true, true, set -> (float)
                        set.stream().mapToDouble(item -> 0.1 * (item + 1)).sum()))));
    }
}
