// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GradientStoreTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 12, 7), new LayerShape("two", 5, 16)));
    private static final List<ArraySource.Item> POOL =
            IntStream.range(0, 23).mapToObj(i -> SOURCE.random(1 + i % 4, i)).toList();
    private static final List<ArraySource.Item> REFERENCE =
            IntStream.range(0, 3).mapToObj(i -> SOURCE.random(3, 100 + i)).toList();

    @TempDir
    private Path folder;

    private Path store(KroneckerProjection projection) throws IOException {
        Path file = folder.resolve("store");
        GradientStore.write(SOURCE, POOL, projection, file, 6, done -> {});
        return file;
    }

    private static ReferenceDirection direction() {
        return ReferenceDirection.gradient(SOURCE, ReferenceSet.of(REFERENCE));
    }

    private double[] scores(KroneckerProjection projection) throws IOException {
        try (ReferenceDirection direction = direction()) {
            return GradientStore.open(store(projection), projection).score(List.of(direction))[0];
        }
    }

    private static double[] exact() {
        try (ReferenceDirection direction = direction()) {
            return new DirectionScores<>(SOURCE, List.of(direction), 100).total(POOL)[0];
        }
    }

    @Test
    void score_withoutCompression_isTheInnerProduct() throws IOException {
        double[] found = scores(KroneckerProjection.random(SOURCE.layers(), 100, new Seed(1)));

        assertThat(Dense.distance(found, exact())).isLessThan(1e-5 * Dense.largest(exact()));
    }

    @Test
    void score_ofAllEigenvectors_isTheInnerProduct() throws IOException {
        KroneckerFactors factors = KroneckerFactors.fit(SOURCE, POOL, Fisher.empirical());
        double[] found = scores(KroneckerProjection.topEigenvectors(factors, 100));

        assertThat(Dense.distance(found, exact())).isLessThan(1e-4 * Dense.largest(exact()));
    }

    /** K13: unbiased; the error of one projection is no bug, that of the mean of many would be. */
    @Test
    void score_ofManyRandomProjections_isTheInnerProductInTheMean() throws IOException {
        double[] exact = exact();
        double[] sum = new double[exact.length];
        double one = 0;
        int draws = 400;
        for (int draw = 0; draw < draws; draw++) {
            double[] found = scores(KroneckerProjection.random(SOURCE.layers(), 4, new Seed(draw)));
            sum = Dense.sum(sum, found);
            one += Dense.distance(found, exact);
        }
        double mean = Dense.distance(Dense.scaled(sum, 1.0 / draws), exact);

        assertThat(one / draws).isGreaterThan(0.2 * Dense.largest(exact)); // a fixed tolerance would fail
        assertThat(mean).isLessThan(0.2 * one / draws);
    }

    /** K14: what was projected by one layout means nothing to another. */
    @Test
    void open_anotherProjectionOrLayout_isRefused() throws IOException {
        KroneckerProjection projection = KroneckerProjection.random(SOURCE.layers(), 4, new Seed(1));
        Path file = store(projection);
        List<LayerShape> turned = new ArrayList<>(SOURCE.layers());
        Collections.reverse(turned);

        assertThatThrownBy(() -> GradientStore.open(file, KroneckerProjection.random(SOURCE.layers(), 4, new Seed(2))))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("open it with the projection it was written with");
        KroneckerProjection other = KroneckerProjection.random(turned, 4, new Seed(1));
        assertThat(other.fingerprint()).isNotEqualTo(projection.fingerprint());
        assertThatThrownBy(() -> GradientStore.open(file, other)).isInstanceOf(MismatchException.class);
        assertThatThrownBy(() -> GradientStore.write(SOURCE, POOL, other, file, 6, done -> {}))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("cannot be compared");
    }

    @Test
    void score_directionOfAnotherModel_isRefused() throws IOException {
        KroneckerProjection projection = KroneckerProjection.random(SOURCE.layers(), 4, new Seed(1));
        GradientStore store = GradientStore.open(store(projection), projection);
        ArraySource other = new ArraySource(SOURCE.layers(), "other", true);
        try (ReferenceDirection direction = ReferenceDirection.gradient(other, ReferenceSet.of(REFERENCE))) {
            assertThatThrownBy(() -> store.score(List.of(direction))).isInstanceOf(MismatchException.class);
        }
    }

    @Test
    void open_damaged_isRefused() throws IOException {
        KroneckerProjection projection = KroneckerProjection.random(SOURCE.layers(), 4, new Seed(1));
        Path file = store(projection);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 5));

        assertThatThrownBy(() -> GradientStore.open(file, projection)).isInstanceOf(InputException.class);
    }

    @Test
    void random_ofAName_doesNotDependOnOtherLayers() throws IOException {
        List<LayerShape> alone = SOURCE.layers().subList(1, 2);
        double[] inTwo = project(KroneckerProjection.random(SOURCE.layers(), 3, new Seed(5)));
        KroneckerProjection one = KroneckerProjection.random(alone, 3, new Seed(5));

        assertThat(one.width()).isEqualTo(9);
        assertThat(inTwo).hasSize(18);
        assertThatThrownBy(() -> project(one)).isInstanceOf(MismatchException.class);
    }

    private static double[] project(KroneckerProjection projection) {
        try (ReferenceDirection direction = direction()) {
            return projection.project(direction);
        }
    }
}
