// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embedder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link Embedder} promises.
 *
 * @param <T> what an item is
 */
public abstract class EmbedderContract<T> {
    private static final int LARGE = 300;
    /** Of batches, around what one is often cut into. */
    private static final int[] SIZES = {2, 33, 64, 65, 101, 129, 257, 513};

    private static final int CALLS = 320;
    private static final int BESIDE = 50;
    private static final int LONG = 10_000;
    private static final float MARK = 12_345;
    private static final String LETTERS = "bcfghjk";
    /** Where those are alike, which by chance they may be to few columns, these must be too. */
    private static final String MORE_LETTERS = LETTERS + "adeilmnopqrstuvwxyz";

    /** A new embedder, always the same. */
    protected abstract Embedder<T> embedder();

    private Embedder<T> bare() {
        return Answers.made("embedder()", embedder());
    }

    /** At least three items, not all alike. */
    protected abstract List<T> items();

    private List<T> given() {
        return Answers.items("items()", 3, items());
    }

    /**
     * One whose rows differ, by another option or seed or whatever it may be made of; its id must differ too. Empty
     * unless overridden: not tested.
     */
    protected Optional<Embedder<T>> other() {
        return Optional.empty();
    }

    private Optional<Embedder<T>> another() {
        return Answers.made("other()", other());
    }

    /**
     * By how much a number of a row may depend on the batch, as a share of the row's largest; 1e-5 unless overridden.
     */
    protected double tolerance() {
        return 1e-5;
    }

    /**
     * An item that holds this text, and equals only items of the same text; the text itself where items are strings,
     * else empty unless overridden: then less is tested. One that the embedder refuses alone is left out.
     */
    protected Optional<T> item(String text) {
        return Texts.asItem(text, given());
    }

    private Embedder<T> tested() {
        return Calls.named(bare(), Embedder.class);
    }

    private List<T> at(int... places) {
        List<T> items = given();
        return IntStream.of(places).mapToObj(items::get).toList();
    }

    private int[] all() {
        return IntStream.range(0, given().size()).toArray();
    }

