// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.quad.CandidatePool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link CandidatePool} promises.
 *
 * @param <T> what a document is; equal ones are equal
 */
public abstract class CandidatePoolContract<T> {
    private static final int WORDS = 200;
    private static final int READS = 80_000;
    /** Ordinals so far apart often share a place in what keeps a few items. */
    private static final int STRIDE = 64;

    /** Reads of a few items, and then as many of all. */
    private static final int TURN = 1000;
    /** Words of a long text. */
    private static final int LONG = 400;

    private static final int POOLS = 8;
    private static final int MANY = 130;
    /** What texts are often joined by. */
    private static final List<String> MARKS = List.of(
            ",", "\n", "\t", ";", "|", "\u0000", " ", ":", "/", "\u001f", ", ", "; ", " | ", "\r\n", "\n\n", "\",\"");

    /** Of pools, around what one is often cut into. */
    private static final int[] SIZES = {1, 2, 3, 64, 101, 257, 1000};

    /** A new pool of these items, in this order. */
    protected abstract CandidatePool<T> pool(List<T> items);

    /** At least four different items, not all of as many tokens. */
    protected abstract List<T> items();

    private List<T> given() {
        return Answers.items("items()", 4, items());
    }

    /** Whether a pool may hold equal items; true unless overridden, as where each has an id of its own. */
    protected boolean allowsEqualItems() {
        return true;
    }

    /**
     * An item that holds this text, and equals only items of the same text; the text itself where items are strings,
     * else empty unless overridden: then less is tested.
     */
    protected Optional<T> item(String text) {
        return Texts.asItem(text, given());
    }

    private CandidatePool<T> tested(List<T> items) {
        return Calls.named(pool(items), CandidatePool.class);
    }

    private CandidatePool<T> tested() {
        return tested(given());
    }

