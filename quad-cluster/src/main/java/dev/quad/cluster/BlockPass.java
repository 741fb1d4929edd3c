// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A block of rows in an {@link AssignmentStep}: multiplies it with the centres that its bounds leave, and compares. */
final class BlockPass {
    /** Fewer centres side by side are copied together with others. */
    private static final int SHORT = 16;
    /** Bounds are taken anew if more than this share of the rows changed. */
    private static final double FEW = 1 / 16.0;

    private final AssignmentStep step;
    private final NearestCentres nearest;
    private final Vectors sorted;
    private final int first;
    private final Bounds.Block bounds;
    private final int count;
    private final Floats rows;
    private final @Nullable QuantizedVectors rounded;
    /** Where the block begins in {@link #rows}, in rows. */
    private final int at;
    /** What bounds those of {@link #rounded}. */
    private double length;

    private double error;

    /**
     * Prepares it.
     *
     * @param sorted the centres by falling drift
     * @param window the rows, in the order of the bounds
     * @param first the number of the window's first row
     */
    BlockPass(
            AssignmentStep step,
            NearestCentres nearest,
            Vectors sorted,
            RowBlocks window,
            int first,
            Bounds.Block bounds) {
        this.step = step;
        this.nearest = nearest;
        this.sorted = sorted;
        this.first = first;
        this.bounds = bounds;
        this.count = bounds.count();
        int block = bounds.from() / RowBlocks.BLOCK;
        this.rows = window.block(block);
        this.at = bounds.from() % RowBlocks.BLOCK;
        this.rounded = nearest.isRounded() ? window.rounded(block) : null;
        if (rounded != null) {
            for (int i = at; i < at + count; i++) {
                length = Math.max(length, rounded.length[i]);
                error = Math.max(error, rounded.error[i]);
            }
        }
    }

    /** The number of a row of the block. */
    private int row(int i) {
        return first + bounds.row(i);
    }

    NearestCentres nearest() {
        return nearest;
    }

    int count() {
        return count;
    }

    /** Where the block begins among the rows that were rounded together. */
    int at() {
        return at;
    }

    /** The cluster of a row. */
    int own(int i) {
        return step.cluster(row(i));
    }

    /** The score of a row with its own centre. */
    float score(int i) {
        return step.score(row(i));
    }

    /** By how much the difference of two scores of a row can be wrong in single precision. */
    double doubt() {
        return bounds.doubt();
    }

    /** What products of the rows with a centre can be wrong by beyond that. */
    double coarseness(Vectors centres, int centre) {
        return centres.doubt(centre, length, error);
    }

    /**
     * The rows with their own centres, which others have to pass.
     *
     * @param used the rows as they are multiplied with the others; null for single precision
     */
    NearestSoFar start(@Nullable QuantizedVectors used) {
        NearestSoFar result = new NearestSoFar(count);
        for (int i = 0; i < count; i++) {
            double coarse = used == null ? 0 : nearest.coarseness(used.length[at + i], used.error[at + i]);
            // as if it were as coarse as the others, and at its highest
            result.start(i, own(i), (float) (score(i) + coarse));
            result.doubt(i, doubt(), 2 * coarse);
        }
        return result;
    }

    /**
     * Assigns the rows of blocks that follow each other in one of the window's, comparing all centres; returns how many
     * rows changed. Their products are made together, since more rows multiply faster.
     */
    static int runAll(List<BlockPass> blocks) {
        BlockPass head = blocks.get(0);
        int[][] before = blocks.stream().map(BlockPass::own).toArray(int[][]::new);
        int rowCount = Arrays.stream(before).mapToInt(own -> own.length).sum();
        for (BlockPass block : blocks) {
            block.scoreOwn();
            block.bounds.restart();
        }
        head.inChunks(IntStream.range(0, head.nearest.count()).toArray(), (places, product) -> {
            head.multiply(rowCount, places, product);
            blocks.forEach(block -> block.compare(places, product, block.at - head.at));
        });
        return IntStream.range(0, before.length)
                .map(b -> blocks.get(b).changed(before[b]))
                .sum();
    }

    /** Assigns the rows, comparing the centres that must be; returns how many rows changed. */
    int run() {
        int[] before = own();
        if (Arrays.stream(before).anyMatch(step.bounds()::moved)) {
            bounds.gained(scoreOwn());
        }
        inChunks(bounds.choose(), (places, product) -> {
            multiply(count, places, product);
            compare(places, product, 0);
        });
        return changed(before);
    }

    private interface Comparison {
        void with(int[] places, Floats product);
    }

