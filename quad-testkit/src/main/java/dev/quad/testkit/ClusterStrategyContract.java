// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link ClusterStrategy} promises.
 *
 * <p>What a good clustering is, is for the strategy to say; but it says the same whatever the shape of the rows. If it
 * puts each row with the nearest of its centres in one shape, equal rows together, or gives the means of clusters as
 * their centres, then it must, but for few rows, in all: with few rows and many, columns few and many, numbers of any
 * size. A strategy may refuse a shape other than the one that it is set up for, as {@link ClusterStrategy#cluster}
 * says.
 */
public abstract class ClusterStrategyContract {
    private static final int ROWS = 300;
    private static final int DIMENSION = 7;
    private static final int MANY = 32;
    private static final int CALLS = 40;
    /** The share of equal rows that must be together, and of rows that must be with the nearest centre, as all are. */
    private static final double MOST = 0.8;

    private static final double HALF = 0.5;
    /** So near to the means, as a share of the spread of the rows, are centres that seem meant to be means. */
    private static final double LIKE_MEANS = 0.15;
    /** And nowhere so far, as those of a sample or an iteration too few are not either. */
    private static final double OFF_MEANS = 0.6;

    /**
     * The strategy, set up so that it can cluster 300 rows of 7 numbers; called more than once, and always the same. It
     * is asked about rows of other shapes too, up to 6,000, and may refuse them with an
     * {@link IllegalArgumentException}.
     */
    protected abstract ClusterStrategy strategy();

    private ClusterStrategy tested() {
        return Answers.made("strategy()", strategy());
    }

    private static float[] rows(long key) {
        RandomGenerator random = Numbers.of(key);
        float[] rows = new float[ROWS * DIMENSION];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian() + 4 + Clustered.middle(i / DIMENSION % 3, i % DIMENSION);
        }
        return rows;
    }

    private static Embeddings guarded(float[] rows) {
        return guarded(rows, DIMENSION, () -> {});
    }

    /** Rows that are asked for as {@link Embeddings#read} says, and only so; something may happen after each read. */
    private static Embeddings guarded(float[] rows, int dimension, Runnable afterRead) {
        Embeddings embeddings = Embeddings.of(rows, dimension);
        return new Embeddings() {
            @Override
            public int rows() {
                return embeddings.rows();
            }

            @Override
            public int dimension() {
                return dimension;
            }

            @Override
            public void read(int firstRow, int rowCount, FloatBuffer target) {
                Objects.checkFromIndexSize(firstRow, rowCount, embeddings.rows());
                embeddings.read(firstRow, rowCount, target);
                afterRead.run();
            }
        };
    }

    private static Clustering cluster(ClusterStrategy strategy, long key) {
        return cluster(strategy, guarded(rows(key)), key);
    }

    private static Clustering cluster(ClusterStrategy strategy, Embeddings rows, long seed) {
        String call = "cluster of " + rows.rows() + " rows of " + rows.dimension() + " finite numbers, seed " + seed;
        try {
            return Answers.given(call, strategy.cluster(rows, new Seed(seed)));
        } catch (RuntimeException e) {
            throw new AssertionError(call + ", which it is set up for, threw " + e, e);
        }
    }

    /** All that a clustering tells. */
    private static List<Object> content(Clustering clustering) {
        List<Object> content = new ArrayList<>();
        content.add(clustering.clusterCount());
        content.add(clustering.dropped());
        for (int row = 0; row < clustering.size(); row++) {
            content.add(clustering.clusterOf(row));
        }
        for (int cluster = 0; cluster < clustering.clusterCount(); cluster++) {
            clustering.centre(cluster).ifPresent(centre -> {
                for (float value : centre) {
                    content.add(value);
                }
            });
        }
        return content;
    }

    /** Each row is in one cluster and no cluster is empty. */
    @Test
    public void cluster_allRows_arePartitioned() {
        Clustering clustering = cluster(tested(), 5);
        assertThat(clustering.size())
                .as("the size of the clustering of %s rows", ROWS)
                .isEqualTo(ROWS);
        assertThat(clustering.clusterCount()).as("clusters of %s rows", ROWS).isBetween(1, ROWS);
    }

    /** The same rows and seed give the same clusters: twice in a row, after other rows, and from another instance. */
    @Test
    public void cluster_again_isTheSame() {
        ClusterStrategy strategy = tested();
        Embeddings same = guarded(rows(5));
        List<Object> first = content(cluster(strategy, same, 5));
        assertThat(content(cluster(strategy, same, 5)))
                .as("asked twice in a row")
                .isEqualTo(first);
        assertThat(content(cluster(strategy, 6)))
                .as("other rows and another seed, asked of an instance that was used and of a new one")
                .isEqualTo(content(cluster(tested(), 6)));
        assertThat(content(cluster(strategy, same, 6)))
                .as("the same rows with another seed, asked of an instance that was used and of a new one")
                .isEqualTo(content(cluster(tested(), guarded(rows(5)), 6)));
        float[] fewer = Arrays.copyOf(rows(7), ROWS / 2 * DIMENSION);
        assertThat(taken(strategy, fewer))
                .as("fewer rows, asked of an instance that was used and of a new one")
                .isEqualTo(taken(tested(), fewer));
        assertThat(content(cluster(strategy, 5)))
                .as("asked about other rows in between")
                .isEqualTo(first);
        assertThat(content(cluster(tested(), 5)))
                .as("asked of another instance")
                .isEqualTo(first);
    }

    /** What is told of these rows; empty where as many are refused. */
    private static Optional<List<Object>> taken(ClusterStrategy strategy, float[] rows) {
        Clustering clustering;
        try {
            clustering = strategy.cluster(guarded(rows), new Seed(7));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
        return Optional.of(content(clustering));
    }

    /** The number of threads changes nothing. */
    @Test
    public void cluster_otherThreads_isTheSame() {
        List<Object> first = content(cluster(tested(), 5));
        for (int threads : new int[] {1, 2, 5}) {
            assertThat(Threads.in(threads, () -> content(cluster(tested(), 5))))
                    .as("in a pool of %s threads", threads)
                    .isEqualTo(first);
        }
    }

    /**
     * Where there are centres, each cluster has one, of finite numbers and of the length of a row, and the members of a
     * cluster are on the whole nearer to their own than to the others, by distance or by angle.
     */
    @Test
    public void centres_whereThereAreSome_areThoseOfTheClusters() {
        Clustering clustering = cluster(tested(), 5);
        int clusters = clustering.clusterCount();
        long centres = IntStream.range(0, clusters)
                .filter(cluster -> clustering.centre(cluster).isPresent())
                .count();
        assertThat(centres)
                .as("centres of %s clusters, of each or of none", clusters)
                .isIn(0L, (long) clusters);
        List<Clustered> shapes = new ArrayList<>(plainShapes(MANY));
        clustered("without a group at the zero", rows(5), DIMENSION).ifPresent(shapes::add);
        shapes.removeIf(shape -> !shape.hasCentres());
        for (Clustered shape : shapes) {
            assertThat(shape.isNearOwn())
                    .as(
                            "whether rows are nearer to the centre of their own cluster than to those of all, by squared"
                                    + " distance or by angle; of %s",
                            shape)
                    .isTrue();
        }
        assertThat(holds(shapes, shape -> !isLikeMeans(shape) && isLikeMeans(shape.turned())))
                .as("whether centres are the means of clusters written column by column, not row by row")
                .isFalse();
        assertThat(holds(shapes, shape -> shape.isSum(size -> 1)))
                .as("whether centres are the sums of the rows of clusters, which are to be divided by their number")
                .isFalse();
        assertThat(holds(shapes, shape -> shape.isSum(size -> shape.n())))
                .as("whether centres are the sums of the rows of clusters by the number of all rows, not by their own")
                .isFalse();
    }

    /** A value that is not finite is an error that names the row, wherever it is. */
    @Test
    public void cluster_valueNotFinite_namesTheRow() {
        ClusterStrategy strategy = tested();
        float[] kinds = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int row = 0; row < ROWS; row++) {
            float[] rows = rows(5);
            rows[row * DIMENSION + row % DIMENSION] = kinds[row % kinds.length];
            assertThatThrownBy(
                            () -> strategy.cluster(guarded(rows), new Seed(1)),
                            "cluster of rows of which row %s holds %s in column %s",
                            row,
                            kinds[row % kinds.length],
                            row % DIMENSION)
                    .isInstanceOf(NumericalException.class)
                    .hasMessageMatching("(?s).*(?<!\\d)" + row + "(?!\\d).*");
        }
        assertThat(content(cluster(strategy, 5)))
                .as("clusters after %s calls, asked of the instance that had them and of a new one", ROWS)
                .isEqualTo(content(cluster(tested(), 5)));
    }

    /** What was refused leaves nothing behind. */
    @Test
    public void cluster_afterRefusal_isTheSame() {
        ClusterStrategy strategy = tested();
        float[] rows = rows(6);
        rows[ROWS * DIMENSION - 1] = Float.NaN;
        assertThatThrownBy(
                        () -> strategy.cluster(guarded(rows), new Seed(5)),
                        "cluster of %s rows whose last number is NaN",
                        ROWS)
                .isInstanceOf(NumericalException.class);
        assertThat(content(cluster(strategy, 5)))
                .as("clusters after a refusal, asked of the instance that refused and of a new one")
                .isEqualTo(content(cluster(tested(), 5)));
    }

    /** What the strategy makes of rows of any shape, if it does not refuse them; all that any clustering must be. */
    private Optional<Clustered> clustered(String what, float[] rows, int dimension) {
        String call = "cluster of " + rows.length / dimension + " rows of " + dimension + " numbers, " + what;
        Clustering clustering;
        try {
            clustering = Answers.given(call, tested().cluster(guarded(rows, dimension, () -> {}), new Seed(5)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        } catch (NumericalException e) {
            throw (NumericalException) new NumericalException(call + ", threw: " + e.getMessage()).initCause(e);
        } catch (RuntimeException e) {
            throw new AssertionError(
                    call + ", threw " + e + "; a shape is to be refused by an IllegalArgumentException", e);
        }
        Clustered clustered = new Clustered(what, rows, dimension, clustering);
        assertThat(clustering.size())
                .as("the size of the clustering of %s", clustered)
                .isEqualTo(clustered.n());
        int clusters = clustering.clusterCount();
        assertThat(clusters).as("clusters of %s", clustered).isBetween(1, clustered.n());
        for (int cluster = 0; cluster < clusters && clustered.hasCentres(); cluster++) {
            float[] centre = clustering.centre(cluster).orElseThrow();
            assertThat(centre).as("centre %s of %s", cluster, clustered).hasSize(dimension);
            for (float value : centre) {
                assertThat(value)
                        .as("a value of centre %s of %s", cluster, clustered)
                        .isFinite();
            }
        }
        return Optional.of(clustered);
    }

    private Optional<Clustered> groups(int n, int dimension, float offset, float factor) {
        return clustered(
                "in groups, times " + factor + " and " + offset + " more",
                Clustered.groups(n, dimension, new Clustered.Scale(offset, factor)),
                dimension);
    }

    /** Of numbers of rows and columns that blocks of many sizes divide. */
    private List<Clustered> plainShapes(int dimension) {
        return IntStream.of(200, 256, 300, 512)
                .mapToObj(n -> groups(n, dimension, 0, 1))
                .flatMap(Optional::stream)
                .filter(shape -> shape.hasSeveral() && shape.clustering().clusterCount() <= shape.n() / 4)
                .toList();
    }

    /** Whether it holds for two plain shapes at least, which is no accident. */
    private static boolean holds(List<Clustered> shapes, Predicate<Clustered> property) {
        return shapes.stream().filter(property).count() > 1;
    }

    private static boolean isLikeMeans(Clustered shape) {
        return shape.hasCentres() && shape.offMeans() < LIKE_MEANS;
    }

    private static boolean isWithNearest(List<Clustered> shapes) {
        return holds(shapes, shape -> shape.hasCentres() && shape.nearest() == 1);
    }

    /** One row, as few as there are clusters, equal rows, columns that are constant, wide rows: each is a partition. */
    @Test
    public void cluster_extremeShapes_arePartitioned() {
        for (int n = 1; n <= 12; n++) {
            groups(n, DIMENSION, 0, 1);
            groups(n, 1, 0, 1);
            clustered("all equal", filled(n * DIMENSION, 3), DIMENSION);
        }
        for (int n : new int[] {20, 50, 64, 100, 300}) {
            for (float value : new float[] {0, -0f, 1, 0.1f, -1000}) {
                clustered("all equal", filled(n * DIMENSION, value), DIMENSION);
            }
            float[] two = new float[n * DIMENSION];
            for (int i = 0; i < two.length; i++) {
                two[i] = i / DIMENSION % 5 == 0 ? 7 : i % DIMENSION;
            }
            clustered("of which many are equal", two, DIMENSION);
            float[] constant = Clustered.groups(n, DIMENSION, Clustered.Scale.ONE);
            for (int row = 0; row < n; row++) {
                constant[row * DIMENSION] = 0;
                constant[row * DIMENSION + DIMENSION - 1] = 5;
            }
            clustered("of which two columns are constant", constant, DIMENSION);
        }
        for (int dimension : new int[] {1, 2, 300, 1025}) {
            groups(40, dimension, 0, 1);
        }
    }

    /** What the strategy does with rows of plain shapes it does with all; see the class. */
    @Test
    public void cluster_anyShape_isClusteredAlike() {
        List<Clustered> plain = plainShapes(MANY);
        boolean isWithNearest = isWithNearest(plain);
        boolean isTogether = holds(plain, shape -> shape.together() == 1)
                || holds(plainShapes(1), shape -> shape.together() == 1); // where rows and columns cannot be mistaken
        boolean isMean = holds(plain, ClusterStrategyContract::isLikeMeans);
        List<Clustered> shapes = new ArrayList<>(plain);
        int[][] sizes = {
            {63, 5}, {99, 9}, {101, 3}, {127, 6}, {199, 4}, {255, 10}, {257, 2}, {300, 7}, {511, 12}, {1023, 5},
            {1999, 3}, {6000, 2}, {60, 300}, {65, 301}
        };
        for (int[] size : sizes) {
            groups(size[0], size[1], 0, 1).ifPresent(shapes::add);
        }
        assertThat(groups(ROWS, DIMENSION, 0, 1))
                .as("clusters of %s rows of %s numbers, which the strategy is set up for", ROWS, DIMENSION)
                .isPresent();
        for (float offset : new float[] {1000, -1000}) {
            groups(301, DIMENSION, offset, 1).ifPresent(shapes::add);
        }
        for (float factor : new float[] {0x1p-12f, 0x1p12f}) {
            groups(ROWS, DIMENSION, 0, factor).ifPresent(shapes::add);
        }
        for (Clustered shape : shapes) {
            if (shape.hasSeveral()) {
                assertThat(isTogether ? shape.together() : 1)
                        .as("the share of equal rows that are together, as all are in other shapes; of %s", shape)
                        .isGreaterThan(MOST);
                assertThat(isWithNearest && shape.hasCentres() ? shape.nearest() : 1)
                        .as(
                                "the share of rows that are with the nearest centre, as all are in other shapes; of %s",
                                shape)
                        .isGreaterThan(HALF);
            }
            assertThat(isMean && shape.hasCentres() ? shape.offMeans() : 0)
                    .as("how far centres are from the means of clusters, which they are in other shapes; of %s", shape)
                    .isLessThan(OFF_MEANS);
        }
    }

    /**
     * Where rows are with the nearest centre, no column is left out; and where there are centres at all, it is not all
     * columns but one.
     */
    @Test
    public void cluster_anyColumn_counts() {
        List<Clustered> plain = plainShapes(MANY);
        boolean isWithNearest = isWithNearest(plain)
                || IntStream.of(DIMENSION, 12, 20).anyMatch(columns -> isWithNearest(plainShapes(columns)));
        if (!isWithNearest && !holds(plain, Clustered::hasCentres)) {
            return;
        }
        for (int dimension : isWithNearest ? new int[] {DIMENSION, 13, 31, 301} : new int[] {DIMENSION}) {
            RandomGenerator random = Numbers.of(dimension);
            float[] rows = new float[100 * dimension];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = (float) random.nextGaussian();
            }
            Optional<Clustered> before = clustered("without groups", rows, dimension);
            if (before.isEmpty()
                    || before.get().clustering().clusterCount() == before.get().n()) {
                continue;
            }
            List<Integer> ignored = new ArrayList<>();
            int columns = 0;
            for (int column = 0; column < dimension; column += step(column, dimension)) {
                columns++;
                if (isIgnored(before.get(), column)) {
                    ignored.add(column);
                }
            }
            assertThat(isWithNearest ? ignored.size() : 0)
                    .as(
                            "columns that change nothing in the clusters of %s, whatever is in them: %s",
                            before.get(), ignored)
                    .isZero();
            assertThat(columns - ignored.size())
                    .as(
                            "columns of %s that change anything in clusters with centres, of %s tried",
                            before.get(), columns)
                    .isNotEqualTo(1);
        }
    }

    /** Each of the first, fewer of those after, and the last. */
    private static int step(int column, int dimension) {
        int left = dimension - 1 - column;
        return column < 13 || left == 0 ? 1 : Math.min(left, (left + 3) / 4 + 1);
    }

    /** Whether the clusters are the same when the column makes two groups. */
    private boolean isIgnored(Clustered before, int column) {
        float[] rows = before.rows().clone();
        for (int row = 0; row < before.n(); row++) {
            rows[row * before.dimension() + column] = row % 2 == 0 ? 30 : -30;
        }
        Optional<Clustered> after = clustered("with two groups by column " + column, rows, before.dimension());
        assertThat(after)
                .as("clusters of %s, of which as many were clustered before", before)
                .isPresent();
        return Arrays.equals(after.orElseThrow().partition(), before.partition());
    }

    /**
     * Numbers whose squares single precision does not hold: they are refused, or told apart as the same numbers at
     * other scales are.
     */
    @Test
    public void cluster_veryLargeOrSmallNumbers_areToldApart() {
        boolean isAnyScale = true;
        for (float factor : new float[] {0x1p-12f, 1, 0x1p12f}) {
            isAnyScale &= groups(66, 6, 0, factor).filter(Clustered::hasSeveral).isPresent();
        }
        for (float factor : new float[] {0x1p-83f, 0x1p67f}) {
            Optional<Clustered> found;
            try {
                found = groups(66, 6, 0, factor);
            } catch (NumericalException e) {
                continue;
            }
            boolean isAlike = !isAnyScale || found.isEmpty() || found.get().hasSeveral();
            assertThat(isAlike)
                    .as(
                            "groups that are told apart as they are, 4096 times as large and as small, are so times %s",
                            factor)
                    .isTrue();
        }
    }

    /** A seed may be any number, none of which means another one each time. */
    @Test
    public void cluster_anySeed_arePartitioned() {
        for (long seed : new long[] {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE, -123_456_789_012L}) {
            Clustering clustering = cluster(tested(), guarded(rows(5)), seed);
            assertThat(clustering.size()).as("the size under the seed %s", seed).isEqualTo(ROWS);
            assertThat(content(cluster(tested(), guarded(rows(5)), seed)))
                    .as("the clusters under the seed %s, asked of another instance", seed)
                    .isEqualTo(content(clustering));
        }
    }

    /** A value that is not finite is found in any shape, or the shape refused. */
    @Test
    public void cluster_valueNotFinite_isFoundInAnyShape() {
        int[][] sizes = {{1, 3}, {33, 1}, {129, 5}, {1999, 3}, {4099, 2}, {40, 301}};
        for (int[] size : sizes) {
            for (int row : new int[] {0, size[0] / 2, size[0] / 4 * 3, size[0] - 1}) {
                for (int column : new int[] {0, size[1] - 1}) {
                    float[] rows = Clustered.groups(size[0], size[1], Clustered.Scale.ONE);
                    rows[row * size[1] + column] = column == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
                    assertThatThrownBy(
                                    () -> tested().cluster(guarded(rows, size[1], () -> {}), new Seed(1)),
                                    "cluster of %s rows of which row %s is not finite in column %s of %s",
                                    size[0],
                                    row,
                                    column,
                                    size[1])
                            .isInstanceOfAny(NumericalException.class, IllegalArgumentException.class)
                            .satisfies(e -> assertThat(e instanceof NumericalException ? e.getMessage() : "" + row)
                                    .as("the message names row %s", row)
                                    .matches("(?s).*(?<!\\d)" + row + "(?!\\d).*"));
                }
            }
        }
    }

    /** Neither the default locale nor the time zone changes anything; JUnit runs nothing beside this. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void cluster_elsewhere_isTheSame() {
        ClusterStrategy strategy = tested();
        List<Object> expected = content(cluster(strategy, 5));
        Elsewhere.each(where -> {
            assertThat(content(cluster(strategy, 5))).as(where).isEqualTo(expected);
            assertThat(content(cluster(tested(), 5)))
                    .as("by one made %s", where)
                    .isEqualTo(expected);
        });
    }

    /** Two that work at once do not disturb each other, whether one is asked while the other reads or at any time. */
    @Test
    public void cluster_twoAtOnce_isTheSame() {
        List<ClusterStrategy> both = List.of(tested(), tested());
        if (!Threads.areApart(both.get(0), both.get(1))) {
            return;
        }
        float[] back = rows(6);
        for (int i = 0; i < back.length; i++) {
            back[i] = 8 - back[i];
        }
        List<List<Object>> expected =
                List.of(content(cluster(tested(), 5)), content(cluster(tested(), guarded(back), 5)));
        for (int when : new int[] {1, 2, 3, 5, 9, 20, 100, 290}) {
            FutureTask<List<Object>> other = new FutureTask<>(() -> content(cluster(both.get(1), guarded(back), 5)));
            AtomicInteger left = new AtomicInteger(when);
            Embeddings rows = guarded(rows(5), DIMENSION, () -> {
                if (left.decrementAndGet() == 0) {
                    Threads.start(other);
                }
            });
            List<Object> found = content(cluster(both.get(0), rows, 5));
            other.run(); // where there were fewer reads
            assertThat(found).as("while another was asked").isEqualTo(expected.get(0));
            assertThat(Threads.result(other)).as("asked while another read").isEqualTo(expected.get(1));
        }
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int k = 0; k < 2; k++) {
            int which = k;
            tasks.add(new FutureTask<>(
                    () -> {
                        for (int call = 0; call < CALLS; call++) {
                            float[] rows = which == 0 ? rows(5) : back;
                            assertThat(content(cluster(both.get(which), guarded(rows), 5)))
                                    .as("beside another, call %s", call)
                                    .isEqualTo(expected.get(which));
                        }
                    },
                    null));
            new Thread(tasks.get(k)).start();
        }
        tasks.forEach(Threads::result);
    }

    private static float[] filled(int length, float value) {
        float[] filled = new float[length];
        Arrays.fill(filled, value);
        return filled;
    }

    /** No rows cannot be clustered. */
    @Test
    public void cluster_noRows_isRefused() {
        assertThatThrownBy(() -> tested().cluster(guarded(new float[0]), new Seed(1)), "cluster of no rows")
                .isInstanceOf(IllegalArgumentException.class);
    }
}
