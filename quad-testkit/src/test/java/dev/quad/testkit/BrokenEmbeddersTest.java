// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Embedder;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Embedders with one mistake each. */
class BrokenEmbeddersTest {
    private static final int DIMENSION = 4;
    private static final List<String> ITEMS = List.of("abcd", "b", "", "the longest of all items", "bb");
    private static final AtomicInteger INSTANCES = new AtomicInteger();
    private static final Thread MAIN = Thread.currentThread();
    private static final float[] SHARED = new float[DIMENSION];
    private static final Object COMMON = new Object();
    private static final List<String> BATCH = new CopyOnWriteArrayList<>();

    private static float[] row(String item) {
        float[] row = new float[DIMENSION];
        for (int i = 0; i < item.length(); i++) {
            row[i % DIMENSION] += item.charAt(i);
        }
        row[item.length() % DIMENSION] += 1;
        return row;
    }

    /** An embedder that keeps its promises, to be overridden. */
    private static class Letters implements Embedder<String> {
        @Override
        public int dimension() {
            return DIMENSION;
        }

        @Override
        public void embed(List<? extends String> items, FloatBuffer target) {
            for (int i = 0; i < items.size(); i++) {
                target.put(row(items.get(i), i, items));
            }
        }

        @SuppressWarnings("UnusedVariable") // for those that override it
        float[] row(String item, int place, List<? extends String> items) {
            return BrokenEmbeddersTest.row(item);
        }

        @Override
        public String id() {
            return "letters";
        }
    }

    private static EmbedderContract<String> contract(
            Supplier<Embedder<String>> embedder, Supplier<Optional<Embedder<String>>> other) {
        return new EmbedderContract<>() {
            @Override
            protected Embedder<String> embedder() {
                return embedder.get();
            }

            @Override
            protected Optional<Embedder<String>> other() {
                return other.get();
            }

            @Override
            protected List<String> items() {
                return ITEMS;
            }
        };
    }

    private static DynamicTest broken(String mistake, Supplier<Embedder<String>> embedder) {
        return Contracts.told(mistake, contract(embedder, Optional::empty));
    }

    private static DynamicTest honest(String what, Supplier<Embedder<String>> embedder) {
        return Contracts.honest(what, contract(embedder, Optional::empty));
    }

    /** The right row, changed by its place and the batch. */
    private interface Change {
        float[] of(float[] row, int place, List<? extends String> items);
    }

    private static Embedder<String> changed(Change change) {
        return new Letters() {
            @Override
            float[] row(String item, int place, List<? extends String> items) {
                return change.of(super.row(item, place, items), place, items);
            }
        };
    }

    private static DynamicTest change(String mistake, Change change) {
        return broken(mistake, () -> changed(change));
    }

    private static float[] scaled(float[] row, float factor) {
        for (int j = 0; j < row.length; j++) {
            row[j] *= factor;
        }
        return row;
    }

    /** How a batch is embedded. */
    private interface Embed {
        void of(List<? extends String> items, FloatBuffer target);
    }

    private static Embedder<String> embedding(Embed embed) {
        return new Letters() {
            @Override
            public void embed(List<? extends String> items, FloatBuffer target) {
                embed.of(items, target);
            }
        };
    }

    private static DynamicTest embed(String mistake, Embed embed) {
        return broken(mistake, () -> embedding(embed));
    }

    private static DynamicTest id(String mistake, Supplier<Supplier<String>> id) {
        return broken(mistake, () -> {
            Supplier<String> own = id.get();
            return new Letters() {
                @Override
                public String id() {
                    return own.get();
                }
            };
        });
    }

    private static float[] all(List<? extends String> items) {
        FloatBuffer rows = FloatBuffer.allocate(items.size() * DIMENSION);
        new Letters().embed(items, rows);
        return rows.array();
    }

