// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.button;
import static j2html.TagCreator.div;
import static j2html.TagCreator.input;
import static j2html.TagCreator.label;
import static j2html.TagCreator.noscript;
import static j2html.TagCreator.option;
import static j2html.TagCreator.p;
import static j2html.TagCreator.select;
import static j2html.TagCreator.span;
import static j2html.TagCreator.text;

import dev.quad.files.Visible;
import dev.quad.text.Document;
import dev.quad.text.WordScores;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Read it: texts at the two sides of the threshold, the best, the worst, some at random, and all that are searched. */
final class Readings {
    static final String QUESTION = "Read it";

    private static final int LISTED = 60;
    private static final int CHARS = 600;
    /** Of each of the two lists that are shown at first: two pages. */
    private static final int SHADED = 12;
    /** Of texts in a page, whatever the pool; packed it is a third of this, and as text for a page two fifths. */
    private static final int MOST_CHARS = 1_100_000;

    private final Found found;
    private final Map<String, int[]> lists = new LinkedHashMap<>();
    private final Map<Integer, Integer> placeOfChoice = new LinkedHashMap<>();
    private final Map<Integer, Double> rest = new LinkedHashMap<>();
    private final Shading shading;

    /** Without shades. */
    Readings(Found found) {
        this(found, texts -> Optional.empty());
    }

    /** With some texts shaded by what their words add. */
    Readings(Found found, Function<List<Document>, Optional<List<WordScores>>> words) {
        this.found = found;
        Documents documents = found.documents();
        for (int i = 0; i < found.choices().size(); i++) {
            int index = documents.index(found.choices().get(i).ordinal());
            if (index >= 0) {
                placeOfChoice.put(index, i + 1);
            }
        }
        found.coverage()
                .ifPresent(all -> IntStream.range(0, all.rest().length)
                        .forEach(i -> rest.put(all.rest()[i], found.aThousand(all.rest()[i], all.restGains()[i]))));
        List<Integer> chosen = ranked(found.chosen()
                .filter(index -> Double.isFinite(found.measure(index)))
                .boxed()
                .toList());
        List<Integer> left = ranked(documents
                .indices()
                .filter(index -> !documents.isChosen(index) && Double.isFinite(measure(index)))
                .boxed()
                .toList());
        put("best", "best", chosen);
        put("above", "last taken", last(chosen));
        put("below", found.run().isByCoverage() ? "next in line" : "best of what was left", left);
        put("worst", "worst", last(left));
        put("random", "chosen, at random", spread(found.chosen().toArray()));
        put(
                "left",
                "not chosen, at random",
                spread(found.pool().filter(index -> !documents.isChosen(index)).toArray()));
        shading = found.isRun() ? Shading.of(found.run().path(), shaded(), this::scored, words) : Shading.NONE;
    }

    /** The ordinals of the texts that are seen first. */
    private List<Integer> shaded() {
        return lists.keySet().stream()
                .filter(key -> key.startsWith("above=") || key.startsWith("below="))
                .flatMap(key -> Arrays.stream(lists.get(key)).limit(SHADED).boxed())
                .map(found.documents()::ordinal)
                .distinct()
                .toList();
    }

    private Document scored(int ordinal) {
        Document document = found.documents().pool().get(ordinal);
        String text = document.text();
        return new Document(document.id(), text.substring(0, end(text, CHARS)));
    }

    private void put(String name, String words, List<Integer> indices) {
        if (!indices.isEmpty()) {
            lists.put(
                    name + "=" + words,
                    indices.stream().limit(LISTED).mapToInt(Integer::intValue).toArray());
        }
    }

    private double measure(int index) {
        return found.documents().isChosen(index) || !found.run().isByCoverage()
                ? found.measure(index)
                : rest.getOrDefault(index, Double.NaN);
    }

