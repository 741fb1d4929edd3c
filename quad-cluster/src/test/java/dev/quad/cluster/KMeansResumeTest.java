// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.AssignmentFile;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interrupted, streamed or neither: the same clusters. */
class KMeansResumeTest {
    private static final Seed SEED = new Seed(3);

    @TempDir
    Path folder;

    private long liveBytes;
    private final Embeddings rows =
            Embeddings.of(Planted.gaussian(40_000, 5, 60, 0.4, 1).values(), 5);

    @BeforeEach
    void rememberNativeMemory() {
        liveBytes = Floats.liveBytes();
    }

    @AfterEach
    void nativeMemoryIsBackToBefore() {
        assertThat(Floats.liveBytes()).isEqualTo(liveBytes);
    }

    @ParameterizedTest
    @CsvSource({"lloyd, euclidean", "lloyd, spherical", "miniBatch, euclidean"})
    void cluster_killedAtEachStep_givesTheSameClusters(String algorithm, String distance) {
        KMeansOptions options = KMeansOptions.builder(50)
                .maxIterations(5)
                .algorithm(algorithm.equals("lloyd") ? Algorithm.lloyd() : Algorithm.miniBatch(400))
                .distance(Distance.named(distance))
                .build();
        Clustering expected = KMeans.of(options).cluster(rows, SEED);
        int attempts = 0;
        for (; ; attempts++) {
            try {
                Clustering found = KMeans.of(options, new Killer(1)).in(folder).cluster(rows, SEED);
                same(found, expected);
                break;
            } catch (IllegalStateException killed) {
                assertThat(killed).hasMessage("killed");
            }
        }
        assertThat(attempts).isEqualTo(5 + 2);
        same(KMeans.of(options, new Killer(0)).in(folder).cluster(rows, SEED), expected);
        int[] stored = AssignmentFile.read(folder.resolve("assignment.npy"));
        assertThat(Centres.load(folder.resolve("centres.safetensors")).assign(rows))
                .isEqualTo(stored);
    }

