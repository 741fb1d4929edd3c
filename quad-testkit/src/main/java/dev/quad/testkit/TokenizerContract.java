// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What every {@link Tokenizer} promises. */
public abstract class TokenizerContract {
    private static final int TIMES = 20_000;
    /** Of the texts that threads encode at once, every so many is of so many times the words. */
    private static final int EVERY = 20;

    private static final int LONG = 100;
    private static final List<String> TEXTS = Texts.oddAndLong();
    /** Characters of a text whose end must be read, around what one is often cut into. */
    private static final int[] LENGTHS = {1, 100, 520, 2050, 4100, 9000, 17_000, 33_000, 70_000, 105_000, 200_000};
    /** Of these letters so many must be told apart inside a word, and so many at any other place. */
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";

    private static final int KNOWN = 20;
    private static final int TOLD_APART = 5;
    /** What ends a text for some, who may not read on. */
    private static final List<String> ENDS = List.of(
            "\u0000",
            "\n",
            "\r",
            "\r\n",
            "\t",
            "\f",
            "\u001A",
            "\u0085",
            "\u2028",
            "\uFEFF",
            "\uFFFF",
            "\uD83D",
            "\uDE80",
            "é",
            "e\u0301",
            "数",
            "ع",
            "\uD83D\uDE80",
            "</s>",
            "<|endoftext|>",
            "[SEP]",
            "\"",
            "'",
            "\\",
            "%",
            "{",
            "   ",
            ".",
            "...");

    /** Characters of two units of UTF-16. */
    private static final List<String> LARGE = List.of("\uD83D\uDE80", "\uD83D\uDE00", "\uD842\uDFB7");
    /** Characters that only who tells all apart does. */
    private static final List<String> PRIVATE = List.of("\uE000", "\uE001", "\uE002");
    /** Of each of two texts of one hash, which are sought once for the same words. */
    private static final int WORDS = 40;

    private static final Map<List<String>, List<String>> OF_ONE_HASH = new ConcurrentHashMap<>();

    /** A tokenizer, always the same. */
    protected abstract Tokenizer tokenizer();

    /**
     * One whose ids differ, by another vocabulary or whatever it may be made of; its name must differ too. Empty unless
     * overridden: not tested.
     */
    protected Optional<Tokenizer> other() {
        return Optional.empty();
    }

    private Optional<Tokenizer> another() {
        return Answers.made("other()", other());
    }

    /** A text of different words with blanks between them, in the language of the tokenizer. */
    protected String text() {
        return "Select the documents that lower the loss on the reference set, and train the model on them. ";
    }

    private String givenText() {
        return Answers.made("text()", text());
    }

    private Tokenizer tested() {
        return Calls.named(tokenizer(), Tokenizer.class);
    }

    /** Every id is one of the vocabulary, and the first of each text is the one that starts a document. */
    @Test
    public void encode_anyText_isOfTheVocabulary() {
        Tokenizer tokenizer = tested();
        int size = tokenizer.vocabularySize();
        assertThat(size).as("the size of the vocabulary").isPositive();
        int start = tokenizer.encode("").id(0);
        for (String text : Stream.concat(TEXTS.stream(), ENDS.stream()).toList()) {
            TokenSequence tokens = tokenizer.encode(text);
            assertThat(tokens.id(0))
                    .as("the first id of '%s'", Texts.shown(text))
                    .isEqualTo(start);
            for (int i = 0; i < tokens.length(); i++) {
                if (tokens.id(i) < 0 || tokens.id(i) >= size) { // sooner than an assertion
                    assertThat(tokens.id(i))
                            .as("id %s of '%s'", i, Texts.shown(text))
                            .isBetween(0, size - 1);
                }
            }
        }
        assertThat(tokenizer.vocabularySize()).as("the size after use").isEqualTo(size);
    }

