// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.cluster.HierarchicalKMeans;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansOptions;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Cluster strategies with one mistake each. */
class BrokenStrategiesTest {
    private static final int CLUSTERS = 3;
    private static final AtomicInteger INSTANCES = new AtomicInteger();

    /** A place of the rows that is looked at for values that are not finite. */
    private record Place(int row, int column, float value) {}

    private static DynamicTest broken(String mistake, Supplier<ClusterStrategy> strategy) {
        return Contracts.broken(mistake, contract(strategy));
    }

    private static DynamicTest honest(String what, Supplier<ClusterStrategy> strategy) {
        return Contracts.honest(what, contract(strategy));
    }

    private static ClusterStrategyContract contract(Supplier<ClusterStrategy> strategy) {
        return new ClusterStrategyContract() {
            @Override
            protected ClusterStrategy strategy() {
                return strategy.get();
            }
        };
    }

    private static float[] rows(Embeddings embeddings) {
        FloatBuffer rows = FloatBuffer.allocate(embeddings.rows() * embeddings.dimension());
        embeddings.read(0, embeddings.rows(), rows);
        return rows.array();
    }

    private static void check(Embeddings embeddings, Predicate<Place> looksAt, IntUnaryOperator named) {
        if (embeddings.rows() == 0) {
            throw new IllegalArgumentException("no rows");
        }
        float[] rows = rows(embeddings);
        for (int i = 0; i < rows.length; i++) {
            int row = i / embeddings.dimension();
            if (!Float.isFinite(rows[i]) && looksAt.test(new Place(row, i % embeddings.dimension(), rows[i]))) {
                throw new NumericalException("row " + named.applyAsInt(row) + " is not finite");
            }
        }
    }

    /** By the largest of the first three numbers, which the seed shifts. */
    private static int[] assignment(Embeddings embeddings, int shift) {
        float[] rows = rows(embeddings);
        return IntStream.range(0, embeddings.rows())
                .map(row -> {
                    int at = row * embeddings.dimension();
                    int largest = rows[at] > rows[at + 1] ? 0 : 1;
                    return (rows[at + 2] > rows[at + largest] ? 2 : largest) + shift;
                })
                .map(cluster -> cluster % CLUSTERS)
                .toArray();
    }

    private static float[] means(Embeddings embeddings, int... assignment) {
        float[] rows = rows(embeddings);
        int dimension = embeddings.dimension();
        float[] means = new float[CLUSTERS * dimension];
        int[] sizes = new int[CLUSTERS];
        for (int row = 0; row < assignment.length; row++) {
            sizes[assignment[row]]++;
            for (int j = 0; j < dimension; j++) {
                means[assignment[row] * dimension + j] += rows[row * dimension + j];
            }
        }
        for (int i = 0; i < means.length; i++) {
            means[i] /= sizes[i / dimension];
        }
        return means;
    }

    private static Clustering good(Embeddings embeddings, int shift) {
        check(embeddings, place -> true, row -> row);
        return Clustering.of(assignment(embeddings, shift), CLUSTERS);
    }

    private static ClusterStrategy centred(UnaryOperator<float[]> centres) {
        return (embeddings, seed) -> {
            check(embeddings, place -> true, row -> row);
            int[] assignment = assignment(embeddings, 0);
            return Clustering.of(assignment, CLUSTERS, centres.apply(means(embeddings, assignment)));
        };
    }

    /** Sees only some of the values that are not finite. */
    private static DynamicTest sees(String mistake, Predicate<Place> looksAt) {
        return named(mistake, looksAt, row -> row);
    }

    private static DynamicTest named(String mistake, Predicate<Place> looksAt, IntUnaryOperator row) {
        return broken(mistake, () -> (embeddings, seed) -> {
            check(embeddings, looksAt, row);
            return Clustering.of(assignment(embeddings, 0), CLUSTERS);
        });
    }

    private static DynamicTest centres(String mistake, UnaryOperator<float[]> change) {
        return broken(mistake, () -> centred(change));
    }