    private List<Integer> ranked(List<Integer> indices) {
        return indices.stream()
                .sorted(Comparator.comparingDouble(this::measure).reversed().thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private static List<Integer> last(List<Integer> ranked) {
        List<Integer> last = new ArrayList<>(ranked.subList(Math.max(0, ranked.size() - LISTED), ranked.size()));
        java.util.Collections.reverse(last);
        return last;
    }

    private static List<Integer> spread(int[] indices) {
        return IntStream.range(0, Math.min(LISTED, indices.length))
                .mapToObj(i -> indices[(int) ((i + 0.5) * indices.length / Math.min(LISTED, indices.length))])
                .toList();
    }

    DomContent view() {
        return Html.view(
                "read",
                QUESTION,
                (found.run().isByCoverage()
                                ? "What was taken last, and what would have been next, tells most."
                                : "What lies on the two sides of the threshold tells most.")
                        + " Search looks through "
                        + Words.whole(indices().size()) + " of "
                        + Words.whole(found.run().report().value("poolDocuments"))
                        + " texts, as far as they are in this page, each cut after " + CHARS + " characters.",
                shading.words().isEmpty() ? text("") : key(),
                div(
                                label(text("left "), select(options("above")).withId("left")),
                                label(text("right "), select(options("below")).withId("right")),
                                label(
                                        text("search "),
                                        input().withType("search").withId("search")),
                                button("more").withType("button").withId("more"))
                        .withClass("controls"),
                div(div().withId("texts-left"), div().withId("texts-right")).withClass("texts"),
                noscript(p("The texts are packed into this page, and need its script to be shown.")));
    }

    private DomContent key() {
        return p(
                        text("In " + Words.whole(shading.words().size())
                                + " of these two lists words are shaded by what they add to the score, by the model of"
                                + " the run: "),
                        span("raises it").withClass("w5"),
                        text(" "),
                        span("lowers it").withClass("n5"))
                .withClass("small");
    }

    private DomContent[] options(String chosen) {
        return lists.keySet().stream()
                .map(key -> key.split("=", 2))
                .map(key -> option(key[1]).withValue(key[0]).withCondSelected(key[0].equals(chosen)))
                .toArray(DomContent[]::new);
    }

    /** Documents whose texts are in the page: those listed, what was chosen, and others as far as there is room. */
    private Set<Integer> indices() {
        Set<Integer> indices = new LinkedHashSet<>();
        lists.values().forEach(list -> Arrays.stream(list).forEach(indices::add));
        long chars = indices.stream().mapToLong(this::length).sum();
        Documents documents = found.documents();
        int[] others = IntStream.concat(
                        Arrays.stream(spread(found.chosen().toArray(), 1_000)),
                        Arrays.stream(spread(documents.indices().toArray(), 4_000)))
                .toArray();
        for (int index : others) {
            if (chars > MOST_CHARS) {
                break;
            }
            if (indices.add(index)) {
                chars += length(index);
            }
        }
        return indices;
    }

    private static int[] spread(int[] all, int most) {
        return all.length <= most
                ? all
                : IntStream.range(0, most)
                        .map(i -> all[(int) ((long) i * all.length / most)])
                        .toArray();
    }

    private long length(int index) {
        return Math.min(CHARS, found.documents().tokens(index));
    }

    /** For the data of the page. */
    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        Map<String, Object> byName = new LinkedHashMap<>();
        lists.forEach((key, list) ->
                byName.put(key.split("=", 2)[0], Arrays.stream(list).boxed().toList()));
        tree.put("lists", byName);
        List<Object> texts = new ArrayList<>();
        for (int index : indices()) {
            Map<String, Object> text = new LinkedHashMap<>();
            text.put("i", index);
            text.put("id", Visible.line(start(found.documents().id(index), 80)));
            text.put("text", Visible.block(start(found.documents().text(index), CHARS)));
            text.put("why", reason(index));
            text.putAll(shading.of(
                    found.documents().ordinal(index), start(found.documents().text(index), CHARS)));
            texts.add(text);
        }
        tree.put("texts", texts);
        return tree;
    }

    static String start(String text, int chars) {
        if (text.length() <= chars) {
            return text;
        }
        return text.substring(0, end(text, chars)) + "…";
    }

    private static int end(String text, int chars) {
        return text.length() <= chars
                ? text.length()
                : Character.isHighSurrogate(text.charAt(chars - 1)) ? chars - 1 : chars;
    }

    private String reason(int index) {
        double measure = measure(index);
        boolean coverage = found.run().isByCoverage();
        StringBuilder words = new StringBuilder();
        Integer place = placeOfChoice.get(index);
        if (place != null) {
            words.append(String.format(Locale.ROOT, "chosen as number %,d", place));
            if (coverage) {
                words.append(": added ")
                        .append(Words.number(found.documents().score(index)))
                        .append(" nats, ")
                        .append(Words.number(measure))
                        .append(" a thousand tokens");
            } else if (Double.isFinite(measure)) {
                words.append(": score ").append(Words.number(measure));
                int round = found.choices().get(place - 1).round();
                words.append(round > 0 ? " in round " + round : "");
            } else {
                words.append(": by others of its block");
            }
        } else if (Double.isFinite(measure)) {
            words.append(
                    coverage
                            ? "left: would add " + Words.number(measure) + " nats a thousand tokens"
                            : "left: score " + Words.number(measure));
        } else {
            words.append(coverage ? "left" : "not scored");
        }
        return words.toString();
    }
}
