// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** What random projections keep, how far off they are, and why two layouts do not mix. By number of the law. */
class ProjectionLawProperties {
    private static final int DRAWS = 4000;

    private static Rows.Item token(double[] x, double... delta) {
        return new Rows.Item(new double[][][] {{x}}, new double[][][] {{delta}});
    }

    /** A vector of length 1. */
    private static double[] unit(long seed, String name, int n) {
        double[] v = Dense.gaussian(seed, name, n);
        return Dense.scaled(v, 1 / Dense.norm(v));
    }

    /** Errors of {@code ⟨P u, P v⟩} over draws of P. */
    private static double[] errors(Rows rows, int rank, Rows.Item u, Rows.Item v, double exact) {
        try (ReferenceDirection one = ReferenceDirection.gradient(rows, ReferenceSet.of(List.of(u)));
                ReferenceDirection two = ReferenceDirection.gradient(rows, ReferenceSet.of(List.of(v)))) {
            double[] errors = new double[DRAWS];
            for (int draw = 0; draw < DRAWS; draw++) {
                KroneckerProjection projection = KroneckerProjection.random(rows.layers(), rank, new Seed(draw));
                errors[draw] = Dense.dot(projection.project(one), projection.project(two)) - exact;
            }
            return errors;
        }
    }

    private static void assertMeanAndDeviation(double[] errors, double deviation) {
        double mean = Arrays.stream(errors).average().orElseThrow();
        double found = Dense.norm(errors) / Math.sqrt(errors.length);

        assertThat(Math.abs(mean)).isLessThan(4 * deviation / Math.sqrt(errors.length));
        assertThat(found / deviation).isBetween(0.9, 1.1);
    }

    /** One side of k rows: unbiased, and off by {@code √((1 + ρ²)/k)} for unit vectors with the product ρ. */
    @Property(tries = 3)
    void k13_oneSide_isUnbiasedAndOffByTheFormula(@ForAll @LongRange(max = 9) long seed) {
        Rows rows = Rows.of(new LayerShape("one", 48, 1));
        double[] u = unit(seed, "u", 48);
        double[] v = unit(seed, "v", 48);
        double product = Dense.dot(u, v);

        assertMeanAndDeviation(
                errors(rows, 16, token(u, 1), token(v, 1), product), Math.sqrt((1 + product * product) / 16));
    }

    /** Both sides: the second moments of the two multiply, for gradients of one token. */
    @Property(tries = 3)
    void k13_bothSides_areUnbiasedAndOffByTheFormula(@ForAll @LongRange(max = 9) long seed) {
        Rows rows = Rows.of(new LayerShape("one", 24, 20));
        Rows.Item u = token(unit(seed, "u", 24), unit(seed, "du", 20));
        Rows.Item v = token(unit(seed, "v", 24), unit(seed, "dv", 20));
        double inputs = Math.pow(Dense.dot(u.x()[0][0], v.x()[0][0]), 2);
        double outputs = Math.pow(Dense.dot(u.delta()[0][0], v.delta()[0][0]), 2);
        double second = (inputs + (1 + inputs) / 16) * (outputs + (1 + outputs) / 16);

        assertMeanAndDeviation(
                errors(
                        rows,
                        16,
                        u,
                        v,
                        Dense.dot(u.x()[0][0], v.x()[0][0]) * Dense.dot(u.delta()[0][0], v.delta()[0][0])),
                Math.sqrt(second - inputs * outputs));
    }

    /** A tolerance below 3/√k must fail now and then: one of 1/√k does so for a third of the draws. */
    @Example
    void k13_aFixedTolerance_fails() {
        Rows rows = Rows.of(new LayerShape("one", 48, 1));
        double[] u = unit(1, "u", 48);
        double[] v = unit(1, "v", 48);
        double[] errors = errors(rows, 16, token(u, 1), token(v, 1), Dense.dot(u, v));
        long far = Arrays.stream(errors).filter(error -> Math.abs(error) > 0.25).count();

        Shown.counterExample(
                "K13: at k = 16 a projected product is within 1/sqrt(k) = 0.25",
                "seed %d: off by %.3f; so are %d of %d draws",
                first(errors),
                errors[first(errors)],
                far,
                DRAWS);
        assertThat(far / (double) DRAWS).isBetween(0.25, 0.4);
        assertThat(Arrays.stream(errors)
                        .filter(error -> Math.abs(error) > 3 * Math.sqrt(2.0 / 16))
                        .count())
                .isLessThan(DRAWS / 100);
    }

    private static int first(double... errors) {
        int at = 0;
        while (Math.abs(errors[at]) <= 0.25) {
            at++;
        }
        return at;
    }