    @ParameterizedTest
    @CsvSource({"0, euclidean", "2, spherical"})
    void cluster_inTwoLevels_killedAtEachStep_givesTheSameClusters(int resamplings, String distance)
            throws IOException {
        KMeansOptions options = KMeansOptions.builder(30)
                .maxIterations(2)
                .distance(Distance.named(distance))
                .build();
        Clustering expected =
                HierarchicalKMeans.of(options).resampled(resamplings).cluster(rows, SEED);
        int attempts = 0;
        for (; ; attempts++) {
            try {
                same(twoLevels(options, resamplings, 1).cluster(rows, SEED), expected);
                break;
            } catch (IllegalStateException killed) {
                assertThat(killed).hasMessage("killed");
            }
        }
        assertThat(attempts).isGreaterThan((1 + 5) * (1 + resamplings) * 2);
        HierarchicalKMeans done = twoLevels(options, resamplings, 1);
        same(done.cluster(rows, SEED), expected);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("centres.safetensors", "assignment.npy");
        }
        assertThat(Centres.load(folder.resolve("centres.safetensors")).toArray())
                .isEqualTo(done.train(rows, SEED).toArray());
        Files.delete(folder.resolve("assignment.npy"));
        same(twoLevels(options, resamplings, 0).cluster(rows, SEED), expected);
    }

    private HierarchicalKMeans twoLevels(KMeansOptions options, int resamplings, int events) {
        return HierarchicalKMeans.of(options, HierarchicalKMeans.coarse(30), new Killer(events))
                .resampled(resamplings)
                .in(folder);
    }

    @Test
    void cluster_inTwoLevels_folderOfAnotherRun_isRefused() {
        KMeansOptions options = KMeansOptions.builder(30).maxIterations(2).build();
        assertThatThrownBy(() -> twoLevels(options, 0, 3).cluster(rows, SEED)).hasMessage("killed");
        assertThatThrownBy(() -> twoLevels(options, 1, 0).cluster(rows, SEED))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("resamplings=0")
                .hasMessageContaining("resamplings=1");
        twoLevels(options, 0, 0).cluster(rows, SEED);
        assertThatThrownBy(() -> twoLevels(options, 0, 0).cluster(rows, new Seed(4)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("seed=4");
        assertThatThrownBy(() -> KMeans.of(options).in(folder).cluster(rows, SEED))
                .isInstanceOf(MismatchException.class);
    }

    /** Fails after so many events. */
    private static final class Killer implements KMeansListener {
        private int left;

        Killer(int events) {
            this.left = events;
        }

        private void count() {
            if (--left == 0) {
                throw new IllegalStateException("killed");
            }
        }

        @Override
        public void onIteration(Iteration iteration) {
            count();
        }

        @Override
        public void onAssigned(int done, int all) {
            count();
        }
    }

    @ParameterizedTest
    @CsvSource({"euclidean, random", "spherical, plusPlus", "euclidean, parallel"})
    void cluster_trainingRowsReadInEachIteration_givesTheSameClusters(String distance, String seeding) {
        KMeansOptions.Builder options = KMeansOptions.builder(100)
                .trainingRows(390)
                .maxIterations(6)
                .distance(Distance.named(distance))
                .seeding(
                        switch (seeding) {
                            case "random" -> Seeding.random();
                            case "parallel" -> Seeding.parallel();
                            default -> Seeding.plusPlus();
                        });
        Clustering expected = KMeans.of(options.build()).cluster(rows, SEED);
        same(KMeans.of(options.trainingMemory(0).build()).cluster(rows, SEED), expected);
    }

    @Test
    void cluster_folderOfAnotherRun_isRefused() {
        KMeansOptions options = KMeansOptions.builder(10).maxIterations(2).build();
        KMeans.of(options).in(folder).cluster(rows, SEED);
        assertThatThrownBy(() -> KMeans.of(options).in(folder).cluster(rows, new Seed(4)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("seed=3")
                .hasMessageContaining("seed=4");
        float[] others = new float[40_000 * 5];
        assertThatThrownBy(() -> KMeans.of(options).in(folder).cluster(Embeddings.of(others, 5), SEED))
                .isInstanceOf(MismatchException.class);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "1, 2"})
    void cluster_assignmentDamaged_isRefusedByNameAndMadeAgainOnceRemoved(int levels, int bit) throws IOException {
        KMeansOptions options = KMeansOptions.builder(30).maxIterations(2).build();
        ClusterStrategy strategy = levels == 1 ? KMeans.of(options).in(folder) : twoLevels(options, 0, 0);
        Clustering expected = strategy.cluster(rows, SEED);
        Path file = folder.resolve("assignment.npy");
        byte[] bytes = Files.readAllBytes(file);
        byte[] damaged = bytes.clone();
        damaged[damaged.length - 4] ^= (byte) bit; // another cluster that may be
        Files.write(file, damaged);
        assertThatThrownBy(() -> strategy.cluster(rows, SEED))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + " was damaged or changed")
                .hasMessageContaining("remove it");
        Files.delete(file);
        same(strategy.cluster(rows, SEED), expected);
        assertThat(file).hasBinaryContent(bytes);
        Files.delete(folder.resolve("centres.safetensors"));
        assertThatThrownBy(() -> strategy.cluster(rows, SEED))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void assign_fileWithAClusterThatIsNot_isRefused() throws IOException {
        Centres centres =
                KMeans.of(KMeansOptions.builder(10).maxIterations(2).build()).train(rows, SEED);
        Path file = folder.resolve("a.npy");
        centres.assign(rows, file, KMeansListener.NONE);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 2] = 4;
        Files.write(file, bytes);
        assertThatThrownBy(() -> centres.assign(rows, file, KMeansListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + " has row 39999 in cluster 2621")
                .hasMessageContaining("allowed is [0, 10)");
    }

    private static void same(Clustering found, Clustering expected) {
        assertThat(found.clusterCount()).isEqualTo(expected.clusterCount());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.clusterOf(i)).isEqualTo(expected.clusterOf(i));
        }
        for (int c = 0; c < expected.clusterCount(); c++) {
            assertThat(found.centre(c).orElseThrow())
                    .isEqualTo(expected.centre(c).orElseThrow());
        }
    }
}