    /** The rows, if they and nothing else were written. */
    private static <T> float[][] rows(Embedder<T> embedder, List<T> items, FloatBuffer target) {
        int dimension = dimension(embedder);
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
            if ((i < before || i >= after) && target.get(i) != MARK) { // sooner than an assertion
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
        return rows(embedder, items, FloatBuffer.allocate(items.size() * dimension(embedder)));
    }

    private static int dimension(Embedder<?> embedder) {
        int dimension = embedder.dimension();
        if (dimension < 1) {
            assertThat(dimension)
                    .as("the dimension, which is the length of a row")
                    .isPositive();
        }
        return dimension;
    }

    private void same(String how, float[][] expected, float[][] found, int... places) {
        for (int k = 0; k < places.length; k++) {
            float[] row = expected[places[k]];
            double largest = 0;
            for (float value : row) {
                if (!Float.isFinite(value)) {
                    assertThat(value)
                            .as("a number of the row of item %s", places[k])
                            .isFinite();
                }
                largest = Math.max(largest, Math.abs(value));
            }
            double allowed = tolerance() * largest;
            for (int j = 0; j < row.length; j++) {
                if (!(Math.abs((double) found[k][j] - row[j]) <= allowed)) { // sooner than an assertion
                    assertThat((double) found[k][j])
                            .as(
                                    "number %s of the row of item %s, %s, which is another in the first batch: either"
                                            + " may be the wrong one",
                                    j, places[k], how)
                            .isCloseTo(row[j], within(allowed));
                }
            }
        }
    }

    /** Rows are finite, of one length, and not all the same. */
    @Test
    public void embed_allItems_givesRows() {
        Embedder<T> embedder = tested();
        float[][] rows = rows(embedder, given());
        for (int i = 0; i < rows.length; i++) {
            for (float value : rows[i]) {
                assertThat(value).as("a number of the row of item %s", i).isFinite();
            }
        }
        assertThat(Arrays.stream(rows).map(Arrays::hashCode).distinct().count())
                .as("different rows of %s items", rows.length)
                .isGreaterThan(1);
        assertThat(embedder.dimension()).as("the dimension after use").isEqualTo(tested().dimension());
    }

    /** The same item gives the same row, whatever it is batched with and what was embedded before. */
    @Test
    public void embed_anyBatch_isTheSame() {
        Embedder<T> embedder = tested();
        int n = given().size();
        float[][] expected = rows(embedder, given());
        same("asked twice", expected, rows(embedder, given()), all());
        for (int i = 0; i < n; i++) {
            same("alone", expected, rows(embedder, at(i)), i);
        }
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("in the reverse order", expected, rows(embedder, at(reversed)), reversed);
        int[] twice = {0, 0, 1, 0};
        same("with equal items", expected, rows(embedder, at(twice)), twice);
        for (int size : SIZES) {
            int[] many = IntStream.range(0, size).map(i -> (int) (i * 7L % n)).toArray();
            same("in a batch of " + size, expected, rows(embedder, at(many)), many);
        }
        int[] drawn = Numbers.of(4).ints(LARGE, 0, n).toArray();
        same("in a drawn batch of " + LARGE, expected, rows(embedder, at(drawn)), drawn);
        same("from another instance", expected, rows(tested(), given()), all());
        same("from another instance, in the reverse order", expected, rows(tested(), at(reversed)), reversed);
        List<T> one = at(0);
        for (int call = 0; call < CALLS; call++) {
            same("asked over and over", expected, rows(embedder, one), 0);
        }
    }

    /** Rows go where the buffer stands, and nowhere else, whatever kind it is of. */
    @Test
    public void embed_anyBuffer_movesPastTheRows() {
        Embedder<T> embedder = tested();
        float[][] expected = rows(embedder, given());
        int length = given().size() * embedder.dimension();
        for (FloatBuffer target : Buffers.ofEveryKind(length + 10 + 2 * embedder.dimension())) {
            same("in " + target, expected, rows(embedder, given(), target.position(7)), all());
            target.limit(length + 7).position(7);
            same("in " + target + ", which they fill", expected, rows(embedder, given(), target), all());
        }
        assertThat(rows(embedder, List.of(), FloatBuffer.allocate(5).position(2)))
                .as("rows of no items")
                .isEmpty();
    }

    /** A batch that could not be read, or has no room, leaves nothing behind. */
    @Test
    public void embed_afterAFailure_isTheSame() {
        float[][] expected = rows(tested(), given());
        Embedder<T> bare = bare();
        Embedder<T> embedder = Calls.named(bare, Embedder.class);
        int n = given().size();
        int length = n * dimension(embedder);
        for (int place : new int[] {0, n / 2, n - 1}) {
            fails(() -> bare.embed(new FailingList<>(given(), place), FloatBuffer.allocate(length)));
            same("after item " + place + " of a batch could not be read", expected, rows(embedder, given()), all());
        }
        for (int room : new int[] {0, 1, length - 1}) {
            fails(() -> bare.embed(given(), FloatBuffer.allocate(room)));
            same("after a target with room for " + room + " numbers", expected, rows(embedder, given()), all());
        }
    }

    private static void fails(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            // as it should; what it leaves behind is asked
        }
    }

    /** The thread and the number of threads change nothing. */
    @Test
    public void embed_otherThreads_isTheSame() {
        float[][] expected = rows(tested(), given());
        for (int threads : new int[] {1, 3}) {
            same(
                    "in a pool of " + threads + " threads",
                    expected,
                    Threads.in(threads, () -> rows(tested(), given())),
                    all());
        }
    }

    /** What lists are made of, and which objects the items are, changes nothing. */
    @Test
    @SuppressWarnings("JdkObsolete") // a list of another kind is what is asked for
    public void embed_copiesAndOtherLists_isTheSame() {
        Embedder<T> embedder = tested();
        float[][] expected = rows(embedder, given());
        List<T> copies = given().stream().map(Copies::of).toList();
        same("with copies of the items", expected, rows(embedder, copies), all());
        same("with copies of the items, from another instance", expected, rows(tested(), copies), all());
        same("in a linked list", expected, rows(embedder, new LinkedList<>(given())), all());
        List<T> more = new ArrayList<>(given());
        more.addAll(given());
        int n = given().size();
        same(
                "in a part of a list",
                expected,
                rows(embedder, more.subList(1, n)),
                IntStream.range(1, n).toArray());
    }

