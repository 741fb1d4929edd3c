// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Embedder;
import dev.quad.Embeddings;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.cluster.report.ClusterQuality;
import dev.quad.cluster.report.Exemplars;
import dev.quad.cluster.report.TopTerms;
import dev.quad.cluster.smile.SmileStrategies;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes that users make with embeddings of their own and with clusterings, and what they are told. */
class MisuseTest {
    private static final int ROWS = 40;
    private static final int DIMENSION = 3;
    private static final Seed SEED = new Seed(1);
    private static final Clustering CLUSTERING =
            Clustering.of(IntStream.range(0, ROWS).map(i -> i % 2).toArray(), 2, new float[2 * DIMENSION]);

    @TempDir
    private static Path folder;

    /** What a caller without null checks hands over. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    private static DynamicTest misuse(String name, ThrowingCallable call, Class<?> type, String... words) {
        return dynamicTest(
                name, () -> assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(words));
    }

    private static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IllegalArgumentException.class, words);
    }

    /** Rows of the user's, right unless told otherwise. */
    private static class Rows implements Embeddings {
        @Override
        public int rows() {
            return ROWS;
        }

        @Override
        public int dimension() {
            return DIMENSION;
        }

        @Override
        public void read(int firstRow, int rowCount, FloatBuffer target) {
            for (int row = firstRow; row < firstRow + rowCount; row++) {
                put(row, target);
            }
        }

        void put(int row, FloatBuffer target) {
            target.put(row).put(1).put(row % 4);
        }
    }

    private interface Use {
        void of(Embeddings rows) throws Exception;
    }

    /** Every way by which rows enter. */
    private static Map<String, Use> uses() {
        KMeansOptions options =
                KMeansOptions.builder(2).trainingRows(ROWS).maxIterations(2).build();
        Centres centres = Centres.of(new float[] {0, 0, 0, 9, 9, 9}, DIMENSION, Distance.euclidean());
        Map<String, Use> uses = new LinkedHashMap<>();
        uses.put("k-means", rows -> KMeans.of(options).cluster(rows, SEED));
        uses.put(
                "streamed k-means",
                rows -> KMeans.of(KMeansOptions.builder(2)
                                .trainingMemory(0)
                                .maxIterations(2)
                                .build())
                        .cluster(rows, SEED));
        uses.put("two levels", rows -> HierarchicalKMeans.of(options).cluster(rows, SEED));
        uses.put("centres", centres::cluster);
        uses.put("Smile", rows -> SmileStrategies.lloyd(2, 3).cluster(rows, SEED));
        uses.put("the quality", rows -> ClusterQuality.of(rows, CLUSTERING, SEED));
        uses.put("exemplars", rows -> Exemplars.nearest(rows, CLUSTERING, 1));
        return uses;
    }

    private static Stream<DynamicTest> everywhere(String name, Embeddings rows, String... words) {
        return uses().entrySet().stream()
                .map(use -> misuse(
                        name + ", for " + use.getKey(), () -> use.getValue().of(rows), Exception.class, words));
    }

    @TestFactory
    Stream<DynamicTest> rows_thatAreRight_areTaken() {
        return uses().entrySet().stream()
                .map(use -> dynamicTest(use.getKey(), () -> use.getValue().of(new Rows())));
    }

    @TestFactory
    Stream<DynamicTest> rows_thatAreNotWritten_areNamed() {
        return Stream.of(
                        everywhere(
                                "nothing written",
                                new Rows() {
                                    @Override
                                    public void read(int firstRow, int rowCount, FloatBuffer target) {}
                                },
                                "MisuseTest$",
                                "wrote 0 of the",
                                "so that row ",
                                "is not there"),
                        everywhere(
                                "the last value of each block left out",
                                new Rows() {
                                    @Override
                                    public void read(int firstRow, int rowCount, FloatBuffer target) {
                                        FloatBuffer all = FloatBuffer.allocate(rowCount * DIMENSION);
                                        super.read(firstRow, rowCount, all);
                                        target.put(all.flip().limit(Math.max(0, all.limit() - 1)));
                                    }
                                },
                                "MisuseTest$",
                                "so that row ",
                                "is not there"),
                        everywhere(
                                "values put without moving the position",
                                new Rows() {
                                    @Override
                                    public void read(int firstRow, int rowCount, FloatBuffer target) {
                                        for (int i = 0; i < rowCount * DIMENSION; i++) {
                                            target.put(target.position() + i, 1);
                                        }
                                    }
                                },
                                "wrote 0 of the",
                                "moves the position"),
                        everywhere(
                                "too much written",
                                new Rows() {
                                    @Override
                                    void put(int row, FloatBuffer target) {
                                        target.put(row).put(1).put(2).put(3);
                                    }
                                },
                                "MisuseTest$",
                                "writes more than the"))
                .flatMap(stream -> stream);
    }