    private void isRefused(List<T> items, int... ordinals) {
        CandidatePool<T> pool = Answers.made("pool(items)", pool(items));
        for (int ordinal : ordinals) {
            assertThatThrownBy(() -> pool.get(ordinal), "get(%s) of a pool of %s items", ordinal, items.size())
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** Items of these texts; or none, where no item can be made of a text. */
    private List<T> of(Collection<String> texts) {
        return texts.stream().flatMap(text -> item(text).stream()).toList();
    }

    /** So many different items, or fewer, where there are not as many. */
    private List<T> many(int count) {
        List<T> many = new ArrayList<>(of(IntStream.range(0, count)
                .mapToObj(i -> "document " + i * 7919 % count)
                .toList()));
        List<T> items = given();
        while (many.isEmpty() || (allowsEqualItems() && many.size() < count)) {
            many.addAll(items);
        }
        return many.subList(0, Math.min(count, many.size()));
    }

    /** Items by their ordinals, in any order, and again. */
    @Test
    public void get_everyOrdinal_givesItsItem() {
        CandidatePool<T> pool = tested();
        List<T> items = given();
        assertThat(items).as("the items of the test").doesNotHaveDuplicates();
        assertThat(pool.size()).as("the size").isEqualTo(items.size());
        for (int ordinal = 0; ordinal < items.size(); ordinal++) {
            assertThat(pool.get(ordinal)).as("item %s", ordinal).isEqualTo(items.get(ordinal));
        }
        for (int ordinal = items.size() - 1; ordinal >= 0; ordinal--) {
            assertThat(pool.get(ordinal)).as("item %s, going back", ordinal).isEqualTo(items.get(ordinal));
            assertThat(pool.get(ordinal)).as("item %s, again", ordinal).isEqualTo(items.get(ordinal));
        }
        assertThat(pool.size()).as("the size after use").isEqualTo(items.size());
        CandidatePool<T> other = tested();
        for (int ordinal = items.size() - 1; ordinal >= 0; ordinal--) {
            assertThat(other.get(ordinal))
                    .as("item %s of another pool, going back", ordinal)
                    .isEqualTo(items.get(ordinal));
        }
    }

    /** Pools of few and of many items have them all, to the last. */
    @Test
    public void get_anySize_givesItsItems() {
        for (int size : SIZES) {
            List<T> items = many(size);
            CandidatePool<T> pool = tested(items);
            int n = items.size();
            assertThat(pool.size()).as("the size of a pool of %s items", n).isEqualTo(n);
            for (int ordinal = n - 1; ordinal >= 0; ordinal--) {
                assertThat(pool.get(ordinal)).as("item %s of %s", ordinal, n).isEqualTo(items.get(ordinal));
                assertThat(pool.tokens(ordinal))
                        .as("tokens of item %s of %s", ordinal, n)
                        .isNotNegative();
            }
            isRefused(items, n, n + 1, -1);
        }
    }

    /** Texts of all kinds come back as they were given, long ones too; those that a pool refuses alone are left out. */
    @Test
    public void get_anyText_givesIt() {
        List<String> texts = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        for (String text : Texts.whole()) {
            taken(List.of(text)).ifPresent(pool -> {
                isOf(List.of(text), pool);
                texts.add(text);
                tokens.add(pool.tokens(0));
            });
        }
        if (!texts.isEmpty()) {
            CandidatePool<T> pool = tested(of(texts));
            isOf(texts, pool);
            for (int ordinal = 0; ordinal < texts.size(); ordinal++) {
                assertThat(pool.tokens(ordinal))
                        .as("tokens of '%s', among others", Texts.shown(texts.get(ordinal)))
                        .isEqualTo(tokens.get(ordinal));
            }
        }
    }

    private void isOf(List<String> texts, CandidatePool<T> pool) {
        List<T> items = of(texts);
        assertThat(pool.size())
                .as("the size of a pool of %s texts", items.size())
                .isEqualTo(items.size());
        for (int ordinal = items.size() - 1; ordinal >= 0; ordinal--) {
            String shown = Texts.shown(texts.get(ordinal));
            assertThat(pool.get(ordinal))
                    .as("the text '%s' of %s", shown, items.size())
                    .isEqualTo(items.get(ordinal));
            assertThat(pool.tokens(ordinal))
                    .as("tokens of the text '%s'", shown)
                    .isNotNegative();
        }
    }

    /** A pool of these texts; none, where no item can be made of a text or the pool refuses them. */
    private Optional<CandidatePool<T>> taken(List<String> texts) {
        List<T> items = of(texts);
        try {
            return items.isEmpty() ? Optional.empty() : Optional.of(tested(items));
        } catch (RuntimeException e) { // some take no blanks or no ends of lines
            return Optional.empty();
        }
    }

    /** A pool of nothing, where there may be one, is of size 0 and has a fingerprint of its own. */
    @Test
    public void pool_ofNothing_hasNothing() {
        CandidatePool<T> empty;
        try {
            empty = tested(List.of());
        } catch (RuntimeException e) { // some do not take it
            return;
        }
        assertThat(empty.size()).as("the size of a pool of nothing").isZero();
        isRefused(List.of(), 0, -1);
        assertThat(empty.fingerprint())
                .as("the fingerprint of a pool of nothing")
                .isNotBlank()
                .isNotEqualTo(tested().fingerprint())
                .isNotEqualTo(tested(given().subList(0, 1)).fingerprint());
    }

    /** There is nothing below 0, and nothing from the size on. */
    @Test
    public void get_noSuchOrdinal_isRefused() {
        List<T> items = given();
        CandidatePool<T> pool = Answers.made("pool(items)", pool(items));
        int n = items.size();
        for (int ordinal : new int[] {-1, -2, n, n + 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> pool.get(ordinal), "get(%s) of a pool of %s items", ordinal, n)
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        CandidatePool<T> named = Calls.named(pool, CandidatePool.class);
        for (int ordinal = 0; ordinal < n; ordinal++) {
            assertThat(named.get(ordinal))
                    .as("item %s, after others were refused", ordinal)
                    .isEqualTo(items.get(ordinal));
        }
    }

    /** A count of the item, whatever its place, never below 0, and always the same. */
    @Test
    public void tokens_everyOrdinal_areThoseOfTheItem() {
        CandidatePool<T> pool = tested();
        List<T> reversed = new ArrayList<>(given());
        Collections.reverse(reversed);
        CandidatePool<T> back = tested(reversed);
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

    /** A long text has the tokens of another of the same words rather than those of a short one of its hash. */
    @Test
    public void tokens_ofOneHash_areThoseOfTheItem() {
        String longText = "here are words ".repeat(WORDS);
        String other = "words here are ".repeat(WORDS);
        List<String> texts = List.of(ofHash(longText.hashCode()), longText, other);
        taken(texts).ifPresent(pool -> {
            long few = pool.tokens(0);
            long many = pool.tokens(1);
            if (pool.tokens(2) != few) {
                assertThat(many)
                        .as("tokens of a text of %s words, as many as '%s' of its hash has", 3 * WORDS, texts.get(0))
                        .isNotEqualTo(few);
            }
        });
    }

    /** A word of seven letters and marks that has this {@link String#hashCode}, whose digits of base 31 they are. */
    private static String ofHash(int hash) {
        char[] word = "AAAAAAA".toCharArray();
        long rest = Integer.toUnsignedLong(hash - String.valueOf(word).hashCode());
        for (int place = word.length - 1; place >= 0; place--) {
            word[place] += (char) (rest % 31);
            rest /= 31;
        }
        return String.valueOf(word);
    }

    /** Equal pools have equal fingerprints; what is in them, and in which order, changes them. */
    @Test
    public void fingerprint_isOfContentAndOrder() {
        CandidatePool<T> pool = tested();
        String fingerprint = pool.fingerprint();
        assertThat(fingerprint)
                .as("the fingerprint, which another pool of the same items has too")
                .isNotBlank()
                .isEqualTo(tested().fingerprint());
        pool.get(1);
        pool.tokens(0);
        assertThat(pool.fingerprint()).as("the fingerprint after use").isEqualTo(fingerprint);
        Map<String, Described<T>> found = new HashMap<>();
        for (List<Integer> places : arrangements(pool.size())) {
            List<T> arranged = places.stream().map(given()::get).toList();
            isNew(found, arranged, "the items " + places + ", in this order");
        }
    }

    /** A pool, and what it is for messages. */
    private record Described<T>(String what, List<T> items) {}

    /** Another pool than those that were found by their fingerprints. */
    private void isNew(Map<String, Described<T>> found, List<T> items, String what) {
        String fingerprint = tested(items).fingerprint();
        Described<T> other = found.putIfAbsent(fingerprint, new Described<>(what, List.copyOf(items)));
        if (other != null) {
            fail("the pool of " + what + " and that of " + other.what() + " have one fingerprint, '" + fingerprint
                    + "'; other content is to have another one, and " + firstDifference(items, other.items()));
        }
    }

    private static String firstDifference(List<?> one, List<?> other) {
        int both = Math.min(one.size(), other.size());
        int item = 0;
        while (item < both && one.get(item).equals(other.get(item))) {
            item++;
        }
        String where = "they differ first in item " + item;
        return item < both && one.get(item) instanceof String a && other.get(item) instanceof String b
                ? where + ", character " + Arrays.mismatch(a.toCharArray(), b.toCharArray())
                : where;
    }

    /** Where an item ends belongs to the content, and every item and all of it does, of many and of long ones. */
    @Test
    public void fingerprint_isOfAllThatIsThere() {
        Map<String, Described<T>> found = new HashMap<>();
        List<List<String>> others = new ArrayList<>(List.of(
                List.of("ab", "c"),
                List.of("a", "bc"),
                List.of("abc"),
                List.of("a", "b", "c"),
                List.of("c", "ab"),
                List.of("bc", "a"),
                List.of("A", "bc"),
                List.of("ä", "bc"),
                List.of("ö", "bc"),
                List.of("?", "bc"),
                List.of("数据"),
                List.of("选择"),
                List.of("a b"),
                List.of("b a"),
                List.of("a"),
                List.of(" a"),
                List.of("a "),
                List.of("é"),
                List.of("e\u0301"),
                List.of("0", "abcdefgh1a"), // of one text, where lengths in digits stand before each
                List.of("10abcdefgh", "a"),
                List.of("Aa"), // of one hash
                List.of("BB"),
                List.of("plumless"), // of one checksum
                List.of("buckeroo")));
        asOneItem().ifPresent(text -> others.addAll(List.of(List.of("this", "that"), List.of(text))));
        for (String mark : MARKS) {
            for (List<String> texts : List.of(List.of("a" + mark + "b", "c"), List.of("a", "b" + mark + "c"))) {
                taken(texts).ifPresent(pool -> others.add(texts));
            }
        }
        for (int length : new int[] {100, 5000, 70_000}) {
            for (int place : new int[] {-1, 0, length / 3, length / 2, length - 1}) {
                StringBuilder text = new StringBuilder("x".repeat(length));
                if (place >= 0) {
                    text.setCharAt(place, 'y');
                }
                others.add(List.of("before", text.toString(), "after"));
            }
        }
        for (List<String> texts : others) {
            List<T> items = of(texts);
            if (!items.isEmpty()) {
                isNew(
                        found,
                        items,
                        "the texts "
                                + texts.stream()
                                        .map(text -> "'" + Texts.shown(text) + "'")
                                        .toList());
            }
        }
        List<T> many = new ArrayList<>(many(MANY));
        T another = given().get(0);
        String all = many.size() + " items";
        Map<String, Described<T>> ofMany = new HashMap<>();
        isNew(ofMany, many, all);
        for (int place = many.size() - 1; place >= 0; place -= place % 5 == 0 ? 4 : 5) {
            T kept = many.set(place, another);
            if (!kept.equals(another) && (allowsEqualItems() || Collections.frequency(many, another) == 1)) {
                isNew(ofMany, many, all + ", another one in place " + place);
            }
            many.set(place, kept);
        }
        for (int place = 0; place + STRIDE < many.size(); place += 7) {
            if (!many.get(place).equals(many.get(place + STRIDE))) {
                Collections.swap(many, place, place + STRIDE);
                isNew(ofMany, many, all + ", those in places " + place + " and " + (place + STRIDE) + " exchanged");
                Collections.swap(many, place, place + STRIDE);
            }
        }
    }

    /** A text of which an item is shown as the list of two others is; empty where no item can be made of a text. */
    private Optional<String> asOneItem() {
        String list = of(List.of("this", "that")).toString();
        String item = of(List.of("this")).toString();
        int start = item.indexOf("this");
        int end = item.length() - start - "this".length();
        return start < 0 ? Optional.empty() : Optional.of(list.substring(start, list.length() - end));
    }

    /** Several threads may ask for a fingerprint that nobody asked for before. */
    @Test
    public void fingerprint_manyThreads_isTheSame() {
        List<T> items = manyAndLong();
        String expected = tested(items).fingerprint();
        List<CandidatePool<T>> pools =
                IntStream.range(0, POOLS).mapToObj(i -> tested(items)).toList();
        Threads.manyTimes(
                4 * POOLS,
                i -> assertThat(pools.get(i % POOLS).fingerprint())
                        .as("the fingerprint, asked for by several threads at once")
                        .isEqualTo(expected));
    }

    /** Equal items make equal pools, whichever objects they are. */
    @Test
    public void pool_ofEqualItems_isEqual() {
        List<T> items = given();
        List<T> copies = items.stream().map(Copies::of).toList();
        CandidatePool<T> pool = tested(items);
        CandidatePool<T> other = tested(copies);
        assertThat(other.fingerprint()).as("of copies of the items").isEqualTo(pool.fingerprint());
        for (int ordinal = 0; ordinal < items.size(); ordinal++) {
            assertThat(other.get(ordinal)).as("the copy of item %s", ordinal).isEqualTo(items.get(ordinal));
            assertThat(other.tokens(ordinal))
                    .as("tokens of the copy of item %s", ordinal)
                    .isEqualTo(pool.tokens(ordinal));
        }
        IdentityHash.requireNone("the fingerprint", pool.fingerprint());
    }

    /** Neither the default locale nor the time zone changes anything; JUnit runs nothing beside this. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void pool_elsewhere_isTheSame() {
        List<T> items = new ArrayList<>(given());
        items.addAll(of(List.of("TITLE I")));
        CandidatePool<T> pool = tested(items);
        String fingerprint = pool.fingerprint();
        long[] tokens = IntStream.range(0, items.size()).mapToLong(pool::tokens).toArray();
        Elsewhere.each(where -> {
            for (CandidatePool<T> there : List.of(pool, tested(items))) {
                assertThat(there.fingerprint()).as("the fingerprint %s", where).isEqualTo(fingerprint);
                for (int ordinal = 0; ordinal < tokens.length; ordinal++) {
                    assertThat(there.get(ordinal))
                            .as("item %s, %s", ordinal, where)
                            .isEqualTo(items.get(ordinal));
                    assertThat(there.tokens(ordinal))
                            .as("tokens of item %s, %s", ordinal, where)
                            .isEqualTo(tokens[ordinal]);
                }
            }
        });
    }

    /** All, two exchanged, one left out, and one again where there may be equal ones. */
    private Set<List<Integer>> arrangements(int n) {
        List<Integer> all = IntStream.range(0, n).boxed().toList();
        Set<List<Integer>> arrangements = new LinkedHashSet<>(List.of(all));
        for (int a = 0; a < n; a++) {
            if (allowsEqualItems()) {
                List<Integer> again = new ArrayList<>(all);
                again.add(a);
                arrangements.add(List.copyOf(again));
            }
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
            List<T> items = new ArrayList<>(given());
            items.add(1, given().get(0));
            items.add(given().get(2));
            CandidatePool<T> pool = tested(items);
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
        List<T> items = new ArrayList<>(given());
        CandidatePool<T> pool = tested(items);
        Collections.reverse(items);
        items.remove(0);
        assertThat(pool.size())
                .as("the size, after the list of the items has changed")
                .isEqualTo(given().size());
        for (int ordinal = 0; ordinal < pool.size(); ordinal++) {
            assertThat(pool.get(ordinal))
                    .as("item %s, after the list of the items has changed", ordinal)
                    .isEqualTo(given().get(ordinal));
        }
    }

    /** Several threads may read at once, from one pool and from two of which each has its own. */
    @Test
    public void get_manyThreads_givesTheirItems() {
        List<T> many = manyAndLong();
        List<List<T>> items = List.of(many, turned(many));
        List<CandidatePool<T>> pools = items.stream().map(this::tested).toList();
        int n = many.size();
        long[] tokens = IntStream.range(0, n).mapToLong(pools.get(0)::tokens).toArray();
        String fingerprint = pools.get(0).fingerprint();
        Threads.manyTimes(READS, i -> {
            int turn = i / TURN;
            int ordinal = (turn % 2 == 0 ? 1 + i % 3 * STRIDE : i) % n; // three, for what keeps a few, or all
            int which = turn / 2 % 3 % 2;
            T item = pools.get(which).get(ordinal);
            if (!item.equals(items.get(which).get(ordinal))) { // sooner than an assertion, so that threads meet
                assertThat(item)
                        .as("item %s, read by several threads", ordinal)
                        .isEqualTo(items.get(which).get(ordinal));
            }
            int counted = (ordinal + which) % n;
            long found = pools.get(which).tokens(ordinal);
            if (found != tokens[counted]) {
                assertThat(found)
                        .as("tokens of item %s, asked for by several threads", ordinal)
                        .isEqualTo(tokens[counted]);
            }
        });
        assertThat(pools.get(0).fingerprint()).as("the fingerprint after use").isEqualTo(fingerprint);
    }

    /** So that threads are at it at once: of long texts where there may be, else of what there is. */
    private List<T> manyAndLong() {
        List<T> items = new ArrayList<>(many(3 * STRIDE));
        boolean areTaken = taken(List.of("long ".repeat(LONG))).isPresent();
        for (int i = 0; areTaken && i < items.size(); i += 4) {
            items.set(i, of(List.of(("long " + i + " ").repeat(LONG))).get(0));
        }
        return items;
    }

    private static <T> List<T> turned(List<T> items) {
        List<T> turned = new ArrayList<>(items);
        Collections.rotate(turned, -1);
        return turned;
    }
}