    /** The same text gives the same ids: again, after others, and from another instance. */
    @Test
    public void encode_again_isTheSame() {
        Tokenizer tokenizer = tested();
        List<TokenSequence> first = TEXTS.stream().map(tokenizer::encode).toList();
        for (int i = 0; i < TEXTS.size(); i++) {
            assertThat(tokenizer.encode(TEXTS.get(i)))
                    .as("'%s', again", Texts.shown(TEXTS.get(i)))
                    .isEqualTo(first.get(i));
        }
        for (int i = TEXTS.size() - 1; i >= 0; i--) {
            assertThat(tokenizer.encode(TEXTS.get(i)))
                    .as("'%s', in the reverse order", Texts.shown(TEXTS.get(i)))
                    .isEqualTo(first.get(i));
        }
        Tokenizer other = tested();
        for (int i = TEXTS.size() - 1; i >= 0; i--) {
            assertThat(other.encode(TEXTS.get(i)))
                    .as("'%s', by another instance that begins with the last text", Texts.shown(TEXTS.get(i)))
                    .isEqualTo(first.get(i));
        }
        assertThat(other.vocabularySize())
                .as("the size of the vocabulary of another instance")
                .isEqualTo(tokenizer.vocabularySize());
    }

    /** All of a text is encoded, however long it is. */
    @Test
    public void encode_longText_isWhole() {
        Tokenizer tokenizer = tested();
        String text = givenText().strip() + " ";
        int before = tokenizer.encode(text).length() - 1;
        assertThat(before).as("tokens of '%s'", text).isPositive();
        for (int times : new int[] {10, 100, 1000}) {
            int tokens = tokenizer.encode(text.repeat(times)).length() - 1;
            assertThat(tokens).as("tokens of %s times the text", times).isGreaterThan(8 * before);
            before = tokens;
        }
    }

    /** The words of the text that have ids, each others than those before. */
    private List<String> words(Tokenizer tokenizer) {
        Set<TokenSequence> seen = new HashSet<>(Set.of(tokenizer.encode("")));
        return Stream.of(givenText().strip().split(" "))
                .filter(word -> seen.add(tokenizer.encode(word)))
                .toList();
    }

    /** Two words of the text that have different ids. */
    private List<String> twoWords(Tokenizer tokenizer) {
        List<String> words = words(tokenizer);
        if (words.size() < 2) {
            throw new AssertionError("of the words of '" + givenText() + "' no two have ids of their own; if the"
                    + " tokenizer does not know them, override text() of the test class with words that it knows");
        }
        return words.subList(0, 2);
    }

    /** Both words in either order, of one length, so that what comes after them stands where it stood. */
    private static List<String> exchanged(List<String> words) {
        return List.of(words.get(0) + " " + words.get(1), words.get(1) + " " + words.get(0));
    }

    /** The word counts where it stands: with another in its place, the ids are others. */
    private static void isRead(String what, Tokenizer tokenizer, List<String> words, String before, String after) {
        TokenSequence one = tokenizer.encode(before + words.get(0) + after);
        assertThat(one.equals(tokenizer.encode(before + words.get(1) + after)))
                .as("%s: there '%s' has the ids of '%s'", what, words.get(0), words.get(1))
                .isFalse();
    }

    /** Of a text of any length the first word, one in the middle and the last are read. */
    @Test
    public void encode_anyLength_isReadToItsEnd() {
        Tokenizer tokenizer = tested();
        List<String> words = twoWords(tokenizer);
        String part = givenText().strip() + " ";
        for (int length : LENGTHS) {
            String rest = part.repeat(length / part.length() + 1);
            isRead("at the end of " + rest.length() + " characters", tokenizer, words, rest, "");
            if (length < LENGTHS[LENGTHS.length - 1]) {
                isRead("before " + rest.length() + " characters", tokenizer, words, "", " " + rest);
                isRead("before " + rest.length() + " characters", tokenizer, exchanged(words), "", " " + rest);
                isRead("between " + rest.length() + " characters each", tokenizer, words, rest, " " + rest);
            }
        }
    }

