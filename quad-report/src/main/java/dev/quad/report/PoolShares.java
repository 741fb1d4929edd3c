// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What is there? Of a pool that nothing is chosen from yet: tokens by field and file, languages and lengths. */
final class PoolShares {
    private static final int SHOWN = 60;

    private PoolShares() {}

    static DomContent view(Found found, Map<String, Integer> languages) {
        Documents documents = found.documents();
        List<DomContent> parts = new ArrayList<>();
        String sampled = documents.isWhole() ? "" : ", in a sample of the pool";
        for (Field field : found.fields()) {
            Map<String, Long> tokens = new LinkedHashMap<>();
            field.labels().forEach(label -> tokens.put(label, 0L));
            documents
                    .indices()
                    .forEach(index ->
                            tokens.merge(field.label(field.codes()[index]), documents.tokens(index), Long::sum));
            parts.add(shares("Share of the tokens by ", field.name(), sampled, tokens, "tokens"));
        }
        if (!languages.isEmpty()) {
            Map<String, Long> counts = new LinkedHashMap<>();
            languages.forEach((name, count) -> counts.put(name, (long) count));
            long all = counts.values().stream().mapToLong(Long::longValue).sum();
            parts.add(shares(
                    "Share of the documents by ",
                    "language",
                    all < documents.pool().size() ? ", of " + Words.whole(all) : "",
                    counts,
                    "documents"));
        }
        parts.add(Shares.lengths(found));
        return Html.view(
                "got",
                "What is there?",
                Words.whole(documents.pool().size()) + " documents with "
                        + Words.whole(IntStream.range(0, documents.pool().size())
                                .mapToLong(documents.pool()::tokens)
                                .sum())
                        + " tokens.",
                parts.toArray(DomContent[]::new));
    }

    private static DomContent shares(String title, String name, String sampled, Map<String, Long> sums, String unit) {
        double all =
                Math.max(1, sums.values().stream().mapToLong(Long::longValue).sum());
        double most = Math.max(
                1, sums.values().stream().mapToLong(Long::longValue).max().orElse(1));
        List<Map.Entry<String, Long>> rows = sums.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .toList();
        return div(table(
                        caption(text(title), Html.foreign(name), text(sampled)),
                        thead(tr(
                                Shares.sortable("text", name),
                                Shares.sortable("n", "share"),
                                th().attr("scope", "col").attr("aria-label", "share"),
                                Shares.sortable("n", unit))),
                        tbody(each(
                                rows.subList(0, Math.min(SHOWN, rows.size())),
                                row -> tr(
                                        th(Html.foreign(row.getKey())).attr("scope", "row"),
                                        Shares.cell(row.getValue() / all, Words.percent(row.getValue() / all)),
                                        td(tag("svg")
                                                        .attr("viewBox", "0 0 120 14")
                                                        .attr("preserveAspectRatio", "none")
                                                        .attr("class", "bar")
                                                        .attr("aria-hidden", "true")
                                                        .with(Plot.box(0, 4, 120 * row.getValue() / most, 10)
                                                                .attr("class", "fill selection")))
                                                .withClass("bars"),
                                        Shares.cell(row.getValue(), Words.whole(row.getValue()))))),
                        j2html.TagCreator.iff(
                                rows.size() > SHOWN,
                                j2html.TagCreator.tfoot(tr(td(rows.size() - SHOWN + " more"), td(), td(), td())))))
                .withClass("scroll");
    }
}
