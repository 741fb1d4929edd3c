// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterTry;

/**
 * Whatever a file says, whether bytes were lost on the way or its header lies: it is read as something sound, or
 * refused with an error that names it. Nothing else is thrown, no value that is not finite comes out, and no native
 * memory stays. The number of tries of each reader is the system property {@code quad.fuzz.tries}.
 */
class FuzzedFileProperties {
    private static final int TRIES = Integer.getInteger("quad.fuzz.tries", 400);
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("a", 2, 3), new LayerShape("b", 3, 1, true)));
    private static final List<ArraySource.Item> ITEMS =
            IntStream.range(0, 4).mapToObj(i -> SOURCE.random(1 + i, i)).toList();
    private static final Projection PROJECTION = KroneckerProjection.random(SOURCE.layers(), 2, new Seed(1));
    private static final ReferenceDirection DIRECTION =
            ReferenceDirection.gradient(SOURCE, ReferenceSet.of(ITEMS), 9, tokens -> {});

    private final Path folder = temporaryFolder();
    private final long live = live();

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("quad-fuzzed");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long live() {
        return Floats.liveBytes() + Doubles.liveBytes();
    }

    @AfterContainer
    static void close() {
        DIRECTION.close();
    }

    @AfterTry
    void deleteAndCount() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        assertThat(live()).isEqualTo(live);
    }

    private interface Access {
        void run(Path file) throws IOException;
    }

    private Path file() {
        return folder.resolve("captures-00000.safetensors");
    }

    /** Writes, damages and reads, as often as is asked for. */
    private void fuzz(long seed, Access write, Access read) throws IOException {
        write.run(file());
        byte[] sound = Files.readAllBytes(file());
        read.run(file()); // what is sound is read
        for (int i = 0; i < TRIES; i++) {
            byte[] damaged = DamagedFile.of(sound, new Seed(seed).stream("fuzz", i));
            Files.write(file(), damaged);
            try {
                read.run(file());
            } catch (InputException e) {
                assertThat(e).hasMessageContaining(folder.toString());
            } catch (MismatchException e) { // a sound file of something else, by itself or beside the direction
                assertThat(e).hasMessageMatching("(?s).*(" + folder + "|the reference direction).*");
            } catch (NumericalException e) {
                assertThat(e).hasMessageMatching("(?s).*(layer|item).*");
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "try " + i + " of seed " + seed + " with the header " + DamagedFile.header(damaged), e);
            }
            assertThat(live()).as("after try %d of seed %d", i, seed).isEqualTo(live);
        }
    }

    @Property(tries = 1)
    void factors(@ForAll long seed) throws IOException {
        fuzz(
                seed,
                file -> KroneckerFactors.fit(SOURCE, ITEMS, Fisher.empirical(), 9, tokens -> {})
                        .write(file),
                file -> {
                    KroneckerFactors factors = KroneckerFactors.read(file);
                    assertThat(factors.tokens()).isNotNegative();
                    for (int l = 0; l < factors.layers().size(); l++) {
                        LayerShape layer = factors.layers().get(l);
                        assertThat(factors.inputCovariance(l)).hasSize(layer.columns() * layer.columns());
                        assertThat(factors.outputCovariance(l)).hasSize(layer.outputs() * layer.outputs());
                    }
                });
    }

    @Property(tries = 1)
    void direction(@ForAll long seed) throws IOException {
        fuzz(seed, DIRECTION::write, file -> {
            try (ReferenceDirection direction = ReferenceDirection.read(file)) {
                assertThat(direction.norm()).isFinite();
            }
        });
    }

    @Property(tries = 1)
    void store(@ForAll long seed) throws IOException {
        RowForm form = List.of(RowForm.values()).get(Math.floorMod(seed, 3));
        fuzz(seed, file -> GradientStore.write(SOURCE, ITEMS, "items", PROJECTION, form, file, 9, n -> {}), file -> {
            GradientStore store = GradientStore.open(file, PROJECTION);
            for (double score : store.score(List.of(DIRECTION))[0]) {
                assertThat(score).isFinite();
            }
        });
    }

    @Property(tries = 1)
    void captures(@ForAll long seed) throws IOException {
        fuzz(
                seed,
                file -> {
                    if (!Files.exists(file)) {
                        Files.delete(folder);
                        CaptureFolder.write(
                                SOURCE, ITEMS, i -> "é" + ITEMS.indexOf(i), Fisher.empirical(), folder, 99, n -> {});
                    }
                },
                file -> {
                    CaptureFolder captures = CaptureFolder.open(folder);
                    for (int item : captures.items()) {
                        assertThat(captures.id(item)).isNotNull();
                        assertThat(captures.tokens(item)).isNotNegative();
                    }
                    try (InfluenceEstimator<Integer> influence =
                            Influence.of(captures).direction(DIRECTION).estimator()) {
                        InfluenceScores scores = influence.score(captures.items());
                        assertThat(scores.size()).isEqualTo(captures.items().size());
                    }
                    KroneckerFactors.fit(
                            captures, captures.items().stream().limit(9).toList(), Fisher.empirical());
                });
    }

    @Property(tries = 1)
    void scores(@ForAll long seed) throws IOException {
        List<String> ids = List.of("x", "y", "ü");
        fuzz(
                seed,
                file -> ScoreFile.write(file, DIRECTION, ids, InfluenceScores.of(1, -2, 3e9), new int[] {1, 2, 3}),
                file -> {
                    try (ScoreFile scores = ScoreFile.open(file, DIRECTION)) {
                        assertThat(scores.score(ids).size()).isEqualTo(3);
                    }
                });
    }
}