    @TestFactory
    Stream<DynamicTest> wrongRows_areFound() {
        return Stream.of(
                change("all the same", (row, place, items) -> new float[] {1, 2, 3, 4}),
                change(
                        "no number",
                        (row, place, items) -> items.get(place).isEmpty() ? new float[] {Float.NaN, 0, 0, 0} : row),
                change(
                        "infinite for long ones",
                        (row, place, items) ->
                                items.get(place).length() > 9 ? scaled(row, Float.POSITIVE_INFINITY) : row),
                change("divided by the batch", (row, place, items) -> scaled(row, 1f / items.size())),
                change(
                        "scaled by the longest of the batch",
                        (row, place, items) -> scaled(
                                row,
                                1f
                                        / (1
                                                + items.stream()
                                                        .mapToInt(String::length)
                                                        .max()
                                                        .orElse(0)))),
                change("the place is added", (row, place, items) -> {
                    row[0] += place;
                    return row;
                }),
                change("the item before leaks in", (row, place, items) -> {
                    row[0] += place == 0 ? 0 : 0.01f * items.get(place - 1).length();
                    return row;
                }),
                change("less the mean of the batch", (row, place, items) -> {
                    row[1] -= (float)
                            items.stream().mapToInt(String::length).average().orElse(0);
                    return row;
                }),
                change("zero from place 128 on", (row, place, items) -> place < 128 ? row : new float[DIMENSION]),
                change("a number less", (row, place, items) -> Arrays.copyOf(row, DIMENSION - 1)),
                change("a number more", (row, place, items) -> Arrays.copyOf(row, DIMENSION + 1)),
                change(
                        "another row in another thread",
                        (row, place, items) -> Thread.currentThread() == MAIN ? row : scaled(row, 1.01f)),
                embed(
                        "the last one missing",
                        (items, target) -> target.put(all(items.subList(0, Math.max(0, items.size() - 1))))),
                embed(
                        "64 of a batch",
                        (items, target) -> target.put(all(items.subList(0, Math.min(64, items.size()))))),
                embed("equal items once", (items, target) -> target.put(all(List.copyOf(new LinkedHashSet<>(items))))),
                embed("a row more where there is room", (items, target) -> {
                    target.put(all(items));
                    int after = target.position();
                    if (target.remaining() >= DIMENSION) {
                        target.put(new float[DIMENSION]).position(after);
                    }
                }),
                change("words by their hashes, made positive too simply", (row, place, items) -> {
                    int hash = items.get(place).hashCode();
                    row[(hash < 0 ? -hash : hash) % 3] += 1;
                    return row;
                }),
                change(
                        "in pieces of 8192 characters without their last",
                        (row, place, items) -> row(items.get(place).replaceAll("(?s)(.{8191}).", "$1"))),
                embed("reversed", (items, target) -> {
                    List<String> reversed = new ArrayList<>(items);
                    Collections.reverse(reversed);
                    target.put(all(reversed));
                }),
                embed(
                        "sorted",
                        (items, target) ->
                                target.put(all(items.stream().sorted().toList()))),
                embed("column by column", (items, target) -> {
                    float[] rows = all(items);
                    for (int j = 0; j < DIMENSION; j++) {
                        for (int i = 0; i < items.size(); i++) {
                            target.put(rows[i * DIMENSION + j]);
                        }
                    }
                }),
                embed("fails for none", (items, target) -> {
                    Objects.checkIndex(0, items.size());
                    target.put(all(items));
                }),
                embed("fails above 256", (items, target) -> {
                    Objects.checkIndex(items.size(), 257);
                    target.put(all(items));
                }),
                broken("another dimension after use", () -> new Letters() {
                    private int calls;

                    @Override
                    public void embed(List<? extends String> items, FloatBuffer target) {
                        super.embed(items, target);
                        calls++;
                    }

                    @Override
                    public int dimension() {
                        return DIMENSION + Math.min(calls, 1);
                    }
                }),
                broken("no dimension", () -> new Letters() {
                    @Override
                    public int dimension() {
                        return 0;
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongUseOfTheBuffer_isFound() {
        return Stream.of(
                embed("from the start of the buffer", (items, target) -> {
                    int after = target.position() + items.size() * DIMENSION;
                    target.put(0, all(items));
                    target.position(after);
                }),
                embed("the position stays", (items, target) -> target.put(target.position(), all(items))),
                embed(
                        "flipped for the reader",
                        (items, target) -> target.put(all(items)).flip()),
                embed("cleared first", (items, target) -> target.clear().put(all(items))),
                embed("the limit is where the rows end", (items, target) -> {
                    target.put(all(items));
                    target.limit(target.position());
                }),
                embed("through the array where there is one", (items, target) -> {
                    float[] rows = all(items);
                    if (target.hasArray()) {
                        System.arraycopy(rows, 0, target.array(), target.position(), rows.length);
                        target.position(target.position() + rows.length);
                    } else {
                        target.put(rows);
                    }
                }),
                embed("fills all of the buffer", (items, target) -> {
                    target.put(all(items));
                    int after = target.position();
                    while (target.hasRemaining()) {
                        target.put(0);
                    }
                    target.position(after);
                }));
    }

    @TestFactory
    Stream<DynamicTest> state_isFound() {
        return Stream.of(
                broken("more with each call", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return changed((row, place, items) -> scaled(row, 1 + 0.001f * calls.getAndIncrement()));
                }),
                broken("another from call 301 on", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return embedding((items, target) -> {
                        float factor = calls.incrementAndGet() > 300 ? 1.01f : 1;
                        target.put(scaled(all(items), factor));
                    });
                }),
                broken("another for each instance", () -> {
                    int number = INSTANCES.getAndIncrement();
                    return changed((row, place, items) -> scaled(row, 1 + number));
                }),
                broken("keeps rows by the list", () -> {
                    IdentityHashMap<List<? extends String>, float[]> kept = new IdentityHashMap<>();
                    return embedding(
                            (items, target) -> target.put(kept.computeIfAbsent(items, list -> all(List.copyOf(list)))));
                }),
                broken("keeps rows by the length of the item", () -> {
                    Map<Integer, float[]> kept = new HashMap<>();
                    return changed((row, place, items) -> kept.computeIfAbsent(
                            items.get(place).length() / 2 + items.size() / 100, length -> row.clone()));
                }),
                broken("learns from what it sees", () -> {
                    int[] longest = {0};
                    return changed((row, place, items) -> {
                        longest[0] = Math.max(longest[0], items.get(place).length());
                        return scaled(row, 1f / (1 + longest[0]));
                    });
                }),
                embed("sorts the caller's list", (items, target) -> {
                    target.put(all(items));
                    if (items instanceof ArrayList<? extends String> list) {
                        Collections.sort(list);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongIds_areFound() {
        return Stream.of(
                id("blank", () -> () -> ""),
                id("two lines", () -> () -> "a\nb"),
                id("that of the object", () -> new Object()::toString),
                id("counts", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return () -> "letters " + calls.getAndIncrement();
                }),
                Contracts.told(
                        "that of another one too",
                        contract(Letters::new, () -> Optional.of(changed((row, place, items) -> scaled(row, 2))))));
    }

    private static EmbedderContract<String> besideAnother(boolean isOne) {
        Map<String, float[]> kept = new ConcurrentHashMap<>();
        Map<String, float[]> others = isOne ? kept : new ConcurrentHashMap<>();
        return contract(
                () -> changed((row, place, items) -> kept.computeIfAbsent(items.get(place), item -> row)),
                () -> Optional.of(new Letters() {
                    @Override
                    float[] row(String item, int place, List<? extends String> items) {
                        return others.computeIfAbsent(item, key -> scaled(BrokenEmbeddersTest.row(item), 2));
                    }

                    @Override
                    public String id() {
                        return "letters twice";
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatIsKept_isOfTextAndOptions() {
        return Stream.of(
                Contracts.told("by all, whatever their options", besideAnother(true)),
                Contracts.honest("by those of the same options", besideAnother(false)),
                broken("by the beginning and the length", () -> {
                    Map<String, float[]> kept = new HashMap<>();
                    return changed((row, place, items) -> {
                        String item = items.get(place);
                        return kept.computeIfAbsent(
                                item.substring(0, Math.min(32, item.length())) + item.length(), key -> row);
                    });
                }),
                broken("by both ends and the length", () -> {
                    Map<String, float[]> kept = new HashMap<>();
                    return changed((row, place, items) -> {
                        String item = items.get(place);
                        int end = Math.min(32, item.length());
                        return kept.computeIfAbsent(
                                item.substring(0, end) + item.substring(item.length() - end) + item.length(),
                                key -> row);
                    });
                }));
    }

    /** The row of a text that is read otherwise. */
    private static DynamicTest reads(String mistake, UnaryOperator<String> text) {
        return broken(mistake, () -> changed((row, place, items) -> row(text.apply(items.get(place)))));
    }

    private static String withoutTheLastOf(String text, int piece) {
        StringBuilder read = new StringBuilder();
        for (int at = 0; at < text.length(); at += piece) {
            read.append(text, at, Math.min(text.length(), at + piece - 1));
        }
        return read.toString();
    }

    /** How often its pairs of characters come, in so few columns that pairs share them. */
    private static float[] pairs(String text) {
        float[] row = new float[DIMENSION];
        for (int i = 0; i + 1 < text.length(); i++) {
            row[Math.floorMod(text.substring(i, i + 2).hashCode(), DIMENSION)]++;
        }
        return row;
    }

    @TestFactory
    Stream<DynamicTest> piecesOfLongTexts_areFound() {
        return Stream.of(
                reads("without the last of 1000 characters", text -> withoutTheLastOf(text, 1000)),
                reads("without the last of 10,000 characters", text -> withoutTheLastOf(text, 10_000)),
                broken(
                        "in few columns, without the last of 2048 characters",
                        () -> changed((row, place, items) -> pairs(withoutTheLastOf(items.get(place), 2048)))),
                honest("in few columns", () -> changed((row, place, items) -> pairs(items.get(place)))));
    }

    @TestFactory
    Stream<DynamicTest> wrongBatches_areFound() {
        return Stream.of(
                change(
                        "of 101 rows, the last is zero",
                        (row, place, items) -> place == 100 ? new float[DIMENSION] : row),
                change(
                        "what is left of blocks of 64 is zero",
                        (row, place, items) ->
                                items.size() > 64 && place >= items.size() / 64 * 64 ? new float[DIMENSION] : row),
                change("in single batches of another length", (row, place, items) -> {
                    row[0] += items.size() == 257 ? 1 : 0;
                    return row;
                }),
                change("above 512 scaled", (row, place, items) -> items.size() > 512 ? scaled(row, 2) : row),
                embed("casts the list", (items, target) -> target.put(all((ArrayList<? extends String>) items))),
                change("by the object of the item", (row, place, items) -> {
                    int first = System.identityHashCode(ITEMS.get(0));
                    row[0] += System.identityHashCode(items.get(place)) == first ? 1 : 0;
                    return row;
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongTexts_areFound() {
        return Stream.of(
                broken(
                        "fails for half a character",
                        () -> changed((row, place, items) -> {
                            for (int i = 0; i < items.get(place).length(); i++) {
                                if (Character.isSurrogate(items.get(place).charAt(i)) && items.size() > 1) {
                                    throw new IllegalArgumentException("half a character");
                                }
                            }
                            return row;
                        })),
                change(
                        "infinite for long texts",
                        (row, place, items) ->
                                items.get(place).length() > 5000 ? scaled(row, Float.POSITIVE_INFINITY) : row),
                change("not a number without letters", (row, place, items) -> {
                    long letters =
                            items.get(place).chars().filter(Character::isLetter).count();
                    return items.get(place).isBlank() ? row : scaled(row, letters == 0 ? Float.NaN : 1);
                }),
                broken("keeps rows by the hash of the text", () -> {
                    Map<Integer, float[]> kept = new HashMap<>();
                    return changed((row, place, items) ->
                            kept.computeIfAbsent(items.get(place).hashCode(), hash -> row.clone()));
                }),
                broken("keeps rows by the text without its ends", () -> {
                    Map<String, float[]> kept = new HashMap<>();
                    return changed((row, place, items) ->
                            kept.computeIfAbsent(items.get(place).strip(), text -> row.clone()));
                }),
                broken("keeps rows by the bytes of the text", () -> {
                    Map<ByteBuffer, float[]> kept = new HashMap<>();
                    return changed((row, place, items) -> kept.computeIfAbsent(
                            ByteBuffer.wrap(items.get(place).getBytes(StandardCharsets.UTF_8)), text -> row.clone()));
                }),
                broken("a long text fills what the next is read from", () -> {
                    StringBuilder buffer = new StringBuilder();
                    return changed((row, place, items) -> {
                        String text = items.get(place);
                        buffer.setLength(Math.max(buffer.length(), text.length() > 5000 ? text.length() : 0));
                        row[0] += buffer.length();
                        return row;
                    });
                }));
    }

    @TestFactory
    @SuppressWarnings({"ArrayToString", "ThreadPriorityCheck"})
    Stream<DynamicTest> otherPlacesAndInstances_areFound() {
        return Stream.of(
                reads("small letters of the place", text -> text.toLowerCase(Locale.getDefault())),
                reads("lengths in digits of the place", text -> String.format("%d", text.length())),
                change("the time of the place", (row, place, items) -> {
                    row[0] += TimeZone.getDefault().getRawOffset();
                    return row;
                }),
                id("in digits of the place", () -> () -> String.format("letters %.1f", 0.5)),
                id("of an array that all share", () -> () -> "letters " + SHARED),
                id("of an object that all share", () -> () -> "letters(" + COMMON + ")"),
                embed("one row for all instances, written letter by letter", (items, target) -> {
                    for (String item : items) {
                        Arrays.fill(SHARED, 0);
                        for (int i = 0; i < item.length(); i++) {
                            SHARED[i % DIMENSION] += item.charAt(i);
                        }
                        Thread.yield();
                        target.put(SHARED);
                    }
                }),
                embed("one list for all instances", (items, target) -> {
                    BATCH.clear();
                    for (String item : items) {
                        BATCH.add(item);
                    }
                    target.put(all(List.copyOf(BATCH)));
                }));
    }

    @TestFactory
    Stream<DynamicTest> leftByAFailure_isFound() {
        return Stream.of(
                broken("texts left of a batch that failed", () -> {
                    List<String> texts = new ArrayList<>();
                    return embedding((items, target) -> {
                        for (String item : items) {
                            texts.add(item);
                        }
                        target.put(all(texts.subList(0, items.size())));
                        texts.clear();
                    });
                }),
                broken("busy once a target was too small", () -> {
                    boolean[] isBusy = {false};
                    return embedding((items, target) -> {
                        if (isBusy[0]) {
                            throw new IllegalStateException("busy");
                        }
                        float[] rows = all(items);
                        isBusy[0] = true;
                        target.put(rows);
                        isBusy[0] = false;
                    });
                }));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                honest("letters", Letters::new),
                honest(
                        "rounds within the tolerance",
                        () -> changed((row, place, items) -> scaled(row, 1 + 1e-7f * (place % 3)))),
                honest("keeps rows by item", () -> {
                    Map<String, float[]> kept = new HashMap<>();
                    return changed((row, place, items) -> kept.computeIfAbsent(items.get(place), item -> row.clone()));
                }),
                honest(
                        "number by number, each into its place",
                        () -> embedding((items, target) -> {
                            float[] rows = all(items);
                            int before = target.position();
                            for (int i = rows.length - 1; i >= 0; i--) {
                                target.put(before + i, rows[i]);
                            }
                            target.position(before + rows.length);
                        })),
                honest(
                        "only items that it knows",
                        () -> changed((row, place, items) -> {
                            Objects.checkIndex(ITEMS.indexOf(items.get(place)), ITEMS.size());
                            return row;
                        })),
                honest(
                        "the first 100 characters in small letters",
                        () -> changed((row, place, items) -> row(items.get(place)
                                .substring(0, Math.min(100, items.get(place).length()))
                                .toLowerCase(Locale.ROOT)))),
                honest(
                        "bytes, with ? for halves of characters",
                        () -> changed((row, place, items) -> row(new String(
                                items.get(place).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)))),
                honest(
                        "one at a time, of all instances",
                        () -> embedding((items, target) -> {
                            synchronized (COMMON) {
                                BATCH.clear();
                                BATCH.addAll(items);
                                target.put(all(BATCH));
                            }
                        })),
                honest("a revision in its id", () -> new Letters() {
                    @Override
                    public String id() {
                        return "bge-small@5c38ec7c405ec4b44b94cc5a9bb96e735b38267a";
                    }
                }),
                honest(
                        "most of them alike",
                        () -> changed((row, place, items) ->
                                new float[] {items.get(place).length() > 9 ? 1 : 0, 0, 0, 0})));
    }
}
