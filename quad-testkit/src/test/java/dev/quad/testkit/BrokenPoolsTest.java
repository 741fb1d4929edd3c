// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.CandidatePool;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Pools with one mistake each. */
class BrokenPoolsTest {
    private static final Map<Integer, Long> WORDS = new ConcurrentHashMap<>();
    private static final List<String> ITEMS = List.of("a", "bb", "c c", "dddd", "ee", "f");
    private static final AtomicInteger INSTANCES = new AtomicInteger();
    private static final Object COUNTS = new Object();

    /** A pool that keeps its promises, to be overridden. */
    private static class Pool implements CandidatePool<String> {
        final List<String> items;

        Pool(List<String> items) {
            this.items = List.copyOf(items);
        }

        @Override
        public int size() {
            return items.size();
        }

        @Override
        public String get(int ordinal) {
            return items.get(ordinal);
        }

        @Override
        public long tokens(int ordinal) {
            return items.get(ordinal).length();
        }

        @Override
        public String fingerprint() {
            return "pool of " + content(items);
        }
    }

    /** All of it: where one ends too, whatever is in it. */
    private static String content(List<?> parts) {
        StringBuilder content = new StringBuilder("[");
        for (Object part : parts) {
            content.append(String.valueOf(part).length()).append(':').append(part);
        }
        return content.append(']').toString();
    }

    private static CandidatePoolContract<String> contract(Function<List<String>, CandidatePool<String>> pool) {
        return new CandidatePoolContract<>() {
            @Override
            protected CandidatePool<String> pool(List<String> items) {
                return pool.apply(items);
            }

            @Override
            protected List<String> items() {
                return ITEMS;
            }
        };
    }

    private static DynamicTest broken(String mistake, Function<List<String>, CandidatePool<String>> pool) {
        return Contracts.told(mistake, contract(pool));
    }

    private static DynamicTest honest(String what, Function<List<String>, CandidatePool<String>> pool) {
        return Contracts.honest(what, contract(pool));
    }

    private static DynamicTest fingerprint(String mistake, Function<List<String>, Object> fingerprint) {
        return broken(mistake, items -> new Pool(items) {
            @Override
            public String fingerprint() {
                Object found = fingerprint.apply(items);
                return found instanceof List<?> parts ? content(parts) : String.valueOf(found);
            }
        });
    }

    /** The ordinal that is taken for the one asked for. */
    private interface Taken {
        int of(int ordinal, int size);
    }

    private static DynamicTest item(String mistake, Taken taken) {
        return broken(mistake, items -> new Pool(items) {
            @Override
            public String get(int ordinal) {
                return super.get(taken.of(ordinal, size()));
            }
        });
    }

    private interface Count {
        long of(List<String> items, int ordinal);
    }

