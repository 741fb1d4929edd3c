// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static dev.quad.testkit.Contracts.nothing;
import static dev.quad.testkit.Contracts.told;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ArmSelector;
import dev.quad.CandidatePool;
import dev.quad.ClusterStrategy;
import dev.quad.DataSelector;
import dev.quad.Embedder;
import dev.quad.Embeddings;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.SetFunction;
import dev.quad.Tokenizer;
import dev.quad.bandit.RandomSelector;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.GradientSource;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Test classes that hand over nothing, or too little: each test that fails says which method of theirs it is. */
class HooksTest {
    private static final class Pool extends CandidatePoolContract<Integer> {
        private final List<Integer> items;

        Pool(List<Integer> items) {
            this.items = items;
        }

        @Override
        protected CandidatePool<Integer> pool(List<Integer> of) {
            return CandidatePool.of(of, item -> 1 + item % 3, of.toString());
        }

        @Override
        protected List<Integer> items() {
            return items;
        }
    }

    private static final class Scores extends InfluenceEstimatorContract<Integer> {
        private final List<Integer> items;

        Scores(List<Integer> items) {
            this.items = items;
        }

        @Override
        protected InfluenceEstimator<Integer> estimator() {
            return new InfluenceEstimator<>() {
                @Override
                public InfluenceScores score(List<? extends Integer> all) {
                    return InfluenceScores.of(
                            all.stream().mapToDouble(item -> item).toArray());
                }

                @Override
                public String fingerprint() {
                    return "itself";
                }
            };
        }

        @Override
        protected List<Integer> items() {
            return items;
        }
    }

    @TestFactory
    Stream<DynamicTest> tooFewItems() {
        return Stream.of(
                told("a pool of one item", new Pool(List.of(1))),
                told("a pool of null", new Pool(nothing())),
                told("no item to score", new Scores(List.of())),
                told("one item to score", new Scores(List.of(7))),
                told("an item that is null", new Scores(Arrays.asList(1, 2, nothing(), 4))));
    }

    @TestFactory
    Stream<DynamicTest> nothingToTest() {
        return Stream.of(
                told("no arm selector", new ArmSelectorContract() {
                    @Override
                    protected ArmSelector selector() {
                        return nothing();
                    }
                }),
                told("no selector", new DataSelectorContract<Integer>() {
                    @Override
                    protected DataSelector<Integer> selector() {
                        return nothing();
                    }

                    @Override
                    protected CandidatePool<Integer> pool() {
                        return new Pool(List.of()).pool(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
                    }
                }),
                told("no pool to select from", new DataSelectorContract<Integer>() {
                    @Override
                    protected DataSelector<Integer> selector() {
                        return RandomSelector.of();
                    }

                    @Override
                    protected CandidatePool<Integer> pool() {
                        return nothing();
                    }
                }),
                told("no strategy", new ClusterStrategyContract() {
                    @Override
                    protected ClusterStrategy strategy() {
                        return nothing();
                    }
                }),
                told("no estimator", new InfluenceEstimatorContract<Integer>() {
                    @Override
                    protected InfluenceEstimator<Integer> estimator() {
                        return nothing();
                    }

                    @Override
                    protected List<Integer> items() {
                        return List.of(1, 2, 3);
                    }
                }),
                told("no source", new GradientSourceContract<Integer>() {
                    @Override
                    protected GradientSource<Integer> source() {
                        return nothing();
                    }

                    @Override
                    protected GradientSource<Integer> other() {
                        return nothing();
                    }

                    @Override
                    protected List<Integer> items() {
                        return List.of(1, 2, 3);
                    }

                    @Override
                    protected double loss(Integer item, int layer, double[] change) {
                        return 0;
                    }
                }),
                told("no model", new DirectionalModelContract<Integer>() {
                    @Override
                    protected DirectionalModel<Integer> model() {
                        return nothing();
                    }

                    @Override
                    protected GradientSource<Integer> source() {
                        return nothing();
                    }

                    @Override
                    protected List<Integer> items() {
                        return List.of(1, 2, 3);
                    }
                }),
                told("no embedder", new EmbedderContract<String>() {
                    @Override
                    protected Embedder<String> embedder() {
                        return nothing();
                    }

                    @Override
                    protected List<String> items() {
                        return List.of("a", "b", "c");
                    }
                }),
                told("no embeddings", new EmbeddingsContract() {
                    @Override
                    protected Embeddings embeddings() {
                        return nothing();
                    }

                    @Override
                    protected float[] values() {
                        return nothing();
                    }
                }),
                told("no pool", new CandidatePoolContract<Integer>() {
                    @Override
                    protected CandidatePool<Integer> pool(List<Integer> items) {
                        return nothing();
                    }

                    @Override
                    protected List<Integer> items() {
                        return List.of(1, 2, 3, 4);
                    }
                }),
                told("no function", new SetFunctionContract() {
                    @Override
                    protected SetFunction function() {
                        return nothing();
                    }
                }),
                told("no family of functions", new MonotoneContract() {
                    @Override
                    protected SetFunction function(int size, RandomGenerator random) {
                        return nothing();
                    }
                }),
                told("no tokenizer", new TokenizerContract() {
                    @Override
                    protected Tokenizer tokenizer() {
                        return nothing();
                    }
                }));
    }

    @Test
    void words_nameTheMethod_andWhatIsNeeded() {
        assertThatThrownBy(() -> Answers.made("selector()", nothing()))
                .isInstanceOf(AssertionError.class)
                .hasMessage("the test class's selector() gave null; override it to give what its documentation says");
        assertThatThrownBy(() -> Answers.items("items()", 3, List.of(5)))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("the test class's items() gave [5]; give at least 3 items, none null");
    }
}