    @TestFactory
    Stream<DynamicTest> rows_ofWrongNumbers_areNamed() {
        Map<String, Use> uses = uses();
        Stream<DynamicTest> bad = Stream.of(Float.NaN, Float.NEGATIVE_INFINITY)
                .flatMap(value -> Stream.of("k-means", "streamed k-means", "two levels", "centres", "Smile")
                        .map(use -> misuse(
                                value + " for " + use,
                                () -> java.util.Objects.requireNonNull(uses.get(use))
                                        .of(new Rows() {
                                            @Override
                                            void put(int row, FloatBuffer target) {
                                                target.put(1)
                                                        .put(row == 17 ? value : row)
                                                        .put(0);
                                            }
                                        }),
                                NumericalException.class,
                                "row 17 of the embeddings has " + value + " in column 1")));
        return Stream.concat(
                bad,
                Stream.of(
                        misuse(
                                "NaN for the quality",
                                () -> ClusterQuality.of(
                                        new Rows() {
                                            @Override
                                            void put(int row, FloatBuffer target) {
                                                target.put(1)
                                                        .put(row == 17 ? Float.NaN : row)
                                                        .put(0);
                                            }
                                        },
                                        CLUSTERING,
                                        SEED),
                                NumericalException.class,
                                "cluster 1",
                                "not finite"),
                        argument("no rows", () -> cluster(sized(0, 3)), "no rows to cluster"),
                        argument("a negative number of rows", () -> cluster(sized(-4, 3)), "no rows to cluster"),
                        argument("a dimension of 0", () -> cluster(sized(9, 0)), "MisuseTest$", "dimension 0"),
                        argument("a negative dimension", () -> cluster(sized(9, -1)), "dimension -1"),
                        argument("fewer rows than clusters", () -> cluster(sized(1, 3)), "2 clusters", "only 1 rows"),
                        misuse(
                                "rows of another dimension than the centres",
                                () -> Centres.of(new float[4], 2, Distance.euclidean())
                                        .assign(new Rows()),
                                MismatchException.class,
                                "dimension 3",
                                "centres 2"),
                        argument(
                                "the quality of another clustering",
                                () -> ClusterQuality.of(sized(9, 3), CLUSTERING, SEED),
                                "clustering of 40 rows",
                                "9 rows"),
                        argument(
                                "exemplars of another clustering",
                                () -> Exemplars.nearest(sized(9, 3), CLUSTERING, 1),
                                "there are 9 rows"),
                        argument("no exemplars", () -> Exemplars.nearest(new Rows(), CLUSTERING, 0), "the 0 nearest"),
                        argument(
                                "exemplars without centres",
                                () -> Exemplars.nearest(sized(1, 3), Clustering.of(new int[1], 1), 1),
                                "no centres"),
                        argument(
                                "no terms", () -> TopTerms.of(CLUSTERING, i -> "text", 1, 0), "0 terms", "1 or more")));
    }

    private static Embeddings sized(int rows, int dimension) {
        return new Rows() {
            @Override
            public int rows() {
                return rows;
            }

            @Override
            public int dimension() {
                return dimension;
            }
        };
    }

    private static void cluster(Embeddings rows) {
        KMeans.of(KMeansOptions.builder(2).build()).cluster(rows, SEED);
    }

