// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static dev.quad.bandit.Misuse.absent;
import static dev.quad.bandit.Misuse.argument;
import static dev.quad.bandit.Misuse.nothing;

import dev.quad.bandit.submodular.ClusterSaturation;
import dev.quad.bandit.submodular.Concave;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.PullCounts;
import dev.quad.bandit.submodular.RefitGain;
import dev.quad.bandit.submodular.SecondOrderGain;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Set functions of numbers that they do not take. */
class SetFunctionsMisuseTest {
    private static ClusterSaturation saturation(Concave phi, int... clusters) {
        return new ClusterSaturation(clusters, new double[clusters.length], phi);
    }

    private static SecondOrderGain gain(double[]... terms) {
        return new SecondOrderGain(new double[2], terms, 1);
    }

    @TestFactory
    Stream<DynamicTest> setFunctions() {
        double[] two = {1, 2};
        return Stream.of(
                absent("the concave function", () -> saturation(nothing(), 0), "concave function is null"),
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
}