    /** What stands before and after any character is read. */
    @Test
    public void encode_anyCharacter_endsNothing() {
        Tokenizer tokenizer = tested();
        List<String> words = twoWords(tokenizer);
        for (String end : ENDS) {
            String shown = "'" + Texts.shown(end) + "' ("
                    + end.chars().mapToObj(Integer::toHexString).toList() + ")";
            isRead("before " + shown, tokenizer, words, "", " " + end + " " + words.get(0));
            isRead("after " + shown, tokenizer, words, words.get(0) + " " + end + " ", "");
        }
    }

    /** Letters that are told apart inside a word are so at each end of it, alone, and in a long text. */
    @Test
    public void encode_letters_areToldApartAnywhere() {
        Tokenizer tokenizer = tested();
        String word = twoWords(tokenizer).get(0);
        int half = (word.length() + 1) / 2;
        String before = word.substring(0, half);
        String after = word.substring(half);
        if (different(tokenizer, before, after) < KNOWN) { // words that are not known are alike to some
            return;
        }
        String text = givenText().strip() + " ";
        for (String start : List.of("", word, text, text + word, text.repeat(50), text.repeat(700) + word)) {
            for (String end : List.of("", word, " " + text)) {
                assertThat(different(tokenizer, start, end))
                        .as(
                                "of %s letters so many have ids of their own after '%s' and before '%s'",
                                LETTERS.length(), Texts.shown(start), Texts.shown(end))
                        .isGreaterThanOrEqualTo(TOLD_APART);
            }
        }
    }

    /** No letter of a long text is lost, as between pieces that are read one after the other. */
    @Test
    public void encode_longText_losesNoLetter() {
        Tokenizer tokenizer = tested();
        String word = twoWords(tokenizer).get(0);
        int half = (word.length() + 1) / 2;
        String before = " " + word.substring(0, half);
        String after = word.substring(half) + " " + givenText();
        if (different(tokenizer, before, after) < KNOWN) { // words that are not known are alike to some
            return;
        }
        for (int place : Texts.ENDS_OF_PIECES) {
            assertThat(different(tokenizer, beginning(place - before.length()) + before, after))
                    .as("of some letters so many have ids of their own after %s characters", place)
                    .isGreaterThanOrEqualTo(TOLD_APART);
        }
    }

    /** How many letters have ids of their own between two texts; of long ones enough to tell. */
    private static long different(Tokenizer tokenizer, String before, String after) {
        int letters = before.length() < 1000 ? LETTERS.length() : TOLD_APART + 2;
        return LETTERS.substring(0, letters)
                .chars()
                .mapToObj(letter -> tokenizer.encode(before + (char) letter + after))
                .distinct()
                .count();
    }

    /** Where the question mark is known, other characters are not made one, nor two, nor are all left out. */
    @Test
    public void encode_otherScripts_areNoQuestionMarks() {
        Tokenizer tokenizer = tested();
        TokenSequence mark = tokenizer.encode("?");
        TokenSequence nothing = tokenizer.encode("");
        if (Stream.of("!", "#", "~").map(tokenizer::encode).noneMatch(mark::equals)) {
            List<TokenSequence> marks = List.of(mark, tokenizer.encode("??"));
            for (List<String> others : List.of(List.of("ä", "ñ", "é"), List.of("ж", "数", "ع", "ω"), LARGE)) {
                assertThat(others.stream().map(tokenizer::encode).anyMatch(ids -> !marks.contains(ids)))
                        .as("one of %s has other ids than the question mark, and than two of them", others)
                        .isTrue();
            }
            List<String> all = List.of("ä", "ñ", "é", "ж", "数", "ع", "ω", LARGE.get(0));
            assertThat(all.stream().map(tokenizer::encode).anyMatch(ids -> !ids.equals(nothing)))
                    .as("one of %s has ids, where punctuation has", all)
                    .isTrue();
        }
    }

