// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The same tokens as few long and as many short items: what the heap sees more of is the result, and nothing of the
 * loop.
 */
class ScoringAllocationTest {
    private static final int TOKENS = 4096;
    private static final int WIDTH = 8;

    /** Hands out the same rows for each batch, cut into items of one length; allocates nothing per item. */
    private static final class Rows implements GradientSource<Integer> {
        private final List<LayerShape> layers;
        private final int length;
        private final LayerCapture[] captures;
        private final BatchLosses losses;

        Rows(int layers, int length) {
            this.length = length;
            this.layers = IntStream.range(0, layers)
                    .mapToObj(l -> new LayerShape("layer " + l, WIDTH, WIDTH, l % 2 == 1))
                    .toList();
            FloatBuffer values = ByteBuffer.allocateDirect(4 * TOKENS * WIDTH)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            for (int i = 0; i < values.limit(); i++) {
                values.put(i, 0.01f * (i % 89 - 40));
            }
            int[] starts = IntStream.rangeClosed(0, TOKENS / length)
                    .map(i -> i * length)
                    .toArray();
            this.captures = IntStream.range(0, layers)
                    .mapToObj(l -> new LayerCapture(l, values, values, starts))
                    .toArray(LayerCapture[]::new);
            int[] tokens = new int[TOKENS / length];
            java.util.Arrays.fill(tokens, length);
            this.losses = new BatchLosses(new double[tokens.length], tokens);
        }

        @Override
        public List<LayerShape> layers() {
            return layers;
        }

        @Override
        public String fingerprint() {
            return "rows";
        }

        @Override
        public int tokens(Integer item) {
            return length;
        }

        @Override
        public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
            for (LayerCapture capture : captures) {
                sink.accept(capture);
            }
            return losses;
        }
    }

    /** Bytes that scoring all tokens allocates, on one thread. */
    private static long allocated(int layers, int length) throws Exception {
        Rows source = new Rows(layers, length);
        List<Integer> items = Collections.nCopies(TOKENS / length, 1);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ForkJoinPool one = new ForkJoinPool(1);
        try (ReferenceDirection direction = ReferenceDirection.gradient(source, ReferenceSet.of(items));
                InfluenceEstimator<Integer> influence = Influence.of(source)
                        .direction(direction)
                        .batchTokens(TOKENS)
                        .estimator()) {
            return one.submit(() -> {
                        long least = Long.MAX_VALUE;
                        for (int repeat = 0; repeat < 20; repeat++) { // the first ones load classes and compile
                            long before = threads.getCurrentThreadAllocatedBytes();
                            influence.score(items);
                            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                        }
                        return least;
                    })
                    .get();
        } finally {
            one.shutdown();
        }
    }

    @Test
    void score_moreItemsOfTheSameTokens_allocatesTheResultAlone() throws Exception {
        int more = TOKENS / 4 - TOKENS / 256;
        double perItem = (double) (allocated(6, 4) - allocated(6, 256)) / more;
        double perItemOfOneLayer = (double) (allocated(1, 4) - allocated(1, 256)) / more;

        // a sum, and a score with its reason, in arrays that double and one of the size in the end
        assertThat(perItem).isLessThan(8 + 3 * 12 + 1);
        // five layers more cost not a byte per item more
        assertThat(Math.abs(perItem - perItemOfOneLayer)).isLessThan(1);
    }
}
