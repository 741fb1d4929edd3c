// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.AssignmentFile;
import dev.quad.linalg.Floats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * k-means: finds centres {@code c_1 … c_k} that make {@code Σ_i min_j ‖x_i − c_j‖²} small, and puts each row with its
 * nearest centre (Lloyd, 1982; greedy k-means++ seeding, Arthur and Vassilvitskii, 2007).
 *
 * <p>The centres are trained on a random sample of 256 rows a cluster, or on all rows where there are no more; then one
 * pass over all rows assigns them. Every row of the answer is with the nearest of the answer's centres, and of equally
 * near ones with the first. Training runs until no row moves, the objective hardly falls, or the iterations are used
 * up.
 *
 * <p>Centres are in the coordinates of the rows; under {@link Distance#spherical} their length is 1. Cost of an
 * iteration: {@code 2·n·k·d} floating-point operations for n training rows, nearly all in matrix products, and less
 * once centres come to rest. The bits of the result do not depend on the number of threads, nor on where the rows lie;
 * the work runs on the current fork-join pool. Immutable and safe for use by several threads at once.
 *
 * <p>With a folder (see {@link #in}), centres are saved after each iteration and assignments as they are made; a run
 * that was killed goes on there, and ends with the same clusters.
 */
public final class KMeans implements ClusterStrategy {
    private static final Logger LOG = LoggerFactory.getLogger(KMeans.class);
    static final String CENTRES = "centres.safetensors";
    static final String ASSIGNMENT = "assignment.npy";

    private final KMeansOptions options;
    private final KMeansListener listener;
    private final @Nullable Path folder;
    /** What the folder says before what it is for. */
    private final String purpose;

    private KMeans(KMeansOptions options, KMeansListener listener, @Nullable Path folder, String purpose) {
        this.options = options;
        this.listener = listener;
        this.folder = folder;
        this.purpose = purpose;
    }

    /** k-means with the default options. */
    public static KMeans of(int clusters) {
        return of(KMeansOptions.builder(clusters).build());
    }

    /** k-means with these options. */
    public static KMeans of(KMeansOptions options) {
        return of(options, KMeansListener.NONE);
    }

    /** k-means with these options that tells a listener how it goes. */
    public static KMeans of(KMeansOptions options, KMeansListener listener) {
        return new KMeans(
                Objects.requireNonNull(options, "the options are null"),
                Objects.requireNonNull(listener, "the listener is null"),
                null,
                "");
    }

    /**
     * As this, but keeping its work in a folder: {@code centres.safetensors}, which {@link Centres#load} reads, and
     * {@code assignment.npy}. For one run at a time; called again after a kill with the same rows, options and seed, it
     * goes on.
     */
    public KMeans in(Path workFolder) {
        Objects.requireNonNull(workFolder, "the work folder is null");
        return in(workFolder, "");
    }

    /** In a folder for one part of a larger run, which is refused to others. */
    KMeans in(Path workFolder, String run) {
        return new KMeans(options, listener, workFolder, run);
    }

    /**
     * Clusters all rows.
     *
     * @param embeddings at least as many rows as clusters; read once for training and once for the last pass
     * @throws IllegalArgumentException if there are no rows, or fewer rows than clusters
     * @throws dev.quad.NumericalException if a value is not finite or larger than single precision can square
     * @throws MismatchException if the folder holds a run of other options, another seed or other rows
     */
    @Override
    public Clustering cluster(Embeddings embeddings, Seed seed) {
        return cluster(embeddings, embeddings, seed);
    }

    /** Clusters all rows by centres of some. */
    Clustering cluster(Embeddings some, Embeddings all, Seed seed) {
        Centres centres = train(some, seed);
        int[] assignment =
                folder == null ? centres.assign(all, listener) : assignment(folder, identity(some, seed), centres, all);
        return Clustering.of(assignment, centres.count(), centres.toArray());
    }

    /**
     * The assignment in a folder, whose checksum the centres know before it appears; or a new one, which they get to
     * know.
     */
    private int[] assignment(Path place, String run, Centres centres, Embeddings all) {
        Path file = place.resolve(ASSIGNMENT);
        if (Files.exists(file)) {
            return centres.checked(file, assignment(place, saved(place, run)), all.rows());
        }
        return centres.assign(all, file, listener, checksum -> {
            CentresFile trained = saved(place, run);
            if (trained == null) {
                throw new InputException(place.resolve(CENTRES) + " was taken away during the run; begin again");
            }
            trained.with(ASSIGNMENT, checksum).save(place.resolve(CENTRES));
        });
    }

    /** The complete assignment beside saved centres. */
    static int[] assignment(Path place, @Nullable CentresFile saved) {
        Path file = place.resolve(ASSIGNMENT);
        String checksum = saved == null ? null : saved.notes().get(ASSIGNMENT);
        if (checksum == null) {
            throw new InputException(file + " is there, but not known to " + CENTRES + " beside it, which may have been"
                    + " taken away since; remove it and go on with the run, which makes it again");
        }
        return AssignmentFile.read(file, checksum);
    }

    /**
     * Trains centres without assigning all rows; throws as {@link #cluster} does. Centres that no row of the sample is
     * nearest to are among them.
     */
    public Centres train(Embeddings embeddings, Seed seed) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        Objects.requireNonNull(seed, "the seed is null");
        int clusters = options.clusters();
        int rows = embeddings.rows();
        if (rows < 1) {
            throw new IllegalArgumentException("there are no rows to cluster");
        }
        if (embeddings.dimension() < 1) {
            throw new IllegalArgumentException(
                    "the embeddings " + embeddings.getClass().getName() + " have dimension " + embeddings.dimension()
                            + "; allowed is 1 or more");
        }
        if (clusters > rows) {
            throw new IllegalArgumentException(clusters + " clusters were asked for, but there are only " + rows
                    + " rows; ask for " + ClusterCount.suggest(rows) + ", or any number up to " + rows);
        }
        if ((long) clusters * embeddings.dimension() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(clusters + " centres of dimension " + embeddings.dimension()
                    + " are more than 2³¹ − 9 values; ask for fewer clusters");
        }
        @Nullable CentresFile saved = folder == null ? null : saved(folder, identity(embeddings, seed));
        if (saved != null && "true".equals(saved.notes().get("trained"))) {
            return saved.centres();
        }
        int wanted = (int) Math.min(rows, (long) clusters * options.trainingRows());
        boolean few = wanted < (long) clusters * KMeansOptions.FEW_TRAINING_ROWS;
        if (few && clusters != ClusterCount.suggest(rows)) {
            LOG.warn(
                    "{} clusters are trained on {} rows, fewer than {} a cluster: many will be accidents; ask for {}",
                    clusters,
                    wanted,
                    KMeansOptions.FEW_TRAINING_ROWS,
                    rows == wanted ? "fewer clusters" : "more training rows");
        }
        int[] numbers = sample(rows, wanted, seed.stream("kmeans.sample"));
        Distance distance = options.distance();
        if (4L * wanted * embeddings.dimension() <= options.trainingMemory()) {
            try (RowBlocks training = RowBlocks.read(embeddings, numbers)) {
                RowBlocks.Extent extent = RowBlocks.extent(training);
                float[] origin = distance.origin(extent.mean);
                training.prepare(distance, origin);
                return train(training, origin, distance.reach(extent), embeddings, seed, saved);
            }
        }
        RowBlocks.Extent extent;
        float[] zeros = new float[embeddings.dimension()];
        try (Rows raw = new StreamedRows(embeddings, i -> numbers[i], wanted, Distance.euclidean(), zeros)) {
            extent = RowBlocks.extent(raw);
        }
        float[] origin = distance.origin(extent.mean);
        try (Rows training = new StreamedRows(embeddings, i -> numbers[i], wanted, distance, origin)) {
            return train(training, origin, distance.reach(extent), embeddings, seed, saved);
        }
    }

    private Centres train(
            Rows training,
            float[] origin,
            double[] reach,
            Embeddings embeddings,
            Seed seed,
            @Nullable CentresFile saved) {
        try (Floats centres = saved == null
                        ? seeds(training, origin, seed)
                        : saved.centres().toNative();
                KMeansTrainer trainer = options.algorithm().start(training, reach, centres, options)) {
            int number = 0;
            if (saved != null) {
                number = Integer.parseInt(saved.notes().getOrDefault("iteration", "0"));
                trainer.restore(saved.notes().getOrDefault("state", ""));
            }
            boolean settled = false;
            while (!settled && number < options.maxIterations()) {
                number++;
                KMeansListener.Iteration iteration = trainer.iterate(number, seed.stream("kmeans.split", number));
                settled = trainer.settled(iteration, options.tolerance());
                if (folder != null) {
                    save(
                            folder,
                            new Centres(centres.toArray(), origin, options.distance()),
                            embeddings,
                            seed,
                            Map.of(
                                    "iteration",
                                    Integer.toString(number),
                                    "state",
                                    trainer.state(),
                                    "trained",
                                    Boolean.toString(settled || number == options.maxIterations())));
                }
                listener.onIteration(iteration);
            }
            return new Centres(centres.toArray(), origin, options.distance());
        }
    }

    private Floats seeds(Rows training, float[] origin, Seed seed) {
        return options.seeding()
                .choose(new Seeding.Request(
                        training,
                        options.clusters(),
                        options.seedingRows(),
                        options.distance(),
                        origin,
                        seed.stream("kmeans.seeding")));
    }

    private void save(Path place, Centres centres, Embeddings embeddings, Seed seed, Map<String, String> notes) {
        Map<String, String> all = new java.util.TreeMap<>(notes);
        all.put("run", identity(embeddings, seed));
        new CentresFile(centres, all).save(place.resolve(CENTRES));
    }

    /** What an earlier run left in a folder; fails if that was another run. */
    static @Nullable CentresFile saved(Path place, String wanted) {
        Path file = place.resolve(CENTRES);
        if (!Files.exists(file)) {
            return null;
        }
        CentresFile found = CentresFile.load(file);
        String run = found.notes().getOrDefault("run", "");
        if (!run.equals(wanted)) {
            throw new MismatchException(file + " belongs to the run [" + run + "], but this is [" + wanted
                    + "]; use another folder, or delete it");
        }
        return found;
    }

    private String identity(Embeddings embeddings, Seed seed) {
        return purpose + identity(options, embeddings, seed);
    }

    /** Everything that determines a clustering. */
    static String identity(KMeansOptions options, Embeddings embeddings, Seed seed) {
        String rows =
                Fingerprint.of("rows").add(Centres.sampleDigest(embeddings)).hex();
        return options + " seed=" + seed.value() + " rows=" + embeddings.rows() + "×" + embeddings.dimension() + " "
                + rows.substring(0, 16);
    }

    /**
     * Distinct numbers of rows, ascending, each set equally likely (Knuth, volume 2, algorithm 3.4.2 S).
     *
     * @param rows the numbers are below it
     * @param wanted how many, in {@code [0, rows]}
     */
    public static int[] sample(int rows, int wanted, RandomGenerator random) {
        Objects.requireNonNull(random, "the source of random numbers is null; give seed.stream(purpose)");
        if (wanted < 0 || wanted > rows) {
            throw new IllegalArgumentException(
                    wanted + " of " + rows + " rows were asked for; allowed is [0, " + rows + "]");
        }
        int[] chosen = new int[wanted];
        int count = 0;
        for (int row = 0; count < wanted; row++) {
            if (wanted - count == rows - row || (rows - row) * random.nextDouble() < wanted - count) {
                chosen[count++] = row;
            }
        }
        return chosen;
    }

    @Override
    public String toString() {
        return "k-means: " + options;
    }
}
