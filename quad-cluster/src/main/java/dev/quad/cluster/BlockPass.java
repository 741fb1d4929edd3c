// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One block of {@link Bounds} in one iteration. */
final class BlockPass {
    /** Centres side by side that are multiplied where they lie, all of them, where most are needed. */
    private static final int RUN = 64;

    /** The share of a run that is most of it. */
    private static final double MOST_OF_RUN = 0.9;
    /** Fewer centres side by side are copied together with others. */
    private static final int SHORT = 16;
    /** Bounds are taken anew if more than this share of the rows changed. */
    private static final double FEW = 1 / 16.0;

    final Bounds bounds;
    final NearestCentres nearest;
    private final Vectors sorted;
    private final int clusters;
    private final int first;
    private final Bounds.Window known;
    private final int block;
    private final int from;
    final int count;
    private final Floats rows;
    private final @Nullable QuantizedVectors rounded;
    /** Where the block begins in {@link #rows}, in rows. */
    final int at;

    final double doubt;
    /** What bounds those of {@link #rounded}. */
    double length;

    double error;
    private final float[] keys;

    /**
     * Prepares it.
     *
     * @param sorted the centres by falling drift
     * @param window the rows, in the order of {@code known}
     * @param first the number of the window's first row
     */
    BlockPass(
            Bounds bounds,
            NearestCentres nearest,
            Vectors sorted,
            RowBlocks window,
            int first,
            Bounds.Window known,
            int block) {
        this.bounds = bounds;
        this.nearest = nearest;
        this.sorted = sorted;
        this.clusters = bounds.clusters;
        this.first = first;
        this.known = known;
        this.block = block;
        this.from = block * Bounds.BLOCK;
        this.count = Math.min(Bounds.BLOCK, known.order.length - from);
        this.rows = window.block(from / RowBlocks.BLOCK);
        this.at = from % RowBlocks.BLOCK;
        this.rounded = nearest.isRounded() ? window.rounded(from / RowBlocks.BLOCK) : null;
        this.doubt = nearest.doubt(known.norms[block]);
        if (rounded != null) {
            for (int i = at; i < at + count; i++) {
                length = Math.max(length, rounded.length[i]);
                error = Math.max(error, rounded.error[i]);
            }
        }
        this.keys = new float[clusters];
    }

    /** The number of a row of the block. */
    int row(int i) {
        return first + known.order[from + i];
    }

