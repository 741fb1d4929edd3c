// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** Means of cosines of projected gradients, in double precision. */
class ProjectedCosineProperties {
    private static final Damping DAMPING = Damping.relative(0.1);
    private static final Rows ROWS =
            Rows.of(new LayerShape("a", 12, 10, true), new LayerShape("b", 40, 30), new LayerShape("c", 7, 90));

    private static Curvature curvature(long seed) {
        return CurvatureFit.of(ROWS, ROWS.items(seed + 900, 3, 5, 2, 4, 3), Fisher.empirical())
                .ekfac();
    }

    private static RandomProjection signs(int width, long seed) {
        return RandomProjection.of(ROWS.layers(), width, new Seed(seed));
    }

    private static double[] scores(
            List<Rows.Item> reference, Curvature curvature, Projection projection, List<Rows.Item> items) {
        try (ReferenceDirection direction =
                        MeanDirection.of(ROWS, reference, curvature, DAMPING, projection, tokens -> {});
                InfluenceEstimator<Rows.Item> influence = Influence.of(ROWS)
                        .direction(direction)
                        .projected(projection)
                        .estimator()) {
            return values(influence.score(items));
        }
    }

    private static double[] values(InfluenceScores scores) {
        return IntStream.range(0, scores.size()).mapToDouble(scores::value).toArray();
    }

    private static ReferenceDirection gradient(Rows.Item item) {
        return ReferenceDirection.gradient(ROWS, ReferenceSet.of(List.of(item)));
    }

    /** {@code 1/R·Σ_r cos(P (H+λI)⁻¹ g_r, P g)}, item by item, for both kinds of projection. */
    @Property(tries = 10)
    void score_isTheMeanOfTheCosinesOfProjectedVectors(@ForAll @LongRange(max = 99) long seed) {
        List<Rows.Item> reference = ROWS.items(seed + 500, 2, 5, 1);
        List<Rows.Item> items = ROWS.items(seed, 3, 1, 6, 2);
        Curvature curvature = curvature(seed);
        for (Projection projection :
                List.of(signs(50, seed), KroneckerProjection.random(ROWS.layers(), 4, new Seed(seed)))) {
            double[] expected = new double[items.size()];
            for (Rows.Item one : reference) {
                try (ReferenceDirection plain = gradient(one);
                        ReferenceDirection solved = plain.precondition(curvature, DAMPING)) {
                    double[] v = projection.project(solved);
                    for (int i = 0; i < expected.length; i++) {
                        try (ReferenceDirection own = gradient(items.get(i))) {
                            double[] g = projection.project(own);
                            expected[i] += Dense.dot(v, g) / (Dense.norm(v) * Dense.norm(g)) / reference.size();
                        }
                    }
                }
            }
            double[] found = scores(reference, curvature, projection, items);
            assertThat(Dense.distance(found, expected)).isLessThan(1e-11);
        }
    }

    /** Off by about {@code (1 − ρ²)/√k} for one pair with the cosine ρ, whatever k is, and centred. */
    @Example
    void score_manySeeds_isOffByOneOverTheRootOfTheWidth() {
        List<Rows.Item> reference = ROWS.items(1, 40);
        Rows.Item near = ROWS.items(2, 40).get(0);
        Rows.Item mixed = new Rows.Item(
                IntStream.range(0, 3)
                        .mapToObj(l -> concatenated(reference.get(0).x()[l], near.x()[l]))
                        .toArray(double[][][]::new),
                IntStream.range(0, 3)
                        .mapToObj(l -> concatenated(reference.get(0).delta()[l], near.delta()[l]))
                        .toArray(double[][][]::new));
        List<Rows.Item> items = List.of(near, mixed); // cosines near 0 and near 0.7
        Curvature identity =
                CurvatureFit.of(ROWS, reference, Fisher.empirical()).identity();
        double[] exact;
        try (ReferenceDirection direction = MeanDirection.of(ROWS, reference, identity, DAMPING, tokens -> {});
                InfluenceEstimator<Rows.Item> influence =
                        Influence.of(ROWS).direction(direction).cosine().estimator()) {
            exact = values(influence.score(items));
        }
        assertThat(exact[0]).isBetween(-0.2, 0.2);
        assertThat(exact[1]).isBetween(0.5, 0.9);
        int draws = 400;
        for (int width : new int[] {64, 256, 1024}) {
            double[] mean = new double[2];
            double[] square = new double[2];
            for (int draw = 0; draw < draws; draw++) {
                double[] found = scores(reference, identity, signs(width, draw), items);
                for (int i = 0; i < 2; i++) {
                    mean[i] += (found[i] - exact[i]) / draws;
                    square[i] += Math.pow(found[i] - exact[i], 2) / draws;
                }
            }
            for (int i = 0; i < 2; i++) {
                double expected = (1 - exact[i] * exact[i]) / Math.sqrt(width);
                assertThat(Math.sqrt(square[i]) / expected)
                        .as("%s signs, item %s", width, i)
                        .isBetween(0.85, 1.15);
                assertThat(mean[i]).isCloseTo(0, within(4 * expected / Math.sqrt(draws) + 1.0 / width));
            }
        }
    }

