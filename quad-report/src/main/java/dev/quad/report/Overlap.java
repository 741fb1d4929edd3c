// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.blockquote;
import static j2html.TagCreator.caption;
import static j2html.TagCreator.details;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import dev.quad.files.Ranks;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import j2html.tags.DomContent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** How do selections differ? What they share, how their scores agree, what each took, and which settings differ. */
final class Overlap implements AutoCloseable {
    static final String QUESTION = "How do they differ?";

    private static final int ONLY = 5;
    private static final int EXCERPT = 220;

    private final List<Side> sides = new ArrayList<>();

    /** A selection; by the digests of texts the place of each among its documents. */
    private record Side(
            String name,
            JsonlPool pool,
            Documents documents,
            Map<Long, Integer> places,
            Map<String, String> settings) {}

    void add(String name, List<Path> files, JsonlOptions options, Path cache, Map<String, String> settings) {
        JsonlPool pool = JsonlPool.builder().options(options).cacheFolder(cache).open(files);
        Documents documents = Documents.of(pool, List.of(), java.util.Optional.empty());
        Map<Long, Integer> places = new LinkedHashMap<>();
        documents.indices().forEach(index -> places.put(Choices.key(pool.get(index), false), index));
        sides.add(new Side(name, pool, documents, places, settings));
    }

    DomContent view(List<String> asked) {
        return Html.view(
                "compare",
                QUESTION,
                "Documents are the same where their texts are.",
                matrix("Share of the documents of both that both took (Jaccard)", Overlap::jaccard),
                iff(
                        correlates(),
                        matrix("Rank correlation of the scores of what both took (Spearman)", Overlap::correlation)),
                shares(asked),
                iff(differing().size() > 0, settings()),
                each(only(), part -> part));
    }

    private interface Pair {
        double of(Side a, Side b);
    }

    private DomContent matrix(String title, Pair pair) {
        return div(j2html.TagCreator.table(
                        caption(title),
                        thead(tr(
                                th(),
                                each(
                                        sides,
                                        side -> th(Html.foreign(side.name()))
                                                .attr("scope", "col")
                                                .withClass("n")))),
                        tbody(each(
                                sides,
                                a -> tr(
                                        th(Html.foreign(a.name())).attr("scope", "row"),
                                        each(sides, b -> Html.number(a.equals(b) ? "" : value(pair.of(a, b)))))))))
                .withClass("scroll");
    }

    private static String value(double number) {
        return Double.isNaN(number) ? "–" : String.format(Locale.ROOT, "%.3f", number);
    }

    static double jaccard(Set<Long> a, Set<Long> b) {
        Set<Long> both = new HashSet<>(a);
        both.retainAll(b);
        return (double) both.size() / Math.max(1, a.size() + b.size() - both.size());
    }

    private static double jaccard(Side a, Side b) {
        return jaccard(a.places().keySet(), b.places().keySet());
    }

    private boolean correlates() {
        return sides.stream()
                .anyMatch(a -> sides.stream().anyMatch(b -> !a.equals(b) && !Double.isNaN(correlation(a, b))));
    }

    private static double correlation(Side a, Side b) {
        double[][] pairs = a.places().keySet().stream()
                .filter(b.places()::containsKey)
                .map(key -> new double[] {score(a, key), score(b, key)})
                .filter(pair -> !Double.isNaN(pair[0] + pair[1]))
                .toArray(double[][]::new);
        double[] ofA = new double[pairs.length];
        double[] ofB = new double[pairs.length];
        for (int i = 0; i < pairs.length; i++) {
            ofA[i] = pairs[i][0];
            ofB[i] = pairs[i][1];
        }
        return pairs.length < 3 ? Double.NaN : Ranks.correlation(ofA, ofB);
    }

    private static double score(Side side, long key) {
        Integer place = side.places().get(key);
        return place == null
                ? Double.NaN
                : side.pool()
                        .field(place, "quad.score")
                        .map(Double::parseDouble)
                        .orElse(Double.NaN);
    }

    /** By the first field that tells documents of the first apart. */
    private DomContent shares(List<String> asked) {
        List<Field> found = Field.of(sides.get(0).documents(), asked);
        if (found.isEmpty() || found.get(0).name().equals(Field.FILE)) {
            return text("");
        }
        String name = found.get(0).name();
        List<Map<String, Double>> columns = new ArrayList<>();
        Set<String> labels = new LinkedHashSet<>();
        for (Side side : sides) {
            Field field = Field.of(side.documents(), List.of(name)).get(0);
            Map<String, Double> sums = new LinkedHashMap<>();
            double all = side.documents()
                    .indices()
                    .mapToLong(side.documents()::tokens)
                    .sum();
            side.documents()
                    .indices()
                    .forEach(index -> sums.merge(
                            field.label(field.codes()[index]), side.documents().tokens(index) / all, Double::sum));
            columns.add(sums);
            labels.addAll(sums.keySet());
        }
        return div(j2html.TagCreator.table(
                        caption(text("Share of the tokens by "), Html.foreign(name)),
                        thead(tr(
                                th(),
                                each(
                                        sides,
                                        side -> th(Html.foreign(side.name()))
                                                .attr("scope", "col")
                                                .withClass("n")))),
                        tbody(each(
                                labels.stream().limit(60).toList(),
                                label -> tr(
                                        th(Html.foreign(label)).attr("scope", "row"),
                                        each(
                                                columns,
                                                sums -> Html.number(Words.percent(sums.getOrDefault(label, 0.0)))))))))
                .withClass("scroll");
    }

    private Set<String> differing() {
        Set<String> names = new TreeSet<>();
        sides.forEach(side -> names.addAll(side.settings().keySet()));
        names.removeIf(name -> sides.stream()
                        .map(side -> side.settings().getOrDefault(name, ""))
                        .distinct()
                        .count()
                == 1);
        return names;
    }

    private DomContent settings() {
        return div(j2html.TagCreator.table(
                        caption("Settings that differ"),
                        thead(tr(
                                th(),
                                each(
                                        sides,
                                        side -> th(Html.foreign(side.name())).attr("scope", "col")))),
                        tbody(each(
                                differing(),
                                name -> tr(
                                        th(Html.foreign(name)).attr("scope", "row"),
                                        each(
                                                sides,
                                                side -> j2html.TagCreator.td(Html.foreign(
                                                                side.settings().getOrDefault(name, "–")))
                                                        .withClass("long")))))))
                .withClass("scroll");
    }

    /** Texts that only one took, at equal distances. */
    private List<DomContent> only() {
        List<DomContent> parts = new ArrayList<>();
        for (Side side : sides) {
            int[] own = side.places().entrySet().stream()
                    .filter(place -> sides.stream()
                            .noneMatch(other ->
                                    !other.equals(side) && other.places().containsKey(place.getKey())))
                    .mapToInt(Map.Entry::getValue)
                    .toArray();
            int count = Math.min(ONLY, own.length);
            if (count > 0) {
                parts.add(details(
                        summary(
                                text(Words.whole(own.length) + " documents that only "),
                                Html.foreign(side.name()),
                                text(" took")),
                        each(
                                IntStream.range(0, count)
                                        .mapToObj(i -> own[(int) ((long) i * own.length / count)])
                                        .toList(),
                                index -> blockquote(Html.foreign(
                                        Readings.start(side.documents().text(index), EXCERPT))))));
            }
        }
        return parts;
    }

    @Override
    public void close() {
        sides.forEach(side -> side.pool().close());
    }
}
