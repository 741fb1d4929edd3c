// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ArmSelector;
import dev.quad.CandidatePool;
import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.SetFunction;
import dev.quad.bandit.EpsilonGreedy;
import dev.quad.bandit.GaussianThompson;
import dev.quad.bandit.KlUcb;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.RandomSelector;
import dev.quad.bandit.StaticArms;
import dev.quad.bandit.TopKSelector;
import dev.quad.bandit.Ucb1;
import dev.quad.bandit.UcbTuned;
import dev.quad.bandit.UcbV;
import dev.quad.bandit.submodular.RefitGain;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The contracts hold for what keeps them, and break for what does not. */
@SuppressWarnings("JUnitMethodInvoked") // that a contract fails is what is tested
class ContractsTest {
    private static final CandidatePool<Integer> POOL =
            CandidatePool.of(IntStream.range(0, 60).boxed().toList(), item -> 1 + item % 5, "sixty");

    private static final class Known implements InfluenceEstimator<Integer> {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            InfluenceScores.Builder scores = InfluenceScores.builder();
            for (int item : items) {
                if (item % 9 == 8) {
                    scores.flag("divisible");
                } else {
                    scores.add(item % 7);
                }
            }
            return scores.build();
        }

        @Override
        public String fingerprint() {
            return "known";
        }
    }

    private static final ClusterStrategy THIRDS = (embeddings, seed) -> {
        if (embeddings.rows() == 0) {
            throw new IllegalArgumentException("no rows");
        }
        FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
        int[] clusters = new int[embeddings.rows()];
        for (int i = 0; i < clusters.length; i++) {
            embeddings.read(i, 1, row.clear());
            for (float value : row.array()) {
                if (!Float.isFinite(value)) {
                    throw new NumericalException("row " + i + " has the value " + value);
                }
            }
            clusters[i] = i % 3;
        }
        return Clustering.of(clusters, 3);
    };

    @Nested
    class Standardised extends ArmSelectorContract {
        @Override
        protected ArmSelector selector() {
            return Ucb1.standardised(0.5);
        }
    }

    @Nested
    class Tuned extends ArmSelectorContract {
        @Override
        protected ArmSelector selector() {
            return UcbTuned.standardised();
        }
    }

    @Nested
    class Bernstein extends ArmSelectorContract {
        @Override
        protected ArmSelector selector() {
            return UcbV.standardised();
        }
    }

    @Nested
    class KullbackLeibler extends ArmSelectorContract {
        @Override
        protected ArmSelector selector() {
            return KlUcb.standardised();
        }
    }

    @Nested
    class Thompson extends ArmSelectorContract {
        @Override
        protected ArmSelector selector() {
            return GaussianThompson.standardised();
        }
    }

    @Nested
    class Epsilon extends ArmSelectorContract {
        @Override
        protected ArmSelector selector() {
            return new EpsilonGreedy(0.3);
        }
    }

    @Nested
    class Static extends ArmSelectorContract {
        @Override
        protected ArmSelector selector() {
            return new StaticArms();
        }
    }

    @Nested
    class Quad extends DataSelectorContract<Integer> {
        @Override
        protected DataSelector<Integer> selector() {
            int[] clusters = IntStream.range(0, 60).map(i -> i % 7).toArray();
            return QuadSelector.<Integer>builder(Clustering.of(clusters, 7), new Known())
                    .build();
        }

        @Override
        protected CandidatePool<Integer> pool() {
            return POOL;
        }
    }

    @Nested
    class Random extends DataSelectorContract<Integer> {
        @Override
        protected DataSelector<Integer> selector() {
            return RandomSelector.create();
        }

        @Override
        protected CandidatePool<Integer> pool() {
            return POOL;
        }
    }

    @Nested
    class TopK extends DataSelectorContract<Integer> {
        @Override
        protected DataSelector<Integer> selector() {
            return TopKSelector.<Integer>builder(new Known()).build();
        }

        @Override
        protected CandidatePool<Integer> pool() {
            return POOL;
        }
    }

    @Nested
    class Scores extends InfluenceEstimatorContract<Integer> {
        @Override
        protected InfluenceEstimator<Integer> estimator() {
            return new Known();
        }

        @Override
        protected List<Integer> items() {
            return List.of(3, 8, 1, 12);
        }
    }

    @Nested
    class Strategy extends ClusterStrategyContract {
        @Override
        protected ClusterStrategy strategy() {
            return THIRDS;
        }
    }

    @Nested
    class Function extends SetFunctionContract {
        @Override
        protected SetFunction function() {
            return new RefitGain(new double[][] {{1, 1}, {0, 1}, {2, -1}}, new double[] {1, 0}, 1);
        }
    }

    private static void breaks(Executable test) {
        assertThatThrownBy(test::execute).isInstanceOf(AssertionError.class);
    }

    @Test
    void brokenPolicies_areFound() {
        breaks(() -> contract((arms, count, random) -> new int[] {0})
                .select_anyStatistics_givesDistinctArmsWithSomethingLeft());
        breaks(() -> contract((arms, count, random) -> new int[] {0}).select_everythingExhausted_givesNone());
        AtomicInteger calls = new AtomicInteger();
        breaks(() -> contract((arms, count, random) -> new int[] {calls.getAndIncrement()})
                .select_sameArguments_givesTheSame());
    }

    private static ArmSelectorContract contract(ArmSelector selector) {
        return new ArmSelectorContract() {
            @Override
            protected ArmSelector selector() {
                return selector;
            }
        };
    }

    @Test
    void brokenStrategies_areFound() {
        breaks(() -> contract((embeddings, seed) -> Clustering.of(new int[embeddings.rows()], 1))
                .cluster_valueNotFinite_namesTheRow());
        breaks(() ->
                contract((embeddings, seed) -> Clustering.of(new int[3], 1)).cluster_allRows_arePartitioned());
        AtomicInteger calls = new AtomicInteger();
        breaks(() -> contract((embeddings, seed) -> {
                    int[] clusters = new int[embeddings.rows()];
                    clusters[calls.getAndIncrement()] = 1;
                    return Clustering.of(clusters, 2);
                })
                .cluster_again_isTheSame());
    }

    private static ClusterStrategyContract contract(ClusterStrategy strategy) {
        return new ClusterStrategyContract() {
            @Override
            protected ClusterStrategy strategy() {
                return strategy;
            }
        };
    }

    @Test
    void brokenEstimators_areFound() {
        breaks(() -> estimator(0, 1).score_allItems_haveAScoreOrAReason());
        breaks(() -> estimator(1, 0).score_oneByOne_isTheSame());
        breaks(() -> estimator(1, 0).score_reversed_isReversed());
    }

    /** Leaves some out, or adds the place in the batch to the score. */
    private static InfluenceEstimatorContract<Integer> estimator(int place, int missing) {
        return new InfluenceEstimatorContract<>() {
            @Override
            protected InfluenceEstimator<Integer> estimator() {
                return new InfluenceEstimator<>() {
                    @Override
                    public InfluenceScores score(List<? extends Integer> items) {
                        return InfluenceScores.of(IntStream.range(0, Math.max(0, items.size() - missing))
                                .mapToDouble(i -> items.get(i) + place * i)
                                .toArray());
                    }

                    @Override
                    public String fingerprint() {
                        return "broken";
                    }
                };
            }

            @Override
            protected List<Integer> items() {
                return List.of(1, 5, 9);
            }
        };
    }

    @Test
    void brokenSelectors_areFound() {
        DataSelectorContract<Integer> greedy = new DataSelectorContract<>() {
            @Override
            protected DataSelector<Integer> selector() {
                return (pool, budget, seed) ->
                        RandomSelector.<Integer>create().select(pool, dev.quad.Budget.documents(50), seed);
            }

            @Override
            protected CandidatePool<Integer> pool() {
                return POOL;
            }
        };
        breaks(greedy::select_anyBudget_isNotExceeded);
        AtomicInteger calls = new AtomicInteger();
        DataSelectorContract<Integer> moody = new DataSelectorContract<>() {
            @Override
            protected DataSelector<Integer> selector() {
                return (pool, budget, seed) ->
                        RandomSelector.<Integer>create().select(pool, budget, new Seed(calls.getAndIncrement()));
            }

            @Override
            protected CandidatePool<Integer> pool() {
                return POOL;
            }
        };
        breaks(moody::select_again_isTheSame);
    }

    @Test
    void brokenFunctions_areFound() {
        SetFunctionContract shifted = new SetFunctionContract() {
            @Override
            protected SetFunction function() {
                return new SetFunction() {
                    @Override
                    public int size() {
                        return 3;
                    }

                    @Override
                    public double value(java.util.BitSet set) {
                        return 1 + set.cardinality();
                    }
                };
            }
        };
        breaks(shifted::value_ofTheEmptySet_isZero);
        SetFunctionContract stuck = new SetFunctionContract() {
            @Override
            protected SetFunction function() {
                return new SetFunction() {
                    @Override
                    public int size() {
                        return 3;
                    }

                    @Override
                    public double value(java.util.BitSet set) {
                        return set.cardinality();
                    }

                    @Override
                    public Growing start() {
                        return new Growing() {
                            @Override
                            public double gain(int item) {
                                return 1;
                            }

                            @Override
                            public void add(int item) {}

                            @Override
                            public double value() {
                                return 0;
                            }
                        };
                    }
                };
            }
        };
        breaks(stuck::growing_upAndDown_agreesWithValues);
    }
}