    private static double[][] concatenated(double[][] one, double[][] other) {
        List<double[]> rows = new ArrayList<>(List.of(one));
        rows.addAll(List.of(other));
        return rows.toArray(double[][]::new);
    }

    @Example
    void score_sameSeed_isTheSame_another_isAnother() {
        List<Rows.Item> reference = ROWS.items(1, 4, 3);
        List<Rows.Item> items = ROWS.items(2, 3, 5);
        Curvature curvature = curvature(1);
        double[] one = scores(reference, curvature, signs(30, 7), items);
        assertThat(scores(reference, curvature, signs(30, 7), items)).containsExactly(one);
        assertThat(scores(reference, curvature, signs(30, 8), items)).isNotEqualTo(one);
        assertThat(scores(reference, curvature, signs(30, 7), items.subList(1, 2)))
                .containsExactly(one[1]);
    }

    /** One projection for both sides: of the same layers, seed and width; a file keeps which one it was. */
    @Example
    void projection_ofAnotherLayoutOrSeed_isRefused() throws IOException {
        List<Rows.Item> reference = ROWS.items(1, 4);
        Curvature curvature = curvature(1);
        List<LayerShape> turned = new ArrayList<>(ROWS.layers());
        Collections.reverse(turned);
        RandomProjection other = RandomProjection.of(turned, 30, new Seed(7));
        assertThatThrownBy(() -> MeanDirection.of(ROWS, reference, curvature, DAMPING, other, tokens -> {}))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("gradients projected differently cannot be compared");
        Path file = Files.createTempFile("quad", ".safetensors");
        try (ReferenceDirection plain = gradient(reference.get(0));
                ReferenceDirection exact = MeanDirection.of(ROWS, reference, curvature, DAMPING, tokens -> {});
                ReferenceDirection made =
                        MeanDirection.of(ROWS, reference, curvature, DAMPING, signs(30, 7), tokens -> {})) {
            made.write(file);
            assertThatThrownBy(() ->
                            Influence.of(ROWS).direction(plain).projected(other).estimator())
                    .isInstanceOf(MismatchException.class);
            Influence.of(ROWS)
                    .direction(plain)
                    .projected(signs(30, 7))
                    .estimator()
                    .close();
            try (ReferenceDirection read = ReferenceDirection.read(file)) {
                Influence.of(ROWS)
                        .direction(read)
                        .projected(signs(30, 7))
                        .estimator()
                        .close();
                for (RandomProjection wrong : List.of(signs(30, 8), signs(31, 7))) {
                    assertThatThrownBy(() -> Influence.of(ROWS)
                                    .direction(read)
                                    .projected(wrong)
                                    .estimator())
                            .isInstanceOf(MismatchException.class)
                            .hasMessageContaining(signs(30, 7).fingerprint())
                            .hasMessageContaining("through projection " + wrong.fingerprint())
                            .hasMessageContaining("make both with the same one");
                }
                assertThatThrownBy(() ->
                                Influence.of(ROWS).direction(read).cosine().estimator())
                        .isInstanceOf(MismatchException.class)
                        .hasMessageContaining("without a projection");
            }
            assertThatThrownBy(() -> Influence.of(ROWS)
                            .direction(exact)
                            .projected(signs(30, 7))
                            .estimator())
                    .isInstanceOf(MismatchException.class);
            assertThat(Influence.of(ROWS)
                            .direction(plain)
                            .projected(signs(30, 7))
                            .estimator()
                            .fingerprint())
                    .isNotEqualTo(Influence.of(ROWS)
                            .direction(plain)
                            .projected(signs(30, 8))
                            .estimator()
                            .fingerprint())
                    .isNotEqualTo(Influence.of(ROWS)
                            .direction(plain)
                            .cosine()
                            .estimator()
                            .fingerprint());
        } finally {
            Files.delete(file);
        }
    }

    @Example
    void score_itemsThatCannotBeScored_areFlaggedAlone() {
        ArraySource source = new ArraySource(List.of(new LayerShape("one", 4, 3)));
        RandomProjection projection = RandomProjection.of(source.layers(), 20, new Seed(1));
        List<ArraySource.Item> reference = List.of(source.random(3, 1), source.random(0, 2));
        ArraySource.Item broken = source.random(4, 4);
        broken.gradients()[0][0] = Float.NaN;
        ArraySource.Item flat = source.random(2, 5);
        java.util.Arrays.fill(flat.gradients()[0], 0);
        Curvature identity =
                CurvatureFit.of(source, reference, Fisher.empirical()).identity();
        try (ReferenceDirection direction =
                        MeanDirection.of(source, reference, identity, DAMPING, projection, tokens -> {});
                InfluenceEstimator<ArraySource.Item> influence = Influence.of(source)
                        .direction(direction)
                        .projected(projection)
                        .estimator()) {
            InfluenceScores scores = influence.score(List.of(reference.get(0), source.random(0, 9), broken, flat));
            assertThat(scores.value(0)).isCloseTo(1, within(1e-6));
            assertThat(scores.reason(1)).contains("it has no token to predict");
            assertThat(scores.reason(2).orElseThrow()).contains("its projected gradient is not finite");
            assertThat(scores.value(3)).isZero();
            assertThat(influence.score(List.of()).size()).isZero();
        }
    }
}