    /** Layers in another order, of another name or shape: refused, wherever they meet. */
    @Property(tries = 10)
    void k14_anotherLayout_isRefused(@ForAll @LongRange(max = 99) long seed) throws java.io.IOException {
        List<LayerShape> layers =
                List.of(new LayerShape("a", 5, 4), new LayerShape("b", 5, 4), new LayerShape("c", 4, 5, true));
        KroneckerProjection projection = KroneckerProjection.random(layers, 3, new Seed(seed));
        List<LayerShape> shuffled = new ArrayList<>(layers);
        while (shuffled.equals(layers)) {
            Collections.shuffle(shuffled, new Random(seed));
            seed++;
        }
        List<LayerShape> renamed = List.of(layers.get(0), new LayerShape("d", 5, 4), layers.get(2));
        List<LayerShape> fewer = layers.subList(0, 2);
        Path file = Files.createTempFile("quad", ".safetensors");
        try {
            for (List<LayerShape> others : List.of(shuffled, renamed, fewer)) {
                Rows rows = new Rows(others, dev.quad.Precision.DOUBLE);
                List<Rows.Item> items = rows.items(seed, 2, 1);
                try (ReferenceDirection direction = ReferenceDirection.gradient(rows, ReferenceSet.of(items))) {
                    assertThatThrownBy(() -> projection.project(direction))
                            .isInstanceOf(MismatchException.class)
                            .hasMessageContaining("gradients projected differently cannot be compared");
                }
                assertThatThrownBy(() -> GradientStore.write(rows, items, "pool", projection, file, 10, done -> {}))
                        .isInstanceOf(MismatchException.class);
                assertThat(KroneckerProjection.random(others, 3, new Seed(seed)).fingerprint())
                        .isNotEqualTo(projection.fingerprint());
            }
        } finally {
            Files.delete(file);
        }
    }

    /** Were it not refused: two layers of one shape the other way round give products that mean nothing. */
    @Example
    void k14_anotherLayout_wouldGiveOtherProducts() {
        Rows rows = Rows.of(new LayerShape("a", 5, 4), new LayerShape("b", 5, 4));
        Rows swapped = Rows.of(new LayerShape("b", 5, 4), new LayerShape("a", 5, 4));
        KroneckerProjection one = KroneckerProjection.random(rows.layers(), 100, new Seed(1));
        KroneckerProjection other = KroneckerProjection.random(swapped.layers(), 100, new Seed(1));
        Rows.Item item = rows.items(1, 3).get(0);
        Rows.Item turned = new Rows.Item(
                new double[][][] {item.x()[1], item.x()[0]}, new double[][][] {item.delta()[1], item.delta()[0]});
        try (ReferenceDirection a = ReferenceDirection.gradient(rows, ReferenceSet.of(List.of(item)));
                ReferenceDirection b = ReferenceDirection.gradient(swapped, ReferenceSet.of(List.of(turned)))) {
            double right = Dense.dot(one.project(a), one.project(a));
            double wrong = Dense.dot(one.project(a), other.project(b));

            Shown.counterExample(
                    "K14: the layout does not matter",
                    "the same gradient with its two layers swapped: %.3f instead of %.3f, its own square",
                    wrong,
                    right);
            assertThat(Math.abs(wrong - right)).isGreaterThan(0.5 * right);
        }
    }

    /** Tokens are projected, and it is the gradient that comes out, the column of the bias with it. */
    @Property(tries = 10)
    void projectedTokens_addUpToTheProjectedGradient(@ForAll @LongRange(max = 99) long seed) {
        Rows rows = Rows.of(new LayerShape("a", 5, 4, true), new LayerShape("b", 6, 7));
        List<Rows.Item> items = rows.items(seed, 2, 4, 1);
        for (Projection projection : List.of(
                KroneckerProjection.random(rows.layers(), 3, new Seed(seed)),
                RandomProjection.of(rows.layers(), 9, new Seed(seed)))) {
            assertTokensAddUp(rows, items, projection);
        }
    }

    private static void assertTokensAddUp(Rows rows, List<Rows.Item> items, Projection projection) {
        double[] projected = new double[items.size() * projection.width()];
        rows.capture(items, capture -> projection.project(capture, projected));
        for (int n = 0; n < items.size(); n++) {
            try (ReferenceDirection gradient =
                    ReferenceDirection.gradient(rows, ReferenceSet.of(items.subList(n, n + 1)))) {
                double[] expected =
                        Dense.scaled(projection.project(gradient), items.get(n).rows());
                assertThat(Dense.distance(
                                Arrays.copyOfRange(projected, n * projection.width(), (n + 1) * projection.width()),
                                expected))
                        .isLessThan(1e-12 * Dense.largest(expected));
            }
        }
    }
}
