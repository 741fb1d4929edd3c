// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
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
 * still change their cluster. Bounds take in what products of rounded rows can be wrong by; see {@link Vectors}. The
 * assignment is that of comparing everything, to the bit.
 */
final class Bounds implements AutoCloseable {
    /** Rows of a block: the fewest that multiply at nearly full speed. Fewer would need fewer centres each. */
    static final int BLOCK = 128;
    /** Centres that are compared at once. */
    static final int CHUNK = 1024;
    /** Blocks of a block of the window. */
    private static final int TOGETHER = RowBlocks.BLOCK / BLOCK;
    /** Fewer centres are compared as quickly as bounds are checked. */
    private static final int FEWEST_CENTRES = 16;
    /** Rows among which blocks put those together that have alike scores. */
    private static final int ALIKE = RowBlocks.BLOCK;
    /** Blocks are made anew while more than this share of the rows moved. */
    static final double MANY_MOVED = 0.4;

    final Rows rows;
    private final Distance distance;
    final int clusters;
    final int[] assignment;
    /** Of each row with its own centre, when the row was compared last. */
    final float[] scores;

    final double[] travelled;
    private final Window[] windows;
    private boolean rounded;
    /** Room for centres that are multiplied together. */
    BufferPool<Vectors> picked;

    final BufferPool<Floats> products;
    final LongAdder compared = new LongAdder();
    private boolean anew = true;
    /** By cluster; empty until centres have moved. */
    double[] drift = {};

    int[] byDrift = {};

    /** Before the first iteration; {@code rounded} tells whether to multiply with eight bits. */
    Bounds(Rows rows, int clusters, Distance distance, int[] assignment, boolean rounded) {
        this.rows = rows;
        this.rounded = rounded;
        this.distance = distance;
        this.clusters = clusters;
        this.assignment = assignment;
        this.scores = new float[rows.rows()];
        this.travelled = new double[clusters];
        this.windows = new Window[rows.windows()];
        this.picked = picks();
        this.products = BufferPool.floats(RowBlocks.BLOCK * Math.min(CHUNK, clusters));
    }

    private BufferPool<Vectors> picks() {
        int most = Math.min(CHUNK, clusters);
        int dimension = rows.dimension();
        return rounded
                ? new BufferPool<>(() -> Vectors.rounded(most, dimension), Vectors::close)
                : new BufferPool<>(() -> Vectors.single(most, dimension), Vectors::close);
    }

    /** What is known of the blocks of a window. Keys make bounds of what centres and rows did since; see {@link Pass}. */
    static final class Window implements AutoCloseable {
        /** Blocks that share memory for their keys, since each piece costs some microseconds to get. */
        private static final int SHARED = 16;

        final int[] order;
        final double[] norms;
        final double[] gained;
        private final int clusters;
        private final Floats[] keys;

        Window(RowBlocks window, int[] order, int clusters) {
            this.order = order;
            this.clusters = clusters;
            this.norms = new double[(order.length + BLOCK - 1) / BLOCK];
            this.gained = new double[norms.length];
            this.keys = new Floats[(norms.length + SHARED - 1) / SHARED];
            Workers.forBlocks(norms.length, SHARED, (from, count) -> {
                keys[from / SHARED] = Floats.scratch(Math.multiplyExact(count, clusters));
                for (int block = from; block < from + count; block++) {
                    double square = 0;
                    for (int i = block * BLOCK; i < Math.min(order.length, (block + 1) * BLOCK); i++) {
                        square = Math.max(square, window.square(order[i]));
                    }
                    norms[block] = Math.sqrt(square);
                }
            });
        }

        int blocks() {
            return norms.length;
        }

        void getKeys(int block, float[] target) {
            keys[block / SHARED].get(block % SHARED * clusters, target, 0, clusters);
        }

        void setKeys(int block, float[] source) {
            keys[block / SHARED].set(block % SHARED * clusters, source, 0, clusters);
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
        final NearestCentres nearest;
        /** The centres by falling drift; null where bounds do not pay yet. */
        final @Nullable Vectors sorted;

        Pass(Floats centres) {
            this.nearest = new NearestCentres(centres, clusters, distance, rounded);
            if (drift.length == 0 || clusters < FEWEST_CENTRES) {
                sorted = null;
                return;
            }
            sorted = nearest.multiplied().room(clusters);
            for (int i = 0; i < clusters; i++) {
                sorted.copy(i, nearest.multiplied(), byDrift[i]);
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
                int[] order = order(first, window.rows());
                windows[number] = new Window(window, order, clusters);
            }
            Window known = windows[number];
            window.arrange(known.order);
            if (rounded) {
                window.round();
            }
            int blocks = known.blocks();
            IntFunction<BlockPass> pass =
                    block -> new BlockPass(Bounds.this, nearest, sorted, window, first, known, block);
            int[] moved = new int[all ? window.blockCount() : blocks];
            Workers.forEach(moved.length, task -> {
                if (all) {
                    int end = Math.min(blocks, (task + 1) * TOGETHER);
                    moved[task] = BlockPass.runAll(
                            IntStream.range(task * TOGETHER, end).mapToObj(pass).toList());
                } else {
                    moved[task] = pass.apply(task).run();
                }
            });
            return Arrays.stream(moved).sum();
        }

        /**
         * Rows of the same or neighbouring clusters, and among some hundred of them those together that were alike near:
         * rows that are far ahead then need few products, and do not follow those that are not. Within a block, by
         * cluster.
         */
        private int[] order(int first, int length) {
            int[] order = new ClusterMembers(assignment, first, length, clusters).all();
            Workers.forBlocks(length, ALIKE, (from, count) -> {
                sort(order, from, count, row -> {
                    int bits = Float.floatToIntBits(scores[first + row]);
                    return ~(bits ^ ((bits >> 31) & Integer.MAX_VALUE)); // as falling numbers
                });
                for (int block = from; block < from + count; block += BLOCK) {
                    sort(order, block, Math.min(BLOCK, from + count - block), row -> assignment[first + row]);
                }
            });
            return order;
        }

        /** By a key, and then by number. */
        private static void sort(int[] rows, int from, int count, IntUnaryOperator key) {
            long[] keys = new long[count];
            for (int i = 0; i < count; i++) {
                keys[i] = ((long) key.applyAsInt(rows[from + i]) << Integer.SIZE) | rows[from + i];
            }
            Arrays.sort(keys);
            for (int i = 0; i < count; i++) {
                rows[from + i] = (int) keys[i];
            }
        }

        private int compareAll(RowBlocks window, int first) {
            if (rounded) {
                window.round();
            }
            compared.add((long) window.rows() * clusters);
            int[] moved = new int[window.blockCount()];
            Workers.forEach(moved.length, block -> {
                int from = first + block * RowBlocks.BLOCK;
                int[] before = Arrays.copyOfRange(assignment, from, from + window.rowsIn(block));
                float[] found = nearest.assign(
                        window.block(block), rounded ? window.rounded(block) : null, before.length, assignment, from);
                System.arraycopy(found, 0, scores, from, found.length);
                moved[block] = (int) IntStream.range(0, before.length)
                        .filter(i -> before[i] != assignment[from + i])
                        .count();
            });
            return Arrays.stream(moved).sum();
        }

        @Override
        public void close() {
            if (rounded && nearest.isTooCoarse()) {
                rounded = false;
                picked.close();
                picked = picks();
            }
            nearest.close();
            if (sorted != null) {
                sorted.close();
            }
        }
    }

    @Override
    public void close() {
        picked.close();
        products.close();
        for (Window window : windows) {
            if (window != null) {
                window.close();
            }
        }
    }
}
