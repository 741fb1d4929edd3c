// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceDirectionTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 4, 3), new LayerShape("two", 6, 5)));

    private static final List<ArraySource.Item> REFERENCE =
            List.of(SOURCE.random(3, 1), SOURCE.random(0, 2), SOURCE.random(7, 3), SOURCE.random(2, 4));

    private static final List<ArraySource.Item> POOL = List.of(SOURCE.random(9, 11), SOURCE.random(20, 12));

    @TempDir
    Path folder;

    private static ReferenceDirection gradient(ArraySource source, List<ArraySource.Item> items, int batchTokens) {
        return ReferenceDirection.gradient(source, ReferenceSet.of(items), batchTokens, tokens -> {});
    }

    private static KroneckerFactors factors(ArraySource source) {
        return KroneckerFactors.fit(source, POOL, Fisher.empirical(), 100, tokens -> {});
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 10, 1000})
    void gradient_anyBatchSize_isTheMeanOverTokens(int batchTokens) {
        try (ReferenceDirection direction = gradient(SOURCE, REFERENCE, batchTokens)) {
            for (int l = 0; l < 2; l++) {
                double[] expected = SOURCE.meanGradient(l, REFERENCE);
                assertThat(Dense.distance(direction.values(l), expected)).isLessThan(1e-6 * Dense.largest(expected));
            }
        }
    }

    @Test
    void gradient_moreOutputsThanASlice_isTheMeanOverTokens() {
        ArraySource wide = new ArraySource(List.of(new LayerShape("wide", 3, 300)));
        List<ArraySource.Item> items = List.of(wide.random(5, 1), wide.random(2, 2));
        try (ReferenceDirection direction = gradient(wide, items, 100)) {
            double[] expected = wide.meanGradient(0, items);
            assertThat(Dense.distance(direction.values(0), expected)).isLessThan(1e-6 * Dense.largest(expected));
        }
    }

    @Test
    void gradient_oneBatchAfterTheOther_reportsTokensDone() {
        List<Long> progress = new ArrayList<>();
        ReferenceDirection.gradient(SOURCE, ReferenceSet.of(REFERENCE), 10, progress::add)
                .close();
        assertThat(progress).containsExactly(10L, 12L);
    }

    @Test
    void gradient_noTokens_isAnError() {
        assertThatThrownBy(() -> gradient(SOURCE, List.of(SOURCE.random(0, 1)), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none of the 1 reference items has a token to predict");
    }

    @Test
    void gradient_lossNotFinite_namesTheItem() {
        List<ArraySource.Item> items = new ArrayList<>(REFERENCE);
        items.set(2, items.get(2).withLoss(Double.NaN));
        for (int batchTokens : new int[] {1, 1000}) {
            assertThatThrownBy(() -> gradient(SOURCE, items, batchTokens))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("reference item 2 has the loss NaN");
        }
    }

    /** A loss may be finite where its gradient is not. */
    @Test
    void gradient_captureNotFinite_namesLayerAndItem() {
        ArraySource.Item broken = SOURCE.random(2, 9);
        broken.gradients()[1][3] = Float.POSITIVE_INFINITY;
        List<ArraySource.Item> items = List.of(SOURCE.random(3, 1), SOURCE.random(3, 2), SOURCE.random(3, 3), broken);
        for (int batch : new int[] {1, 4, 100}) {
            assertThatThrownBy(() -> gradient(SOURCE, items, batch))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining(
                            "output gradients of layer two hold Infinity at item 3, where a finite number is"
                                    + " needed: check the weights of the model, or leave the item out");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.1, 10})
    void precondition_anyDamping_equalsTheDenseBlockInverse(double relative) {
        KroneckerFactors factors = factors(SOURCE);
        try (ReferenceDirection plain = gradient(SOURCE, REFERENCE, 100);
                ReferenceDirection solved = plain.precondition(factors, Damping.relative(relative))) {
            for (int l = 0; l < 2; l++) {
                LayerShape shape = SOURCE.layers().get(l);
                double[] g = factors.outputCovariance(l);
                double[] a = factors.inputCovariance(l);
                double lambda = relative
                        * Dense.trace(g, shape.outputs())
                        / shape.outputs()
                        * Dense.trace(a, shape.inputs())
                        / shape.inputs();
                KroneckerCase dense = new KroneckerCase(shape.outputs(), shape.inputs(), g, a, lambda);
                double[] v = SOURCE.meanGradient(l, REFERENCE);
                assertThat(Dense.distance(solved.values(l), dense.denseSolve(v)))
                        .isLessThan(1e-5 * dense.bound(v));
            }
        }
    }

    @Test
    void precondition_twice_isAnError() {
        KroneckerFactors factors = factors(SOURCE);
        try (ReferenceDirection plain = gradient(SOURCE, REFERENCE, 100);
                ReferenceDirection solved = plain.precondition(factors, Damping.relative(0.1))) {
            assertThatThrownBy(() -> solved.precondition(factors, Damping.relative(0.1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("preconditioned already");
        }
    }

    @Test
    void precondition_factorsOfAnotherModel_namesBoth() {
        KroneckerFactors factors = factors(new ArraySource(SOURCE.layers(), "another model", true));
        try (ReferenceDirection plain = gradient(SOURCE, REFERENCE, 100)) {
            assertThatThrownBy(() -> plain.precondition(factors, Damping.relative(0.1)))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("another model")
                    .hasMessageContaining(SOURCE.fingerprint());
        }
    }

    @Test
    void precondition_factorsOfOtherLayers_namesThem() {
        ArraySource other = new ArraySource(List.of(new LayerShape("three", 2, 2)));
        KroneckerFactors factors =
                KroneckerFactors.fit(other, List.of(other.random(5, 1)), Fisher.empirical(), 9, tokens -> {});
        try (ReferenceDirection plain = gradient(SOURCE, REFERENCE, 100)) {
            assertThatThrownBy(() -> plain.precondition(factors, Damping.relative(0.1)))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("three");
        }
    }

    @Test
    void precondition_singular_namesTheLayerAndReturnsItsMemory() {
        ArraySource.Item item = SOURCE.random(30, 11);
        for (int t = 0; t < 30; t++) {
            item.inputs()[1][6 * t + 2] = 0;
        }
        KroneckerFactors factors = KroneckerFactors.fit(SOURCE, List.of(item), Fisher.empirical(), 100, tokens -> {});
        try (ReferenceDirection plain = gradient(SOURCE, REFERENCE, 100)) {
            long before = Floats.liveBytes();
            assertThatThrownBy(() -> plain.precondition(factors, Damping.absolute(0)))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("layer two");
            assertThat(Floats.liveBytes()).isEqualTo(before);
        }
    }

    @Test
    void precondition_quotientOverflows_namesTheLayerAndReturnsItsMemory() {
        ArraySource tiny = new ArraySource(List.of(new LayerShape("tiny", 1, 1)));
        ArraySource.Item small = new ArraySource.Item(1, 1, new float[][] {{1e-12f}}, new float[][] {{1e-12f}});
        KroneckerFactors factors = KroneckerFactors.fit(tiny, List.of(small), Fisher.empirical(), 9, tokens -> {});
        try (ReferenceDirection plain = gradient(tiny, List.of(tiny.random(3, 1)), 9)) {
            long before = Floats.liveBytes();
            assertThatThrownBy(() -> plain.precondition(factors, Damping.absolute(0)))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("layer tiny");
            assertThat(Floats.liveBytes()).isEqualTo(before);
        }
    }

    @Test
    void write_thenRead_isTheSameToTheBit() throws IOException {
        try (ReferenceDirection plain = gradient(SOURCE, REFERENCE, 100);
                ReferenceDirection solved = plain.precondition(factors(SOURCE), Damping.relative(0.1))) {
            solved.write(folder.resolve("direction"));
            try (ReferenceDirection read = ReferenceDirection.read(folder.resolve("direction"))) {
                assertThat(read.fingerprint()).isEqualTo(solved.fingerprint());
                assertThat(read.layers()).isEqualTo(SOURCE.layers());
                assertThat(read.modelFingerprint()).isEqualTo(SOURCE.fingerprint());
                assertThat(read.values(0)).containsExactly(solved.values(0));
                assertThat(read.values(1)).containsExactly(solved.values(1));
                assertThatThrownBy(() -> read.precondition(factors(SOURCE), Damping.relative(0.1)))
                        .isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Test
    void read_damagedFile_returnsItsMemory() throws IOException {
        try (Floats values = Floats.of(1, 2, 3, 4, 5, 6)) {
            Map<String, String> metadata = Map.of(
                    "format", "quad.reference-direction.1", "model", "m", "curvature", "identity", "layers", "a\nb");
            new SafetensorsWriter(metadata)
                    .add("a", values.slice(0, 6), 2, 3)
                    .add("b", new double[6], 2, 3)
                    .write(folder.resolve("direction"));
        }
        long before = Floats.liveBytes();
        assertThatThrownBy(() -> ReferenceDirection.read(folder.resolve("direction")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"b\" has type F64");
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    @Test
    void read_valueNotFinite_namesTheLayer() throws IOException {
        try (Floats values = Floats.of(1, 2, Float.NaN, 4, 5, 6)) {
            Map<String, String> metadata = Map.of(
                    "format", "quad.reference-direction.1", "model", "m", "curvature", "identity", "layers", "a");
            new SafetensorsWriter(metadata).add("a", values.slice(0, 6), 2, 3).write(folder.resolve("direction"));
        }
        long before = Floats.liveBytes();
        assertThatThrownBy(() -> ReferenceDirection.read(folder.resolve("direction")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("NaN")
                .hasMessageContaining("\"a\"");
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    @Test
    void fingerprint_otherDampingOrReference_isAnother() {
        KroneckerFactors factors = factors(SOURCE);
        try (ReferenceDirection plain = gradient(SOURCE, REFERENCE, 100);
                ReferenceDirection fewer = gradient(SOURCE, REFERENCE.subList(0, 3), 100);
                ReferenceDirection solved = plain.precondition(factors, Damping.relative(0.1));
                ReferenceDirection other = plain.precondition(factors, Damping.relative(0.2))) {
            assertThat(List.of(plain.fingerprint(), fewer.fingerprint(), solved.fingerprint(), other.fingerprint()))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void close_afterFailureOrUse_returnsAllMemory() {
        long before = Floats.liveBytes();
        gradient(SOURCE, REFERENCE, 100).close();
        assertThatThrownBy(() -> gradient(SOURCE, List.of(SOURCE.random(0, 1)), 8))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** What a step along it does to the weighted loss: a preference, and answers that count twice. */
    @Test
    void gradient_ofWeightedItems_isThatOfTheWeightedLoss() {
        Mlp model = Mlp.random(3, true, 4, 5, 3);
        List<Mlp.Item> items = model.items(8, 2, 3, 1, 4);
        for (double[] weights : new double[][] {{1, -1, 1, -1}, {2, 0.5, 0, 1}, {1, 1, -0.25, -0.25}}) {
            try (ReferenceDirection v =
                    ReferenceDirection.gradient(model, ReferenceSet.weighted(items, weights), 4, n -> {})) {
                List<double[]> along = List.of(v.values(0), v.values(1));
                double h = 1e-5;
                double slope = 0;
                double size = 0;
                for (int i = 0; i < weights.length; i++) {
                    slope += weights[i]
                            * (model.moved(h, along).loss(items.get(i))
                                    - model.moved(-h, along).loss(items.get(i)))
                            / (2 * h);
                    size += Math.abs(weights[i]) * items.get(i).x().length;
                }
                assertThat(v.norm() * v.norm()).isCloseTo(slope / size, within(1e-8));
            }
        }
    }

    @Test
    void gradient_ofItemsOfNoWeight_isRefused() {
        Mlp model = Mlp.random(3, true, 4, 3);
        List<Mlp.Item> items = model.items(8, 2, 0);
        assertThatThrownBy(() -> ReferenceDirection.gradient(model, ReferenceSet.weighted(items, 0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("have the weight 0");
        assertThatThrownBy(() -> ReferenceSet.weighted(items, 0, 0)).hasMessageContaining("not all 0");
        assertThatThrownBy(() -> ReferenceSet.weighted(items, 1))
                .hasMessageContaining("there are 1 weights for 2 items");
    }
}
