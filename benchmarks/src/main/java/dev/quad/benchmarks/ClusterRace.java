// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.Seed;
import dev.quad.cluster.Centres;
import dev.quad.cluster.Distance;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansListener;
import dev.quad.cluster.KMeansOptions;
import dev.quad.cluster.PartialSums;
import dev.quad.cluster.Seeding;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * k-means on the same rows from the same start as scikit-learn, FAISS and Smile, in turn and in the same minutes.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * OPENBLAS_CORETYPE=SKYLAKEX python3 benchmarks/race.py blob 100000 384 1000       # all four, medians of three rounds
 * OPENBLAS_CORETYPE=SKYLAKEX python3 benchmarks/race.py mixture 100000 384 1000    # with clusters in the data
 * R="java -Xmx512m -cp benchmarks/target/classes:$(cat benchmarks/target/classpath) dev.quad.benchmarks.ClusterRace"
 * $R lloyd /tmp/race blob 100000 384 1000      # iteration by iteration
 * $R assign /tmp/race mixture 1000000 384 10000
 * $R train /tmp/race mixture 100000 384 1000   # with seeding, to the end, three times; beside it, scikit-learn's defaults:
 * python3 -c "import numpy, sklearn.cluster as s, time; x = numpy.load('/tmp/race/mixture-100000/rows.npy')
 * t = time.time(); m = s.KMeans(1000, n_init=1, algorithm='lloyd').fit(x); print(time.time() - t, m.n_iter_, m.inertia_)"
 * }</pre>
 *
 * <p>A blob has no clusters, so that centres keep moving and bounds save next to nothing: the rate there is that of the
 * products. A mixture has half as many Gaussian clusters as are asked for, of a spread such that neighbours touch.
 */
public final class ClusterRace {
    private static final int ITERATIONS = 10;
    private static final int BLOCK = 2048;

    private ClusterRace() {}

    /** What, folder, blob or mixture, rows, dimension, clusters. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[1]).resolve(args[2] + "-" + args[3]);
        int rows = Integer.parseInt(args[3]);
        int dimension = Integer.parseInt(args[4]);
        int clusters = Integer.parseInt(args[5]);
        EmbeddingsFile data = data(folder, args[2].equals("mixture") ? clusters / 2 : 1, rows, dimension);
        Centres start = start(folder, data, clusters);
        double bare = sgemm(clusters, dimension);
        System.out.printf("%s, k = %d, OpenBLAS %s, sgemm %.0f GFLOP/s%n", data, clusters, Blas.core(), bare);
        double flop = 2.0 * rows * clusters * dimension;
        switch (args[0]) {
            case "lloyd" -> {
                for (int repeat = 0; repeat < 2; repeat++) {
                    lloyd(data, start, flop, bare);
                }
            }
            case "assign" -> {
                long begin = System.nanoTime();
                start.assign(data);
                report("assignment", seconds(begin), flop, bare);
            }
            case "train" -> {
                for (int repeat = 0; repeat < 3; repeat++) {
                    train(data, clusters);
                }
            }
            case "turns" -> turns(data, start, bare);
            default -> throw new IllegalArgumentException(args[0] + " is not one of lloyd, assign, train, turns");
        }
    }

    private static void lloyd(EmbeddingsFile data, Centres start, double flop, double bare) {
        long[] last = {System.nanoTime()};
        KMeansListener listener = new KMeansListener() {
            @Override
            public void onIteration(Iteration iteration) {
                double share = flop / seconds(last[0]) / 1e9 / bare;
                last[0] = System.nanoTime();
                System.out.printf(
                        "  iteration %d: %d moved, objective %.6f, %.2f of sgemm%n",
                        iteration.number(), iteration.moved(), iteration.objective(), share);
            }
        };
        long begin = System.nanoTime();
        Centres centres = train(data, start, listener);
        report("k-means, " + ITERATIONS + " iterations", seconds(begin), ITERATIONS * flop, bare);
        System.out.printf("inertia %.6g%n", PartialSums.of(data, centres).inertia());
    }

    /** With the default options, on all rows. */
    private static void train(EmbeddingsFile data, int clusters) {
        int[] iterations = new int[1];
        KMeansListener listener = new KMeansListener() {
            @Override
            public void onIteration(Iteration iteration) {
                iterations[0] = iteration.number();
            }
        };
        KMeansOptions options = KMeansOptions.builder(clusters)
                .trainingRows((data.rows() + clusters - 1) / clusters)
                .build();
        long begin = System.nanoTime();
        Centres centres = KMeans.of(options, listener).train(data, new Seed(1));
        System.out.printf(
                "k-means, seeding and %d iterations: %.2f s, inertia %.6g%n",
                iterations[0], seconds(begin), PartialSums.of(data, centres).inertia());
    }