    @TestFactory
    Stream<DynamicTest> options() {
        KMeansOptions.Builder builder = KMeansOptions.builder(2);
        Centres centres = Centres.of(new float[4], 2, Distance.euclidean());
        return Stream.of(
                argument("no clusters", () -> KMeansOptions.builder(0).build(), "clusters is 0", "1 or more"),
                argument(
                        "several that are out of range",
                        () -> KMeansOptions.builder(-1)
                                .maxIterations(0)
                                .tolerance(1)
                                .build(),
                        "clusters is -1",
                        "maxIterations is 0",
                        "tolerance is 1.0"),
                argument(
                        "no training rows",
                        () -> KMeansOptions.builder(1).trainingRows(0).build(),
                        "trainingRows is 0"),
                argument(
                        "no seeding rows",
                        () -> KMeansOptions.builder(1).seedingRows(0).build(),
                        "seedingRows is 0"),
                argument(
                        "negative memory",
                        () -> KMeansOptions.builder(1).trainingMemory(-1).build(),
                        "trainingMemory is -1"),
                misuse(
                        "no distance",
                        () -> builder.distance(nothing()),
                        NullPointerException.class,
                        "distance is null"),
                misuse("no seeding", () -> builder.seeding(nothing()), NullPointerException.class, "seeding is null"),
                misuse(
                        "no algorithm",
                        () -> builder.algorithm(nothing()),
                        NullPointerException.class,
                        "algorithm is null"),
                misuse(
                        "no policy for empty clusters",
                        () -> builder.emptyClusters(nothing()),
                        NullPointerException.class,
                        "emptyClusters is null"),
                misuse(
                        "no options",
                        () -> KMeans.of((KMeansOptions) nothing()),
                        NullPointerException.class,
                        "options are null"),
                argument("a batch of nothing", () -> Algorithm.miniBatch(0), "0 rows"),
                argument("no centres", () -> Centres.of(new float[0], 2, Distance.euclidean()), "no centres"),
                argument(
                        "a ragged centre",
                        () -> Centres.of(new float[3], 2, Distance.euclidean()),
                        "2 does not divide 3"),
                misuse(
                        "a centre of NaN",
                        () -> Centres.of(new float[] {0, Float.NaN}, 2, Distance.euclidean()),
                        NumericalException.class,
                        "row 0",
                        "NaN"),
                misuse("a centre too high", () -> centres.centre(2), IndexOutOfBoundsException.class, "2"),
                argument("a sample of more than all", () -> KMeans.sample(3, 4, SEED.stream("test")), "4 of 3 rows"),
                argument("a negative sample", () -> KMeans.sample(3, -1, SEED.stream("test")), "-1 of 3 rows"));
    }

    @TestFactory
    Stream<DynamicTest> embedders() {
        CandidatePool<String> pool = CandidatePool.of(List.of("a", "bb", "ccc"), String::length, "three");
        return Stream.of(
                misuse(
                        "an embedder that writes nothing",
                        () -> embed(pool, "none", (items, target) -> {}),
                        IllegalStateException.class,
                        "MisuseTest$",
                        "wrote 0 of the 6 values of 3 rows of 2",
                        "row 0 is not there"),
                misuse(
                        "one that writes half",
                        () -> embed(pool, "half", (items, target) -> target.put(new float[3])),
                        IllegalStateException.class,
                        "wrote 3 of the 6 values",
                        "row 1 is not there"),
                misuse(
                        "one that writes more",
                        () -> embed(pool, "more", (items, target) -> target.put(new float[7])),
                        IllegalStateException.class,
                        "writes more than the 6 values"),
                misuse(
                        "one that writes NaN",
                        () -> embed(pool, "nan", (items, target) -> target.put(new float[] {1, 1, 1, 1, 1, Float.NaN})),
                        NumericalException.class,
                        "row 2",
                        "NaN"));
    }

    private interface Writes {
        void write(List<?> items, FloatBuffer target);
    }

    private static void embed(CandidatePool<String> pool, String name, Writes writes) {
        Embedder<String> embedder = new Embedder<>() {
            @Override
            public int dimension() {
                return 2;
            }

            @Override
            public void embed(List<? extends String> items, FloatBuffer target) {
                writes.write(items, target);
            }

            @Override
            public String id() {
                return name;
            }
        };
        EmbeddingsWriter.embed(pool, embedder, folder.resolve(name + ".safetensors"), ElementType.FLOAT32, rows -> {});
    }
}
