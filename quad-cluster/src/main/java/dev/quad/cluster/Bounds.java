// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Assigns rows in each iteration, and leaves out the products that cannot matter.
 *
 * <p>As Elkan ("Using the triangle inequality to accelerate k-means", 2003), it bounds for each centre how near it can
 * have come since it was compared last; but for blocks of rows that lie near each other, so that the work stays matrix
 * products and the bounds take {@code 4·k} bytes a block. With the score {@code s_ij = x_i·c_j − ½‖c_j‖²}, a block b keeps
 * of each centre j an upper bound of {@code max_i (s_ij − s_i)} over its rows i of other clusters, where {@code s_i} is
 * the score with the own centre. When centres move, the bound rises by at most {@code max‖x_i‖·‖Δc_j‖ − ½Δ‖c_j‖²}
 * (Cauchy and Schwarz) and falls by what all rows gain with their own centres, which is computed. Centres whose bound
 * stays below zero by more than rounding are passed over by the whole block; the others are multiplied.
 *
 * <p>Blocks are made of rows of the same or neighbouring clusters, and made anew, with all products, as long as many rows
 * still change their cluster. The assignment is that of comparing everything, to the bit.
 */
final class Bounds implements AutoCloseable {
    /** Rows of a block: the fewest that multiply at nearly full speed. Fewer would need fewer centres each. */
    static final int BLOCK = 128;
    /** Fewer centres are compared as quickly as bounds are checked. */
    private static final int FEWEST_CENTRES = 16;
    /** Blocks are made anew while more than this share of the rows moved. */
    private static final double MANY_MOVED = 0.4;

    /** Centres that are multiplied where they lie, if more than this share of them is needed. */
    private static final int RUN = 64;

    private static final double MOST_OF_RUN = 0.75;

    private final Rows rows;
    private final Distance distance;
    private final int clusters;
    private final int[] assignment;
    /** Of each row with its own centre, when the row was compared last. */
    private final float[] scores;

    private final double[] travelled;
    private final Window[] windows;
    private final Scratch gathered;
    private final Scratch picked;
    private final Scratch products;
    private final LongAdder compared = new LongAdder();
    private boolean anew = true;
    /** By cluster; empty until centres have moved. */
    private double[] drift = {};

    private int[] byDrift = {};

    Bounds(Rows rows, int clusters, Distance distance, int[] assignment) {
        this.rows = rows;
        this.distance = distance;
        this.clusters = clusters;
        this.assignment = assignment;
        this.scores = new float[rows.rows()];
        this.travelled = new double[clusters];
        this.windows = new Window[rows.windows()];
        this.gathered = new Scratch(BLOCK * rows.dimension());
        this.picked = new Scratch(clusters * rows.dimension());
        this.products = new Scratch(Math.multiplyExact(BLOCK, clusters));
    }

    /** What is known of the blocks of a window. Keys make bounds of what centres and rows did since; see {@link Pass}. */
    private static final class Window implements AutoCloseable {
        final int[] order;
        final Floats[] keys;
        final double[] norms;
        final double[] gained;

        Window(RowBlocks window, int[] order, int clusters) {
            this.order = order;
            int blocks = (order.length + BLOCK - 1) / BLOCK;
            this.keys = new Floats[blocks];
            this.norms = new double[blocks];
            this.gained = new double[blocks];
            for (int i = 0; i < order.length; i++) {
                norms[i / BLOCK] = Math.max(norms[i / BLOCK], Math.sqrt(window.square(order[i])));
            }
            for (int block = 0; block < blocks; block++) {
                keys[block] = Floats.allocate(clusters);
            }
        }

        @Override
        public void close() {
            Arrays.stream(keys).forEach(Floats::close);
        }
    }

