// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.InputException;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Mini-batch k-means; see {@link Algorithm#miniBatch}. */
final class MiniBatch implements KMeansTrainer {
    /** Batches without progress after which training ends (the number that scikit-learn uses). */
    private static final int PATIENCE = 10;

    private final Rows rows;
    private final Floats centres;
    private final Distance distance;
    private final int batchRows;
    private final long[] seen;
    private double smoothed = Double.NaN;
    private double least = Double.POSITIVE_INFINITY;
    private int withoutProgress;

    MiniBatch(Rows rows, Floats centres, Distance distance, int batchRows) {
        this.rows = rows;
        this.centres = centres;
        this.distance = distance;
        this.batchRows = Math.min(batchRows, rows.rows());
        this.seen = new long[centres.length() / rows.dimension()];
    }

    @Override
    public KMeansListener.Iteration iterate(int number, RandomGenerator random) {
        int dimension = rows.dimension();
        PartialSums sums = new PartialSums(seen.length, dimension, "");
        int[] assignment = new int[batchRows];
        try (RowBlocks batch = RowBlocks.copy(rows, KMeans.sample(rows.rows(), batchRows, random));
                NearestCentres nearest = new NearestCentres(
                        centres, seen.length, distance, Vectors.rounds(rows.rows(), seen.length, dimension))) {
            Workers.forEach(
                    batch.blockCount(),
                    block -> nearest.assign(
                            batch.block(block), batch.rowsIn(block), assignment, block * RowBlocks.BLOCK));
            sums.add(batch, assignment, 0);
            sums.finish(centres);
        }
        float[] centre = new float[dimension];
        for (int c = 0; c < seen.length; c++) {
            if (sums.count(c) > 0) {
                centres.get(c * dimension, centre, 0, dimension);
                sums.blend(c, centre, seen[c], distance);
                seen[c] += sums.count(c);
                centres.set(c * dimension, centre, 0, dimension);
            }
        }
        return new KMeansListener.Iteration(number, sums.inertia() / batchRows, batchRows, 0);
    }

    /** Exponential smoothing over about one pass, as scikit-learn does. */
    @Override
    public boolean settled(KMeansListener.Iteration iteration, double tolerance) {
        double weight = Math.min(1, 2.0 * batchRows / (rows.rows() + 1));
        smoothed = Double.isNaN(smoothed)
                ? iteration.objective()
                : smoothed * (1 - weight) + iteration.objective() * weight;
        withoutProgress = smoothed < least * (1 - tolerance) ? 0 : withoutProgress + 1;
        least = Math.min(least, smoothed);
        return withoutProgress >= PATIENCE;
    }

    @Override
    public String state() {
        return smoothed + " " + least + " " + withoutProgress + " "
                + Arrays.stream(seen).mapToObj(Long::toString).collect(Collectors.joining(" "));
    }

    @Override
    public void restore(String state) {
        String[] parts = state.split(" ", -1);
        if (parts.length != 3 + seen.length) {
            throw new InputException("the state of training has " + parts.length + " numbers; " + (3 + seen.length)
                    + " are needed: delete the folder of the run and begin again");
        }
        smoothed = Double.parseDouble(parts[0]);
        least = Double.parseDouble(parts[1]);
        withoutProgress = Integer.parseInt(parts[2]);
        for (int c = 0; c < seen.length; c++) {
            seen[c] = Long.parseLong(parts[3 + c]);
        }
    }

    @Override
    public void close() {
        // holds no memory
    }
}