    int own(int i) {
        return bounds.assignment[row(i)];
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
            block.known.gained[block.block] = 0;
        }
        head.inChunks(IntStream.range(0, head.clusters).toArray(), (places, product) -> {
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
        if (Arrays.stream(before).anyMatch(own -> bounds.drift[own] != 0)) {
            known.gained[block] += scoreOwn();
        }
        known.getKeys(block, keys);
        inChunks(choose(), (places, product) -> {
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
        int chunks = (places.length + Bounds.CHUNK - 1) / Bounds.CHUNK;
        int size = (places.length + chunks - 1) / chunks;
        Floats product = bounds.products.borrow();
        try {
            for (int start = 0; start < places.length; start += size) {
                comparison.with(Arrays.copyOfRange(places, start, Math.min(start + size, places.length)), product);
            }
        } finally {
            bounds.products.giveBack(product);
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
        double gain = Double.POSITIVE_INFINITY;
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
            gain = Math.min(gain, (double) scores[i] - bounds.scores[row(i)]);
            bounds.scores[row(i)] = scores[i];
        }
        return gain - doubt;
    }

    /** What makes a bound of a key. */
    private double since(int centre) {
        return known.norms[block] * bounds.travelled[centre] - nearest.offset(centre) - known.gained[block];
    }

    /**
     * The centres to compare, as places in the order of drift. Runs in which most are needed come first and whole,
     * since they can be multiplied where they lie.
     */
    private int[] choose() {
        int[] places = new int[clusters];
        int[] single = new int[clusters];
        int singles = 0;
        int inRuns = 0;
        for (int run = 0; run < clusters; run += RUN) {
            int length = Math.min(RUN, clusters - run);
            int begin = singles;
            for (int place = run; place < run + length; place++) {
                int centre = bounds.byDrift[place];
                if (keys[centre] + since(centre) >= -doubt) {
                    single[singles++] = place;
                }
            }
            if (singles - begin >= MOST_OF_RUN * length) {
                singles = begin;
                for (int place = run; place < run + length; place++) {
                    places[inRuns++] = place;
                }
            }
        }
        System.arraycopy(single, 0, places, inRuns, singles);
        return Arrays.copyOf(places, inRuns + singles);
    }

    /** Compares centres whose products with the rows stand from row {@code row} on. */
    private void compare(int[] places, Floats product, int row) {
        bounds.compared.add((long) count * places.length);
        if (!compare(new CentreScores(this, places, product, row, rounded))) {
            try (Vectors some = Vectors.single(places.length, bounds.rows.dimension());
                    Floats exact = Floats.scratch(count * places.length)) {
                for (int s = 0; s < places.length; s++) {
                    some.copy(s, nearest.single(), bounds.byDrift[places[s]]);
                }
                Vectors plain = Vectors.view(rows, null, bounds.rows.dimension());
                some.multiply(plain, at, count, 0, places.length, exact, 0, places.length);
                compare(new CentreScores(this, places, exact, 0, null));
            }
        }
    }

    /** False, and nothing done, if eight bits tell too little. */
    private boolean compare(CentreScores compared) {
        compared.leaveOutOwn();
        float[] ahead = compared.ahead();
        NearestSoFar best = compared.challenge(ahead);
        if (compared.rounded != null && nearest.areTooMany(best, ahead.length)) {
            return false;
        }
        nearest.settle(rows, at, best);
        learn(best, compared, ahead);
        return true;
    }

    /** Takes over what was found. */
    private void learn(NearestSoFar best, CentreScores compared, float[] ahead) {
        int[] changed =
                IntStream.range(0, count).filter(i -> best.nearest[i] != own(i)).toArray();
        int[] left = new int[changed.length];
        double[] rise = new double[changed.length];
        for (int c = 0; c < changed.length; c++) {
            int i = changed[c];
            left[c] = own(i);
            if (compared.rounded != null) {
                best.first[i] = nearest.single(rows, at + i, best.nearest[i]);
            }
            rise[c] = (double) best.first[i] - bounds.scores[row(i)];
            bounds.scores[row(i)] = best.first[i];
            bounds.assignment[row(i)] = best.nearest[i];
        }
        float[] now = ahead;
        // for few, what was ahead of the scores before is bound enough; for many, blocks will be made anew
        if (changed.length > FEW * count && changed.length < Bounds.MANY_MOVED * count) {
            compared.leaveOutOwn();
            now = compared.ahead();
        }
        for (int s = 0; s < compared.centres.length; s++) {
            keys[compared.centres[s]] = key(compared.centres[s], now[s]);
        }
        for (int c = 0; c < left.length; c++) {
            keys[left[c]] = Math.max(keys[left[c]], key(left[c], -rise[c]));
        }
        known.setKeys(block, keys);
    }

    /** What makes this bound now. */
    private float key(int centre, double bound) {
        return Math.nextUp((float) (bound + doubt - since(centre)));
    }

    private void multiply(int rowCount, int[] places, Floats product) {
        Vectors multiplied = Vectors.view(rows, rounded, bounds.rows.dimension());
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
            Vectors some = bounds.picked.borrow();
            try {
                for (int s = start; s < width; s++) {
                    some.copy(s - start, sorted, places[s]);
                }
                some.multiply(multiplied, at, rowCount, 0, width - start, product, start, width);
            } finally {
                bounds.picked.giveBack(some);
            }
        }
    }
}
