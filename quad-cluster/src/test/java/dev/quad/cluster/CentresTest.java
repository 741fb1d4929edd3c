// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.AssignmentFile;
import dev.quad.files.SafetensorsWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CentresTest {
    @TempDir
    Path folder;

    private final Planted data = Planted.gaussian(5000, 10, 20, 0.5, 1);
    private final Embeddings rows = Embeddings.of(data.values(), 10);
    private final Centres centres = KMeans.of(30).train(rows, new Seed(2));

    @ParameterizedTest
    @ValueSource(strings = {"euclidean", "spherical"})
    void save_andLoad_giveTheSameAssignment(String name) {
        Centres trained = KMeans.of(
                        KMeansOptions.builder(30).distance(Distance.named(name)).build())
                .train(rows, new Seed(2));
        Path file = folder.resolve("sub/centres.safetensors");
        trained.save(file);
        Centres loaded = Centres.load(file);
        assertThat(loaded.fingerprint()).isEqualTo(trained.fingerprint());
        assertThat(loaded.assign(rows)).isEqualTo(trained.assign(rows));
        assertThat(loaded.distance()).isEqualTo(Distance.named(name));
    }

    @Test
    void load_ofAnotherFile_saysSo() throws IOException {
        Path file = folder.resolve("x.safetensors");
        new SafetensorsWriter(Map.of("format", "other"))
                .add("embeddings", FloatBuffer.allocate(10), 2, 5)
                .write(file);
        assertThatThrownBy(() -> Centres.load(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"other\"");
    }

    @Test
    void of_centresInTheCoordinatesOfTheRows_assignsAsTheyDo() {
        Centres given = Centres.of(centres.toArray(), 10, Distance.euclidean());
        assertThat(given.assign(rows)).isEqualTo(centres.assign(rows));
        for (int j = 0; j < 10; j++) {
            assertThat(given.centre(7)[j]).isCloseTo(centres.centre(7)[j], within(1e-6f));
        }
    }

    @Test
    void assign_rowsOfAnotherDimension_saysSo() {
        assertThatThrownBy(() -> centres.assign(Embeddings.of(new float[9], 9)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("dimension 9")
                .hasMessageContaining("10");
    }

    @Test
    void squaredDistances_ofCentres_areSymmetricAndRight() {
        float[] squares = centres.squaredDistances();
        for (int i = 0; i < 30; i++) {
            for (int j = 0; j < 30; j++) {
                double expected = 0;
                for (int x = 0; x < 10; x++) {
                    expected += Math.pow((double) centres.centre(i)[x] - centres.centre(j)[x], 2);
                }
                assertThat((double) squares[i * 30 + j]).isCloseTo(expected, within(1e-5));
                assertThat(squares[i * 30 + j]).isEqualTo(squares[j * 30 + i]);
            }
        }
    }

    @Test
    void assignToFile_killedAnywhere_goesOnToTheSameFile() throws IOException {
        float[] many = new float[110_000 * 2];
        for (int i = 0; i < many.length; i++) {
            many[i] = (float) Math.sin(i * 0.7);
        }
        Embeddings large = Embeddings.of(many, 2);
        Centres small = KMeans.of(20).train(large, new Seed(1));
        int[] expected = small.assign(large);
        for (int killAfter : new int[] {1, 2, 3}) {
            Path file = folder.resolve("a" + killAfter + ".npy");
            IllegalStateException kill = new IllegalStateException("kill");
            int[] windows = {0};
            KMeansListener listener = new KMeansListener() {
                @Override
                public void onAssigned(int done, int all) {
                    if (++windows[0] == killAfter) {
                        throw kill;
                    }
                }
            };
            assertThatThrownBy(() -> small.assign(large, file, listener)).isSameAs(kill);
            if (killAfter == 2) {
                Path part = part(file);
                Files.write(part, Arrays.copyOf(Files.readAllBytes(part), (int) Files.size(part) - 4 * 1000 - 2));
            }
            assertThat(small.assign(large, file, KMeansListener.NONE)).isEqualTo(expected);
            assertThat(AssignmentFile.read(file)).isEqualTo(expected);
            assertThat(small.assign(large, file, KMeansListener.NONE)).isEqualTo(expected);
        }
    }

    @Test
    void assignToFile_ofOtherRows_doesNotGoOn() {
        Path file = folder.resolve("a.npy");
        centres.assign(rows, file, KMeansListener.NONE);
        assertThatThrownBy(() -> centres.assign(Embeddings.of(new float[20], 10), file, KMeansListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("5000 rows");
        assertThatThrownBy(() -> AssignmentFile.open(file, 1, "x"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("not overwritten");
    }

    private Path part(Path file) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(f ->
                            f.toString().startsWith(file + ".") && f.toString().endsWith(".part"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
