// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Tokenizers with one mistake each. */
class BrokenTokenizersTest {
    private static final AtomicInteger INSTANCES = new AtomicInteger();
    private static final int[] SHARED = new int[2_000_000];
    private static final Object COMMON = new Object();
    private static final Map<Integer, TokenSequence> BY_HASH = new ConcurrentHashMap<>();

    /** A tokenizer that keeps its promises, to be overridden. */
    private static class Bytes implements Tokenizer {
        @Override
        public int vocabularySize() {
            return 257;
        }

        @Override
        public TokenSequence encode(String text) {
            return TokenSequence.of(ids(text));
        }

        int[] ids(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length + 1];
            ids[0] = 256;
            Arrays.setAll(ids, i -> i == 0 ? 256 : bytes[i - 1] & 0xFF);
            return ids;
        }

        @Override
        public String id() {
            return "own bytes";
        }
    }

    private static TokenizerContract contract(Supplier<Tokenizer> tokenizer, Supplier<Optional<Tokenizer>> other) {
        return new TokenizerContract() {
            @Override
            protected Tokenizer tokenizer() {
                return tokenizer.get();
            }

            @Override
            protected Optional<Tokenizer> other() {
                return other.get();
            }
        };
    }

    private static DynamicTest broken(String mistake, Supplier<Tokenizer> tokenizer) {
        return Contracts.told(mistake, contract(tokenizer, Optional::empty));
    }

    private static DynamicTest honest(String what, Supplier<Tokenizer> tokenizer) {
        return Contracts.honest(what, contract(tokenizer, Optional::empty));
    }

    private static Tokenizer changed(UnaryOperator<int[]> change) {
        return new Bytes() {
            @Override
            int[] ids(String text) {
                return change.apply(super.ids(text));
            }
        };
    }

    /** The right ids, changed. */
    private static DynamicTest change(String mistake, UnaryOperator<int[]> change) {
        return broken(mistake, () -> changed(change));
    }

    private static DynamicTest text(String mistake, UnaryOperator<String> change) {
        return broken(mistake, () -> new Bytes() {
            @Override
            public TokenSequence encode(String text) {
                return super.encode(change.apply(text));
            }
        });
    }

    private static DynamicTest id(String mistake, Supplier<Supplier<String>> id) {
        return broken(mistake, () -> {
            Supplier<String> own = id.get();
            return new Bytes() {
                @Override
                public String id() {
                    return own.get();
                }
            };
        });
    }

    private static DynamicTest vocabulary(String mistake, int size) {
        return broken(mistake, () -> new Bytes() {
            @Override
            public int vocabularySize() {
                return size;
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongIds_areFound() {
        return Stream.of(
                vocabulary("no vocabulary", 0),
                vocabulary("without the leading id", 256),
                vocabulary("seven bits", 128),
                change("bytes with a sign", ids -> {
                    Arrays.setAll(ids, i -> i == 0 ? 256 : (byte) ids[i]);
                    return ids;
                }),
                change("ids from 1", ids -> {
                    Arrays.setAll(ids, i -> ids[i] + 1);
                    return ids;
                }),
                change("no leading id", ids -> Arrays.copyOfRange(ids, 1, ids.length)),
                change(
                        "no leading id where there is a text",
                        ids -> ids.length == 1 ? ids : Arrays.copyOfRange(ids, 1, ids.length)),
                change("nothing for the empty text", ids -> ids.length == 1 ? new int[0] : ids),
                change("the leading id at the end", ids -> {
                    int[] turned = new int[ids.length];
                    Arrays.setAll(turned, i -> ids[(i + 1) % ids.length]);
                    return turned;
                }),
                change("512 at most", ids -> Arrays.copyOf(ids, Math.min(ids.length, 512))),
                change("60000 at most", ids -> Arrays.copyOf(ids, Math.min(ids.length, 60_000))),
                change("sorted", ids -> {
                    Arrays.sort(ids, 1, ids.length);
                    return ids;
                }),
                change("all unknown", ids -> {
                    Arrays.fill(ids, 1, ids.length, 0);
                    return ids;
                }),
                text(
                        "the first line",
                        text -> text.lines().findFirst().orElse("").substring(0, Math.min(40, text.length() / 2))),
                text("the first word", text -> text.split(" ", 2)[0]),
                broken("fails outside the basic plane", () -> new Bytes() {
                    @Override
                    public TokenSequence encode(String text) {
                        if (text.codePoints().anyMatch(point -> point > 0xFFFF)) {
                            throw new IllegalArgumentException("not in the basic plane");
                        }
                        return super.encode(text);
                    }
                }));
    }

    private static int absolute(int number) {
        return number < 0 ? -number : number;
    }

    private static String cut(String text, int length) {
        return text.substring(0, Math.min(length, text.length()));
    }

    private static int end(String text, String end) {
        return text.contains(end) ? text.indexOf(end) : text.length();
    }

    /** Reads only some of a text. */
    @TestFactory
    Stream<DynamicTest> textsReadInPart_areFound() {
        return Stream.of(
                text("90,000 characters", text -> cut(text, 90_000)),
                text("100,000 characters", text -> cut(text, 100_000)),
                text("131,072 characters", text -> cut(text, 131_072)),
                text("all but the last character", text -> cut(text, Math.max(1, text.length() - 1))),
                text(
                        "all but the last character of long ones",
                        text -> text.length() < 9 ? text : cut(text, text.length() - 1)),
                text("all but the first character", text -> text.length() < 2 ? text : text.substring(1)),
                text("all but the last word", text -> cut(text, Math.max(4, text.lastIndexOf(' ')))),
                text(
                        "what fills blocks of 4096",
                        text -> text.length() < 4096 ? text : cut(text, text.length() / 4096 * 4096)),
                text(
                        "without the middle of long ones",
                        text -> text.length() < 8000 ? text : cut(text, 4000) + text.substring(text.length() - 4000)),
                text(
                        "in pieces of 8192 characters without their last",
                        text -> text.replaceAll("(?s)(.{8191}).", "$1")),
                text("in pieces of 4096 characters without their first", text -> {
                    StringBuilder read = new StringBuilder(text);
                    for (int at = text.length() / 4096 * 4096; at > 0; at -= 4096) {
                        read.delete(at, Math.min(at + 1, read.length()));
                    }
                    return read.toString();
                }),
                broken("words by their hashes, made positive too simply", () -> new Bytes() {
                    @Override
                    int[] ids(String text) {
                        return IntStream.concat(
                                        IntStream.of(256),
                                        Arrays.stream(text.split("\\s+", -1))
                                                .mapToInt(word -> absolute(word.hashCode()) % 255))
                                .toArray();
                    }
                }),
                text("lines one after the other", text -> text.replace("\n", "")),
                text("a letter once where it stands twice", text -> text.replaceAll("(?s)(.)\\1+", "$1")),
                text(
                        "with ? for all but Latin letters",
                        text -> new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1)),
                broken("nothing for a blank", () -> new Bytes() {
                    @Override
                    public TokenSequence encode(String text) {
                        return text.isBlank() ? Contracts.nothing() : super.encode(text);
                    }
                }),
                text("to the first NUL", text -> cut(text, end(text, "\u0000"))),
                text("to the first end of a line", text -> cut(text, end(text, "\n"))),
                text("to the first line separator", text -> cut(text, end(text, "\u2028"))),
                text("to the end of a document", text -> cut(text, end(text, "</s>"))),
                text("to the first half of a character", text -> {
                    int[] halves = IntStream.range(0, text.length())
                            .filter(i -> Character.isSurrogate(text.charAt(i)))
                            .toArray();
                    return halves.length == 0 ? text : cut(text, halves[0]);
                }),
                text("after the last mark of byte order", text -> text.substring(text.lastIndexOf('\uFEFF') + 1)),
                text(
                        "with ? for all but ASCII",
                        text -> new String(text.getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII)
                                .replace('\uFFFD', '?')));
    }

    private static DynamicTest bytes(String mistake, Function<String, byte[]> bytes) {
        return broken(mistake, () -> new Bytes() {
            @Override
            int[] ids(String text) {
                return super.ids(new String(bytes.apply(text), StandardCharsets.UTF_8));
            }
        });
    }

    /** Each piece of the text encoded alone. */
    private static byte[] inPieces(String text, int length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); at += length) {
            bytes.writeBytes(
                    text.substring(at, Math.min(text.length(), at + length)).getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    /** Characters of two units of UTF-16, and where pieces end. */
    @TestFactory
    Stream<DynamicTest> largeCharactersAndPieces_areRead() {
        return Stream.of(
                text("?? outside the basic plane", text -> text.replaceAll("[^\\u0000-\\uFFFF]", "??")),
                text("one for all outside the basic plane", text -> text.replaceAll("[^\\u0000-\\uFFFF]", "\uFFFD")),
                text("nothing but ASCII", text -> text.replaceAll("[^\\u0000-\\u007F]", "")),
                bytes("unit by unit", text -> inPieces(text, 1)),
                bytes("4096 units at a time", text -> inPieces(text, 4096)),
                bytes("10,000 units at a time", text -> inPieces(text, 10_000)),
                text("in pieces of 1000 characters without their last", text -> text.replaceAll("(?s)(.{999}).", "$1")),
                text(
                        "in pieces of 10,000 characters without their last",
                        text -> text.replaceAll("(?s)(.{9999}).", "$1")));
    }

    private static DynamicTest words(String text) {
        return Contracts.honest("words by their hashes, of '" + text + "'", new TokenizerContract() {
            @Override
            protected Tokenizer tokenizer() {
                return new Bytes() {
                    @Override
                    int[] ids(String text) {
                        return IntStream.concat(
                                        IntStream.of(256),
                                        Arrays.stream(text.strip().split("\\s+"))
                                                .filter(word -> !word.isEmpty())
                                                .mapToInt(word -> Math.floorMod(word.hashCode(), 256)))
                                .toArray();
                    }
                };
            }

            @Override
            protected String text() {
                return text;
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> fewWords_areEnough() {
        return Stream.of("one two three ", "Das Haus am See", "one two").map(BrokenTokenizersTest::words);
    }

    @TestFactory
    @SuppressWarnings("ThreadPriorityCheck")
    Stream<DynamicTest> otherPlacesAndTexts_areFound() {
        return Stream.of(
                text("small letters of the place", text -> text.toLowerCase(Locale.getDefault())),
                text("capitals of the place", text -> text.toUpperCase(Locale.getDefault())),
                text("the place before the text", text -> Locale.getDefault().getLanguage() + text),
                text("the hour before the text", text -> TimeZone.getDefault().getID() + text),
                text("the object before the text", text -> System.identityHashCode(text) % 7 + text),
                id("in digits of the place", () -> () -> String.format("bytes of %d", 257)),
                id("of an object that all share", () -> () -> "bytes by " + COMMON),
                broken("fails for half a character", () -> new Bytes() {
                    @Override
                    int[] ids(String text) {
                        if (text.codePoints().anyMatch(point -> point >= 0xD800 && point < 0xE000)) {
                            throw new IllegalStateException("half a character");
                        }
                        return super.ids(text);
                    }
                }),
                change("a long text changes the next", new UnaryOperator<>() {
                    private int longest;

                    @Override
                    public int[] apply(int[] ids) {
                        longest = Math.max(longest, ids.length);
                        return longest > 5000 && ids.length == 2 ? new int[] {256, 0} : ids;
                    }
                }),
                broken(
                        "one array for all instances",
                        () -> changed(ids -> {
                            for (int i = 0; i < ids.length; i++) {
                                SHARED[i] = ids[i];
                            }
                            Thread.yield();
                            return Arrays.copyOf(SHARED, ids.length);
                        })));
    }

    @TestFactory
    @SuppressWarnings("ThreadPriorityCheck")
    Stream<DynamicTest> state_isFound() {
        return Stream.of(
                broken("ids by when they were first seen", () -> {
                    AtomicInteger calls = new AtomicInteger(INSTANCES.getAndIncrement());
                    Map<Integer, Integer> known = new ConcurrentHashMap<>();
                    return changed(ids -> IntStream.of(ids)
                            .map(id ->
                                    id == 256 ? 256 : known.computeIfAbsent(id, key -> calls.getAndIncrement() % 256))
                            .toArray());
                }),
                broken("one more with each call", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return changed(ids -> {
                        int shift = calls.getAndIncrement();
                        Arrays.setAll(ids, i -> i == 0 ? 256 : (ids[i] + shift) % 256);
                        return ids;
                    });
                }),
                broken("other ids from text 301 on", () -> {
                    AtomicInteger texts = new AtomicInteger();
                    return changed(ids -> {
                        int shift = texts.incrementAndGet() > 300 ? 1 : 0;
                        Arrays.setAll(ids, i -> i == 0 ? 256 : (ids[i] + shift) % 256);
                        return ids;
                    });
                }),
                broken("keeps ids by the hash of the text", () -> new Bytes() {
                    @Override
                    public TokenSequence encode(String text) {
                        return BY_HASH.computeIfAbsent(text.hashCode(), hash -> super.encode(text));
                    }
                }),
                broken("keeps ids by the length of the text", () -> {
                    Map<Integer, int[]> kept = new ConcurrentHashMap<>();
                    return changed(ids ->
                            kept.computeIfAbsent(ids.length, length -> ids).clone());
                }),
                broken("keeps ids by a hash of few bits", () -> {
                    Map<Integer, int[]> kept = new ConcurrentHashMap<>();
                    return changed(ids -> kept.computeIfAbsent(IntStream.of(ids).sum(), sum -> ids)
                            .clone());
                }),
                broken("one array for all threads", () -> {
                    int[] shared = new int[2_000_000];
                    return changed(ids -> {
                        System.arraycopy(ids, 0, shared, 0, ids.length);
                        Thread.yield();
                        return Arrays.copyOf(shared, ids.length);
                    });
                }),
                broken("one thread only", () -> {
                    Thread owner = Thread.currentThread();
                    return changed(ids -> {
                        if (Thread.currentThread() != owner) {
                            throw new IllegalStateException("made in another thread");
                        }
                        return ids;
                    });
                }),
                broken("the size grows with use", () -> new Bytes() {
                    private final AtomicInteger calls = new AtomicInteger();

                    @Override
                    int[] ids(String text) {
                        calls.incrementAndGet();
                        return super.ids(text);
                    }

                    @Override
                    public int vocabularySize() {
                        return 257 + calls.get();
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongNames_areFound() {
        return Stream.of(
                id("null", () -> Contracts::nothing),
                id("blank", () -> () -> ""),
                id("two lines", () -> () -> "a\nb"),
                id("that of the object", () -> new Object()::toString),
                id("counts", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return () -> "bytes " + calls.getAndIncrement();
                }),
                Contracts.told(
                        "that of another one too",
                        contract(
                                Bytes::new,
                                () -> Optional.of(changed(ids -> {
                                    Arrays.setAll(ids, i -> i == 0 ? 256 : 255 - ids[i]);
                                    return ids;
                                })))));
    }

    private static Tokenizer keeping(Map<String, TokenSequence> kept, Tokenizer tokenizer, String id) {
        return new Bytes() {
            @Override
            public TokenSequence encode(String text) {
                return kept.computeIfAbsent(text, tokenizer::encode);
            }

            @Override
            public String id() {
                return id;
            }
        };
    }

    private static TokenizerContract besideAnother(boolean isOne) {
        Map<String, TokenSequence> kept = new ConcurrentHashMap<>();
        Tokenizer turned = changed(ids -> {
            Arrays.setAll(ids, i -> i == 0 ? 256 : 255 - ids[i]);
            return ids;
        });
        return contract(
                () -> keeping(kept, new Bytes(), "bytes"),
                () -> Optional.of(keeping(isOne ? kept : new ConcurrentHashMap<>(), turned, "turned")));
    }

    @TestFactory
    Stream<DynamicTest> anotherBeside_isApart() {
        return Stream.of(
                Contracts.told("what all keep, whatever their options", besideAnother(true)),
                Contracts.honest("what those of the same options keep", besideAnother(false)));
    }

    @TestFactory
    Stream<DynamicTest> endsOfRangesAndTexts_areRead() {
        return Stream.of(
                broken("one id beyond the vocabulary", () -> new Bytes() {
                    @Override
                    public int vocabularySize() {
                        return 1 << 16;
                    }

                    @Override
                    int[] ids(String text) {
                        return IntStream.concat(IntStream.of(0), text.chars().map(unit -> unit + 1))
                                .toArray();
                    }
                }),
                broken("the first 512 of more characters left out", () -> new Bytes() {
                    @Override
                    int[] ids(String text) {
                        return super.ids(text.length() > 512 ? text.substring(512) : text);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                honest("bytes", Bytes::new),
                honest("our bytes", Tokenizer::bytes),
                honest(
                        "with an id at the end",
                        () -> changed(ids -> {
                            int[] ended = Arrays.copyOf(ids, ids.length + 1);
                            ended[ids.length] = 256;
                            return ended;
                        })),
                honest("a vocabulary larger than what is used", () -> new Bytes() {
                    @Override
                    public int vocabularySize() {
                        return 1 << 20;
                    }
                }),
                honest("without blanks at the ends, in small letters", () -> new Bytes() {
                    @Override
                    int[] ids(String text) {
                        return super.ids(text.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " "));
                    }
                }),
                honest(
                        "five letters, all else unknown",
                        () -> changed(ids -> {
                            Arrays.setAll(ids, i -> i == 0 || "select".indexOf(ids[i]) >= 0 ? ids[i] : 0);
                            return ids;
                        })),
                honest("words of a list, all else unknown", () -> new Bytes() {
                    @Override
                    int[] ids(String text) {
                        List<String> known = List.of("Select", "the", "documents", "that", "lower", "loss", "on");
                        return IntStream.concat(
                                        IntStream.of(256),
                                        Arrays.stream(text.split("\\s+")).mapToInt(word -> 1 + known.indexOf(word)))
                                .toArray();
                    }
                }),
                honest("without words that stand for little", () -> new Bytes() {
                    @Override
                    int[] ids(String text) {
                        return super.ids(text.replaceAll("\\b(the|that|on|and)\\b", "")
                                .strip()
                                .replaceAll("\\s+", " "));
                    }
                }),
                honest("UTF-16", () -> new Bytes() {
                    @Override
                    public int vocabularySize() {
                        return 1 << 17;
                    }

                    @Override
                    int[] ids(String text) {
                        return IntStream.concat(IntStream.of(1 << 16), text.chars())
                                .toArray();
                    }
                }),
                honest("words by their hashes", () -> new Bytes() {
                    @Override
                    int[] ids(String text) {
                        return IntStream.concat(
                                        IntStream.of(256),
                                        Arrays.stream(text.split("\\s+"))
                                                .filter(word -> !word.isEmpty())
                                                .mapToInt(word -> Math.floorMod(word.hashCode(), 256)))
                                .toArray();
                    }
                }));
    }
}