    @TestFactory
    Stream<DynamicTest> valuesNotFinite_areFound() {
        return Stream.of(
                sees("none", place -> false),
                sees("in the first 128 rows", place -> place.row() < 128),
                sees("in all rows but the first", place -> place.row() > 0),
                sees("in all rows but the last", place -> place.row() < 299),
                sees("in every second row", place -> place.row() % 2 == 1),
                sees("in the first column", place -> place.column() == 0),
                sees("in all columns but the last", place -> place.column() < 6),
                sees("NaN", place -> Float.isNaN(place.value())),
                sees("infinity of both signs", place -> Float.isInfinite(place.value())),
                sees("NaN and infinity of one sign", place -> !(place.value() < 0)),
                named("always row 123", place -> true, row -> 123),
                named("the row in its block", place -> true, row -> row % 128),
                named("counted from 1", place -> true, row -> row + 1),
                broken("no row named", () -> (embeddings, seed) -> {
                    check(embeddings, place -> false, row -> row);
                    for (float value : rows(embeddings)) {
                        if (!Float.isFinite(value)) {
                            throw new NumericalException("a value is not finite");
                        }
                    }
                    return Clustering.of(assignment(embeddings, 0), CLUSTERS);
                }),
                broken("another exception", () -> (embeddings, seed) -> {
                    try {
                        return good(embeddings, 0);
                    } catch (NumericalException e) {
                        throw new IllegalStateException(e.getMessage(), e);
                    }
                }),
                broken("other clusters after a refusal", () -> {
                    AtomicInteger refused = new AtomicInteger();
                    return (embeddings, seed) -> {
                        refused.incrementAndGet();
                        Clustering clustering = good(embeddings, refused.get());
                        refused.decrementAndGet();
                        return clustering;
                    };
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongPartitions_areFound() {
        return Stream.of(
                broken("three rows", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return Clustering.of(new int[3], 1);
                }),
                broken("the last row left out", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return Clustering.of(Arrays.copyOf(assignment(embeddings, 0), embeddings.rows() - 1), CLUSTERS);
                }),
                broken("a row more", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return Clustering.of(Arrays.copyOf(assignment(embeddings, 0), embeddings.rows() + 1), CLUSTERS);
                }),
                broken("rows in blocks of 128, the last one too", () -> (embeddings, seed) -> {
                    FloatBuffer block = FloatBuffer.allocate(128 * embeddings.dimension());
                    for (int row = 0; row < embeddings.rows(); row += 128) {
                        embeddings.read(row, 128, block.clear());
                    }
                    return good(embeddings, 0);
                }),
                broken(
                        "no rows, no clusters",
                        () -> (embeddings, seed) ->
                                embeddings.rows() == 0 ? Clustering.of(new int[0], 0) : good(embeddings, 0)),
                broken("no rows, another exception", () -> (embeddings, seed) -> {
                    java.util.Objects.checkIndex(0, embeddings.rows());
                    return good(embeddings, 0);
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongCentres_areFound() {
        return Stream.of(
                centres("NaN", means -> {
                    Arrays.fill(means, Float.NaN);
                    return means;
                }),
                centres("one infinite value", means -> {
                    means[means.length - 1] = Float.POSITIVE_INFINITY;
                    return means;
                }),
                centres("a number less", means -> Arrays.copyOf(means, CLUSTERS * 6)),
                centres("none at all", means -> new float[0]),
                centres("all zero", means -> new float[means.length]),
                centres("all the same", means -> {
                    for (int i = 7; i < means.length; i++) {
                        means[i] = means[i % 7];
                    }
                    return means;
                }),
                centres("in another order", means -> {
                    float[] turned = means.clone();
                    System.arraycopy(means, 0, turned, 7, means.length - 7);
                    System.arraycopy(means, means.length - 7, turned, 0, 7);
                    return turned;
                }),
                broken("other centres each time", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return centred(means -> {
                        means[0] += 1e-3f * calls.getAndIncrement();
                        return means;
                    });
                }));
    }

    @TestFactory
    Stream<DynamicTest> state_isFound() {
        return Stream.of(
                broken("shifts with each call", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return (embeddings, seed) -> good(embeddings, calls.getAndIncrement());
                }),
                broken("from call 301 on shifted", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return (embeddings, seed) -> good(embeddings, calls.getAndIncrement() < 300 ? 0 : 1);
                }),
                broken("shifts with each instance", () -> {
                    int shift = INSTANCES.getAndIncrement();
                    return (embeddings, seed) -> good(embeddings, shift);
                }),
                broken("a generator that goes on", () -> {
                    RandomGenerator random = Numbers.of(1);
                    return (embeddings, seed) -> {
                        good(embeddings, 0);
                        return Clustering.of(
                                random.ints(embeddings.rows(), 0, 5).toArray(), 5);
                    };
                }),
                broken("keeps the clusters by the number of rows", () -> {
                    Map<Integer, Clustering> kept = new HashMap<>();
                    return (embeddings, seed) -> {
                        Clustering clustering = good(embeddings, (int) seed.value());
                        return kept.computeIfAbsent(embeddings.rows(), rows -> clustering);
                    };
                }),
                broken("keeps the clusters by the first number", () -> {
                    Map<Float, Clustering> kept = new HashMap<>();
                    return (embeddings, seed) -> {
                        Clustering clustering = good(embeddings, (int) seed.value());
                        return kept.computeIfAbsent(rows(embeddings)[0], rows -> clustering);
                    };
                }),
                broken("remembers the rows before", () -> {
                    float[] last = {0};
                    return (embeddings, seed) -> {
                        Clustering clustering =
                                good(embeddings, last[0] == 0 || last[0] == rows(embeddings)[0] ? 0 : 1);
                        last[0] = rows(embeddings)[0];
                        return clustering;
                    };
                }),
                broken("one cluster a thread", () -> (embeddings, seed) -> {
                    good(embeddings, 0);
                    var pool = ForkJoinTask.getPool();
                    int threads = pool == null ? 4 : pool.getParallelism();
                    return Clustering.of(
                            IntStream.range(0, embeddings.rows())
                                    .map(row -> row % threads)
                                    .toArray(),
                            threads);
                }),
                broken(
                        "another seed in another thread",
                        () -> (embeddings, seed) ->
                                good(embeddings, (int) Thread.currentThread().getId())));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                honest("k-means", () -> KMeans.of(5)),
                honest(
                        "k-means with two levels",
                        () -> HierarchicalKMeans.of(KMeansOptions.builder(6).build())),
                honest("largest number, without centres", () -> (embeddings, seed) -> good(embeddings, 0)),
                honest("largest number, with means", () -> centred(means -> means)),
                honest(
                        "means of length 1",
                        () -> centred(means -> {
                            for (int c = 0; c < CLUSTERS; c++) {
                                double norm = 0;
                                for (int j = 0; j < 7; j++) {
                                    norm += means[c * 7 + j] * means[c * 7 + j];
                                }
                                for (int j = 0; j < 7; j++) {
                                    means[c * 7 + j] /= (float) Math.sqrt(norm);
                                }
                            }
                            return means;
                        })),
                honest("at random by the seed, with means", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    int[] assignment = seed.stream("own")
                            .ints(embeddings.rows(), 0, CLUSTERS)
                            .toArray();
                    return Clustering.of(assignment, CLUSTERS, means(embeddings, assignment));
                }),
                honest("each row alone", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return Clustering.of(
                            IntStream.range(0, embeddings.rows()).toArray(), embeddings.rows(), rows(embeddings));
                }),
                honest("all in one", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return Clustering.of(new int[embeddings.rows()], 1, new float[7]);
                }),
                honest("clusters that stay empty", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return Clustering.of(assignment(embeddings, 0), 50);
                }),
                honest("row by row", () -> (embeddings, seed) -> {
                    FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
                    for (int i = 0; i < embeddings.rows(); i++) {
                        embeddings.read(i, 1, row.clear());
                    }
                    return good(embeddings, (int) Math.floorMod(seed.value(), 3L));
                }));
    }
}