    private static DynamicTest tokens(String mistake, Count count) {
        return broken(mistake, items -> new Pool(items) {
            @Override
            public long tokens(int ordinal) {
                return count.of(items, ordinal);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongItems_areFound() {
        return Stream.of(
                item("always the first", (ordinal, size) -> Math.min(0, ordinal)),
                item("from 1 on", (ordinal, size) -> ordinal + 1),
                item("the last is the one before", (ordinal, size) -> ordinal == size - 1 ? size - 2 : ordinal),
                item("reversed", (ordinal, size) -> size - 1 - ordinal),
                item("round and round", (ordinal, size) -> Math.floorMod(ordinal, size)),
                item("at most the last", (ordinal, size) -> Math.min(ordinal, size - 1)),
                item("at least the first", (ordinal, size) -> Math.max(ordinal, 0)),
                broken("another exception", items -> new Pool(items) {
                    @Override
                    public String get(int ordinal) {
                        if (ordinal < 0 || ordinal >= size()) {
                            throw new IllegalArgumentException("no ordinal " + ordinal);
                        }
                        return super.get(ordinal);
                    }
                }),
                broken("equal items once", items -> new Pool(List.copyOf(new LinkedHashSet<>(items)))),
                broken("one item less", items -> new Pool(items.subList(0, items.size() - 1))),
                broken("the list of the caller", callers -> new Pool(callers) {
                    @Override
                    public int size() {
                        return callers.size();
                    }

                    @Override
                    public String get(int ordinal) {
                        return callers.get(ordinal);
                    }
                }),
                broken("each item once", items -> new Pool(items) {
                    private final List<String> left = new ArrayList<>(items);

                    @Override
                    public String get(int ordinal) {
                        return Objects.requireNonNull(left.set(ordinal, ""));
                    }
                }),
                broken("an iterator that goes forward only", items -> new Pool(items) {
                    private int next;

                    @Override
                    public String get(int ordinal) {
                        Objects.checkIndex(ordinal, size());
                        next = Math.max(next, ordinal);
                        return super.get(next);
                    }
                }),
                broken("the size shrinks with use", items -> new Pool(items) {
                    private int asked;

                    @Override
                    public String get(int ordinal) {
                        asked++;
                        return super.get(ordinal);
                    }

                    @Override
                    public int size() {
                        return super.size() - Math.min(asked / 2, 3);
                    }
                }),
                broken("one thread only", items -> new Pool(items) {
                    private final Thread owner = Thread.currentThread();

                    @Override
                    public String get(int ordinal) {
                        if (Thread.currentThread() != owner) {
                            throw new IllegalStateException("opened in another thread");
                        }
                        return super.get(ordinal);
                    }
                }),
                broken("another item from read 301 on", items -> new Pool(items) {
                    private final AtomicInteger reads = new AtomicInteger();

                    @Override
                    public String get(int ordinal) {
                        return super.get(reads.incrementAndGet() > 300 && ordinal > 0 ? ordinal - 1 : ordinal);
                    }
                }),
                broken("one place in the file for all threads", items -> new Pool(items) {
                    private final AtomicInteger place = new AtomicInteger();
                    private final HandOver threads = new HandOver();

                    @Override
                    public String get(int ordinal) {
                        place.set(Objects.checkIndex(ordinal, size()));
                        return threads.meet(() -> super.get(place.get()));
                    }
                }),
                broken("keeps eight items, for all threads", items -> new Pool(items) {
                    private final String[] kept = new String[8];
                    private final int[] ordinals = new int[8];
                    private final HandOver threads = new HandOver();

                    @Override
                    public String get(int ordinal) {
                        int at = Objects.checkIndex(ordinal, size()) % 8;
                        if (kept[at] == null || ordinals[at] != ordinal) {
                            ordinals[at] = ordinal;
                            kept[at] = super.get(ordinal);
                            return threads.meet(() -> kept[at]);
                        }
                        return kept[at];
                    }
                }),
                broken("null where there is none", items -> new Pool(items) {
                    @Override
                    public String get(int ordinal) {
                        return ordinal < 0 || ordinal >= size() ? Contracts.nothing() : super.get(ordinal);
                    }
                }));
    }

    /** Gives texts that are no longer what they were. */
    private static DynamicTest text(String mistake, UnaryOperator<String> change) {
        return broken(mistake, items -> new Pool(items) {
            @Override
            public String get(int ordinal) {
                return change.apply(super.get(ordinal));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongTexts_areFound() {
        return Stream.of(
                text("without blanks at the ends", String::strip),
                text("composed", text -> Normalizer.normalize(text, Normalizer.Form.NFC)),
                text("to the first NUL", text -> text.split("\u0000", 2)[0]),
                text("with other ends of lines", text -> text.replace("\r\n", "\n")),
                text(
                        "in Latin letters",
                        text -> new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1)),
                text("8192 characters", text -> text.substring(0, Math.min(8192, text.length()))),
                broken(
                        "blank ones left out",
                        items -> new Pool(
                                items.stream().filter(item -> !item.isBlank()).toList())),
                tokens(
                        "one less than none",
                        (items, ordinal) -> items.get(ordinal).isEmpty() ? -1 : 1),
                tokens(
                        "one less than none of blanks",
                        (items, ordinal) -> items.get(ordinal).isBlank() ? -1 : 1),
                broken("counts kept by the hash of the text", items -> new Pool(items) {
                    private final Map<Integer, Long> kept = new ConcurrentHashMap<>();

                    @Override
                    public long tokens(int ordinal) {
                        return kept.computeIfAbsent(get(ordinal).hashCode(), hash -> super.tokens(ordinal));
                    }
                }),
                broken("words kept by the hash of the text, for all pools", items -> new Pool(items) {
                    @Override
                    public long tokens(int ordinal) {
                        return WORDS.computeIfAbsent(get(ordinal).hashCode(), hash ->
                                (long) get(ordinal).split("\\s+").length);
                    }
                }),
                tokens("counted in a byte", (items, ordinal) ->
                        (byte) items.get(ordinal).length()),
                tokens("counted in a short", (items, ordinal) ->
                        (short) items.get(ordinal).length()));
    }

    @TestFactory
    Stream<DynamicTest> nulls_areFound() {
        return Stream.of(
                broken("no pool", items -> Contracts.nothing()),
                broken("no item", items -> new Pool(items) {
                    @Override
                    public String get(int ordinal) {
                        return ordinal == 1 ? Contracts.nothing() : super.get(ordinal);
                    }
                }),
                broken("no fingerprint", items -> new Pool(items) {
                    @Override
                    public String fingerprint() {
                        return Contracts.nothing();
                    }
                }));
    }

    private static long checksum(List<String> items) {
        CRC32 sum = new CRC32();
        for (String item : items) {
            sum.update((item.length() + ":" + item).getBytes(StandardCharsets.UTF_8));
        }
        return sum.getValue();
    }

    private static DynamicTest joined(String by) {
        return fingerprint("joined by " + by.chars().boxed().toList(), items -> "p" + String.join(by, items));
    }

    @TestFactory
    @SuppressWarnings("JdkObsolete") // so that nothing goes wrong but that threads meet
    Stream<DynamicTest> fingerprintsThatMeet_areFound() {
        return Stream.of(
                broken("a fingerprint that is made once, by all threads together", items -> new Pool(items) {
                    private final StringBuffer made = new StringBuffer();
                    private final HandOver threads = new HandOver();
                    private boolean isMade;

                    @Override
                    public String fingerprint() {
                        if (!isMade) {
                            for (String item : items) {
                                made.append(item.length()).append(':').append(item);
                            }
                            threads.meet(() -> isMade = true);
                        }
                        return "pool of " + made;
                    }
                }),
                joined(","),
                joined("\n"),
                joined("\t"),
                joined(";"),
                joined("|"),
                joined("\u0000"),
                joined(" "),
                joined(", "),
                joined("\r\n"),
                fingerprint(
                        "joined after their lengths in digits",
                        items -> "p"
                                + items.stream()
                                        .map(item -> item.length() + item)
                                        .collect(Collectors.joining())),
                fingerprint("of a list, as it is shown", items -> "p" + items),
                fingerprint(
                        "of each item once", items -> items.stream().distinct().toList()),
                fingerprint(
                        "whatever the order of those 64 apart",
                        items -> IntStream.range(0, items.size())
                                .boxed()
                                .sorted(Comparator.comparingInt((Integer i) -> i % 64)
                                        .thenComparing(items::get))
                                .map(items::get)
                                .toList()),
                fingerprint("the hash of the list", List::hashCode),
                fingerprint("a checksum", BrokenPoolsTest::checksum),
                fingerprint(
                        "of texts without blanks at the ends",
                        items -> items.stream().map(String::strip).toList()),
                fingerprint(
                        "of small letters of the place",
                        items -> content(items)
                                + "by"
                                + content(items.stream()
                                        .map(item -> item.toLowerCase(Locale.getDefault()))
                                        .toList())));
    }

    @TestFactory
    Stream<DynamicTest> wrongTokens_areFound() {
        return Stream.of(
                tokens("below zero", (items, ordinal) -> -1),
                tokens("their ordinals", (items, ordinal) -> ordinal),
                tokens(
                        "up to here",
                        (items, ordinal) -> items.subList(0, ordinal + 1).stream()
                                .mapToInt(String::length)
                                .sum()),
                tokens(
                        "of the next",
                        (items, ordinal) ->
                                items.get((ordinal + 1) % items.size()).length()),
                tokens(
                        "those of the longest less its own",
                        (items, ordinal) ->
                                items.get(0).length() - items.get(ordinal).length()),
                broken("more each time", items -> new Pool(items) {
                    private int asked;

                    @Override
                    public long tokens(int ordinal) {
                        return super.tokens(ordinal) + asked++;
                    }
                }),
                broken("of the item that was read last", items -> new Pool(items) {
                    private String last = "";

                    @Override
                    public String get(int ordinal) {
                        last = super.get(ordinal);
                        return last;
                    }

                    @Override
                    public long tokens(int ordinal) {
                        return last.isEmpty() ? super.tokens(ordinal) : last.length();
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongFingerprints_areFound() {
        return Stream.of(
                fingerprint("constant", items -> "pool"),
                fingerprint("blank", items -> " "),
                fingerprint("of the size", List::size),
                fingerprint("of the object", items -> new Object()),
                fingerprint("of the instance", items -> INSTANCES.getAndIncrement()),
                fingerprint("of the first", items -> items.size() + items.get(0)),
                fingerprint("of the last", items -> items.size() + items.get(items.size() - 1)),
                fingerprint("of both ends", items -> items.size() + items.get(0) + items.get(items.size() - 1)),
                fingerprint("of every second", items -> {
                    StringBuilder all = new StringBuilder().append(items.size());
                    for (int i = 0; i < items.size(); i += 2) {
                        all.append(items.get(i));
                    }
                    return all;
                }),
                fingerprint(
                        "whatever the order", items -> items.stream().sorted().toList()),
                fingerprint(
                        "a sum",
                        items -> items.stream().mapToInt(String::hashCode).sum()),
                fingerprint("a sum with signs that alternate", items -> {
                    int sum = 0;
                    for (int i = 0; i < items.size(); i++) {
                        sum += (i % 2 == 0 ? 1 : -1) * items.get(i).hashCode();
                    }
                    return sum;
                }),
                fingerprint(
                        "of the lengths",
                        items -> items.stream().map(String::length).toList()),
                broken("changes with use", items -> new Pool(items) {
                    private int asked;

                    @Override
                    public String get(int ordinal) {
                        asked++;
                        return super.get(ordinal);
                    }

                    @Override
                    public String fingerprint() {
                        return super.fingerprint() + asked;
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongFingerprintsOfTexts_areFound() {
        return Stream.of(
                fingerprint("of the texts one after the other", items -> "p" + String.join("", items)),
                fingerprint(
                        "of the first 64 characters of each",
                        items -> items.stream()
                                .map(item -> item.substring(0, Math.min(64, item.length())))
                                .toList()),
                fingerprint(
                        "of length and both ends of each",
                        items -> items.stream()
                                .map(item -> item.isEmpty()
                                        ? ""
                                        : item.length() + item.substring(0, 1) + item.charAt(item.length() - 1))
                                .toList()),
                fingerprint(
                        "of all but the last character of long ones",
                        items -> items.stream()
                                .map(item -> item.length() < 50 ? item : item.substring(0, item.length() - 1))
                                .toList()),
                fingerprint("of the first 100 items", items -> items.subList(0, Math.min(100, items.size()))),
                fingerprint(
                        "of ASCII",
                        items -> new String(
                                content(items).getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII)),
                fingerprint(
                        "of small letters",
                        items -> items.stream()
                                .map(item -> item.toLowerCase(Locale.ROOT))
                                .toList()),
                fingerprint(
                        "of the objects",
                        items -> "p"
                                + items.stream().map(System::identityHashCode).toList() + content(items)),
                fingerprint("of a class's object", items -> content(items) + " by " + COUNTS),
                fingerprint("in the local language", items -> String.format("%d of %s", items.size(), content(items))),
                fingerprint("by local letters", items -> "AI".toLowerCase(Locale.getDefault()) + content(items)),
                fingerprint(
                        "with the local time", items -> TimeZone.getDefault().getID() + content(items)),
                fingerprint("blank for nothing", items -> items.isEmpty() ? "" : items),
                fingerprint("that of the first, of nothing too", items -> items.isEmpty() ? List.of("a") : items));
    }

    @TestFactory
    Stream<DynamicTest> wrongSizesAndState_areFound() {
        return Stream.of(
                item("none beyond the 256th", (ordinal, size) -> ordinal > 256 && ordinal < size ? 256 : ordinal),
                item("counted in a byte", (ordinal, size) -> ordinal < 0 || ordinal >= size ? ordinal : ordinal & 0xFF),
                item(
                        "the last of many is the one before",
                        (ordinal, size) -> size > 9 && ordinal == size - 1 ? 0 : ordinal),
                item("one beyond the end of many", (ordinal, size) -> size > 99 && ordinal == size ? 0 : ordinal),
                broken("at most 999", items -> new Pool(items.subList(0, Math.min(999, items.size())))),
                broken("nothing of nothing, but one", items -> new Pool(items.isEmpty() ? List.of("") : items)),
                broken("a refusal moves what is read next", items -> new Pool(items) {
                    private int shift;

                    @Override
                    public String get(int ordinal) {
                        if (ordinal < 0 || ordinal >= size()) {
                            shift = 1;
                        }
                        return super.get(Math.max(ordinal < size() ? 0 : ordinal, ordinal - shift));
                    }
                }),
                tokens("of many their places", (items, ordinal) -> items.size() > 9 ? -ordinal : 1));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                honest("plain", Pool::new),
                honest("ours", items -> CandidatePool.of(items, String::length, content(items))),
                honest("ours of a list that makes its items", items -> {
                    List<String> copy = List.copyOf(items);
                    List<String> made = new AbstractList<>() {
                        @Override
                        public String get(int index) {
                            return String.valueOf(copy.get(index).toCharArray());
                        }

                        @Override
                        public int size() {
                            return copy.size();
                        }
                    };
                    return CandidatePool.of(made, item -> 1, "made " + content(copy));
                }),
                honest("nothing costs anything", items -> CandidatePool.of(items, item -> 0, "free " + content(items))),
                honest("lines, none of them blank, of no more than 99,999 characters", items -> {
                    if (items.stream()
                            .anyMatch(item -> item.isBlank()
                                    || item.length() > 99_999
                                    || item.indexOf('\n') >= 0
                                    || item.indexOf('\r') >= 0)) {
                        throw new IllegalArgumentException("no line");
                    }
                    return new Pool(items);
                }),
                honest("kept in UTF-8", items -> new Pool(items) {
                    private final List<byte[]> kept = items.stream()
                            .map(item -> item.getBytes(StandardCharsets.UTF_8))
                            .toList();

                    @Override
                    public String get(int ordinal) {
                        return new String(kept.get(ordinal), StandardCharsets.UTF_8);
                    }
                }),
                honest("no pool of nothing", items -> {
                    if (items.isEmpty()) {
                        throw new IllegalArgumentException("no items");
                    }
                    return new Pool(items);
                }),
                honest(
                        "a name with a version",
                        items -> CandidatePool.of(items, item -> 1, "data@1b6d3586 " + content(items))),
                honest("keeps what was read, behind a lock", items -> new Pool(items) {
                    private final Map<Integer, String> kept = new HashMap<>();

                    @Override
                    public synchronized String get(int ordinal) {
                        return kept.computeIfAbsent(ordinal, super::get);
                    }
                }));
    }
}