    /**
     * Texts of all kinds, long ones too, have rows of finite numbers, the same in any order, with others and alone; of
     * an embedder that takes texts.
     */
    @Test
    public void embed_anyText_isTheSame() {
        Embedder<T> bare = bare();
        Embedder<T> embedder = Calls.named(bare, Embedder.class);
        List<String> texts = new ArrayList<>();
        List<T> items = new ArrayList<>();
        for (String text : Texts.oddAndLong()) {
            item(text).filter(item -> isTaken(bare, item)).ifPresent(item -> {
                texts.add(Texts.shown(text));
                items.add(item);
            });
        }
        float[][] expected = rows(embedder, items);
        List<T> reversed = new ArrayList<>(items);
        Collections.reverse(reversed);
        float[][] back = rows(tested(), reversed);
        for (int i = 0; i < items.size(); i++) {
            for (float value : expected[i]) {
                assertThat(value)
                        .as("a number of the row of '%s'", texts.get(i))
                        .isFinite();
            }
            float[][] row = {expected[i]};
            same("of the text '" + texts.get(i) + "', alone", row, rows(embedder, List.of(items.get(i))), 0);
            same(
                    "of the text '" + texts.get(i) + "', from another instance, in the reverse order",
                    row,
                    new float[][] {back[items.size() - 1 - i]},
                    0);
        }
        same("after texts of all kinds", rows(tested(), given()), rows(embedder, given()), all());
    }

    /** An embedder that takes a word which nobody knows takes one whose hash is the least of all, too. */
    @Test
    public void embed_anyWord_isTaken() {
        Embedder<T> bare = bare();
        if (item("qz" + Texts.LEAST_HASH).filter(item -> isTaken(bare, item)).isPresent()) {
            Embedder<T> embedder = Calls.named(bare, Embedder.class);
            item(Texts.LEAST_HASH).ifPresent(item -> rows(embedder, List.of(item)));
        }
    }

    /** Where letters around a place of a long text are read, the one in between is. */
    @Test
    public void embed_longText_losesNoLetter() {
        Embedder<T> embedder = bare();
        for (int place : Texts.ENDS_OF_PIECES) {
            if (different(embedder, place - 2, LETTERS) > 1
                    && different(embedder, place + 2, LETTERS) > 1
                    && different(embedder, place, LETTERS) == 1) {
                assertThat(different(embedder, place, MORE_LETTERS))
                        .as(
                                "of %s letters after %s characters so many have rows of their own",
                                MORE_LETTERS.length(), place)
                        .isGreaterThan(1);
            }
        }
    }

    /** Long texts that differ in one letter are not taken for each other, whichever comes first. */
    @Test
    public void embed_longTexts_doNotDependOnTheirOrder() {
        Embedder<T> bare = bare();
        List<T> items = IntStream.of(50, 300, 4096)
                .boxed()
                .flatMap(length -> Stream.of("b", "c").map(letter -> "x".repeat(length) + letter + "x".repeat(length)))
                .flatMap(text -> item(text).filter(item -> isTaken(bare, item)).stream())
                .toList();
        List<T> reversed = new ArrayList<>(items);
        Collections.reverse(reversed);
        int[] places =
                IntStream.range(0, items.size()).map(i -> items.size() - 1 - i).toArray();
        same(
                "of long texts that differ in a letter, from another instance, in the reverse order",
                rows(tested(), items),
                rows(tested(), reversed),
                places);
    }

    /** How many letters at this place of a long text have rows of their own; 0 where such a text is refused. */
    private long different(Embedder<T> embedder, int place, String letters) {
        StringBuilder text = new StringBuilder("many words ".repeat(place / 11 + 9));
        try {
            return letters.chars()
                    .mapToObj(letter -> {
                        text.setCharAt(place, (char) letter);
                        return text.toString();
                    })
                    .flatMap(changed -> item(changed).stream())
                    .map(item -> FloatBuffer.wrap(rows(embedder, List.of(item))[0]))
                    .distinct()
                    .count();
        } catch (RuntimeException e) {
            return 0;
        }
    }

