// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ReferenceSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * What is computed of captures in single precision is what double precision makes of the same captures, also where one
 * input is far larger than all others, as trained Llamas have some (Sun et al., 2024): to 1e-5 of the largest score,
 * and to what the rounding of two gradients, 2⁻²⁴ each, becomes where it is divided by the smallest eigenvalue with its
 * damping and not by the largest.
 */
class PrecisionProperties {
    private static final int QUERIES = 3;

    /** Items of random rows, whose second input is this large but for a hundredth of itself. */
    private static List<ArraySource.Item> items(ArraySource source, int count, int rows, double massive, long seed) {
        List<ArraySource.Item> items = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            ArraySource.Item item = source.random(rows, seed * 1000 + n);
            for (float[] x : item.inputs()) {
                for (int at = 1; at < x.length; at += x.length / rows) {
                    x[at] = (float) (massive * (1 + 0.01 * x[at]));
                }
            }
            items.add(item);
        }
        return items;
    }

    private static Map<String, Curvature> curvatures(
            GradientSource<ArraySource.Item> source, List<ArraySource.Item> items) {
        CurvatureFit<ArraySource.Item> fit = CurvatureFit.of(source, items, Fisher.empirical());
        KroneckerFactors factors = fit.factors();
        Map<String, Curvature> all = new LinkedHashMap<>();
        all.put("diagonal", fit.diagonal());
        all.put("K-FAC", Curvature.kfac(factors));
        all.put("K-FAC of sequences", Curvature.kfacOfSequences(factors));
        all.put("EK-FAC", fit.ekfac(factors));
        return all;
    }

    /** Of each query with each item, of all queries together, and of each item with itself. */
    private static List<double[]> scores(
            GradientSource<ArraySource.Item> source,
            Curvature curvature,
            Damping damping,
            List<ArraySource.Item> items) {
        List<ReferenceDirection> directions = new ArrayList<>();
        for (int q = 0; q < QUERIES; q++) {
            directions.add(ReferenceDirection.gradient(source, ReferenceSet.of(List.of(items.get(q))))
                    .precondition(curvature, damping));
        }
        directions.add(ReferenceDirection.gradient(source, ReferenceSet.of(items.subList(0, QUERIES)))
                .precondition(curvature, damping));
        double[][] total = new DirectionScores<>(source, directions, GradientSource.DEFAULT_BATCH_TOKENS).total(items);
        try (SelfInfluence<ArraySource.Item> self =
                new SelfInfluence<>(source, curvature, damping, GradientSource.DEFAULT_BATCH_TOKENS)) {
            List<double[]> result = new ArrayList<>(Arrays.asList(total));
            result.add(self.of(items));
            return result;
        } finally {
            directions.forEach(ReferenceDirection::close);
        }
    }

    /** Returns how many of the dampings the data determine a score under. */
    private static int requireAgreement(ArraySource source, List<ArraySource.Item> items, Damping... dampings) {
        GradientSource<ArraySource.Item> exactly = DoublePrecision.of(source);
        Map<String, Curvature> single = curvatures(source, items);
        int compared = 0;
        for (Map.Entry<String, Curvature> entry : curvatures(exactly, items).entrySet()) {
            Curvature exact = entry.getValue();
            double[] eigenvalues = exact.eigenvalues(0);
            double smallest = Arrays.stream(eigenvalues).min().orElseThrow();
            for (Damping damping : dampings) {
                double heaviest = damping.rule(exact.meanEigenvalue(0), Double.NaN, Double.NaN)
                        .weight(smallest, 0, 0);
                double bound = 1e-5 + Math.scalb(Dense.largest(eigenvalues) * heaviest, -46);
                if (bound > 1) {
                    continue; // chance, which is warned of
                }
                compared++;
                Curvature found = Objects.requireNonNull(single.get(entry.getKey()));
                List<double[]> expected = scores(exactly, exact, damping, items);
                List<double[]> scores = scores(source, found, damping, items);
                for (int i = 0; i < scores.size(); i++) {
                    assertThat(Dense.distance(scores.get(i), expected.get(i)))
                            .as("scores %d of %s under %s", i, entry.getKey(), damping)
                            .isLessThan(bound * Dense.largest(expected.get(i)));
                }
            }
        }
        return compared;
    }

    @Property(tries = 25, edgeCases = EdgeCasesMode.NONE)
    void scores_ofCapturesInSinglePrecision_areThoseInDouble(
            @ForAll @IntRange(min = 2, max = 40) int in,
            @ForAll @IntRange(min = 2, max = 40) int out,
            @ForAll @IntRange(min = 4, max = 40) int count,
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 0, max = 3500) int massive,
            @ForAll @IntRange(min = 1, max = 1_000_000) int seed) {
        ArraySource source = new ArraySource(List.of(new LayerShape("layer", in, out)));

        int compared = requireAgreement(
                source,
                items(source, count, rows, massive, seed),
                Damping.relative(0.1),
                Damping.relative(0.01),
                Damping.absolute(1e-4),
                Damping.absolute(1e-8));

        assertThat(compared).isGreaterThanOrEqualTo(8);
    }

    /** Data that determine every eigenvalue: no damping is too small. */
    @Example
    void massiveInput_ofAsManyRowsAsTheDataOfAModel_costsNoAccuracy() {
        ArraySource source = new ArraySource(List.of(new LayerShape("layer", 64, 48)));

        int compared = requireAgreement(
                source,
                items(source, 40, 50, 3000, 1),
                Damping.relative(0.1),
                Damping.absolute(1e-4),
                Damping.absolute(1e-8),
                Damping.absolute(0));

        assertThat(compared).isEqualTo(16);
    }
}
