// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.FittedScorer;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Scorers with one mistake each. */
class BrokenScorersTest {
    private static final CandidatePool<Integer> POOL =
            CandidatePool.of(IntStream.range(0, 40).boxed().toList(), item -> 1 + item % 5, "forty");
    private static final int SPINS = 500;
    private static final AtomicInteger CALLS = new AtomicInteger();

    /** Near to the mean of the reference; each hook is a place for a mistake. */
    private static class Nearest implements DocumentScorer<Integer> {
        @Override
        public String id() {
            return "nearest";
        }

        String fittedId() {
            return id();
        }

        Duration time() {
            return Duration.ZERO;
        }

        String fingerprint(double mean) {
            return "nearest to " + mean;
        }

        @SuppressWarnings("UnusedVariable") // for those that have mistakes
        double mean(List<? extends Integer> reference, Seed seed) {
            return reference.stream().mapToInt(item -> item).average().orElseThrow();
        }

        @SuppressWarnings("UnusedVariable") // for those that have mistakes
        double score(double mean, int item, int place) {
            return -Math.abs(item - mean);
        }

        void requirePool(CandidatePool<Integer> pool) {
            if (pool.size() == 0) {
                throw new IllegalArgumentException("the pool is empty");
            }
        }

        void requireReference(List<? extends Integer> reference) {
            if (reference.isEmpty() && needsReference()) {
                throw new IllegalArgumentException("the reference is empty");
            }
        }

        @Override
        public FittedScorer<Integer> fit(CandidatePool<Integer> pool, List<? extends Integer> reference, Seed seed) {
            requirePool(pool);
            requireReference(reference);
            double mean = mean(reference, seed);
            return new FittedScorer<>() {
                @Override
                public InfluenceScores score(List<? extends Integer> items) {
                    return InfluenceScores.of(IntStream.range(0, items.size())
                            .mapToDouble(i -> Nearest.this.score(mean, items.get(i), i))
                            .toArray());
                }

                @Override
                public String fingerprint() {
                    return Nearest.this.fingerprint(mean);
                }

                @Override
                public String id() {
                    return fittedId();
                }

                @Override
                public Duration fitTime() {
                    return time();
                }
            };
        }
    }

    private static Object contract(DocumentScorer<Integer> scorer) {
        return new DocumentScorerContract<Integer>() {
            @Override
            protected DocumentScorer<Integer> scorer() {
                return scorer;
            }

            @Override
            protected CandidatePool<Integer> pool() {
                return POOL;
            }

            @Override
            protected List<Integer> reference() {
                return List.of(3, 5, 10);
            }
        };
    }

    private static DynamicTest broken(String mistake, DocumentScorer<Integer> scorer) {
        return Contracts.broken(mistake, contract(scorer));
    }

