// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import j2html.tags.DomContent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What training sets are worth by the documents that they were measured on: losses, differences with intervals, curves.
 */
final class Arena {
    private Arena() {}

    static DomContent view(String id, String question, Tree evaluation, List<Tree> methods) {
        List<Tree> rows = evaluation.trees("files").stream()
                .sorted(Comparator.comparingDouble(row -> row.child("model").value("mean")))
                .toList();
        String against = shortName(evaluation.text("against").orElse(""));
        return Html.view(
                id,
                question,
                sentence(rows, against, evaluation),
                rows.size() > 1 ? intervals(rows, against) : text(""),
                curves(evaluation, rows),
                table(rows, methods));
    }

    private static String sentence(List<Tree> rows, String against, Tree evaluation) {
        Tree best = rows.get(0);
        String name = name(best);
        String measured = String.format(
                Locale.ROOT,
                "after training on %s tokens each from %s; measured on %s documents.%s",
                Words.whole(evaluation.value("tokens")),
                evaluation.text("start").orElse("the same start"),
                Words.whole(evaluation.child("reference").value("documents")),
                evaluation.value("seeds") == 1
                        ? " One seed: no interval is over trainings, so that what another seed would give is not told."
                        : "");
        if (rows.size() == 1) {
            return String.format(
                    Locale.ROOT,
                    "%s has a loss of %.3f nats a byte, and nothing is compared with it, %s",
                    name,
                    best.child("model").value("mean"),
                    measured);
        }
        double difference = best.child("model").value("difference");
        double half = best.child("model").value("halfWidth");
        List<String> better = rows.stream()
                .filter(row -> row.text("verdict").orElse("").startsWith("better"))
                .map(Arena::name)
                .toList();
        String told = better.isEmpty()
                ? "None is told apart from " + against + " as better. "
                : "Better than " + against + ", as far as the intervals tell: " + String.join(", ", better) + ". ";
        String lead = name.equals(against)
                ? "None has a lower loss than " + against
                : String.format(
                        Locale.ROOT,
                        "%s has the lowest loss, %.3f nats a byte, %.3f ± %.3f below %s",
                        name,
                        best.child("model").value("mean"),
                        -difference,
                        half,
                        against);
        return told + lead + ", " + measured;
    }

    /** The file of a training set, without its folder and endings. */
    static String shortName(String train) {
        Path file = Path.of(train);
        String name = String.valueOf(file.getFileName()).replaceFirst("\\..*$", "");
        Path folder = file.getParent();
        return name.startsWith("selected") && folder != null ? String.valueOf(folder.getFileName()) : name;
    }

    private static String name(Tree row) {
        return shortName(row.text("train").orElse(""));
    }

    private static DomContent intervals(List<Tree> rows, String against) {
        Intervals intervals = new Intervals();
        for (Tree row : rows) {
            List<Intervals.Mark> marks =
                    new ArrayList<>(Intervals.Mark.of("selection", row.child("model"), "difference"));
            marks.addAll(Intervals.Mark.of("random", row.child("ngrams"), "difference"));
            intervals.row(name(row), marks);
        }
        return intervals.plot(
                "Difference to " + against + ", with intervals of 95 %: left is better",
                "loss less that of " + against + ", nats a byte",
                "selection=network",
                "random=n-grams");
    }

    private static DomContent curves(Tree evaluation, List<Tree> rows) {
        double[] points = numbers(evaluation.list("points"));
        double[] all = rows.stream()
                .flatMapToDouble(row -> Arrays.stream(numbers(row.list("curve"))))
                .filter(Double::isFinite)
                .toArray();
        if (points.length < 2 || all.length < points.length) {
            return text("");
        }
        Plot plot = new Plot(
                Scale.linear(0, points[points.length - 1]),
                "tokens trained on",
                Scale.linear(
                        Arrays.stream(all).min().orElse(0) * 0.98,
                        Arrays.stream(all).max().orElse(1) * 1.01),
                "loss, nats a byte");
        List<String> series = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            double[] curve = numbers(rows.get(i).list("curve"));
            if (curve.length == points.length) {
                plot.line("c" + i % 8, points, curve);
                series.add("c" + i % 8 + "=" + name(rows.get(i)));
            }
        }
        return Html.plot("Loss over the training", plot.svg("Curves of losses"), series.toArray(String[]::new));
    }

    static double[] numbers(List<?> values) {
        return values.stream()
                .mapToDouble(value -> ((Number) value).doubleValue())
                .toArray();
    }

    private static DomContent table(List<Tree> rows, List<Tree> methods) {
        boolean chosen = !methods.isEmpty();
        List<String> titles =
                new ArrayList<>(List.of("method", "loss", "difference", "n-grams", "difference ", "verdict"));
        if (chosen) {
            titles.addAll(
                    List.of("documents", "tokens", "effective clusters", "operations", "seconds to learn", "seconds"));
        }
        return div(j2html.TagCreator.table(
                        caption("Losses in nats a byte, differences with intervals of 95 %"),
                        thead(tr(each(
                                titles,
                                words -> th(words)
                                        .attr("scope", "col")
                                        .withClass(words.equals("method") || words.equals("verdict") ? "text" : "n")))),
                        tbody(each(
                                rows,
                                row -> tr(
                                        th(Html.foreign(name(row))).attr("scope", "row"),
                                        Html.number(loss(row.child("model"))),
                                        Html.number(difference(row.child("model"))),
                                        Html.number(loss(row.child("ngrams"))),
                                        Html.number(difference(row.child("ngrams"))),
                                        td(row.text("verdict").orElse("")),
                                        each(chosen(methods, name(row)), words -> Html.number(words)))))))
                .withClass("scroll");
    }

    private static List<String> chosen(List<Tree> methods, String name) {
        return methods.stream()
                .filter(method -> method.text("method").orElse("").equals(name))
                .findFirst()
                .map(method -> List.of(
                        Words.whole(method.value("documents")),
                        Words.whole(method.value("tokens")),
                        String.format(Locale.ROOT, "%.1f", method.value("effectiveClusters")),
                        method.number("operations").isEmpty()
                                        && method.number("learningOperations").isEmpty()
                                ? "not counted"
                                : Words.number(method.value("learningOperations") + method.value("operations")),
                        Words.seconds(method.value("learningSeconds")),
                        Words.seconds(method.value("seconds"))))
                .orElse(List.of());
    }

    private static String loss(Tree reading) {
        return String.format(Locale.ROOT, "%.4f", reading.value("mean"));
    }

    private static String difference(Tree reading) {
        return reading.value("difference") == 0 && reading.value("halfWidth") == 0
                ? "–"
                : Intervals.words(reading.value("difference"), reading.value("halfWidth"));
    }
}
