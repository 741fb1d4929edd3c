// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

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

    private final Bounds bounds;
    private final Nearest nearest;
    private final Floats sorted;
    private final int clusters;
    private final int dimension;
    private final int first;
    private final Bounds.Window known;
    private final int block;
    private final int from;
    private final int count;
    private final Floats rows;
    /** Where the block begins in {@link #rows}, in rows. */
    private final int at;

    private final double doubt;
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
            Nearest nearest,
            Floats sorted,
            RowBlocks window,
            int first,
            Bounds.Window known,
            int block) {
        this.bounds = bounds;
        this.nearest = nearest;
        this.sorted = sorted;
        this.clusters = bounds.clusters;
        this.dimension = window.dimension();
        this.first = first;
        this.known = known;
        this.block = block;
        this.from = block * Bounds.BLOCK;
        this.count = Math.min(Bounds.BLOCK, known.order.length - from);
        this.rows = window.block(from / RowBlocks.BLOCK);
        this.at = from % RowBlocks.BLOCK;
        this.doubt = nearest.doubt(known.norms[block]);
        this.keys = new float[clusters];
    }

    /** The number of a row of the block. */
    private int row(int i) {
        return first + known.order[from + i];
    }

    private int own(int i) {
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
        int width = places.length;
        bounds.compared.add((long) count * width);
        int[] centres = new int[width];
        float[] offsets = new float[width];
        int[] column = new int[clusters];
        for (int s = 0; s < width; s++) {
            centres[s] = bounds.byDrift[places[s]];
            offsets[s] = (float) nearest.offset(centres[s]);
            column[centres[s]] = s + 1;
        }
        int from = row * width;
        leaveOutOwn(product, from, width, column);
        float[] ahead = ahead(product, from, offsets);
        Nearest.Best best = challenge(product, from, centres, offsets, ahead);
        learn(best, product, from, column, centres, offsets, ahead);
    }

    private void leaveOutOwn(Floats product, int from, int width, int[] column) {
        for (int i = 0; i < count; i++) {
            int own = column[own(i)];
            if (own > 0) {
                product.set(from + i * width + own - 1, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** By how much the scores of each column are, at most, above those with the rows' own centres. */
    private float[] ahead(Floats product, int from, float[] offsets) {
        int width = offsets.length;
        float[] line = new float[width];
        float[] result = new float[width];
        Arrays.fill(result, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < count; i++) {
            product.get(from + i * width, line, 0, width);
            raise(result, line, bounds.scores[row(i)]);
        }
        for (int s = 0; s < width; s++) {
            result[s] -= offsets[s];
        }
        return result;
    }

    /** On its own and from index 0 on, so that the compiler vectorises it. */
    private static void raise(float[] highest, float[] line, float base) {
        for (int s = 0; s < line.length; s++) {
            highest[s] = Math.max(highest[s], line[s] - base);
        }
    }

    /** Finds the best centres; only columns that come near can hold one. */
    private Nearest.Best challenge(Floats product, int from, int[] centres, float[] offsets, float[] ahead) {
        int width = offsets.length;
        int[] near =
                IntStream.range(0, width).filter(s -> ahead[s] >= -2 * doubt).toArray();
        Nearest.Best best = new Nearest.Best(count);
        float[] line = new float[width];
        for (int i = 0; i < count; i++) {
            best.nearest[i] = own(i);
            best.first[i] = bounds.scores[row(i)];
            best.doubt[i] = (float) doubt;
            if (near.length > 0) {
                product.get(from + i * width, line, 0, width);
            }
            float floor = best.floor(i);
            for (int s : near) {
                float score = line[s] - offsets[s];
                if (score > floor) {
                    best.challenge(i, centres[s], score);
                    floor = best.floor(i);
                }
            }
        }
        nearest.settle(rows, at, best);
        return best;
    }

    /** Takes over what was found. */
    private void learn(
            Nearest.Best best, Floats product, int from, int[] column, int[] centres, float[] offsets, float[] ahead) {
        int[] changed =
                IntStream.range(0, count).filter(i -> best.nearest[i] != own(i)).toArray();
        int[] left = new int[changed.length];
        double[] rise = new double[changed.length];
        for (int c = 0; c < changed.length; c++) {
            int i = changed[c];
            left[c] = own(i);
            rise[c] = (double) best.first[i] - bounds.scores[row(i)];
            bounds.scores[row(i)] = best.first[i];
            bounds.assignment[row(i)] = best.nearest[i];
        }
        float[] now = ahead;
        // for few, what was ahead of the scores before is bound enough; for many, blocks will be made anew
        if (changed.length > FEW * count && changed.length < Bounds.MANY_MOVED * count) {
            leaveOutOwn(product, from, offsets.length, column);
            now = ahead(product, from, offsets);
        }
        for (int s = 0; s < centres.length; s++) {
            keys[centres[s]] = key(centres[s], now[s]);
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
            multiply(rowCount, sorted, places[start], end - start, product, start, width);
            start = end;
        }
        if (start < width) {
            Floats some = bounds.picked.borrow();
            try {
                for (int s = start; s < width; s++) {
                    some.copy((s - start) * dimension, sorted, places[s] * dimension, dimension);
                }
                multiply(rowCount, some, 0, width - start, product, start, width);
            } finally {
                bounds.picked.giveBack(some);
            }
        }
    }

    private void multiply(int rowCount, Floats centres, int first, int width, Floats product, int to, int stride) {
        Blas.gemm(
                false,
                true,
                rowCount,
                width,
                dimension,
                1,
                rows,
                at * dimension,
                dimension,
                centres,
                first * dimension,
                dimension,
                0,
                product,
                to,
                stride);
    }
}
