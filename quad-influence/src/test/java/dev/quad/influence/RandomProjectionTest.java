// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** In double precision where it is about numbers: {@code P} is written out by projecting unit gradients. */
class RandomProjectionTest {
    private static final OracleTransformer NETWORK = new OracleTransformer();
    private static final OracleSource SOURCE =
            new OracleSource(NETWORK, NETWORK.layers(), pass -> pass, Precision.DOUBLE);
    private static final List<OracleSource.Item> ITEMS = SOURCE.items("train");

    private static RandomProjection projection(int width, long seed) {
        return RandomProjection.of(SOURCE.layers(), width, new Seed(seed));
    }

    private static ReferenceDirection direction(OracleSource.Item item) {
        return ReferenceDirection.gradient(SOURCE, ReferenceSet.of(List.of(item)));
    }

    private static double[] flat(ReferenceDirection direction) {
        return IntStream.range(0, direction.layers().size())
                .mapToObj(direction::values)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
    }

    /** Each item's rows of {@code P D}, from captures. */
    private static double[] captured(Projection projection, List<OracleSource.Item> items) {
        double[] rows = new double[items.size() * projection.width()];
        SOURCE.capture(items, Targets.observed(), capture -> projection.project(capture, rows));
        return rows;
    }

    /** P as a matrix, width × weights, through gradients with a single entry. */
    private static double[][] written(LayerShape layer, int width, Seed seed) {
        RandomProjection projection = RandomProjection.of(List.of(layer), width, seed);
        double[][] p = new double[width][layer.weights()];
        for (int w = 0; w < layer.weights(); w++) {
            float[] x = new float[layer.inputs()];
            float[] delta = new float[layer.outputs()];
            x[w % layer.inputs()] = 1;
            delta[w / layer.inputs()] = 1;
            double[] column = new double[width];
            projection.project(
                    new LayerCapture(
                            0, java.nio.FloatBuffer.wrap(x), java.nio.FloatBuffer.wrap(delta), new int[] {0, 1}),
                    column);
            for (int j = 0; j < width; j++) {
                p[j][w] = column[j];
            }
        }
        return p;
    }

    @Test
    void project_entries_areSignsOverTheRootOfTheWidth() {
        int width = 300; // more than a slice
        double[][] p = written(new LayerShape("any", 5, 4), width, new Seed(1));
        int positive = 0;
        for (double[] row : p) {
            for (double entry : row) {
                assertThat(Math.abs(entry)).isCloseTo(1 / Math.sqrt(width), within(1e-8));
                positive += entry > 0 ? 1 : 0;
            }
        }
        // 6,000 fair signs: five standard deviations are 194
        assertThat(positive).isBetween(2806, 3194);
        double[][] other = written(new LayerShape("another", 5, 4), width, new Seed(1));
        assertThat(other[0]).isNotEqualTo(p[0]);
    }

    /**
     * A layer of several blocks, the last one shorter: entries are signs, and those of a row are fair and independent,
     * so that products of any two columns in a row have the mean 0.
     */
    @Test
    void project_severalBlocks_haveIndependentSignsInEachRow() {
        LayerShape layer = new LayerShape("any", 5000, 9); // three outputs a block
        int width = 2000;
        RandomProjection projection = RandomProjection.of(List.of(layer), width, new Seed(1));
        int[] weights = {0, 1, 2, 4999, 5000, 14_999, 15_000, 44_999};
        double[][] columns = new double[weights.length][];
        for (int c = 0; c < weights.length; c++) {
            float[] x = new float[5000];
            float[] delta = new float[9];
            x[weights[c] % 5000] = 1;
            delta[weights[c] / 5000] = 1;
            columns[c] = new double[width];
            projection.project(
                    new LayerCapture(
                            0, java.nio.FloatBuffer.wrap(x), java.nio.FloatBuffer.wrap(delta), new int[] {0, 1}),
                    columns[c]);
            for (double entry : columns[c]) {
                assertThat(Math.abs(entry)).isCloseTo(1 / Math.sqrt(width), within(1e-8));
            }
            for (int other = 0; other < c; other++) {
                // the mean of 2,000 fair signs: five standard deviations are 0.11
                assertThat(Dense.dot(columns[c], columns[other])).isBetween(-0.112, 0.112);
            }
        }
    }

    /** Single weights of two layers, the first ones, where Hadamard's matrix has one sign in all rows. */
    @Test
    void project_firstWeightsOfTwoLayers_areAsIndependentAsAnyOthers() {
        Rows rows = Rows.of(new LayerShape("a", 4, 4), new LayerShape("b", 8, 2));
        double[][] first = {{1, 0, 0, 0}};
        double[][] second = {{1, 0, 0, 0, 0, 0, 0, 0}};
        Rows.Item a =
                new Rows.Item(new double[][][] {first, new double[1][8]}, new double[][][] {first, new double[1][2]});
        Rows.Item b =
                new Rows.Item(new double[][][] {new double[1][4], second}, new double[][][] {new double[1][4], {{1, 0}}
                });
        int draws = 3000;
        double squares = 0;
        try (ReferenceDirection u = ReferenceDirection.gradient(rows, ReferenceSet.of(List.of(a)));
                ReferenceDirection v = ReferenceDirection.gradient(rows, ReferenceSet.of(List.of(b)))) {
            for (int draw = 0; draw < draws; draw++) {
                RandomProjection projection = RandomProjection.of(rows.layers(), 16, new Seed(draw));
                squares += Math.pow(Dense.dot(projection.project(u), projection.project(v)), 2);
            }
        }
        assertThat(16 * squares / draws).isBetween(0.88, 1.12);
    }

