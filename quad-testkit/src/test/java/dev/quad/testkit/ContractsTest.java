// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.ArmSelector;
import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import dev.quad.Objective;
import dev.quad.SetFunction;
import dev.quad.bandit.EpsilonGreedy;
import dev.quad.bandit.GaussianThompson;
import dev.quad.bandit.GreedySelector;
import dev.quad.bandit.KlUcb;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.RandomSelector;
import dev.quad.bandit.StaticArms;
import dev.quad.bandit.TopKSelector;
import dev.quad.bandit.Ucb1;
import dev.quad.bandit.UcbTuned;
import dev.quad.bandit.UcbV;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.RefitGain;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;

/** The contracts as JUnit runs them, for what keeps them; what does not is in the tests of broken ones. */
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
            return RandomSelector.of();
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
    class Greedy extends DataSelectorContract<Integer> {
        @Override
        protected DataSelector<Integer> selector() {
            return GreedySelector.of(new Objective<>() {
                @Override
                public SetFunction over(CandidatePool<Integer> pool, Budget budget) {
                    return new InfluenceSum(IntStream.range(0, pool.size())
                            .mapToDouble(pool::get)
                            .toArray());
                }

                @Override
                public String fingerprint() {
                    return "the numbers themselves";
                }
            });
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
}
