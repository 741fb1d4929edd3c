// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.smile;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import smile.math.MathEx;

/** One run of an algorithm of Smile: what it may cost, its rows as Smile wants them, and its random numbers. */
final class SmileRun {
    private static final double LONGEST_SECONDS = 600;

    private final String name;
    private final Embeddings embeddings;
    private final long seed;

    private SmileRun(String name, Embeddings embeddings, long seed) {
        this.name = name;
        this.embeddings = embeddings;
        this.seed = seed;
    }

    static SmileRun start(String algorithm, Embeddings embeddings, Seed seed) {
        if (embeddings.rows() == 0) {
            throw new IllegalArgumentException("there are no rows to cluster");
        }
        String name = "Smile's " + algorithm + " of " + embeddings.rows() + " rows × " + embeddings.dimension();
        memory(name, 3.0 * 8 * embeddings.rows() * embeddings.dimension());
        return new SmileRun(name, embeddings, seed.stream("smile").nextLong());
    }

    int rows() {
        return embeddings.rows();
    }

    int dimension() {
        return embeddings.dimension();
    }

    void atLeast(int wanted, String what) {
        if (wanted > rows()) {
            throw new IllegalArgumentException(wanted + " " + what + " were asked for, but there are only " + rows()
                    + " rows; ask for no more " + what + " than rows");
        }
    }

    void seconds(double estimate) {
        seconds(name, estimate);
    }

    /** Refuses what would take too long. */
    static void seconds(String name, double estimate) {
        if (estimate > LONGEST_SECONDS) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s would take about %,.0f minutes; allowed are %.0f: use dev.quad.cluster.KMeans, or fewer rows",
                    name,
                    estimate / 60,
                    LONGEST_SECONDS / 60));
        }
    }

    /** Refuses what the heap cannot hold. */
    static void memory(String name, double bytes) {
        double heap = Runtime.getRuntime().maxMemory();
        if (bytes > 0.7 * heap) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s would take about %,.0f MiB of heap, and there are %,.0f; use dev.quad.cluster.KMeans, which"
                            + " reads its rows in blocks, or start Java with a larger -Xmx",
                    name,
                    bytes / (1 << 20),
                    heap / (1 << 20)));
        }
    }

    /** Runs on a thread of its own, because Smile keeps a generator for each thread. */
    Clustering call(Function<double[][], Clustering> algorithm) {
        double[][] rows = copy();
        FutureTask<Clustering> task = new FutureTask<>(() -> {
            MathEx.setSeed(seed);
            return algorithm.apply(rows);
        });
        Thread thread = new Thread(task, "smile");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(name + " was interrupted; Smile cannot be stopped and runs on", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(name + " failed: " + e.getCause(), e);
        }
    }

    private double[][] copy() {
        double[][] rows = SmileData.rows(embeddings);
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                if (!Double.isFinite(rows[i][j])) {
                    throw new NumericalException("row " + i + " of the embeddings has " + rows[i][j] + " in column " + j
                            + "; check the embedder and what it was given for this row");
                }
            }
        }
        return rows;
    }
}
