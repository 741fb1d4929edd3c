// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.SetFunction;
import dev.quad.bandit.submodular.ClusterSaturation;
import dev.quad.bandit.submodular.Concave;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.PullCounts;
import dev.quad.bandit.submodular.RefitGain;
import dev.quad.bandit.submodular.SecondOrderGain;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import net.jqwik.api.Group;

/**
 * What holds of the readings of "submodularity of the influence function"; what does not is in
 * {@link CounterExampleProperties}.
 */
@SuppressWarnings("ClassCanBeStatic") // jqwik wants groups that are not
class SetFunctionProperties {

    /** Utilities of any sign, small decimals so that ties occur. */
    static double[] decimals(int size, RandomGenerator random, double low) {
        double[] values = new double[size];
        Arrays.setAll(values, i -> low + random.nextInt(30) / 10.0);
        return values;
    }

    static SecondOrderGain secondOrder(int size, RandomGenerator random, double lowest, double utility) {
        double[][] terms = new double[size][size];
        for (int a = 0; a < size; a++) {
            for (int b = 0; b <= a; b++) {
                terms[a][b] = a == b ? random.nextInt(20) / 10.0 : lowest + random.nextInt(20) / 10.0;
                terms[b][a] = terms[a][b];
            }
        }
        return new SecondOrderGain(decimals(size, random, utility), terms, 4);
    }

    static ClusterSaturation saturation(int size, RandomGenerator random, double low) {
        Concave[] phis = {Concave.root(), Concave.log(), Concave.upTo(1.5)};
        return new ClusterSaturation(
                random.ints(size, 0, 3).toArray(), decimals(size, random, low), phis[random.nextInt(3)]);
    }

    static PullCounts pulls(int size, RandomGenerator random, double low) {
        int first = random.nextInt(size + 1);
        return new PullCounts(decimals(2, random, low), new int[] {first, size - first}, random.nextInt(5) / 2.0);
    }

    /** Reading A, S1. */
    @Group
    class SumsOfAnySign extends SubmodularProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return new InfluenceSum(decimals(size, random, -1.5));
        }
    }

    /** S3. */
    @Group
    class SumsClippedAtZero extends MonotoneProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return new InfluenceSum(Arrays.stream(decimals(size, random, -1.5))
                    .map(utility -> Math.max(0, utility))
                    .toArray());
        }
    }

    /** Reading B is monotone at least. */
    @Group
    class Refits extends MonotoneProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            double[][] features = new double[size][];
            Arrays.setAll(features, i -> decimals(3, random, -1.5));
            return new RefitGain(features, new double[] {1, 0, 0}, 0.5);
        }
    }

    /** Reading C, S6. */
    @Group
    class SecondOrderWithoutNegativeTerms extends SubmodularProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return secondOrder(size, random, 0, -1);
        }
    }

    /** Reading C with utilities above what the terms can take. */
    @Group
    class SecondOrderWithLargeUtilities extends MonotoneProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return secondOrder(size, random, 0, 10);
        }
    }

    /** Reading C under both conditions. */
    @Group
    class SecondOrderGreedy extends GreedyProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return secondOrder(size, random, 0, 10);
        }
    }

    /** Reading D, S7. */
    @Group
    class Saturations extends SubmodularProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return saturation(size, random, 0);
        }
    }

    /** Reading D. */
    @Group
    class SaturationsGrow extends MonotoneProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return saturation(size, random, 0);
        }
    }

    /** Reading D. */
    @Group
    class SaturationsGreedy extends GreedyProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return saturation(size, random, 0);
        }
    }

    /** Reading E. */
    @Group
    class Pulls extends SubmodularProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return pulls(size, random, -1);
        }
    }

    /** Reading E with means that are not negative. */
    @Group
    class PullsGreedy extends GreedyProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            return pulls(size, random, 0);
        }
    }

    /** Weighted sums of submodular functions are submodular. */
    @Group
    class Combinations extends SubmodularProperties {
        @Override
        protected SetFunction function(int size, RandomGenerator random) {
            SetFunction one = saturation(size, random, 0);
            SetFunction other = secondOrder(size, random, 0, 0);
            double weight = random.nextInt(5);
            return new SetFunction() {
                @Override
                public int size() {
                    return size;
                }

                @Override
                public double value(java.util.BitSet set) {
                    return one.value(set) + weight * other.value(set);
                }
            };
        }
    }
}