    private static <T> boolean isTaken(Embedder<T> embedder, T item) {
        try {
            rows(embedder, List.of(item));
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Two that work at once do not disturb each other, whether one is called while the other reads its list or not. */
    @Test
    public void embed_twoAtOnce_isTheSame() {
        Embedder<T> one = bare();
        Embedder<T> another = bare();
        if (!Threads.areApart(one, another)) {
            return;
        }
        List<Embedder<T>> both = List.of(Calls.named(one, Embedder.class), Calls.named(another, Embedder.class));
        float[][] expected = rows(both.get(0), given());
        int n = given().size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        List<T> back = at(reversed);
        for (int place = 0; place < n; place++) {
            FutureTask<float[][]> other = new FutureTask<>(() -> rows(both.get(1), back));
            float[][] found = rows(both.get(0), new WatchedList<>(given(), place, () -> Threads.start(other)));
            other.run(); // where the list was not looked at
            same("while another instance was asked", expected, found, all());
            same("asked while another instance was at work", expected, Threads.result(other), reversed);
        }
    }

    /** Nor do two that begin together again and again, with long texts, in which they meet. */
    @Test
    public void embed_twoTogether_isTheSame() {
        Embedder<T> one = bare();
        Embedder<T> another = bare();
        if (!Threads.areApart(one, another)) {
            return;
        }
        List<T> items = new ArrayList<>(given());
        for (String word : List.of("one ", "word", "many words ")) {
            item(word.repeat(LONG / word.length()))
                    .filter(item -> isTaken(one, item))
                    .ifPresent(items::add);
        }
        List<T> reversed = new ArrayList<>(items);
        Collections.reverse(reversed);
        int n = items.size();
        int[] all = IntStream.range(0, n).toArray();
        int[] back = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        float[][] expected = rows(tested(), items);
        Threads.together(
                BESIDE,
                () -> same("beside another instance", expected, rows(Calls.named(one, Embedder.class), items), all),
                () -> same(
                        "beside another instance",
                        expected,
                        rows(Calls.named(another, Embedder.class), reversed),
                        back));
    }

    /** One that embeds otherwise, used side by side, does so, and changes nothing for this one. */
    @Test
    public void embed_besideAnother_isItsOwn() {
        another().ifPresent(other -> {
            Embedder<T> embedder = tested();
            float[][] mine = rows(embedder, given());
            float[][] others = rows(other, given());
            assertThat(Arrays.deepEquals(mine, others))
                    .as("whether other() gives the rows of embedder()")
                    .isFalse();
            same("after another embedder was asked", mine, rows(embedder, given()), all());
            same("by other(), after embedder() was asked", others, rows(other, given()), all());
        });
    }

    /** Neither the default locale nor the time zone changes anything; JUnit runs nothing beside this. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void embed_elsewhere_isTheSame() {
        Embedder<T> bare = bare();
        Embedder<T> embedder = Calls.named(bare, Embedder.class);
        List<T> items = new ArrayList<>(given());
        Texts.ODD.forEach(text -> item(text).filter(item -> isTaken(bare, item)).ifPresent(items::add));
        float[][] expected = rows(embedder, items);
        String id = embedder.id();
        int[] places = IntStream.range(0, items.size()).toArray();
        Elsewhere.each(where -> {
            same(where, expected, rows(embedder, items), places);
            Embedder<T> there = tested();
            same("of an instance made " + where, expected, rows(there, items), places);
            assertThat(there.id()).as("the id of one made %s", where).isEqualTo(id);
        });
    }

    /** A list that the caller fills anew is another batch. */
    @Test
    public void embed_listFilledAnew_isEmbeddedAnew() {
        Embedder<T> embedder = tested();
        List<T> batch = new ArrayList<>(given());
        float[][] expected = rows(embedder, batch);
        Collections.reverse(batch);
        int n = batch.size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("in a list that held others before", expected, rows(embedder, batch), reversed);
    }

    /** The list of the caller is only looked at. */
    @Test
    public void embed_list_staysAsItWas() {
        List<T> items = new ArrayList<>(given());
        List<T> copy = List.copyOf(items);
        rows(tested(), items);
        assertThat(items).as("the list of the caller, after it was embedded").isEqualTo(copy);
    }

    /** The id names the embedder, on one line, always the same. */
    @Test
    public void id_isOneStableLine() {
        Embedder<T> embedder = tested();
        String id = embedder.id();
        assertThat(id)
                .as("the id, one line that another instance has too")
                .isNotBlank()
                .doesNotContain("\n")
                .isEqualTo(tested().id());
        IdentityHash.requireNone("the id", id);
        rows(embedder, given());
        assertThat(embedder.id()).as("the id after use").isEqualTo(id);
        another()
                .ifPresent(other -> assertThat(other.id())
                        .as("the id of one that embeds otherwise")
                        .isNotEqualTo(id));
    }
}
