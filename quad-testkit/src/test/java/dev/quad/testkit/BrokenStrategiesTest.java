// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.cluster.Algorithm;
import dev.quad.cluster.Distance;
import dev.quad.cluster.HierarchicalKMeans;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansOptions;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntToDoubleFunction;
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
    private static final float[] SCRATCH = new float[5000];

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
        if (embeddings.dimension() < 3) {
            throw new IllegalArgumentException("three numbers are compared");
        }
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
            means[i] /= Math.max(1, sizes[i / dimension]);
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

    /** Something made of the means of clusters, their sizes and the number of rows. */
    private interface OfMeans {
        float[] centres(int rows, int[] sizes, float[] means);
    }

    private static DynamicTest centred(String mistake, OfMeans change) {
        return broken(mistake, () -> (embeddings, seed) -> {
            check(embeddings, place -> true, row -> row);
            int[] assignment = assignment(embeddings, 0);
            int[] sizes = new int[CLUSTERS];
            IntStream.of(assignment).forEach(cluster -> sizes[cluster]++);
            float[] means = means(embeddings, assignment);
            return Clustering.of(assignment, CLUSTERS, change.centres(assignment.length, sizes, means));
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
                centred("sums of the rows", (rows, sizes, means) -> {
                    for (int i = 0; i < means.length; i++) {
                        means[i] *= sizes[i / (means.length / CLUSTERS)];
                    }
                    return means;
                }),
                centred("sums by the number of all rows", (rows, sizes, means) -> {
                    for (int i = 0; i < means.length; i++) {
                        means[i] *= (float) sizes[i / (means.length / CLUSTERS)] / rows;
                    }
                    return means;
                }),
                centres("column by column", means -> {
                    float[] turned = new float[means.length];
                    int d = means.length / CLUSTERS;
                    for (int i = 0; i < means.length; i++) {
                        turned[i % d * CLUSTERS + i / d] = means[i];
                    }
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
                broken("a buffer of the most rows so far", () -> {
                    float[][] buffer = {new float[0]};
                    return (embeddings, seed) -> {
                        float[] now = rows(embeddings);
                        if (now.length < buffer[0].length) {
                            System.arraycopy(now, 0, buffer[0], 0, now.length);
                        } else {
                            buffer[0] = now;
                        }
                        return good(Embeddings.of(buffer[0], embeddings.dimension()), (int) seed.value());
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
                broken("keeps the clusters by the object of the rows", () -> {
                    Map<Embeddings, Clustering> kept = new HashMap<>();
                    return (embeddings, seed) -> {
                        Clustering clustering = good(embeddings, (int) seed.value());
                        return kept.computeIfAbsent(embeddings, rows -> clustering);
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
                broken(
                        "the time where the seed is 0",
                        () -> (embeddings, seed) ->
                                good(embeddings, (int) (seed.value() == 0 ? System.nanoTime() % 3 : seed.value()))),
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

    /** A k-means that keeps its promises, to be overridden: from rows far apart, with the nearest centre in the end. */
    private static class Own implements ClusterStrategy {
        @Override
        public Clustering cluster(Embeddings embeddings, Seed seed) {
            check(embeddings, place -> true, row -> row);
            int n = embeddings.rows();
            int d = embeddings.dimension();
            if (n < CLUSTERS) {
                throw new IllegalArgumentException("fewer rows than clusters");
            }
            float[] rows = prepared(rows(embeddings), d);
            float[][] centres = {Arrays.copyOf(rows, d), new float[0], new float[0]};
            for (int c = 1; c < CLUSTERS; c++) {
                int far = 0;
                for (int row = 0; row < n; row++) {
                    far = least(rows, row, centres, c) > least(rows, far, centres, c) ? row : far;
                }
                centres[c] = Arrays.copyOfRange(rows, far * d, far * d + d);
            }
            int[] assignment = new int[n];
            for (int iteration = 0; iteration < 12; iteration++) {
                for (int row = 0; row < assigned(n); row++) {
                    int nearest = 0;
                    for (int c = 1; c < CLUSTERS; c++) {
                        nearest = distance(rows, row, centres[c]) < distance(rows, row, centres[nearest]) ? c : nearest;
                    }
                    assignment[row] = nearest;
                }
                for (int c = 0; c < CLUSTERS && iteration < 11; c++) {
                    centres[c] = mean(rows, assignment, c, centres[c]);
                }
            }
            float[][] given = centres.clone();
            for (int c = 0; c < CLUSTERS; c++) {
                given[c] = given(rows(embeddings), assignment, c, centres[c]);
            }
            return Clustering.of(assignment, given);
        }

        private float least(float[] rows, int row, float[][] centres, int count) {
            float least = Float.POSITIVE_INFINITY;
            for (int c = 0; c < count; c++) {
                least = Math.min(least, distance(rows, row, centres[c]));
            }
            return least;
        }

        final float[] mean(float[] rows, int[] assignment, int cluster, float[] before) {
            int d = before.length;
            double[] sum = new double[d];
            int members = 0;
            for (int row = 0; row < summed(assignment.length); row++) {
                if (assignment[row] == cluster) {
                    members++;
                    for (int j = 0; j < columns(d); j++) {
                        sum[j] += rows[row * d + j];
                    }
                }
            }
            float[] mean = before.clone();
            for (int j = 0; j < d && members > 0; j++) {
                mean[j] = (float) (sum[j] / divisor(members));
            }
            return mean;
        }

        /** Squared, in double precision, as a root, which single precision holds. */
        float distance(float[] rows, int row, float[] centre) {
            double sum = 0;
            for (int j = 0; j < columns(centre.length); j++) {
                double difference = (double) rows[row * centre.length + j] - centre[j];
                sum += difference * difference;
            }
            return (float) Math.sqrt(sum);
        }

        @SuppressWarnings("UnusedVariable") // for those that have mistakes
        float[] prepared(float[] rows, int d) {
            return rows;
        }

        @SuppressWarnings("UnusedVariable") // for those that have mistakes
        float[] given(float[] rows, int[] assignment, int cluster, float[] centre) {
            return centre;
        }

        int assigned(int n) {
            return n;
        }

        int summed(int n) {
            return n;
        }

        int columns(int d) {
            return d;
        }

        double divisor(int members) {
            return members;
        }
    }

    private static DynamicTest assigns(String mistake, IntUnaryOperator rows) {
        return broken(mistake, () -> new Own() {
            @Override
            int assigned(int n) {
                return rows.applyAsInt(n);
            }
        });
    }

    private static DynamicTest columns(String mistake, IntUnaryOperator columns) {
        return broken(mistake, () -> new Own() {
            @Override
            int columns(int d) {
                return columns.applyAsInt(d);
            }

            @Override
            float[] given(float[] rows, int[] assignment, int cluster, float[] centre) {
                return new Own().mean(rows, assignment, cluster, centre);
            }
        });
    }

    private static DynamicTest columnsLost(String mistake, IntUnaryOperator columns) {
        return broken(mistake, () -> new Own() {
            @Override
            int columns(int d) {
                return columns.applyAsInt(d);
            }
        });
    }

    private static DynamicTest divides(String mistake, IntToDoubleFunction divisor) {
        return broken(mistake, () -> new Own() {
            @Override
            double divisor(int members) {
                return divisor.applyAsDouble(members);
            }
        });
    }

    private static IntUnaryOperator whole(int block) {
        return n -> n < block ? n : n / block * block;
    }

    @TestFactory
    Stream<DynamicTest> rowsLeftOut_areFound() {
        return Stream.concat(
                IntStream.of(32, 64, 100, 128, 256, 512, 1000, 1024, 2048, 4096)
                        .mapToObj(block -> assigns("what is left of blocks of " + block, whole(block))),
                Stream.of(
                        assigns("all beyond 1000", n -> Math.min(n, 1000)),
                        assigns("all beyond 2048", n -> Math.min(n, 2048)),
                        assigns("all beyond 4096", n -> Math.min(n, 4096)),
                        broken("rows and columns exchanged, without centres", () -> (embeddings, seed) -> {
                            int n = embeddings.rows();
                            int d = embeddings.dimension();
                            float[] rows = rows(embeddings);
                            float[] turned = new float[rows.length];
                            for (int i = 0; i < turned.length; i++) {
                                turned[i] = rows[i % d * n + i / d];
                            }
                            check(embeddings, place -> true, row -> row);
                            Clustering clustering = new Own().cluster(Embeddings.of(turned, d), seed);
                            return Clustering.of(clustering.assignment(), CLUSTERS);
                        }),
                        broken("rows and columns exchanged", () -> new Own() {
                            @Override
                            float[] prepared(float[] rows, int d) {
                                float[] turned = new float[rows.length];
                                int n = rows.length / d;
                                for (int i = 0; i < turned.length; i++) {
                                    turned[i] = rows[i % d * n + i / d];
                                }
                                return turned;
                            }
                        }),
                        assigns("the second half of more than 300", n -> n > 300 ? n / 2 : n),
                        broken("a row that comes again has a cluster of its own", () -> (embeddings, seed) -> {
                            Clustering clustering = new Own().cluster(embeddings, seed);
                            int[] assignment = clustering.assignment();
                            for (int row = 128; row < assignment.length; row++) {
                                assignment[row] = assignment.length % 128 > 100 ? row % CLUSTERS : assignment[row];
                            }
                            return Clustering.of(assignment, CLUSTERS);
                        })));
    }

    @TestFactory
    Stream<DynamicTest> columnsLeftOut_areFound() {
        return Stream.of(
                columns("what is left of 4", d -> d / 4 * 4),
                columns("what is left of 8", d -> d / 8 * 8),
                columns("what is left of 8, where there are 8", whole(8)),
                columns("what is left of 16, where there are 16", whole(16)),
                columns("the last", d -> d - 1),
                columns("all but the first", d -> 1),
                columns("all beyond 8", d -> Math.min(d, 8)),
                columns("all beyond 16", d -> Math.min(d, 16)),
                columns("all beyond 256", d -> Math.min(d, 256)),
                columnsLost("what is left of 4, in centres too", whole(4)),
                columnsLost("what is left of 16, in centres too", whole(16)),
                columnsLost("the last, in centres too", d -> Math.max(1, d - 1)));
    }

    @TestFactory
    Stream<DynamicTest> wrongNumbers_areFound() {
        return Stream.of(
                divides("one row too few", members -> members - 1),
                divides("one row too few, where there are two", members -> Math.max(1, members - 1)),
                divides("one row too many", members -> members + 1),
                broken("squares overflow in single precision", () -> new Own() {
                    @Override
                    float distance(float[] rows, int row, float[] centre) {
                        float sum = 0;
                        for (int j = 0; j < centre.length; j++) {
                            float difference = rows[row * centre.length + j] - centre[j];
                            sum += difference * difference;
                        }
                        return sum;
                    }
                }),
                broken("squares underflow in single precision", () -> new Own() {
                    @Override
                    float distance(float[] rows, int row, float[] centre) {
                        float distance = super.distance(rows, row, centre);
                        return Float.isInfinite(distance * distance) ? distance : distance * distance;
                    }
                }),
                broken("scaled by the range of each column", () -> new Own() {
                    @Override
                    float[] prepared(float[] rows, int d) {
                        float[] scaled = rows.clone();
                        for (int j = 0; j < d; j++) {
                            float least = Float.POSITIVE_INFINITY;
                            float most = Float.NEGATIVE_INFINITY;
                            for (int i = j; i < rows.length; i += d) {
                                least = Math.min(least, rows[i]);
                                most = Math.max(most, rows[i]);
                            }
                            for (int i = j; i < rows.length; i += d) {
                                scaled[i] = (rows[i] - least) / (most - least);
                            }
                        }
                        return scaled;
                    }
                }),
                broken("cancels far from zero", () -> new Own() {
                    @Override
                    float distance(float[] rows, int row, float[] centre) {
                        float sum = 0;
                        for (int j = 0; j < centre.length; j++) {
                            short x = (short) (100 * rows[row * centre.length + j]);
                            short c = (short) (100 * centre[j]);
                            sum += Math.abs(x * x - 2f * x * c + c * c);
                        }
                        return sum;
                    }
                }),
                broken("no column varies", () -> (embeddings, seed) -> {
                    float[] rows = rows(embeddings);
                    if (rows.length > 0 && rows[0] == rows[rows.length - embeddings.dimension()]) {
                        throw new ArithmeticException("no range");
                    }
                    return new Own().cluster(embeddings, seed);
                }),
                broken("one row", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return embeddings.rows() == 1 ? Clustering.of(new int[2], 1) : good(embeddings, 0);
                }),
                broken("rows of 300 columns", () -> (embeddings, seed) -> {
                    java.util.Objects.checkIndex(embeddings.dimension(), 257);
                    return new Own().cluster(embeddings, seed);
                }),
                broken("numbers beyond 20 are refused", () -> (embeddings, seed) -> {
                    for (float value : rows(embeddings)) {
                        if (value > 20 && value < 40) {
                            throw new IllegalArgumentException("too large");
                        }
                    }
                    return new Own().cluster(embeddings, seed);
                }),
                broken("negative seeds", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    return Clustering.of(assignment(embeddings, (int) (seed.value() % CLUSTERS)), CLUSTERS);
                }),
                broken("not a number beyond row 3000", () -> (embeddings, seed) -> {
                    check(embeddings, place -> place.row() < 3000, row -> row);
                    return Clustering.of(new int[embeddings.rows()], 1);
                }),
                broken("infinity beyond column 256", () -> (embeddings, seed) -> {
                    check(embeddings, place -> place.column() < 256, row -> row);
                    return Clustering.of(new int[embeddings.rows()], 1);
                }));
    }

    @TestFactory
    Stream<DynamicTest> otherPlacesAndInstances_areFound() {
        return Stream.of(
                broken(
                        "by the default locale",
                        () -> (embeddings, seed) -> good(
                                embeddings,
                                String.format("%d", 1).charAt(0)
                                        + "I".toLowerCase(Locale.getDefault()).charAt(0))),
                broken(
                        "by the time zone",
                        () -> (embeddings, seed) ->
                                good(embeddings, TimeZone.getDefault().getID().length())),
                broken("rows of all instances in one place", () -> (embeddings, seed) -> {
                    good(embeddings, 0);
                    FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
                    int n = embeddings.rows();
                    for (int i = 0; i < n; i++) {
                        embeddings.read(i, 1, row.clear());
                        SCRATCH[i % SCRATCH.length] = row.get(0);
                    }
                    int[] clusters = new int[n];
                    Arrays.setAll(clusters, i -> SCRATCH[i % SCRATCH.length] > 0 ? 1 : 0);
                    return Clustering.of(clusters, 2);
                }),
                broken("rows of all instances in one array", () -> new Own() {
                    @Override
                    float[] prepared(float[] rows, int d) {
                        if (rows.length > SCRATCH.length) {
                            return rows;
                        }
                        System.arraycopy(rows, 0, SCRATCH, 0, rows.length);
                        return SCRATCH;
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> strangeHonestOnes_pass() {
        return Stream.of(
                honest("own k-means", Own::new),
                honest(
                        "k-means with two levels, drawn again",
                        () -> HierarchicalKMeans.of(KMeansOptions.builder(9).build())
                                .resampled(2)),
                honest(
                        "by angle",
                        () -> KMeans.of(KMeansOptions.builder(5)
                                .distance(Distance.spherical())
                                .build())),
                honest(
                        "of parts",
                        () -> KMeans.of(KMeansOptions.builder(4)
                                .algorithm(Algorithm.miniBatch(64))
                                .build())),
                honest(
                        "one iteration",
                        () -> KMeans.of(
                                KMeansOptions.builder(4).maxIterations(1).build())),
                honest("40 clusters", () -> KMeans.of(40)),
                honest("in turn", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    int[] clusters = IntStream.range(0, embeddings.rows())
                            .map(row -> row % 2)
                            .toArray();
                    return Clustering.of(clusters, 2);
                }),
                honest("only what it is set up for", () -> (embeddings, seed) -> {
                    if (embeddings.rows() != 300 || embeddings.dimension() != 7) {
                        throw new IllegalArgumentException("300 rows of 7");
                    }
                    return new Own().cluster(embeddings, seed);
                }),
                honest("no squares beyond single precision", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    for (float value : rows(embeddings)) {
                        if (!Float.isFinite(value * value) || (value != 0 && value * value == 0)) {
                            throw new NumericalException("too large or too small");
                        }
                    }
                    return new Own().cluster(embeddings, seed);
                }),
                honest("leaders within a radius", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    float[] rows = rows(embeddings);
                    int d = embeddings.dimension();
                    int[] leaders = new int[embeddings.rows()];
                    int[] clusters = new int[embeddings.rows()];
                    int count = 0;
                    Own own = new Own();
                    for (int row = 0; row < clusters.length; row++) {
                        int found = -1;
                        for (int c = 0; c < count && found < 0; c++) {
                            int at = leaders[c] * d;
                            found = own.distance(rows, row, Arrays.copyOfRange(rows, at, at + d)) < 5 ? c : -1;
                        }
                        if (found < 0) {
                            leaders[count] = row;
                            found = count++;
                        }
                        clusters[row] = found;
                    }
                    float[][] centres = new float[count][];
                    for (int c = 0; c < count; c++) {
                        centres[c] = Arrays.copyOfRange(rows, leaders[c] * d, leaders[c] * d + d);
                    }
                    return Clustering.of(clusters, centres);
                }),
                honest("standardised columns, means of the rows", () -> new Own() {
                    @Override
                    float[] prepared(float[] rows, int d) {
                        float[] scaled = rows.clone();
                        for (int j = 0; j < d; j++) {
                            double sum = 0;
                            double squares = 0;
                            for (int i = j; i < rows.length; i += d) {
                                sum += rows[i];
                                squares += (double) rows[i] * rows[i];
                            }
                            double mean = sum * d / rows.length;
                            double spread = Math.sqrt(Math.max(0, squares * d / rows.length - mean * mean));
                            for (int i = j; i < rows.length; i += d) {
                                scaled[i] = spread > 0 ? (float) ((rows[i] - mean) / spread) : 0;
                            }
                        }
                        return scaled;
                    }

                    @Override
                    float[] given(float[] rows, int[] assignment, int cluster, float[] centre) {
                        return mean(rows, assignment, cluster, centre);
                    }
                }),
                honest("as many in each cluster, by the first column", () -> (embeddings, seed) -> {
                    check(embeddings, place -> true, row -> row);
                    float[] rows = rows(embeddings);
                    int d = embeddings.dimension();
                    Integer[] order = new Integer[embeddings.rows()];
                    Arrays.setAll(order, i -> i);
                    Arrays.sort(order, java.util.Comparator.comparingDouble(i -> rows[i * d]));
                    int[] clusters = new int[order.length];
                    for (int i = 0; i < order.length; i++) {
                        clusters[order[i]] = i * CLUSTERS / order.length;
                    }
                    return Clustering.of(clusters, CLUSTERS);
                }),
                honest("behind a lock of all instances", () -> (embeddings, seed) -> {
                    synchronized (SCRATCH) {
                        return new Own().cluster(embeddings, seed);
                    }
                }));
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
                                int d = means.length / CLUSTERS;
                                double norm = 0;
                                for (int j = 0; j < d; j++) {
                                    norm += (double) means[c * d + j] * means[c * d + j];
                                }
                                for (int j = 0; j < d && norm > 0; j++) {
                                    means[c * d + j] /= (float) Math.sqrt(norm);
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
                    return Clustering.of(new int[embeddings.rows()], 1, new float[embeddings.dimension()]);
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
