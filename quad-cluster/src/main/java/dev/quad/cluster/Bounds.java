// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Tells which centres cannot have become the nearest of any row of a block, so that they need not be multiplied.
 *
 * <p>As Elkan ("Using the triangle inequality to accelerate k-means", 2003), it bounds for each centre how near it can
 * have come since it was compared last; but for blocks of rows that lie near each other, so that the work stays matrix
 * products and the bounds take {@code 4·k} bytes a block. With the score {@code s_ij = x_i·c_j − ½‖c_j‖²}, a block b
 * keeps of each centre j an upper bound of {@code max_i (s_ij − s_i)} over its rows i of other clusters, where
 * {@code s_i} is the score with the own centre. When centres move, the bound rises by at most {@code max‖x_i‖·‖Δc_j‖ −
 * ½Δ‖c_j‖²} (Cauchy and Schwarz) and falls by what all rows gain with their own centres, which is computed. Centres
 * whose bound stays below zero by more than rounding are passed over by the whole block; the others are multiplied.
 *
 * <p>Blocks are made of rows of the same or neighbouring clusters, and made anew, with all products, as long as many
 * rows still change their cluster. Bounds take in what products of rounded rows can be wrong by; see {@link Vectors}.
 * The assignment is that of comparing everything, to the bit.
 */
final class Bounds implements AutoCloseable {
    /** Rows of a block: the fewest that multiply at nearly full speed. Fewer would need fewer centres each. */
    static final int BLOCK = 128;
    /** Blocks are made anew while more than this share of the rows moved. */
    static final double MANY_MOVED = 0.4;

    private final int clusters;
    /** How far each centre has moved since the beginning. */
    private final double[] travelled;

    private final @Nullable Window[] windows;
    private boolean anew = true;
    /** How far each centre moved last; empty until centres have moved. */
    private double[] drift = {};

    private int[] byDrift = {};

    /** Before the first iteration. */
    Bounds(int clusters, int windows) {
        this.clusters = clusters;
        this.travelled = new double[clusters];
        this.windows = new Window[windows];
    }

    /**
     * Notes where centres went in an iteration.
     *
     * @param many whether more than the share {@link #MANY_MOVED} of the rows changed their cluster
     */
    void moved(float[] before, float[] after, boolean many) {
        int dimension = before.length / clusters;
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
        anew = many;
    }

    /** Whether centres have moved, so that there is an order of them. */
    boolean haveMoved() {
        return drift.length > 0;
    }

    /** Whether a centre moved last. */
    boolean moved(int centre) {
        return drift[centre] != 0;
    }

    /** The centre at a place in the order of drift, the farthest first. */
    int centre(int place) {
        return byDrift[place];
    }

    /** The blocks of a window, to be compared by their bounds; null where blocks must be made anew. */
    @Nullable
    Window known(int number) {
        return anew ? null : windows[number];
    }

    /** Makes new blocks of a window's rows, of which nothing is known until they were compared with all centres. */
    Window begin(int number, RowBlocks rows, int[] order) {
        Window old = windows[number];
        if (old != null) {
            old.close();
        }
        Window result = new Window(rows, order);
        windows[number] = result;
        return result;
    }

    /**
     * What is known of the blocks of a window. Keys make bounds of what centres and rows did since; see {@link Block}.
     */
    final class Window implements AutoCloseable {
        /** Blocks that share memory for their keys, since each piece costs some microseconds to get. */
        private static final int SHARED = 16;

        private final int[] order;
        private final double[] norms;
        private final double[] gained;
        private final Floats[] keys;

        private Window(RowBlocks window, int[] order) {
            this.order = order;
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

        /** The rows by their blocks; not a copy. */
        int[] order() {
            return order;
        }

        int blocks() {
            return norms.length;
        }

        Block block(int number, NearestCentres centres) {
            return new Block(this, number, centres);
        }

        @Override
        public void close() {
            Arrays.stream(keys).forEach(Floats::close);
        }
    }

    /** What is known of a block in an iteration with these centres. */
    final class Block {
        /** Centres side by side in the order of drift that are compared all, where most must be. */
        private static final int RUN = 64;

        /** The share of a run that is most of it. */
        private static final double MOST_OF_RUN = 0.9;

        private final Window window;
        private final int number;
        private final int from;
        private final int count;
        private final NearestCentres centres;
        private final double doubt;
        private final float[] keys = new float[clusters];

        private Block(Window window, int number, NearestCentres centres) {
            this.window = window;
            this.number = number;
            this.from = number * BLOCK;
            this.count = Math.min(BLOCK, window.order.length - from);
            this.centres = centres;
            this.doubt = centres.doubt(window.norms[number]);
        }

        /** The place of its first row in the window. */
        int from() {
            return from;
        }

        /** Its rows. */
        int count() {
            return count;
        }

        /** The number of a row within the window. */
        int row(int i) {
            return window.order[from + i];
        }

        /** By how much the difference of two scores of a row can be wrong in single precision. */
        double doubt() {
            return doubt;
        }

        /** Forgets all bounds, because all centres will be compared. */
        void restart() {
            window.gained[number] = 0;
        }

        /** Notes by how much, at least, the scores of all rows with their own centres rose. */
        void gained(double rise) {
            window.gained[number] += rise - doubt;
        }

        /**
         * The centres to compare, as places in the order of drift. Runs in which most are needed come first and whole,
         * since they can be multiplied where they lie.
         */
        int[] choose() {
            window.keys[number / Window.SHARED].get(number % Window.SHARED * clusters, keys, 0, clusters);
            int[] places = new int[clusters];
            int[] single = new int[clusters];
            int singles = 0;
            int inRuns = 0;
            for (int run = 0; run < clusters; run += RUN) {
                int length = Math.min(RUN, clusters - run);
                int begin = singles;
                for (int place = run; place < run + length; place++) {
                    int centre = byDrift[place];
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

        /**
         * Keeps what a comparison showed.
         *
         * @param compared centres
         * @param ahead by how much their scores are, at most, above those with the rows' own centres
         * @param left the clusters that rows left
         * @param rise by how much the score of each of these rows is above that with the cluster it left
         */
        void learn(int[] compared, float[] ahead, int[] left, double[] rise) {
            for (int s = 0; s < compared.length; s++) {
                keys[compared[s]] = key(compared[s], ahead[s]);
            }
            for (int c = 0; c < left.length; c++) {
                keys[left[c]] = Math.max(keys[left[c]], key(left[c], -rise[c]));
            }
            window.keys[number / Window.SHARED].set(number % Window.SHARED * clusters, keys, 0, clusters);
        }

        /** What makes this bound now. */
        private float key(int centre, double bound) {
            return Math.nextUp((float) (bound + doubt - since(centre)));
        }

        /** What makes a bound of a key. */
        private double since(int centre) {
            return window.norms[number] * travelled[centre] - centres.offset(centre) - window.gained[number];
        }
    }

    @Override
    public void close() {
        Arrays.stream(windows).filter(Objects::nonNull).forEach(Window::close);
    }
}