    /** Notes where centres went in an iteration in which so many rows changed their cluster. */
    void moved(float[] before, float[] after, int changed) {
        int dimension = rows.dimension();
        double[] result = new double[clusters];
        Workers.forBlocks(clusters, 64, (from, length) -> {
            for (int c = from; c < from + length; c++) {
                double sum = 0;
                for (int j = c * dimension; j < (c + 1) * dimension; j++) {
                    double difference = (double) after[j] - before[j];
                    sum += difference * difference;
                }
                result[c] = Math.sqrt(sum) * (1 + 1e-9);
                travelled[c] += result[c];
            }
        });
        byDrift = IntStream.range(0, clusters)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer c) -> -result[c]))
                .mapToInt(Integer::intValue)
                .toArray();
        drift = result;
        anew = changed > MANY_MOVED * rows.rows();
    }

    /** How many pairs of a row and a centre were multiplied so far. */
    long compared() {
        return compared.sum();
    }

    /** One iteration with these centres. Close it. */
    final class Pass implements AutoCloseable {
        private final Nearest nearest;
        private final @Nullable Floats sorted;

        Pass(Floats centres) {
            this.nearest = new Nearest(centres, clusters, distance);
            int dimension = rows.dimension();
            if (drift.length == 0 || clusters < FEWEST_CENTRES) {
                sorted = null;
                return;
            }
            sorted = Floats.allocate(clusters, dimension);
            for (int i = 0; i < clusters; i++) {
                sorted.copy(i * dimension, centres, byDrift[i] * dimension, dimension);
            }
        }

        /** Assigns the rows of a window; returns how many changed. */
        int assign(int number, RowBlocks window) {
            int first = rows.first(number);
            if (sorted == null || assignment[first] < 0) {
                return compareAll(window, first);
            }
            boolean all = anew || windows[number] == null;
            if (all) {
                if (windows[number] != null) {
                    windows[number].close();
                }
                int[] order = new Groups(assignment, first, window.rows(), clusters).members();
                windows[number] = new Window(window, order, clusters);
            }
            Window known = windows[number];
            int[] moved = new int[known.keys.length];
            Workers.forEach(
                    moved.length, block -> moved[block] = new BlockPass(window, first, known, block, sorted).run(all));
            return Arrays.stream(moved).sum();
        }

        private int compareAll(RowBlocks window, int first) {
            compared.add((long) window.rows() * clusters);
            int[] moved = new int[window.blockCount()];
            Workers.forEach(moved.length, block -> {
                int from = first + block * RowBlocks.BLOCK;
                int[] before = Arrays.copyOfRange(assignment, from, from + window.rowsIn(block));
                nearest.assign(window.block(block), before.length, assignment, from);
                moved[block] = (int) IntStream.range(0, before.length)
                        .filter(i -> before[i] != assignment[from + i])
                        .count();
            });
            return Arrays.stream(moved).sum();
        }

        @Override
        public void close() {
            nearest.close();
            if (sorted != null) {
                sorted.close();
            }
        }

        /** One block in this iteration. */
        private final class BlockPass {
            private final RowBlocks window;
            private final int first;
            private final Window known;
            private final int block;
            private final int from;
            private final int count;
            private final Floats ordered;
            private final double norm;
            private final double doubt;
            private final float[] keys = new float[clusters];
            private int inRuns;

            BlockPass(RowBlocks window, int first, Window known, int block, Floats ordered) {
                this.ordered = ordered;
                this.window = window;
                this.first = first;
                this.known = known;
                this.block = block;
                this.from = block * BLOCK;
                this.count = Math.min(BLOCK, known.order.length - from);
                this.norm = known.norms[block];
                this.doubt = nearest.doubt(norm);
            }

            /** The number of a row of the block. */
            private int row(int i) {
                return first + known.order[from + i];
            }

            int run(boolean all) {
                Floats values = gathered.borrow();
                try {
                    int[] columns = {};
                    known.keys[block].get(0, keys, 0, clusters);
                    boolean still = !all && IntStream.range(0, count).allMatch(i -> drift[assignment[row(i)]] == 0);
                    if (still) {
                        columns = choose(false);
                    }
                    if (!still || columns.length > 0) {
                        gather(values);
                    }
                    if (!still) {
                        double gain = scoreOwn(values);
                        known.gained[block] = all ? 0 : known.gained[block] + gain;
                        columns = choose(all);
                    }
                    return columns.length == 0 ? 0 : compare(values, columns);
                } finally {
                    gathered.giveBack(values);
                }
            }

            private void gather(Floats values) {
                int dimension = rows.dimension();
                for (int i = 0; i < count; i++) {
                    int member = known.order[from + i];
                    values.copy(
                            i * dimension,
                            window.block(member / RowBlocks.BLOCK),
                            member % RowBlocks.BLOCK * dimension,
                            dimension);
                }
            }

            /** Takes the scores with the own centres; returns the least rise since the last time. */
            private double scoreOwn(Floats values) {
                double gain = Double.POSITIVE_INFINITY;
                for (int i = 0; i < count; i++) {
                    float score = nearest.score(values, i, assignment[row(i)]);
                    gain = Math.min(gain, (double) score - scores[row(i)]);
                    scores[row(i)] = score;
                }
                return gain - doubt;
            }

            /** What makes a bound of a key. */
            private double since(int centre) {
                return norm * travelled[centre] - nearest.offset(centre) - known.gained[block];
            }

            /**
             * The centres to compare, as places in the order of drift. Runs in which most are needed come first and
             * whole, since they can be multiplied where they lie.
             */
            private int[] choose(boolean all) {
                int[] places = new int[clusters];
                int[] single = new int[clusters];
                int singles = 0;
                inRuns = 0;
                for (int run = 0; run < clusters; run += RUN) {
                    int length = Math.min(RUN, clusters - run);
                    int begin = singles;
                    for (int place = run; place < run + length; place++) {
                        int centre = byDrift[place];
                        if (all || keys[centre] + since(centre) >= -doubt) {
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

            private int compare(Floats values, int[] places) {
                int width = places.length;
                compared.add((long) count * width);
                int[] centres = new int[width];
                float[] offsets = new float[width];
                int[] column = new int[clusters];
                for (int s = 0; s < width; s++) {
                    centres[s] = byDrift[places[s]];
                    offsets[s] = (float) nearest.offset(centres[s]);
                    column[centres[s]] = s + 1;
                }
                float[] top = new float[width];
                Arrays.fill(top, Float.NEGATIVE_INFINITY);
                float[] line = new float[width];
                float[] fold = new float[Math.min(Nearest.FOLD, width)];
                Nearest.Best best = new Nearest.Best(count);
                int changed = 0;
                Floats product = products.borrow();
                try {
                    multiply(values, places, product);
                    for (int i = 0; i < count; i++) {
                        int own = assignment[row(i)];
                        product.get(i * width, line, 0, width);
                        best.nearest[i] = own;
                        best.first[i] = scores[row(i)];
                        best.doubt[i] = (float) doubt;
                        Nearest.challenge(line, offsets, fold, i, s -> centres[s], best);
                        nearest.settle(values, best);
                        int winner = best.nearest[i];
                        if (winner != own) {
                            changed++;
                            assignment[row(i)] = winner;
                            double before = scores[row(i)];
                            scores[row(i)] = best.first[i];
                            raise(own, before - best.first[i]);
                        }
                        if (column[winner] > 0) {
                            line[column[winner] - 1] = Float.NEGATIVE_INFINITY;
                        }
                        raiseAll(top, line, scores[row(i)]);
                    }
                } finally {
                    products.giveBack(product);
                }
                for (int s = 0; s < width; s++) {
                    keys[centres[s]] = Float.NEGATIVE_INFINITY;
                    raise(centres[s], top[s]);
                }
                known.keys[block].set(0, keys, 0, clusters);
                return changed;
            }

            /** Makes the bound of a centre now at least this. */
            private void raise(int centre, double bound) {
                float key = Math.nextUp((float) (bound + doubt - since(centre)));
                keys[centre] = Math.max(keys[centre], key);
            }

            private void multiply(Floats values, int[] places, Floats product) {
                int start = 0;
                while (start < inRuns) {
                    int end = start + 1;
                    while (end < inRuns && places[end] == places[end - 1] + 1) {
                        end++;
                    }
                    product(values, ordered, places[start], end - start, product, start, places.length);
                    start = end;
                }
                int dimension = rows.dimension();
                Floats some = picked.borrow();
                try {
                    for (int s = inRuns; s < places.length; s++) {
                        some.copy((s - inRuns) * dimension, ordered, places[s] * dimension, dimension);
                    }
                    product(values, some, 0, places.length - inRuns, product, inRuns, places.length);
                } finally {
                    picked.giveBack(some);
                }
            }

            private void product(Floats values, Floats with, int at, int width, Floats product, int to, int stride) {
                int dimension = rows.dimension();
                Blas.gemm(
                        false,
                        true,
                        count,
                        width,
                        dimension,
                        1,
                        values,
                        0,
                        dimension,
                        with,
                        at * dimension,
                        dimension,
                        0,
                        product,
                        to,
                        stride);
            }
        }
    }

    /** On its own, so that the compiler vectorises it. */
    private static void raiseAll(float[] top, float[] line, float base) {
        for (int s = 0; s < line.length; s++) {
            top[s] = Math.max(top[s], line[s] - base);
        }
    }

    @Override
    public void close() {
        gathered.close();
        picked.close();
        products.close();
        for (Window window : windows) {
            if (window != null) {
                window.close();
            }
        }
    }
}
