// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embedder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Embedder} promises.
 *
 * @param <T> what an item is
 */
public abstract class EmbedderContract<T> {
    private static final int LARGE = 300;
    private static final int CALLS = 320;
    private static final float MARK = 12_345;

    /** A new embedder, always the same. */
    protected abstract Embedder<T> embedder();

    /** At least three items, not all alike. */
    protected abstract List<T> items();

    /**
     * One whose rows differ, by another option or seed or whatever it may be made of; its id must differ too. Empty
     * unless overridden: not tested.
     */
    protected Optional<Embedder<T>> other() {
        return Optional.empty();
    }

    /**
     * By how much a number of a row may depend on the batch, as a share of the row's largest; 1e-5 unless overridden.
     */
    protected double tolerance() {
        return 1e-5;
    }

    private List<T> at(int... places) {
        List<T> items = items();
        return IntStream.of(places).mapToObj(items::get).toList();
    }

    private int[] all() {
        return IntStream.range(0, items().size()).toArray();
    }

    /** The rows, if they and nothing else were written. */
    private static <T> float[][] rows(Embedder<T> embedder, List<T> items, FloatBuffer target) {
        int dimension = embedder.dimension();
        int before = target.position();
        int limit = target.limit();
        target.clear();
        for (int i = 0; i < target.capacity(); i++) {
            target.put(i, MARK);
        }
        embedder.embed(items, target.limit(limit).position(before));
        int after = before + items.size() * dimension;
        assertThat(target.position())
                .as("the position after %s rows of %s numbers from %s on", items.size(), dimension, before)
                .isEqualTo(after);
        assertThat(target.limit()).as("the limit after items were embedded").isEqualTo(limit);
        target.clear();
        for (int i = 0; i < target.capacity(); i++) {
            if (i < before || i >= after) {
                assertThat(target.get(i)).as("number %s, which is of no row", i).isEqualTo(MARK);
            }
        }
        float[][] rows = new float[items.size()][dimension];
        for (int i = 0; i < rows.length; i++) {
            target.position(before + i * dimension);
            target.get(rows[i]);
        }
        return rows;
    }

    private static <T> float[][] rows(Embedder<T> embedder, List<T> items) {
        return rows(embedder, items, FloatBuffer.allocate(items.size() * embedder.dimension()));
    }

    private void same(String how, float[][] expected, float[][] found, int... places) {
        for (int k = 0; k < places.length; k++) {
            float[] row = expected[places[k]];
            double largest = 0;
            for (float value : row) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int j = 0; j < row.length; j++) {
                assertThat((double) found[k][j])
                        .as("number %s of the row of item %s, %s", j, places[k], how)
                        .isCloseTo(row[j], within(tolerance() * largest));
            }
        }
    }

    /** Rows are finite, of one length, and not all the same. */
    @Test
    public void embed_allItems_givesRows() {
        Embedder<T> embedder = embedder();
        assertThat(items()).hasSizeGreaterThanOrEqualTo(3);
        assertThat(embedder.dimension()).isPositive();
        float[][] rows = rows(embedder, items());
        for (int i = 0; i < rows.length; i++) {
            for (float value : rows[i]) {
                assertThat(value).as("a number of the row of item %s", i).isFinite();
            }
        }
        assertThat(Arrays.stream(rows).map(Arrays::hashCode).distinct().count())
                .as("different rows of %s items", rows.length)
                .isGreaterThan(1);
        assertThat(embedder.dimension())
                .as("the dimension after use")
                .isEqualTo(embedder().dimension());
    }

    /** The same item gives the same row, whatever it is batched with and what was embedded before. */
    @Test
    public void embed_anyBatch_isTheSame() {
        Embedder<T> embedder = embedder();
        int n = items().size();
        float[][] expected = rows(embedder, items());
        same("asked twice", expected, rows(embedder, items()), all());
        for (int i = 0; i < n; i++) {
            same("alone", expected, rows(embedder, at(i)), i);
        }
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("in the reverse order", expected, rows(embedder, at(reversed)), reversed);
        int[] twice = {0, 0, 1, 0};
        same("with equal items", expected, rows(embedder, at(twice)), twice);
        int[] many = IntStream.range(0, LARGE).map(i -> i % n).toArray();
        same("in a batch of " + LARGE, expected, rows(embedder, at(many)), many);
        same("from another instance", expected, rows(embedder(), items()), all());
        same("from another instance, in the reverse order", expected, rows(embedder(), at(reversed)), reversed);
        List<T> one = at(0);
        for (int call = 0; call < CALLS; call++) {
            same("asked over and over", expected, rows(embedder, one), 0);
        }
    }

    /** Rows go where the buffer stands, and nowhere else, whatever kind it is of. */
    @Test
    public void embed_anyBuffer_movesPastTheRows() {
        Embedder<T> embedder = embedder();
        float[][] expected = rows(embedder, items());
        int length = items().size() * embedder.dimension();
        for (FloatBuffer target : Buffers.ofEveryKind(length + 10)) {
            same("in " + target, expected, rows(embedder, items(), target.position(7)), all());
            target.limit(length + 7).position(7);
            same("in " + target + ", which they fill", expected, rows(embedder, items(), target), all());
        }
        assertThat(rows(embedder, List.of(), FloatBuffer.allocate(5).position(2)))
                .isEmpty();
    }

    /** The thread and the number of threads change nothing. */
    @Test
    public void embed_otherThreads_isTheSame() {
        float[][] expected = rows(embedder(), items());
        for (int threads : new int[] {1, 3}) {
            same(
                    "in a pool of " + threads + " threads",
                    expected,
                    Threads.in(threads, () -> rows(embedder(), items())),
                    all());
        }
    }

    /** A list that the caller fills anew is another batch. */
    @Test
    public void embed_listFilledAnew_isEmbeddedAnew() {
        Embedder<T> embedder = embedder();
        List<T> batch = new ArrayList<>(items());
        float[][] expected = rows(embedder, batch);
        Collections.reverse(batch);
        int n = batch.size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("in a list that held others before", expected, rows(embedder, batch), reversed);
    }

    /** The list of the caller is only looked at. */
    @Test
    public void embed_list_staysAsItWas() {
        List<T> items = new ArrayList<>(items());
        List<T> copy = List.copyOf(items);
        rows(embedder(), items);
        assertThat(items).isEqualTo(copy);
    }

    /** The id names the embedder, on one line, always the same. */
    @Test
    public void id_isOneStableLine() {
        Embedder<T> embedder = embedder();
        String id = embedder.id();
        assertThat(id)
                .isNotBlank()
                .doesNotContain("\n", "@" + Integer.toHexString(System.identityHashCode(embedder)))
                .isEqualTo(embedder().id());
        rows(embedder, items());
        assertThat(embedder.id()).as("the id after use").isEqualTo(id);
        other().ifPresent(other ->
                assertThat(other.id()).as("the id of one that embeds otherwise").isNotEqualTo(id));
    }
}