    private static Centres train(EmbeddingsFile data, Centres start, KMeansListener listener) {
        KMeansOptions options = KMeansOptions.builder(start.count())
                .maxIterations(ITERATIONS)
                .tolerance(0)
                .trainingRows(data.rows())
                .seeding(Seeding.given(start))
                .build();
        return KMeans.of(options, listener).train(data, new Seed(1));
    }

    /** Does what standard input asks for, a line each, so that another program can run the others in between. */
    private static void turns(EmbeddingsFile data, Centres start, double bare) throws IOException {
        System.out.println("sgemm " + bare);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            long begin = System.nanoTime();
            if (line.equals("smile")) {
                System.out.println("smile " + smile(data, start.count()) + " 0");
            } else {
                Centres centres = train(data, start, KMeansListener.NONE);
                double seconds = seconds(begin);
                System.out.println(
                        "quad " + seconds + " " + PartialSums.of(data, centres).inertia());
            }
        }
    }

    private static void report(String name, double seconds, double flop, double bare) {
        System.out.printf(
                "%s: %.2f s, %.0f GFLOP/s, %.2f of sgemm%n",
                name, seconds, flop / seconds / 1e9, flop / seconds / 1e9 / bare);
    }

    /** Seconds of an iteration, from the difference of two runs, which leaves out its seeding. */
    private static double smile(EmbeddingsFile data, int clusters) {
        double[][] rows = new double[data.rows()][data.dimension()];
        FloatBuffer row = FloatBuffer.allocate(data.dimension());
        for (int i = 0; i < rows.length; i++) {
            data.read(i, 1, row.clear());
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = row.get(j);
            }
        }
        double[] seconds = new double[2];
        for (int run = 0; run < 2; run++) {
            smile.math.MathEx.setSeed(1);
            long begin = System.nanoTime();
            smile.clustering.KMeans.lloyd(rows, clusters, 1 + run, 0);
            seconds[run] = seconds(begin);
        }
        return seconds[1] - seconds[0];
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    /** The best of some bare products of the size that one thread works on. */
    private static double sgemm(int clusters, int dimension) {
        int tasks = 2 * Workers.parallelism();
        double best = 0;
        try (Floats x = Floats.allocate(BLOCK, dimension);
                Floats y = Floats.allocate(clusters, dimension);
                Floats z = Floats.allocate(Workers.parallelism() * 2 * BLOCK, clusters)) {
            for (int repeat = 0; repeat < 7; repeat++) {
                long begin = System.nanoTime();
                Workers.forEach(
                        tasks,
                        task -> Blas.multiply(
                                1,
                                Matrix.of(x, BLOCK, dimension),
                                Matrix.of(y, clusters, dimension).transposed(),
                                0,
                                Matrix.of(z, task * BLOCK * clusters, BLOCK, clusters, clusters)));
                best = Math.max(best, 2.0 * tasks * BLOCK * clusters * dimension / seconds(begin) / 1e9);
            }
        }
        return best;
    }

    private static EmbeddingsFile data(Path folder, int planted, int rows, int dimension) {
        Path file = folder.resolve("rows.npy");
        if (!Files.exists(file)) {
            Random random = new Random(1);
            float[] centres = new float[planted * dimension];
            for (int i = 0; i < centres.length; i++) {
                centres[i] = planted == 1 ? 0 : (float) (0.4 * random.nextGaussian());
            }
            try (EmbeddingsWriter out = EmbeddingsWriter.open(file, rows, dimension, ElementType.FLOAT32, Map.of())) {
                float[] row = new float[dimension];
                for (int i = out.rowsDone(); i < rows; i++) {
                    SplittableRandom noise = new SplittableRandom(i);
                    int centre = noise.nextInt(planted);
                    for (int j = 0; j < dimension; j++) {
                        // nearly Gaussian, of variance 1
                        double sum = noise.nextDouble() + noise.nextDouble() + noise.nextDouble() - 1.5;
                        row[j] = centres[centre * dimension + j] + (float) (2 * sum);
                    }
                    out.write(FloatBuffer.wrap(row));
                }
            }
        }
        return EmbeddingsFile.open(file);
    }

    private static Centres start(Path folder, EmbeddingsFile data, int clusters) {
        FloatBuffer values = FloatBuffer.allocate(clusters * data.dimension());
        IntStream.range(0, clusters).forEach(c -> data.read((int) ((long) c * data.rows() / clusters), 1, values));
        Path file = folder.resolve("start.npy");
        if (!Files.exists(file)) {
            try (EmbeddingsWriter out =
                    EmbeddingsWriter.open(file, clusters, data.dimension(), ElementType.FLOAT32, Map.of())) {
                out.write(values.flip());
            }
        }
        return Centres.of(values.array(), data.dimension(), Distance.euclidean());
    }
}
