// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Seed;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A file that is not there is no checked exception, and is named. */
class MissingFileTest {
    private static final Path MISSING = Path.of("no-such-folder", "file");
    private static final List<LayerShape> LAYERS = List.of(new LayerShape("w", 2, 2, false));

    static Stream<Named<ThrowingCallable>> readings() {
        ReferenceDirection direction = ReferenceDirection.builder(new ArraySource(LAYERS))
                .layer("w", new double[4])
                .build();
        return Stream.of(
                Named.of("curvature", () -> Curvature.read(MISSING)),
                Named.of("factors", () -> KroneckerFactors.read(MISSING)),
                Named.of("direction", () -> ReferenceDirection.read(MISSING)),
                Named.of("scores", () -> ScoreFile.open(MISSING, direction)),
                Named.of(
                        "store",
                        () -> GradientStore.open(MISSING, KroneckerProjection.random(LAYERS, 1, new Seed(1)))));
    }

    @ParameterizedTest
    @MethodSource("readings")
    void file_thatIsNotThere_isNamed(ThrowingCallable reading) {
        assertThatThrownBy(reading).isInstanceOf(UncheckedIOException.class).hasMessageStartingWith(MISSING.toString());
    }
}
