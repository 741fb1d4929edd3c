// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * k-means in two levels, for many clusters: first {@code √k} coarse clusters, then each of them is split into a number
 * of clusters in proportion to its size, so that sizes are even (as in balanced k-means on graphics processors). With
 * {@linkplain #resampled resampling} it is the space that is divided evenly, and not the rows.
 *
 * <p>A row is compared with {@code √k} coarse centres and then with those inside one, so that the last pass costs about
 * {@code 4·n·√k·d} operations in place of {@code 2·n·k·d}, and training likewise. A row near the border of a coarse
 * cluster may have a nearer centre on the other side; {@link #train} gives all centres, and {@link Centres#cluster} the
 * exact pass. Deterministic as {@link KMeans}. Immutable and safe for use by several threads at once.
 */
public final class HierarchicalKMeans implements ClusterStrategy {
    private static final int FEWEST_DRAWN = 10;

    private final KMeansOptions options;
    private final KMeansListener listener;
    private final int coarse;
    private final int resamplings;
    private final @Nullable Path folder;

    private HierarchicalKMeans(
            KMeansOptions options, KMeansListener listener, int coarse, int resamplings, @Nullable Path folder) {
        this.options = options;
        this.listener = listener;
        this.coarse = coarse;
        this.resamplings = resamplings;
        this.folder = folder;
    }

    /** {@code √k} coarse clusters. */
    public static HierarchicalKMeans of(KMeansOptions options) {
        Objects.requireNonNull(options, "the options are null");
        return of(options, coarse(options.clusters()), KMeansListener.NONE);
    }

    /** How many coarse clusters {@link #of(KMeansOptions)} makes: {@code √k}, rounded. */
    public static int coarse(int clusters) {
        return (int) Math.round(Math.sqrt(clusters));
    }

    /**
     * With a given number of coarse clusters.
     *
     * @param options the clusters wanted in all, and how both levels are trained
     * @param coarse in {@code [1, options.clusters()]}
     * @param listener hears the iterations of one k-means after the other, then the assignment of all rows
     */
    public static HierarchicalKMeans of(KMeansOptions options, int coarse, KMeansListener listener) {
        Objects.requireNonNull(options, "the options are null");
        Objects.requireNonNull(listener, "the listener is null");
        if (coarse < 1 || coarse > options.clusters()) {
            throw new IllegalArgumentException(coarse + " coarse clusters were asked for; allowed is [1, "
                    + options.clusters() + "], the number of clusters in all");
        }
        return new HierarchicalKMeans(options, listener, coarse, 0, null);
    }

    /**
     * As this, with centres that spread evenly over where rows are, however many there are (Vo et al., "Automatic data
     * curation for self-supervised learning: a clustering-based approach", 2024, section 3).
     *
     * <p>Where rows have the density {@code p} in {@code d} dimensions, many centres of k-means have a density
     * proportional to {@code p^(d/(d+2))} (Zador, 1982): less uneven than that of the rows. So on both levels, times
     * over, up to r rows are drawn from each cluster, the centres are trained anew on these, whose density is that of
     * the centres before, and all rows are assigned to them; after t times the exponent is {@code (d/(d+2))^(t+1)}. The
     * coarse clusters are then split into equally many.
     *
     * <p>r is an eighth of the mean size of a cluster, but at least 10 and at most {@link KMeansOptions#trainingRows};
     * a cluster of fewer rows gives all of them, which bounds how even it gets. The authors take the half that is
     * nearest to the centre; rows drawn at random stand for their cluster where they are few. Their levels go from fine
     * to coarse, these from coarse to fine. Each time costs as much as the level did.
     *
     * @param times {@code >= 0}; the authors take 10, and 0 leaves all as it is
     */
    public HierarchicalKMeans resampled(int times) {
        if (times < 0) {
            throw new IllegalArgumentException(times + " resamplings were asked for; allowed is 0 or more");
        }
        return new HierarchicalKMeans(options, listener, coarse, times, folder);
    }

    /**
     * As this, but keeping its work in a folder, for one run at a time; called again after a kill with the same rows,
     * options and seed, it goes on. At the end the folder holds {@code centres.safetensors}, which {@link Centres#load}
     * reads, and {@code assignment.npy}; until then {@code 8·(1 + resamplings)} bytes a row.
     */
    public HierarchicalKMeans in(Path workFolder) {
        Objects.requireNonNull(workFolder, "the work folder is null");
        return new HierarchicalKMeans(options, listener, coarse, resamplings, workFolder);
    }

    /** The coarse clusters, and how the members of each are divided. */
    private record Levels(Clustering top, List<Clustering> parts) {}

    private record Result(Centres centres, Clustering clustering) {}

    /**
     * Clusters all rows; each row is read three times.
     *
     * @throws IllegalArgumentException if there are fewer rows than clusters
     * @throws dev.quad.NumericalException if a value is not finite
     * @throws dev.quad.MismatchException if the folder holds a run of other options, another seed or other rows
     */
    @Override
    public Clustering cluster(Embeddings embeddings, Seed seed) {
        return result(embeddings, seed).clustering();
    }

    /** All centres of the lower level; throws as {@link #cluster} does. */
    public Centres train(Embeddings embeddings, Seed seed) {
        return result(embeddings, seed).centres();
    }

    private Result result(Embeddings embeddings, Seed seed) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        Objects.requireNonNull(seed, "the seed is null");
        if (embeddings.rows() < options.clusters()) {
            throw new IllegalArgumentException(options.clusters() + " clusters were asked for, but there are only "
                    + embeddings.rows() + " rows; ask for no more clusters than rows");
        }
        @Nullable TwoLevelFolder place = folder == null ? null : new TwoLevelFolder(folder, identity(embeddings, seed));
        @Nullable Centres done = place == null ? null : place.centres();
        if (place != null && done != null) {
            return result(done, done.checked(place.assignmentFile(), place.assignment(), embeddings.rows()));
        }
        Levels levels = levels(embeddings, seed, place);
        int[] assignment = assignment(levels, embeddings.rows());
        Centres centres =
                Centres.of(centres(levels, embeddings.dimension()), embeddings.dimension(), options.distance());
        if (place != null) {
            place.write(centres, assignment);
        }
        return result(centres, assignment);
    }

    private static Result result(Centres centres, int[] assignment) {
        return new Result(centres, Clustering.of(assignment, centres.count(), centres.toArray()));
    }

    private String identity(Embeddings embeddings, Seed seed) {
        return "coarse=" + coarse + " resamplings=" + resamplings + " " + KMeans.identity(options, embeddings, seed);
    }

    private static int[] assignment(Levels levels, int rows) {
        int[] assignment = new int[rows];
        int first = 0;
        for (int c = 0; c < levels.parts().size(); c++) {
            Clustering part = levels.parts().get(c);
            for (int i = 0; i < part.size(); i++) {
                assignment[levels.top().member(c, i)] = first + part.clusterOf(i);
            }
            first += part.clusterCount();
        }
        return assignment;
    }

    private Levels levels(Embeddings embeddings, Seed seed, @Nullable TwoLevelFolder place) {
        Clustering top = level(embeddings, coarse, seed, place, "coarse");
        int[] shares = shares(top, options.clusters(), resamplings == 0 ? top::size : c -> 1);
        List<Clustering> parts = new ArrayList<>();
        for (int c = 0; c < shares.length; c++) {
            int cluster = c;
            Embeddings members = new Subset(embeddings, top.size(c), i -> top.member(cluster, i));
            Seed own = new Seed(seed.stream("hierarchical.split", c).nextLong());
            parts.add(level(members, shares[c], own, place, "part-" + c));
        }
        return new Levels(top, parts);
    }

    private Clustering level(Embeddings rows, int clusters, Seed seed, @Nullable TwoLevelFolder place, String name) {
        KMeans kMeans = KMeans.of(options.with(clusters), listener);
        Clustering result = (place == null ? kMeans : place.in(kMeans, name)).cluster(rows, seed);
        for (int time = 0; time < resamplings; time++) {
            int[] drawn = draw(result, clusters, seed.stream("hierarchical.resample", time));
            if (drawn.length < clusters || drawn.length == rows.rows()) {
                break; // of clusters so small nothing can be left out
            }
            Seed own = new Seed(seed.stream("hierarchical.refit", time).nextLong());
            result = (place == null ? kMeans : place.in(kMeans, name + "-again-" + time))
                    .cluster(new Subset(rows, drawn.length, i -> drawn[i]), rows, own);
        }
        return result;
    }

    /** Equally many members of each cluster, or all where there are no more, ascending. */
    private int[] draw(Clustering clustering, int clusters, RandomGenerator random) {
        int most = Math.min(options.trainingRows(), Math.max(FEWEST_DRAWN, clustering.size() / (8 * clusters)));
        return IntStream.range(0, clustering.clusterCount())
                .flatMap(c -> Arrays.stream(
                                KMeans.sample(clustering.size(c), Math.min(most, clustering.size(c)), random))
                        .map(i -> clustering.member(c, i)))
                .sorted()
                .toArray();
    }

    private static float[] centres(Levels levels, int dimension) {
        int count = levels.parts().stream().mapToInt(Clustering::clusterCount).sum();
        FloatBuffer centres = FloatBuffer.allocate(Math.multiplyExact(count, dimension));
        for (Clustering part : levels.parts()) {
            for (int c = 0; c < part.clusterCount(); c++) {
                centres.put(part.centre(c).orElseThrow());
            }
        }
        return centres.array();
    }

    /**
     * Divides clusters by weight: each gets one, and each further goes to the one whose parts would weigh most
     * (D'Hondt's method) of those that have more members than parts.
     */
    static int[] shares(Clustering top, int clusters, IntUnaryOperator weight) {
        int[] shares = new int[top.clusterCount()];
        Arrays.fill(shares, 1);
        PriorityQueue<Integer> queue = new PriorityQueue<>((a, b) -> {
            long left = (long) weight.applyAsInt(a) * (shares[b] + 1);
            long right = (long) weight.applyAsInt(b) * (shares[a] + 1);
            return left != right ? Long.compare(right, left) : Integer.compare(a, b);
        });
        for (int c = 0; c < shares.length; c++) {
            addUnlessDivided(queue, top, shares, c);
        }
        for (int given = shares.length; given < clusters; given++) {
            int c = queue.remove();
            shares[c]++;
            addUnlessDivided(queue, top, shares, c);
        }
        return shares;
    }

    private static void addUnlessDivided(PriorityQueue<Integer> queue, Clustering top, int[] shares, int cluster) {
        if (shares[cluster] < top.size(cluster)) {
            queue.add(cluster);
        }
    }

    @Override
    public String toString() {
        return "k-means in two levels, " + coarse + " coarse clusters: " + options;
    }
}
