// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.CandidatePool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link CandidatePool} promises.
 *
 * @param <T> what a document is; equal ones are equal
 */
public abstract class CandidatePoolContract<T> {

    private static final int READS = 20_000;

    /** A new pool of these items, in this order. */
    protected abstract CandidatePool<T> pool(List<T> items);

    /** At least four different items, not all of as many tokens. */
    protected abstract List<T> items();

    /** Whether a pool may hold equal items; true unless overridden, as where each has an id of its own. */
    protected boolean allowsEqualItems() {
        return true;
    }

    private CandidatePool<T> pool() {
        return pool(items());
    }

    /** Items by their ordinals, in any order, and again. */
    @Test
    public void get_everyOrdinal_givesItsItem() {
        CandidatePool<T> pool = pool();
        List<T> items = items();
        assertThat(items).hasSizeGreaterThanOrEqualTo(4).doesNotHaveDuplicates();
        assertThat(pool.size()).isEqualTo(items.size());
        for (int ordinal = 0; ordinal < items.size(); ordinal++) {
            assertThat(pool.get(ordinal)).as("item %s", ordinal).isEqualTo(items.get(ordinal));
        }
        for (int ordinal = items.size() - 1; ordinal >= 0; ordinal--) {
            assertThat(pool.get(ordinal)).as("item %s, going back", ordinal).isEqualTo(items.get(ordinal));
            assertThat(pool.get(ordinal)).as("item %s, again", ordinal).isEqualTo(items.get(ordinal));
        }
        assertThat(pool.size()).as("the size after use").isEqualTo(items.size());
        CandidatePool<T> other = pool();
        for (int ordinal = items.size() - 1; ordinal >= 0; ordinal--) {
            assertThat(other.get(ordinal))
                    .as("item %s of another pool, going back", ordinal)
                    .isEqualTo(items.get(ordinal));
        }
    }

    /** There is nothing below 0, and nothing from the size on. */
    @Test
    public void get_noSuchOrdinal_isRefused() {
        CandidatePool<T> pool = pool();
        for (int ordinal : new int[] {-1, pool.size(), Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> pool.get(ordinal))
                    .as("ordinal %s of %s", ordinal, pool.size())
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** A count of the item, whatever its place, never below 0, and always the same. */
    @Test
    public void tokens_everyOrdinal_areThoseOfTheItem() {
        CandidatePool<T> pool = pool();
        List<T> reversed = new ArrayList<>(items());
        Collections.reverse(reversed);
        CandidatePool<T> back = pool(reversed);
        int n = pool.size();
        for (int ordinal = 0; ordinal < n; ordinal++) {
            long tokens = pool.tokens(ordinal);
            assertThat(tokens).as("tokens of item %s", ordinal).isNotNegative();
            pool.get(n - 1 - ordinal);
            assertThat(pool.tokens(ordinal))
                    .as("tokens of item %s, again", ordinal)
                    .isEqualTo(tokens);
            assertThat(back.tokens(n - 1 - ordinal))
                    .as("tokens of item %s, in another place", ordinal)
                    .isEqualTo(tokens);
        }
    }

    /** Equal pools have equal fingerprints; what is in them, and in which order, changes them. */
    @Test
    public void fingerprint_isOfContentAndOrder() {
        CandidatePool<T> pool = pool();
        String fingerprint = pool.fingerprint();
        assertThat(fingerprint).isNotBlank().isEqualTo(pool().fingerprint());
        pool.get(1);
        pool.tokens(0);
        assertThat(pool.fingerprint()).as("the fingerprint after use").isEqualTo(fingerprint);
        Map<String, List<Integer>> found = new HashMap<>();
        for (List<Integer> places : arrangements(pool.size())) {
            List<T> arranged = places.stream().map(items()::get).toList();
            assertThat(found.put(pool(arranged).fingerprint(), places))
                    .as("other items that have the fingerprint of the items %s, in this order", places)
                    .isNull();
        }
    }

    /** All, two exchanged, and one left out. */
    private static Set<List<Integer>> arrangements(int n) {
        List<Integer> all = IntStream.range(0, n).boxed().toList();
        Set<List<Integer>> arrangements = new LinkedHashSet<>(List.of(all));
        for (int a = 0; a < n; a++) {
            for (int b = 0; b <= a; b++) {
                List<Integer> swapped = new ArrayList<>(all);
                Collections.swap(swapped, a, b);
                arrangements.add(List.copyOf(swapped));
                swapped.subList(b, b + 1).clear();
                arrangements.add(List.copyOf(swapped));
            }
        }
        return arrangements;
    }

    /** Equal items are items like others. */
    @Test
    public void get_equalItems_areAllThere() {
        if (allowsEqualItems()) {
            List<T> items = new ArrayList<>(items());
            items.add(1, items().get(0));
            items.add(items().get(2));
            CandidatePool<T> pool = pool(items);
            assertThat(pool.size()).as("items, of which some are equal").isEqualTo(items.size());
            for (int ordinal = 0; ordinal < items.size(); ordinal++) {
                assertThat(pool.get(ordinal)).as("item %s", ordinal).isEqualTo(items.get(ordinal));
            }
            assertThat(pool.tokens(1)).as("tokens of equal items").isEqualTo(pool.tokens(0));
        }
    }

    /** The pool does not change with the list that it was made of. */
    @Test
    public void items_changedAfterwards_changeNothing() {
        List<T> items = new ArrayList<>(items());
        CandidatePool<T> pool = pool(items);
        Collections.reverse(items);
        items.remove(0);
        assertThat(pool.size()).isEqualTo(items().size());
        for (int ordinal = 0; ordinal < pool.size(); ordinal++) {
            assertThat(pool.get(ordinal)).as("item %s", ordinal).isEqualTo(items().get(ordinal));
        }
    }

    /** Several threads may read at once. */
    @Test
    public void get_manyThreads_givesTheirItems() {
        CandidatePool<T> pool = pool();
        List<T> items = items();
        int n = items.size();
        long[] tokens = IntStream.range(0, n).mapToLong(pool::tokens).toArray();
        Threads.manyTimes(READS, i -> {
            int ordinal = i % n;
            T item = pool.get(ordinal);
            if (!item.equals(items.get(ordinal))) { // sooner than an assertion, so that threads meet
                assertThat(item).as("item %s", ordinal).isEqualTo(items.get(ordinal));
            }
            if (pool.tokens(ordinal) != tokens[ordinal]) {
                assertThat(pool.tokens(ordinal))
                        .as("tokens of item %s", ordinal)
                        .isEqualTo(tokens[ordinal]);
            }
        });
    }
}
