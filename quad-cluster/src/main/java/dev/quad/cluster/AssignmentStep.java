// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The assignment step of {@link Lloyd}: puts each row with its nearest centre, iteration after iteration. Has the
 * cluster of each row and its score with it; {@link Bounds} spare it products. Close it.
 */
final class AssignmentStep implements AutoCloseable {
    /** Centres that are compared at once. */
    static final int CHUNK = 1024;
    /** Blocks of a block of the window. */
    private static final int TOGETHER = RowBlocks.BLOCK / Bounds.BLOCK;
    /** Fewer centres are compared as quickly as bounds are checked. */
    private static final int FEWEST_CENTRES = 16;
    /** Rows among which blocks put those together that have alike scores. */
    private static final int ALIKE = RowBlocks.BLOCK;

    private final Rows rows;
    private final int clusters;
    private final Distance distance;
    private final int[] assignment;
    /** Of each row with its own centre, when the row was compared last. */
    private final float[] scores;

    private final Bounds bounds;
    private boolean rounded;
    /** Room for centres that are multiplied together. */
    private BufferPool<Vectors> picked;

    private final BufferPool<Floats> products;
    private final LongAdder compared = new LongAdder();

    /** Before the first iteration; {@code rounded} tells whether to multiply with eight bits. */
    AssignmentStep(Rows rows, int clusters, Distance distance, boolean rounded) {
        this.rows = rows;
        this.clusters = clusters;
        this.distance = distance;
        this.rounded = rounded;
        this.assignment = new int[rows.rows()];
        Arrays.fill(assignment, -1);
        this.scores = new float[rows.rows()];
        this.bounds = new Bounds(clusters, rows.windows());
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

    /** The cluster of each row, -1 before the first iteration; not a copy. */
    int[] assignment() {
        return assignment;
    }

    int cluster(int row) {
        return assignment[row];
    }

    float score(int row) {
        return scores[row];
    }

    /** Takes the score of a row with the centre of its cluster as it is now. */
    void rescore(int row, float score) {
        scores[row] = score;
    }

    /** Puts a row into another cluster. */
    void move(int row, int cluster, float score) {
        assignment[row] = cluster;
        scores[row] = score;
    }

    Bounds bounds() {
        return bounds;
    }

    BufferPool<Vectors> picked() {
        return picked;
    }

    BufferPool<Floats> products() {
        return products;
    }

    void count(long pairs) {
        compared.add(pairs);
    }

    /** How many pairs of a row and a centre were multiplied so far. */
    long compared() {
        return compared.sum();
    }

    /** Notes where centres went in an iteration in which so many rows changed their cluster. */
    void moved(float[] before, float[] after, int changed) {
        bounds.moved(before, after, changed > Bounds.MANY_MOVED * rows.rows());
    }

    /** Begins an iteration with these centres. */
    Pass begin(Floats centres) {
        return new Pass(centres);
    }

    /** One iteration. Close it. */
    final class Pass implements AutoCloseable {
        private final NearestCentres nearest;
        /** The centres by falling drift; null where bounds do not pay yet. */
        private final @Nullable Vectors sorted;

        private Pass(Floats centres) {
            this.nearest = new NearestCentres(centres, clusters, distance, rounded);
            if (!bounds.haveMoved() || clusters < FEWEST_CENTRES) {
                sorted = null;
                return;
            }
            sorted = nearest.multiplied().room(clusters);
            for (int place = 0; place < clusters; place++) {
                sorted.copy(place, nearest.multiplied(), bounds.centre(place));
            }
        }

        /** Assigns the rows of a window; returns how many changed. */
        int assign(int number, RowBlocks window) {
            int first = rows.first(number);
            Vectors byDrift = sorted;
            if (byDrift == null || assignment[first] < 0) {
                return compareAll(window, first);
            }
            Bounds.Window known = bounds.known(number);
            if (known != null) {
                lay(window, known);
                return sum(
                        known.blocks(),
                        block -> pass(known, block, byDrift, window, first).run());
            }
            Bounds.Window anew = bounds.begin(number, window, order(first, window.rows()));
            lay(window, anew);
            return sum(window.blockCount(), task -> {
                int end = Math.min(anew.blocks(), (task + 1) * TOGETHER);
                return BlockPass.runAll(IntStream.range(task * TOGETHER, end)
                        .mapToObj(block -> pass(anew, block, byDrift, window, first))
                        .toList());
            });
        }

        private void lay(RowBlocks window, Bounds.Window known) {
            window.arrange(known.order());
            if (rounded) {
                window.round();
            }
        }

        private BlockPass pass(Bounds.Window known, int block, Vectors byDrift, RowBlocks window, int first) {
            return new BlockPass(AssignmentStep.this, nearest, byDrift, window, first, known.block(block, nearest));
        }

        private static int sum(int tasks, IntUnaryOperator task) {
            int[] results = new int[tasks];
            Workers.forEach(tasks, i -> results[i] = task.applyAsInt(i));
            return Arrays.stream(results).sum();
        }

        /**
         * Rows of the same or neighbouring clusters, and among some hundred of them those together that were alike
         * near: rows that are far ahead then need few products, and do not follow those that are not. Within a block,
         * by cluster.
         */
        private int[] order(int first, int length) {
            int[] order = new ClusterMembers(assignment, first, length, clusters).all();
            Workers.forBlocks(length, ALIKE, (from, count) -> {
                sort(order, from, count, row -> {
                    int bits = Float.floatToIntBits(scores[first + row]);
                    return ~(bits ^ ((bits >> 31) & Integer.MAX_VALUE)); // as falling numbers
                });
                for (int block = from; block < from + count; block += Bounds.BLOCK) {
                    sort(order, block, Math.min(Bounds.BLOCK, from + count - block), row -> assignment[first + row]);
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
            count((long) window.rows() * clusters);
            return sum(window.blockCount(), block -> {
                int from = first + block * RowBlocks.BLOCK;
                int[] before = Arrays.copyOfRange(assignment, from, from + window.rowsIn(block));
                float[] found = nearest.assign(
                        window.block(block), rounded ? window.rounded(block) : null, before.length, assignment, from);
                System.arraycopy(found, 0, scores, from, found.length);
                return (int) IntStream.range(0, before.length)
                        .filter(i -> before[i] != assignment[from + i])
                        .count();
            });
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
        bounds.close();
    }
}