    @Test
    void project_direction_isThatOfItsGradient() {
        RandomProjection projection = projection(70, 3);
        double[] rows = captured(projection, ITEMS.subList(0, 3));
        for (int i = 0; i < 3; i++) {
            try (ReferenceDirection direction = direction(ITEMS.get(i))) {
                double[] expected = Dense.scaled(projection.project(direction), SOURCE.tokens(ITEMS.get(i)));
                double[] found = java.util.Arrays.copyOfRange(rows, i * 70, (i + 1) * 70);
                assertThat(Dense.distance(found, expected)).isLessThan(1e-11 * Dense.largest(expected));
            }
        }
    }

    /** Batches, other layers and threads change nothing. */
    @Test
    void project_inOtherCompany_isTheSame() throws Exception {
        RandomProjection projection = projection(130, 4);
        double[] whole = captured(projection, ITEMS);
        double[] apart = ITEMS.stream()
                .flatMapToDouble(item -> java.util.Arrays.stream(captured(projection, List.of(item))))
                .toArray();
        assertThat(apart).containsExactly(whole);
        double[][] threads = new double[2][];
        for (int i = 0; i < 2; i++) {
            ForkJoinPool pool = new ForkJoinPool(i == 0 ? 1 : 3);
            threads[i] = pool.submit(() -> captured(projection, ITEMS)).get();
            pool.shutdown();
        }
        assertThat(threads[0]).containsExactly(whole);
        assertThat(threads[1]).containsExactly(whole);

        double[] sum = new double[whole.length];
        for (LayerShape layer : SOURCE.layers()) {
            GradientSource<OracleSource.Item> one = Layers.only(SOURCE, layer.name()::equals);
            RandomProjection alone = RandomProjection.of(one.layers(), 130, new Seed(4));
            one.capture(ITEMS, Targets.observed(), capture -> alone.project(capture, sum));
        }
        assertThat(Dense.distance(sum, whole)).isLessThan(1e-12 * Dense.largest(whole));
    }

    /** Unbiased, with the variance of the formula; so norms are kept up to {@code √(2/k)}. */
    @Test
    void project_manySeeds_keepInnerProductsInTheMeanWithTheKnownVariance() {
        try (ReferenceDirection u = direction(ITEMS.get(0));
                ReferenceDirection v = direction(ITEMS.get(1))) {
            double[] a = flat(u);
            double[] b = flat(v);
            double squares = 0;
            for (int i = 0; i < a.length; i++) {
                squares += a[i] * a[i] * b[i] * b[i];
            }
            double exact = Dense.dot(a, b);
            int width = 40;
            int draws = 4000;
            double variance = (Dense.dot(a, a) * Dense.dot(b, b) + exact * exact - 2 * squares) / width;
            double sum = 0;
            double spread = 0;
            double norms = 0;
            for (int draw = 0; draw < draws; draw++) {
                RandomProjection projection = projection(width, draw);
                double[] pa = projection.project(u);
                double product = Dense.dot(pa, projection.project(v));
                sum += product;
                spread += (product - exact) * (product - exact);
                norms += Dense.dot(pa, pa);
            }
            double deviation = Math.sqrt(variance / draws);
            assertThat(sum / draws).isCloseTo(exact, within(4 * deviation));
            assertThat(spread / draws / variance).isBetween(0.85, 1.15);
            assertThat(norms / draws / Dense.dot(a, a)).isBetween(0.97, 1.03);
        }
    }

    @Test
    void project_wide_keepsNorms() {
        RandomProjection projection = projection(4000, 5);
        for (OracleSource.Item item : ITEMS.subList(0, 5)) {
            try (ReferenceDirection direction = direction(item)) {
                double[] projected = projection.project(direction);
                // five standard deviations of √(2/k)
                assertThat(Dense.dot(projected, projected) / Math.pow(direction.norm(), 2))
                        .isCloseTo(1, within(5 * Math.sqrt(2.0 / 4000)));
            }
        }
    }

    @Test
    void fingerprint_otherSeedWidthOrLayout_isAnother() {
        List<LayerShape> turned = new ArrayList<>(SOURCE.layers());
        Collections.reverse(turned);
        assertThat(List.of(
                        projection(10, 1).fingerprint(),
                        projection(10, 2).fingerprint(),
                        projection(11, 1).fingerprint(),
                        RandomProjection.of(turned, 10, new Seed(1)).fingerprint()))
                .doesNotHaveDuplicates();
        assertThat(projection(10, 1).fingerprint()).isEqualTo(projection(10, 1).fingerprint());
    }

    @Test
    void project_anything_leavesNoMemoryAndSaysWhatIsWrong() {
        long before = Floats.liveBytes() + Doubles.liveBytes();
        captured(projection(10, 1), ITEMS);
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
        assertThatThrownBy(() -> projection(0, 1)).hasMessageContaining("the width is 0");
        RandomProjection fewer = RandomProjection.of(SOURCE.layers().subList(0, 2), 10, new Seed(1));
        try (ReferenceDirection direction = direction(ITEMS.get(0))) {
            assertThatThrownBy(() -> fewer.project(direction)).isInstanceOf(MismatchException.class);
        }
    }
}