    /**
     * Where all characters are told apart, so are those of two units of UTF-16, also where a long text may be cut
     * between the two.
     */
    @Test
    public void encode_largeCharacters_areToldApartAnywhere() {
        Tokenizer tokenizer = tested();
        if (PRIVATE.stream().map(tokenizer::encode).distinct().count() < PRIVATE.size()) {
            return; // those that are not known are alike to some
        }
        for (int place :
                Stream.concat(Stream.of(0), Texts.ENDS_OF_PIECES.stream()).toList()) {
            String before = beginning(place);
            assertThat(LARGE.stream()
                            .map(large -> tokenizer.encode(before + large + " " + givenText()))
                            .distinct()
                            .count())
                    .as(
                            "how many of %s have ids of their own after %s characters, as all of %s do",
                            LARGE, place, PRIVATE)
                    .isEqualTo(LARGE.size());
        }
    }

    private String beginning(int length) {
        return givenText().repeat(length / givenText().length() + 1).substring(0, length);
    }

    /** Where a blank between two words is read, the end of a line is. */
    @Test
    public void encode_endOfALine_isNoNothing() {
        Tokenizer tokenizer = tested();
        List<String> words = twoWords(tokenizer);
        TokenSequence asOne = tokenizer.encode(words.get(0) + words.get(1));
        if (!tokenizer.encode(words.get(0) + " " + words.get(1)).equals(asOne)) {
            assertThat(tokenizer.encode(words.get(0) + "\n" + words.get(1)))
                    .as("'%s' and '%s' on two lines, which are not one word", words.get(0), words.get(1))
                    .isNotEqualTo(asOne);
        }
    }

    /** Where letters inside a word are told apart, one is not two of it. */
    @Test
    public void encode_letterTwice_isNotOne() {
        Tokenizer tokenizer = tested();
        String word = twoWords(tokenizer).get(0);
        int half = (word.length() + 1) / 2;
        String before = word.substring(0, half);
        String after = word.substring(half);
        if (different(tokenizer, before, after) >= KNOWN) {
            assertThat(LETTERS.chars()
                            .mapToObj(letter -> String.valueOf((char) letter))
                            .filter(letter -> tokenizer
                                    .encode(before + letter + letter + after)
                                    .equals(tokenizer.encode(before + letter + after)))
                            .count())
                    .as("of %s letters inside '%s' so many have the ids that they have twice", LETTERS.length(), word)
                    .isLessThan(TOLD_APART);
        }
    }

    /** Which object a text is changes nothing. */
    @Test
    public void encode_copies_isTheSame() {
        Tokenizer tokenizer = tested();
        for (String text : TEXTS) {
            TokenSequence expected = tokenizer.encode(text);
            assertThat(tokenizer.encode(Copies.of(text)))
                    .as("a copy of '%s'", Texts.shown(text))
                    .isEqualTo(expected);
        }
    }

    /** One that encodes otherwise, used side by side, does so, and changes nothing for this one. */
    @Test
    public void encode_besideAnother_isItsOwn() {
        another().ifPresent(other -> {
            Tokenizer tokenizer = tested();
            List<String> texts = new ArrayList<>(Texts.ODD);
            texts.add(givenText());
            texts.addAll(words(tokenizer));
            List<TokenSequence> mine = texts.stream().map(tokenizer::encode).toList();
            List<TokenSequence> others = texts.stream().map(other::encode).toList();
            assertThat(others)
                    .as("the ids of other(), of which some are others than those of tokenizer()")
                    .isNotEqualTo(mine);
            assertThat(texts.stream().map(tokenizer::encode))
                    .as("the ids after another tokenizer was asked")
                    .isEqualTo(mine);
            assertThat(texts.stream().map(other::encode))
                    .as("the ids of other() after tokenizer() was asked")
                    .isEqualTo(others);
        });
    }