    /** Compares so many centres at once that products stay near the processor. */
    private void inChunks(int[] places, Comparison comparison) {
        if (places.length == 0) {
            return;
        }
        int chunks = (places.length + AssignmentStep.CHUNK - 1) / AssignmentStep.CHUNK;
        int size = (places.length + chunks - 1) / chunks;
        Floats product = step.products().borrow();
        try {
            for (int start = 0; start < places.length; start += size) {
                comparison.with(Arrays.copyOfRange(places, start, Math.min(start + size, places.length)), product);
            }
        } finally {
            step.products().giveBack(product);
        }
    }

    private int[] own() {
        return IntStream.range(0, count).map(this::own).toArray();
    }

    private int changed(int[] before) {
        return (int) IntStream.range(0, count).filter(i -> own(i) != before[i]).count();
    }

    /** Takes the scores with the own centres; returns the least rise since the last time. */
    private double scoreOwn() {
        double rise = Double.POSITIVE_INFINITY;
        float[] scores = new float[count];
        int start = 0;
        while (start < count) { // runs of one cluster
            int end = start + 1;
            while (end < count && own(end) == own(start)) {
                end++;
            }
            nearest.score(rows, at + start, end - start, own(start), scores, start);
            start = end;
        }
        for (int i = 0; i < count; i++) {
            rise = Math.min(rise, (double) scores[i] - score(i));
            step.rescore(row(i), scores[i]);
        }
        return rise;
    }

    /** Compares centres whose products with the rows stand from row {@code row} on. */
    private void compare(int[] places, Floats product, int row) {
        step.count((long) count * places.length);
        int[] centres = Arrays.stream(places).map(step.bounds()::centre).toArray();
        if (!compare(new CentreScores(this, centres, product, row, rounded))) {
            int dimension = nearest.dimension();
            try (Vectors some = Vectors.single(centres.length, dimension);
                    Floats exact = Floats.scratch(count * centres.length)) {
                for (int s = 0; s < centres.length; s++) {
                    some.copy(s, nearest.single(), centres[s]);
                }
                some.multiply(
                        Vectors.view(rows, null, dimension), at, count, 0, centres.length, exact, 0, centres.length);
                compare(new CentreScores(this, centres, exact, 0, null));
            }
        }
    }

    /** False, and nothing done, if eight bits tell too little. */
    private boolean compare(CentreScores scores) {
        scores.leaveOutOwn();
        float[] ahead = scores.ahead();
        NearestSoFar best = scores.challenge(ahead);
        if (scores.areCoarse() && nearest.areTooMany(best, ahead.length)) {
            return false;
        }
        best.settle(nearest, rows, at);
        learn(best, scores, ahead);
        return true;
    }

    /** Takes over what was found. */
    private void learn(NearestSoFar best, CentreScores scores, float[] ahead) {
        int[] changed =
                IntStream.range(0, count).filter(i -> best.nearest(i) != own(i)).toArray();
        int[] left = new int[changed.length];
        double[] rise = new double[changed.length];
        for (int c = 0; c < changed.length; c++) {
            int i = changed[c];
            int winner = best.nearest(i);
            float score = scores.areCoarse() ? nearest.single(rows, at + i, winner) : best.score(i);
            left[c] = own(i);
            rise[c] = (double) score - score(i);
            step.move(row(i), winner, score);
        }
        float[] now = ahead;
        // for few, what was ahead of the scores before is bound enough; for many, blocks will be made anew
        if (changed.length > FEW * count && changed.length < Bounds.MANY_MOVED * count) {
            scores.leaveOutOwn();
            now = scores.ahead();
        }
        bounds.learn(scores.centres(), now, left, rise);
    }

    private void multiply(int rowCount, int[] places, Floats product) {
        Vectors multiplied = Vectors.view(rows, rounded, nearest.dimension());
        int width = places.length;
        int start = 0;
        while (start < width) {
            int end = start + 1;
            while (end < width && places[end] == places[end - 1] + 1) {
                end++;
            }
            if (end - start < SHORT) {
                break; // runs come first
            }
            sorted.multiply(multiplied, at, rowCount, places[start], end - start, product, start, width);
            start = end;
        }
        if (start < width) {
            Vectors some = step.picked().borrow();
            try {
                for (int s = start; s < width; s++) {
                    some.copy(s - start, sorted, places[s]);
                }
                some.multiply(multiplied, at, rowCount, 0, width - start, product, start, width);
            } finally {
                step.picked().giveBack(some);
            }
        }
    }
}
