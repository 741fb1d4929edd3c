// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GradientStoreTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 12, 7), new LayerShape("two", 5, 16)));
    private static final List<ArraySource.Item> POOL =
            IntStream.range(0, 23).mapToObj(i -> SOURCE.random(1 + i % 4, i)).toList();
    private static final List<ArraySource.Item> REFERENCE =
            IntStream.range(0, 3).mapToObj(i -> SOURCE.random(3, 100 + i)).toList();

    @TempDir
    private Path folder;

    private Path store(Projection projection) throws IOException {
        Path file = folder.resolve("store");
        GradientStore.write(SOURCE, POOL, "pool", projection, file, 6, done -> {});
        return file;
    }

    private static ReferenceDirection direction() {
        return ReferenceDirection.gradient(SOURCE, ReferenceSet.of(REFERENCE));
    }

    private double[] scores(Projection projection) throws IOException {
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
        assertThatThrownBy(() -> GradientStore.write(SOURCE, POOL, "pool", other, file, 6, done -> {}))
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

    private static final Projection SIGNS = RandomProjection.of(SOURCE.layers(), 9, new Seed(1));

    /** A source that stops before the n-th batch, as a kill would. */
    private static final class Killed implements GradientSource<ArraySource.Item> {
        private int left;

        Killed(int batches) {
            this.left = batches;
        }

        @Override
        public List<LayerShape> layers() {
            return SOURCE.layers();
        }

        @Override
        public String fingerprint() {
            return SOURCE.fingerprint();
        }

        @Override
        public int tokens(ArraySource.Item item) {
            return SOURCE.tokens(item);
        }

        @Override
        public BatchLosses capture(List<? extends ArraySource.Item> batch, Targets targets, CaptureSink sink) {
            if (left-- == 0) {
                throw new IllegalStateException("killed");
            }
            return SOURCE.capture(batch, targets, sink);
        }
    }

    private static void write(GradientSource<ArraySource.Item> source, Path file, List<Long> progress)
            throws IOException {
        GradientStore.write(source, POOL, "pool", SIGNS, file, 6, progress::add);
    }

    /** Leaves what a kill after some batches leaves. */
    private Path begun(int batches) throws IOException {
        Path file = folder.resolve("killed");
        Files.deleteIfExists(file);
        assertThatThrownBy(() -> write(new Killed(batches), file, new ArrayList<>()))
                .hasMessage("killed");
        assertThat(file).doesNotExist();
        return file;
    }

    @Test
    void write_refused_leavesNothing() {
        assertThatThrownBy(() ->
                        GradientStore.write(SOURCE, POOL, "pool", SIGNS, folder.resolve("refused"), 0, done -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batchTokens is 0");

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void write_killedAfterAnyBatch_goesOnAndEndsWithTheSameBytes() throws IOException {
        Path whole = folder.resolve("whole");
        List<Long> progress = new ArrayList<>();
        write(SOURCE, whole, progress);
        for (int batches = 0; batches < progress.size(); batches++) {
            Path file = begun(batches);
            List<Long> rest = new ArrayList<>();
            write(new Killed(progress.size() - batches), file, rest); // none of the done ones again

            assertThat(file).hasSameBinaryContentAs(whole);
            assertThat(rest).isEqualTo(progress.subList(Math.max(0, batches - 1), progress.size()));
            assertThat(folder.resolve("killed.part")).doesNotExist();
            assertThat(folder.resolve("killed.part.log")).doesNotExist();
        }
    }

    @Test
    void write_killedWhileWriting_dropsWhatIsNotWhole() throws IOException {
        Path whole = folder.resolve("whole");
        write(SOURCE, whole, new ArrayList<>());
        Path file = begun(3);
        Path part = folder.resolve("killed.part");
        Path log = folder.resolve("killed.part.log");
        Files.write(part, new byte[] {1, 2, 3}, java.nio.file.StandardOpenOption.APPEND);
        Files.writeString(log, "17 ab", java.nio.file.StandardOpenOption.APPEND); // no end of line
        write(SOURCE, file, new ArrayList<>());
        assertThat(file).hasSameBinaryContentAs(whole);

        begun(3);
        String lines = Files.readString(log);
        Files.writeString(log, lines.substring(0, 20)); // killed while it wrote the first line
        write(SOURCE, file, new ArrayList<>());
        assertThat(file).hasSameBinaryContentAs(whole);
    }

    @Test
    void write_begunWithSomethingElse_namesBoth() throws IOException {
        Path file = begun(2);
        Projection other = RandomProjection.of(SOURCE.layers(), 9, new Seed(2));
        assertThatThrownBy(() -> GradientStore.write(SOURCE, POOL, "pool", other, file, 6, done -> {}))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(SIGNS.fingerprint())
                .hasMessageContaining(other.fingerprint());
        assertThatThrownBy(() -> GradientStore.write(SOURCE, POOL, "another", SIGNS, file, 6, done -> {}))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("pool pool of 23 items")
                .hasMessageContaining("pool another of 23 items");
        assertThatThrownBy(() -> GradientStore.write(SOURCE, POOL.subList(0, 9), "pool", SIGNS, file, 6, done -> {}))
                .hasMessageContaining("of 9 items");
        assertThatThrownBy(() -> GradientStore.write(SOURCE, POOL, "pool", SIGNS, file, 7, done -> {}))
                .hasMessageContaining("batches of 7 tokens");
        ArraySource stranger = new ArraySource(SOURCE.layers(), "stranger", true);
        assertThatThrownBy(() -> GradientStore.write(stranger, POOL, "pool", SIGNS, file, 6, done -> {}))
                .hasMessageContaining("model stranger")
                .hasMessageContaining("model array source");
        write(SOURCE, file, new ArrayList<>()); // all of it is still there
    }

    @Test
    void write_partDamaged_saysSo() throws IOException {
        Path file = begun(3);
        Path part = folder.resolve("killed.part");
        byte[] bytes = Files.readAllBytes(part);
        bytes[bytes.length - 2] ^= 1;
        Files.write(part, bytes);
        assertThatThrownBy(() -> write(SOURCE, file, new ArrayList<>()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("are not those that its log names")
                .hasMessageContaining("delete it to begin anew");
        Files.write(part, Arrays.copyOf(bytes, bytes.length - 1));
        assertThatThrownBy(() -> write(SOURCE, file, new ArrayList<>())).isInstanceOf(InputException.class);
    }

    /** With a NaN in its gradient, or without a token: flagged where it is scored, and the others are as they were. */
    @ParameterizedTest
    @EnumSource(RowForm.class)
    void scores_itemWithoutAGradient_isFlagged(RowForm form) throws IOException {
        List<ArraySource.Item> items = new ArrayList<>(POOL);
        items.set(8, SOURCE.random(2, 1));
        items.get(8).gradients()[1][3] = Float.NaN;
        items.set(11, SOURCE.random(0, 1));
        GradientStore store = store(items, SIGNS, form);
        GradientStore sound = store(POOL, SIGNS, form);
        try (ReferenceDirection direction = direction();
                GradientStore.Query query = store.along(List.of(direction))) {
            List<ReferenceDirection> one = List.of(direction);
            InfluenceScores found = query.scores(5, 10).get(0);
            for (int i = 5; i < 15; i++) {
                assertThat(found.isScored(i - 5)).isEqualTo(i != 8 && i != 11);
                if (found.isScored(i - 5)) {
                    assertThat(found.value(i - 5)).isEqualTo(sound.score(one)[0][i]);
                }
            }
            assertThat(found.reason(3).orElseThrow()).contains("not finite, or it has no token to predict");
            assertThatThrownBy(() -> store.score(one))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("item 8 has no score in");
            assertThat(store.top(one, 100).get(0))
                    .extracting(GradientStore.Ranked::item)
                    .hasSize(21)
                    .doesNotContain(8, 11);
        }
    }

    private GradientStore store(List<ArraySource.Item> items, Projection projection, RowForm form) throws IOException {
        Path file = Files.createTempDirectory(folder, "form").resolve("store");
        GradientStore.write(SOURCE, items, "pool", projection, form, file, 6, done -> {});
        return GradientStore.open(file, projection);
    }

    /** No further off than by half a step of each value, beside single precision of the product itself. */
    @ParameterizedTest
    @EnumSource(RowForm.class)
    void score_inAnyForm_isWithinItsSteps(RowForm form) throws IOException {
        KroneckerProjection projection = KroneckerProjection.random(SOURCE.layers(), 3, new Seed(1));
        GradientStore store = store(POOL, projection, form);
        double[] bounds = new double[POOL.size()];
        double[] exact = new double[POOL.size()];
        try (ReferenceDirection direction = direction()) {
            double[] v = projection.project(direction);
            for (int i = 0; i < POOL.size(); i++) {
                double[] row = new double[18];
                SOURCE.capture(POOL.subList(i, i + 1), Targets.observed(), capture -> projection.project(capture, row));
                exact[i] = Dense.dot(v, row);
                bounds[i] = 1e-6 * Dense.norm(v) * Dense.norm(row);
                for (int j = 0; j < 18; j++) {
                    double largest = Arrays.stream(row, j / 9 * 9, j / 9 * 9 + 9)
                            .map(Math::abs)
                            .max()
                            .orElseThrow();
                    bounds[i] += switch (form) {
                        case SINGLE -> 0;
                        case BFLOAT16 -> Math.abs(v[j] * row[j]) / 256;
                        case INT8 -> Math.abs(v[j]) * largest / 254;
                    };
                }
            }
            double[] found = store.score(List.of(direction))[0];
            double off = 0;
            for (int i = 0; i < found.length; i++) {
                assertThat(Math.abs(found[i] - exact[i])).isLessThan(bounds[i]);
                off = Math.max(off, Math.abs(found[i] - exact[i]) / bounds[i]);
            }
            assertThat(off).isGreaterThan(form == RowForm.SINGLE ? 0 : 0.1); // a form that did nothing would be exact
        }
        assertThat(store.pool()).isEqualTo("pool");
        assertThat(store).hasToString("gradients of 23 items in " + fileOf(store) + ", " + projection + ", " + form);
    }

    private static String fileOf(GradientStore store) {
        return store.toString().replaceAll(".* in (.*), Kronecker.*", "$1");
    }

    @ParameterizedTest
    @EnumSource(RowForm.class)
    void write_killedInAnyForm_endsWithTheSameBytesForAnyThreads(RowForm form) throws Exception {
        Path whole = folder.resolve("whole");
        GradientStore.write(SOURCE, POOL, "pool", SIGNS, form, whole, 6, done -> {});
        assertThat(Files.size(whole) % 1000).isNotZero();
        Path file = folder.resolve("killed");
        assertThatThrownBy(() -> GradientStore.write(new Killed(3), POOL, "pool", SIGNS, form, file, 6, done -> {}))
                .hasMessage("killed");
        ForkJoinPool several = new ForkJoinPool(4);
        try {
            several.submit(() -> GradientStore.write(SOURCE, POOL, "pool", SIGNS, form, file, 6, done -> {}))
                    .get();
        } finally {
            several.shutdown();
        }

        assertThat(file).hasSameBinaryContentAs(whole);
    }

    /** Equal items have equal scores, and come in their order. */
    @ParameterizedTest
    @EnumSource(RowForm.class)
    void top_ofEachQuery_isTheBeginningOfAllInOrder(RowForm form) throws Exception {
        List<ArraySource.Item> items = new ArrayList<>();
        for (int i = 0; i < 3000; i++) { // several blocks
            items.add(POOL.get(i % 20));
        }
        GradientStore store = store(items, SIGNS, form);
        List<ReferenceDirection> directions = REFERENCE.stream()
                .map(item -> ReferenceDirection.gradient(SOURCE, ReferenceSet.of(List.of(item))))
                .toList();
        double[][] all = store.score(directions);
        List<List<GradientStore.Ranked>> found = store.top(directions, 200);
        ForkJoinPool one = new ForkJoinPool(1);
        try {
            assertThat(one.submit(() -> store.top(directions, 200)).get()).isEqualTo(found);
        } finally {
            one.shutdown();
        }
        for (int q = 0; q < all.length; q++) {
            double[] scores = all[q];
            List<GradientStore.Ranked> expected = IntStream.range(0, 3000)
                    .mapToObj(i -> new GradientStore.Ranked(i, scores[i]))
                    .sorted(Comparator.comparingDouble(GradientStore.Ranked::score)
                            .reversed()
                            .thenComparing(GradientStore.Ranked::item))
                    .limit(200)
                    .toList();
            assertThat(found.get(q)).isEqualTo(expected);
            try (GradientStore.Query query = store.along(directions)) {
                assertThat(query.scores(1500, 40).get(q).value(7)).isCloseTo(scores[1507], within(1e-5));
            }
        }
        assertThatThrownBy(() -> store.top(directions, 0)).hasMessage("the 0 best are asked for; allowed is 1 or more");
        directions.forEach(ReferenceDirection::close);
    }

    @Test
    void score_manyQueries_isThatOfEach() throws IOException {
        GradientStore store = GradientStore.open(store(SIGNS), SIGNS);
        List<ReferenceDirection> directions = REFERENCE.stream()
                .map(item -> ReferenceDirection.gradient(SOURCE, ReferenceSet.of(List.of(item))))
                .toList();
        double[][] found = store.score(directions);
        for (int q = 0; q < directions.size(); q++) {
            double[] query = SIGNS.project(directions.get(q));
            for (int i = 0; i < POOL.size(); i++) {
                double[] row = new double[9];
                SOURCE.capture(POOL.subList(i, i + 1), Targets.observed(), capture -> SIGNS.project(capture, row));
                assertThat(Math.abs(found[q][i] - Dense.dot(row, query)))
                        .isLessThan(1e-5 * Dense.norm(row) * Dense.norm(query));
            }
            directions.get(q).close();
        }
        assertThat(store.score(List.of())).isEmpty();
        assertThat(store.items()).isEqualTo(23);
    }
}
