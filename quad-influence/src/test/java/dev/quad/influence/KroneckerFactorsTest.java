// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KroneckerFactorsTest {
    /** The second layer is wider than a slice of a covariance. */
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 4, 3), new LayerShape("two", 130, 140)));

    private static final List<ArraySource.Item> ITEMS = List.of(
            SOURCE.random(3, 1), SOURCE.random(0, 2), SOURCE.random(7, 3), SOURCE.random(1, 4), SOURCE.random(5, 5));

    @TempDir
    Path folder;

    private static KroneckerFactors fit(ArraySource source, List<ArraySource.Item> items, int batchTokens) {
        return KroneckerFactors.fit(source, items, Fisher.empirical(), batchTokens, tokens -> {});
    }

    /** {@code E[x xᵀ]} over the tokens of all items. */
    private static double[] covariance(List<float[]> parts, int n) {
        int length = parts.stream().mapToInt(part -> part.length).sum();
        double[] all = new double[length];
        int at = 0;
        for (float[] part : parts) {
            for (float value : part) {
                all[at++] = value;
            }
        }
        return Dense.covariance(all, length / n, n);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8, 1000})
    void fit_anyBatchSize_equalsPlainLoops(int batchTokens) {
        KroneckerFactors factors = fit(SOURCE, ITEMS, batchTokens);
        assertThat(factors.tokens()).isEqualTo(16);
        assertThat(factors.layers()).isEqualTo(SOURCE.layers());
        for (int l = 0; l < 2; l++) {
            int layer = l;
            LayerShape shape = SOURCE.layers().get(l);
            double[] a =
                    covariance(ITEMS.stream().map(item -> item.inputs()[layer]).toList(), shape.inputs());
            double[] g = covariance(
                    ITEMS.stream().map(item -> item.gradients()[layer]).toList(), shape.outputs());
            assertThat(Dense.distance(factors.inputCovariance(l), a)).isLessThan(1e-6 * Dense.largest(a));
            assertThat(Dense.distance(factors.outputCovariance(l), g)).isLessThan(1e-6 * Dense.largest(g));
        }
    }

    /** The head of a large vocabulary: refused by name before anything is captured. */
    @Test
    void fit_factorsThatDoNotFit_areRefusedWithWhatToDo() {
        int side = (int) Math.sqrt(Runtime.getRuntime().maxMemory() / 16.0) + 1;
        assertThat(KroneckerFactors.heapBytes(SOURCE.layers())).isEqualTo(16 * (16 + 9 + 16_900 + 19_600));
        for (int vocabulary : new int[] {side, 50_257}) {
            ArraySource large =
                    new ArraySource(List.of(new LayerShape("up", 8, 6), new LayerShape("head", 8, vocabulary)));
            assertThatThrownBy(() -> fit(large, List.of(), 10))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("layer head, " + vocabulary + " × 8")
                    .hasMessageContaining(vocabulary == side ? "and the JVM has" : "more than an array holds")
                    .hasMessageContaining("Layers.split")
                    .hasMessageContaining("CurvatureFit.diagonal");
        }
    }

    @Test
    void fit_buffersOnTheHeap_givesTheSameBits() {
        ArraySource heap = new ArraySource(SOURCE.layers(), SOURCE.fingerprint(), false);
        assertThat(fit(heap, ITEMS, 8).fingerprint())
                .isEqualTo(fit(SOURCE, ITEMS, 8).fingerprint());
    }

    @Test
    void fit_oneBatchAfterTheOther_reportsTokensDone() {
        List<Long> progress = new ArrayList<>();
        KroneckerFactors.fit(SOURCE, ITEMS, Fisher.empirical(), 8, progress::add);
        assertThat(progress).containsExactly(3L, 11L, 16L);
    }

    /** A source with a prompt: more rows carry a gradient than tokens are supervised. */
    @Test
    void fit_moreRowsThanSupervisedTokens_isTheMeanOverRows() {
        ArraySource.Item whole = SOURCE.random(6, 7);
        ArraySource.Item prompted = new ArraySource.Item(1, 2, whole.inputs(), whole.gradients());
        assertThat(fit(SOURCE, List.of(prompted), 8).inputCovariance(0))
                .containsExactly(fit(SOURCE, List.of(whole), 8).inputCovariance(0));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void fit_captureNotFinite_namesLayerAndItem(float value) {
        for (int item = 0; item < 3; item++) {
            List<ArraySource.Item> items =
                    new ArrayList<>(List.of(SOURCE.random(2, 1), SOURCE.random(2, 2), SOURCE.random(2, 3)));
            items.get(item).inputs()[1][131] = value;
            assertThatThrownBy(() -> fit(SOURCE, items, 100))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("inputs of layer two hold " + value)
                    .hasMessageContaining("item " + item);
            items.set(item, SOURCE.random(2, 4));
            items.get(item).gradients()[0][4] = value;
            assertThatThrownBy(() -> fit(SOURCE, items, 100))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("output gradients of layer one hold " + value)
                    .hasMessageContaining("item " + item);
        }
    }

    @Test
    void fit_squaresBeyondSinglePrecision_areHeld() {
        ArraySource.Item item = SOURCE.random(2, 1);
        item.inputs()[0][1] = 1e30f;

        KroneckerFactors factors = fit(SOURCE, List.of(item), 100);

        int columns = SOURCE.layers().get(0).columns();
        assertThat(factors.inputCovariance(0)[columns + 1]).isCloseTo(5e59, withinPercentage(1e-4));
    }

    @Test
    void fit_noTokens_isAnError() {
        assertThatThrownBy(() -> fit(SOURCE, List.of(), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none of the 0 items");
        assertThatThrownBy(() -> fit(SOURCE, List.of(SOURCE.random(0, 1), SOURCE.random(0, 2)), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none of the 2 items");
    }

    @Test
    void write_thenRead_isTheSameToTheBit() throws IOException {
        KroneckerFactors factors = fit(SOURCE, ITEMS, 8);
        factors.write(folder.resolve("factors"));
        KroneckerFactors read = KroneckerFactors.read(folder.resolve("factors"));
        assertThat(read.fingerprint()).isEqualTo(factors.fingerprint());
        assertThat(read.layers()).isEqualTo(factors.layers());
        assertThat(read.tokens()).isEqualTo(16);
        assertThat(read.modelFingerprint()).isEqualTo(SOURCE.fingerprint());
        for (int l = 0; l < 2; l++) {
            assertThat(read.inputCovariance(l)).containsExactly(factors.inputCovariance(l));
            assertThat(read.outputCovariance(l)).containsExactly(factors.outputCovariance(l));
        }
    }

    @Test
    void read_directionInstead_isAMismatch() throws IOException {
        try (ReferenceDirection direction =
                ReferenceDirection.gradient(SOURCE, ReferenceSet.of(ITEMS), 8, tokens -> {})) {
            direction.write(folder.resolve("direction"));
        }
        assertThatThrownBy(() -> KroneckerFactors.read(folder.resolve("direction")))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("quad.reference-direction.1")
                .hasMessageContaining("quad.kronecker-factors.2");
    }

    @Test
    void fingerprint_otherModelOrItems_isAnother() {
        String fingerprint = fit(SOURCE, ITEMS, 8).fingerprint();
        assertThat(fit(new ArraySource(SOURCE.layers(), "other", true), ITEMS, 8)
                        .fingerprint())
                .isNotEqualTo(fingerprint);
        assertThat(fit(SOURCE, ITEMS.subList(0, 4), 8).fingerprint()).isNotEqualTo(fingerprint);
    }

    @Test
    void covariances_changedByTheCaller_stayAsTheyWere() {
        KroneckerFactors factors = fit(SOURCE, ITEMS, 8);
        String fingerprint = factors.fingerprint();
        factors.inputCovariance(0)[0] = 99;
        factors.outputCovariance(1)[0] = 99;
        assertThat(factors.fingerprint()).isEqualTo(fingerprint);
    }

    @Test
    void inverse_singularWithoutDamping_namesTheLayer() {
        KroneckerFactors factors = fit(SOURCE, ITEMS, 8);
        assertThatThrownBy(() -> Curvature.kfac(factors).inverse(1, Damping.absolute(0), Precision.SINGLE))
                .isInstanceOf(NumericalException.class)
                .hasMessageStartingWith("the curvature of layer two is singular with its damping too");
    }

    @Test
    void merge_ofParts_isTheFitOfTheWhole() throws IOException {
        KroneckerFactors whole = fit(SOURCE, ITEMS, 8);
        KroneckerFactors first = fit(SOURCE, ITEMS.subList(0, 2), 8);
        first.write(folder.resolve("first"));
        KroneckerFactors merged = KroneckerFactors.merge(List.of(
                KroneckerFactors.read(folder.resolve("first")), fit(SOURCE, ITEMS.subList(2, ITEMS.size()), 8)));

        assertThat(merged.tokens()).isEqualTo(whole.tokens());
        assertThat(merged.items()).isEqualTo(whole.items());
        for (int l = 0; l < SOURCE.layers().size(); l++) {
            assertThat(Dense.distance(merged.inputCovariance(l), whole.inputCovariance(l)))
                    .isLessThan(1e-6 * Dense.largest(whole.inputCovariance(l)));
            assertThat(Dense.distance(merged.outputCovariance(l), whole.outputCovariance(l)))
                    .isLessThan(1e-6 * Dense.largest(whole.outputCovariance(l)));
        }
        KroneckerFactors stranger = fit(new ArraySource(SOURCE.layers(), "other", true), ITEMS, 8);
        assertThatThrownBy(() -> KroneckerFactors.merge(List.of(whole, stranger)))
                .isInstanceOf(MismatchException.class);
    }

    @Test
    void merge_ofTwoKindsOfFisher_isRefusedAlsoFromFiles() throws IOException {
        KroneckerFactors empirical = fit(SOURCE, ITEMS, 8);
        assertThat(empirical.fisher()).isEqualTo("empirical");
        KroneckerFactors sampled = KroneckerFactors.fit(SOURCE, ITEMS, Fisher.sampled(new Seed(1), 2));
        sampled.write(folder.resolve("sampled"));
        KroneckerFactors read = KroneckerFactors.read(folder.resolve("sampled"));
        assertThat(read.fingerprint()).isEqualTo(sampled.fingerprint());
        assertThatThrownBy(() -> KroneckerFactors.merge(List.of(empirical, read)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("empirical")
                .hasMessageContaining("sampled");
    }

    @Test
    void fit_thatFailsOrSucceeds_returnsItsMemory() {
        long before = Floats.liveBytes();
        fit(SOURCE, ITEMS, 8);
        assertThatThrownBy(() -> fit(SOURCE, List.of(), 8)).isInstanceOf(IllegalArgumentException.class);
        ArraySource.Item broken = SOURCE.random(2, 1);
        broken.inputs()[0][0] = Float.NaN;
        assertThatThrownBy(() -> fit(SOURCE, List.of(broken), 8)).isInstanceOf(NumericalException.class);
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }
}