    @TestFactory
    Stream<DynamicTest> mistakes_areFound() {
        return Stream.of(
                broken("no name", new Nearest() {
                    @Override
                    public String id() {
                        return " ";
                    }
                }),
                broken("what was learned has another name", new Nearest() {
                    @Override
                    String fittedId() {
                        return "nearby";
                    }
                }),
                broken("less than no time", new Nearest() {
                    @Override
                    Duration time() {
                        return Duration.ofNanos(-1);
                    }
                }),
                broken("one fingerprint for all", new Nearest() {
                    @Override
                    String fingerprint(double mean) {
                        return "nearest";
                    }
                }),
                broken("a fingerprint of when it was made", new Nearest() {
                    @Override
                    String fingerprint(double mean) {
                        return "nearest " + CALLS.incrementAndGet();
                    }
                }),
                broken("something else is learned each time", new Nearest() {
                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        return super.mean(reference, seed) + CALLS.incrementAndGet();
                    }
                }),
                broken("it learns from what it learned before", new Nearest() {
                    private double before;

                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        before += seed.value() == 1 ? 1 : 0;
                        return super.mean(reference, seed) + before;
                    }
                }),
                broken("threads decide what is learned", new Nearest() {
                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        ForkJoinPool pool = ForkJoinTask.getPool();
                        return super.mean(reference, seed) + (pool == null ? 0 : pool.getParallelism());
                    }
                }),
                broken("the language decides what is learned", new Nearest() {
                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        return super.mean(reference, seed)
                                + "TITLE".toLowerCase(Locale.getDefault()).hashCode();
                    }
                }),
                broken("nothing is learned from no reference", new Nearest() {
                    @Override
                    void requireReference(List<? extends Integer> reference) {
                        // none is taken for what it is
                    }

                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        return reference.stream()
                                .mapToInt(item -> item)
                                .average()
                                .orElse(0);
                    }
                }),
                broken("it says that it needs no reference", new Nearest() {
                    @Override
                    public boolean needsReference() {
                        return false;
                    }

                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        return reference.stream()
                                .mapToInt(item -> item)
                                .average()
                                .orElse(0);
                    }
                }),
                broken("the place in the batch counts a little", new Nearest() {
                    @Override
                    double score(double mean, int item, int place) {
                        return super.score(mean, item, place) * (1 + place * 1e-12);
                    }
                }),
                broken("all are the same", new Nearest() {
                    @Override
                    double score(double mean, int item, int place) {
                        return 1;
                    }
                }),
                broken("what was scored last is kept for all threads", new Nearest() {
                    private int last;

                    @Override
                    double score(double mean, int item, int place) {
                        last = item;
                        for (int spin = 0; spin < SPINS; spin++) {
                            Thread.onSpinWait(); // so that others come in between
                        }
                        return super.score(mean, last, place);
                    }
                }),
                broken("null", new Nearest() {
                    @Override
                    public FittedScorer<Integer> fit(
                            CandidatePool<Integer> pool, List<? extends Integer> reference, Seed seed) {
                        return Contracts.nothing();
                    }
                }));
    }

    /** Goes on with what is learned by the right one, and changes it or what it was learned from. */
    private interface Change {
        FittedScorer<Integer> change(
                FittedScorer<Integer> right, CandidatePool<Integer> pool, List<? extends Integer> reference);
    }

    private static DynamicTest changed(String mistake, Change change) {
        return broken(mistake, new Nearest() {
            @Override
            public FittedScorer<Integer> fit(
                    CandidatePool<Integer> pool, List<? extends Integer> reference, Seed seed) {
                return change.change(super.fit(pool, reference, seed), pool, reference);
            }
        });
    }

    /** What the right one has learned, with another fingerprint or other scores. */
    private static FittedScorer<Integer> fitted(
            FittedScorer<Integer> right,
            Supplier<String> fingerprint,
            Function<List<? extends Integer>, InfluenceScores> scores) {
        return new FittedScorer<>() {
            @Override
            public InfluenceScores score(List<? extends Integer> items) {
                return scores.apply(items);
            }

            @Override
            public String fingerprint() {
                return fingerprint.get();
            }

            @Override
            public String id() {
                return right.id();
            }

            @Override
            public Duration fitTime() {
                return right.fitTime();
            }
        };
    }

    @TestFactory
    Stream<DynamicTest> whatIsKeptAndChanged_isFound() {
        List<FittedScorer<Integer>> latest = new ArrayList<>();
        return Stream.of(
                changed("all that was learned is the latest", (right, pool, reference) -> {
                    latest.add(0, shiftedBy(pool.size(), right));
                    return fitted(
                            right, right::fingerprint, items -> latest.get(0).score(items));
                }),
                changed("sorts the reference", (right, pool, reference) -> {
                    reference.sort(Comparator.comparingInt(item -> -item));
                    return right;
                }),
                changed("empties the reference", (right, pool, reference) -> {
                    reference.clear();
                    return right;
                }),
                changed(
                        "learns when it is asked",
                        (right, pool, reference) -> fitted(
                                right,
                                right::fingerprint,
                                items -> new Nearest()
                                        .fit(pool, reference, new Seed(1))
                                        .score(items))),
                changed("a fingerprint without the pool", (right, pool, reference) -> {
                    FittedScorer<Integer> shifted = shiftedBy(pool.size(), right);
                    return fitted(right, right::fingerprint, shifted::score);
                }),
                changed(
                        "a fingerprint of sizes",
                        (right, pool, reference) ->
                                fitted(right, () -> pool.size() + " and " + reference.size(), right::score)),
                changed("a fingerprint of the first of the reference", (right, pool, reference) -> {
                    String first = pool.fingerprint() + reference.get(0);
                    return fitted(right, () -> first, right::score);
                }),
                changed("one buffer for all batches", (right, pool, reference) -> {
                    List<Integer> buffer = new ArrayList<>();
                    return fitted(right, right::fingerprint, items -> {
                        buffer.clear();
                        items.forEach(buffer::add);
                        return right.score(buffer);
                    });
                }),
                changed("only documents of the pool have scores of their own", (right, pool, reference) -> {
                    List<Integer> known =
                            IntStream.range(0, pool.size()).mapToObj(pool::get).toList();
                    return fitted(
                            right,
                            right::fingerprint,
                            items -> right.score(items.stream()
                                    .map(item -> known.contains(item) ? item : 0)
                                    .toList()));
                }),
                broken("the time of learning grows", new Nearest() {
                    @Override
                    Duration time() {
                        return Duration.ofNanos(CALLS.incrementAndGet());
                    }
                }),
                broken("an empty pool is taken for what it is", new Nearest() {
                    @Override
                    void requirePool(CandidatePool<Integer> pool) {
                        // none is needed
                    }
                }),
                broken("an empty pool has no first document", new Nearest() {
                    @Override
                    void requirePool(CandidatePool<Integer> pool) {
                        pool.get(0);
                    }
                }),
                broken("nothing is said of an empty reference", new Nearest() {
                    @Override
                    void requireReference(List<? extends Integer> reference) {
                        if (reference.isEmpty()) {
                            throw new IllegalArgumentException("");
                        }
                    }
                }));
    }

    private static FittedScorer<Integer> shiftedBy(int places, FittedScorer<Integer> right) {
        return fitted(
                right,
                right::fingerprint,
                items -> right.score(items.stream().map(item -> item + places).toList()));
    }

    @TestFactory
    Stream<DynamicTest> honestScorers_pass() {
        return Stream.of(
                Contracts.honest("the nearest", contract(new Nearest())),
                Contracts.honest("the seed decides", contract(new Nearest() {
                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        return super.mean(reference, seed) + seed.stream("test").nextInt(9);
                    }
                })),
                Contracts.honest("without a reference", contract(new Nearest() {
                    @Override
                    public boolean needsReference() {
                        return false;
                    }

                    @Override
                    double mean(List<? extends Integer> reference, Seed seed) {
                        return 0;
                    }
                })));
    }

    /** The test class hands over nothing: it is told which method of its own it is. */
    @TestFactory
    Stream<DynamicTest> nothingToTest_isTold() {
        return Stream.of(Contracts.told("no scorer", contract(Contracts.nothing())), told(Optional.empty()));
    }

    private static DynamicTest told(Optional<CandidatePool<Integer>> pool) {
        return Contracts.told("no pool", new DocumentScorerContract<Integer>() {
            @Override
            protected DocumentScorer<Integer> scorer() {
                return new Nearest();
            }

            @Override
            protected CandidatePool<Integer> pool() {
                return pool.orElseGet(Contracts::nothing);
            }

            @Override
            protected List<Integer> reference() {
                return List.of(3, 5, 10);
            }
        });
    }
}
