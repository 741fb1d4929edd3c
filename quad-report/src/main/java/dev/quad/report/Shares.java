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

import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** What did I get? By a field: shares of the tokens in the pool, in a random choice and in the selection. */
final class Shares {
    static final String QUESTION = "What did I get?";

    private static final int SHOWN = 40;

    private Shares() {}

    /** A value of a field. */
    private record Row(String label, double pool, double random, double selection, long documents) {
        double lift() {
            return selection / pool;
        }
    }

    static DomContent view(Found found) {
        Tree report = found.run().report();
        String words = Words.whole(report.value("documentsChosen")) + " of "
                + Words.whole(report.value("poolDocuments")) + " documents, beside a random choice of the same size."
                + leftOut(report);
        List<DomContent> parts = new ArrayList<>();
        found.fields().forEach(field -> parts.add(byField(found, field)));
        if (parts.isEmpty()) {
            parts.add(j2html.TagCreator.p("The records have no field with a few values to tell them apart by; name one"
                            + " with --field.")
                    .withClass("none"));
        }
        parts.add(lengths(found));
        return Html.view("got", QUESTION, words, parts.toArray(DomContent[]::new));
    }

    private static String leftOut(Tree report) {
        double duplicates = report.value("duplicatesLeftOut");
        double near = report.value("nearDuplicatesLeftOut");
        double bad = report.value("badLines");
        List<String> words = new ArrayList<>();
        if (duplicates > 0) {
            words.add(Words.whole(duplicates) + " duplicates");
        }
        if (near > 0) {
            words.add(Words.whole(near) + " near-duplicates");
        }
        if (bad > 0) {
            words.add(Words.whole(bad) + " bad lines");
        }
        return words.isEmpty() ? "" : " Left out: " + String.join(", ", words) + ".";
    }

    private static double[] sums(Found found, Field field, IntStream indices) {
        double[] sums = new double[field.labels().size() + 1];
        indices.forEach(
                index -> sums[field.codes()[index] + 1] += found.documents().tokens(index));
        double all = IntStream.range(0, sums.length).mapToDouble(i -> sums[i]).sum();
        return IntStream.range(0, sums.length)
                .mapToDouble(i -> all == 0 ? 0 : sums[i] / all)
                .toArray();
    }

    private static DomContent byField(Found found, Field field) {
        double[] pool = sums(found, field, found.pool());
        double[] random = sums(found, field, found.control().indices());
        double[] selection = sums(found, field, found.chosen());
        long[] counts = new long[pool.length];
        found.chosen().forEach(index -> counts[field.codes()[index] + 1]++);
        List<Row> rows = IntStream.range(0, pool.length)
                .filter(i -> pool[i] + selection[i] > 0)
                .mapToObj(i -> new Row(field.label(i - 1), pool[i], random[i], selection[i], counts[i]))
                .sorted(Comparator.comparingDouble(Row::selection)
                        .thenComparingDouble(Row::pool)
                        .reversed())
                .toList();
        double most = rows.stream()
                .mapToDouble(row -> Math.max(row.pool(), row.selection()))
                .max()
                .orElse(1);
        return div(table(
                        caption(
                                text("Share of the tokens by "),
                                Html.foreign(field.name()),
                                text(found.documents().isWhole() ? "" : ", in a sample of the pool")),
                        thead(tr(
                                sortable("text", field.name()),
                                sortable("n", "pool"),
                                sortable("n", "random"),
                                sortable("n", "selection"),
                                th().attr("scope", "col").attr("aria-label", "pool and selection"),
                                sortable("n", "lift"),
                                sortable("n", "chosen"))),
                        tbody(each(rows.subList(0, Math.min(SHOWN, rows.size())), row -> row(row, most))),
                        j2html.TagCreator.iff(rows.size() > SHOWN, rest(rows))))
                .withClass("scroll");
    }

    static DomContent sortable(String kind, String words) {
        return th(tag("button").attr("type", "button").with(Html.foreign(words)))
                .attr("scope", "col")
                .withClass(kind);
    }

    private static DomContent rest(List<Row> rows) {
        List<Row> rest = rows.subList(Math.min(SHOWN, rows.size()), rows.size());
        return j2html.TagCreator.tfoot(tr(
                td(rest.size() + " more"),
                Html.number(Words.percent(rest.stream().mapToDouble(Row::pool).sum())),
                Html.number(Words.percent(rest.stream().mapToDouble(Row::random).sum())),
                Html.number(
                        Words.percent(rest.stream().mapToDouble(Row::selection).sum())),
                td(),
                td(),
                Html.number(Words.whole(rest.stream().mapToLong(Row::documents).sum()))));
    }

    private static DomContent row(Row row, double most) {
        return tr(
                th(Html.foreign(row.label())).attr("scope", "row"),
                cell(row.pool(), Words.percent(row.pool())),
                cell(row.random(), Words.percent(row.random())),
                cell(row.selection(), Words.percent(row.selection())),
                td(bars(row.pool() / most, row.selection() / most)).withClass("bars"),
                cell(row.lift(), row.pool() == 0 ? "–" : Words.times(row.lift())),
                cell((double) row.documents(), Words.whole(row.documents())));
    }

    static ContainerTag<?> cell(double value, String words) {
        return Html.number(words).attr("data-value", String.valueOf(value));
    }

    private static ContainerTag<?> bars(double pool, double selection) {
        return tag("svg")
                .attr("viewBox", "0 0 120 14")
                .attr("preserveAspectRatio", "none")
                .attr("class", "bar")
                .attr("aria-hidden", "true")
                .with(
                        Plot.box(0, 1, 120 * pool, 6).attr("class", "fill pool"),
                        Plot.box(0, 7, 120 * selection, 13).attr("class", "fill selection"));
    }

    /** Documents by their length, as shares of each set. */
    static DomContent lengths(Found found) {
        Documents documents = found.documents();
        double least =
                Math.max(1, found.pool().mapToDouble(documents::tokens).min().orElse(1));
        double most = Math.max(
                least + 1, found.pool().mapToDouble(documents::tokens).max().orElse(1));
        double[] edges = Scale.log(least, most * 1.0001).edges(32);
        double[] pool =
                Bins.shares(edges, found.pool().mapToDouble(documents::tokens).toArray());
        double[] random = Bins.shares(
                edges, found.control().indices().mapToDouble(documents::tokens).toArray());
        double[] chosen =
                Bins.shares(edges, found.chosen().mapToDouble(documents::tokens).toArray());
        Scale up = Scale.upTo(IntStream.range(0, pool.length)
                .mapToDouble(i -> 100 * Math.max(pool[i], Math.max(random[i], chosen[i])))
                .toArray());
        Plot plot = new Plot(Scale.log(least, most * 1.0001), "tokens of a document", up, "documents, %")
                .bars("pool", edges, Bins.times(100, pool));
        if (!found.isRun()) {
            return Html.plot(
                    "How long the documents are", plot.svg("Histogram of the lengths of documents"), "pool=pool");
        }
        return Html.plot(
                "How long the documents are",
                plot.steps("random", edges, Bins.times(100, random))
                        .steps("selection", edges, Bins.times(100, chosen))
                        .svg("Histogram of the lengths of documents in the pool, a random choice and the selection"),
                "pool=pool",
                "random=random",
                "selection=selection");
    }
}