    /** Neither the default locale nor the time zone changes anything; JUnit runs nothing beside this. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void encode_elsewhere_isTheSame() {
        Tokenizer tokenizer = tested();
        List<String> texts = new ArrayList<>(Texts.ODD);
        texts.addAll(List.of(
                givenText(), givenText().toUpperCase(Locale.ROOT), givenText().toLowerCase(Locale.ROOT)));
        List<TokenSequence> expected = texts.stream().map(tokenizer::encode).toList();
        String id = tokenizer.id();
        Elsewhere.each(where -> {
            for (Tokenizer there : List.of(tokenizer, tested())) {
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(there.encode(texts.get(i)))
                            .as("'%s' %s", Texts.shown(texts.get(i)), where)
                            .isEqualTo(expected.get(i));
                }
                assertThat(there.id()).as("the id %s", where).isEqualTo(id);
            }
        });
    }

    /** Other texts have other ids. */
    @Test
    public void encode_otherText_isAnother() {
        Tokenizer tokenizer = tested();
        assertThat(tokenizer.encode(givenText()))
                .as("the ids of '%s', which are not those of the text twice over", givenText())
                .isNotEqualTo(tokenizer.encode(givenText() + givenText()));
        List<String> words = new ArrayList<>(words(tokenizer));
        Set<TokenSequence> found = new HashSet<>();
        for (int turn = 0; turn < words.size(); turn++) {
            String turned = String.join(" ", words);
            assertThat(found.add(tokenizer.encode(turned)))
                    .as(
                            "'%s' has ids that no other order of its words has, which are those of text() that have"
                                    + " ids of their own",
                            turned)
                    .isTrue();
            Collections.rotate(words, 1);
        }
    }

    /** Two texts of these words that have one hash; some 80,000 are looked at. */
    private static List<String> ofOneHash(List<String> words) {
        RandomGenerator random = Numbers.of(words.size());
        Map<Integer, String> texts = new HashMap<>();
        while (true) {
            String text =
                    random.ints(WORDS, 0, words.size()).mapToObj(words::get).collect(Collectors.joining(" "));
            String other = texts.put(text.hashCode(), text);
            if (other != null && !other.equals(text)) {
                return List.of(text, other);
            }
        }
    }

    /** Which ids a text has does not hang on the hash of a string, which others share. */
    @Test
    public void encode_textOfEqualHash_isAnother() {
        Tokenizer tokenizer = tested();
        twoWords(tokenizer);
        List<String> texts = OF_ONE_HASH.computeIfAbsent(words(tokenizer), TokenizerContract::ofOneHash);
        String text = texts.get(0);
        String other = texts.get(1);
        assertThat(tokenizer.encode(text).equals(tokenizer.encode(other)))
                .as("whether '%s' has the ids of '%s', of the same hash", text, other)
                .isFalse();
    }

    /** Several threads may encode at once, with one instance and with two. */
    @Test
    public void encode_manyThreads_isTheSame() {
        List<Tokenizer> both = List.of(tested(), tested());
        List<String> texts = new ArrayList<>(Texts.ODD);
        List<String> words = new ArrayList<>(List.of(givenText().strip().split(" ")));
        texts.add(String.join(" ", words) + " ");
        Collections.reverse(words);
        String longest = (String.join(" ", words) + " ").repeat(LONG);
        texts.addAll(List.of(longest, givenText().repeat(LONG)));
        int odd = texts.size() - 2;
        List<TokenSequence> expected = texts.stream().map(both.get(0)::encode).toList();
        Threads.manyTimes(TIMES, i -> {
            int text = i % EVERY == 0 ? odd + i / EVERY % 2 : i % odd; // long ones, so that threads meet in them
            TokenSequence tokens = both.get(i % 3 % 2).encode(texts.get(text));
            if (!tokens.equals(expected.get(text))) { // sooner than an assertion, so that threads meet
                assertThat(tokens).as("'%s'", Texts.shown(texts.get(text))).isEqualTo(expected.get(text));
            }
        });
    }

    /** The id names the tokenizer, on one line, always the same. */
    @Test
    public void id_isOneStableLine() {
        Tokenizer tokenizer = tested();
        String id = tokenizer.id();
        assertThat(id)
                .as("the id, one line that another instance has too")
                .isNotBlank()
                .doesNotContain("\n")
                .isEqualTo(tested().id());
        IdentityHash.requireNone("the id", id);
        tokenizer.encode(givenText());
        assertThat(tokenizer.id()).as("the id after use").isEqualTo(id);
        another()
                .ifPresent(other -> assertThat(other.id())
                        .as("the id of one that encodes otherwise")
                        .isNotEqualTo(id));
    }
}
