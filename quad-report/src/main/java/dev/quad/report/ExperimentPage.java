// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.code;
import static j2html.TagCreator.dd;
import static j2html.TagCreator.div;
import static j2html.TagCreator.dl;
import static j2html.TagCreator.dt;
import static j2html.TagCreator.each;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import dev.quad.InputException;
import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import dev.quad.files.Visible;
import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The page of an experiment: whether its claim holds, by which intervals, and what was measured. */
final class ExperimentPage {
    private static final String FORMAT = "quad.experiment.1";
    private static final int CHARS = 60;
    private static final String BY_INTERVALS = ", with intervals of 95 %";

    private final Tree experiment;
    private final List<Tree> rows;

    private ExperimentPage(Tree experiment) {
        this.experiment = experiment;
        this.rows = experiment.trees("rows");
    }

    /**
     * The whole page.
     *
     * @param file with the results of {@code quad experiment}
     */
    static String of(Path file) {
        Tree tree = Tree.of(Unchecked.get(file, () -> JsonText.tree(file)));
        if (!tree.text("format").orElse("").equals(FORMAT)) {
            throw new InputException("the file " + file + " is no experiment: its format is "
                    + tree.text("format").orElse("none") + ", and " + FORMAT
                    + " is needed; give NAME.json of quad experiment, or the folder of a run");
        }
        return new ExperimentPage(tree).html();
    }

    private String html() {
        List<Page.View> views = new ArrayList<>();
        views.add(new Page.View("verdict", "Verdict", verdict()));
        views.add(new Page.View("parts", "Reasons", contrasts("parts", "What does it rest on?")));
        if (!experiment.trees("controls").isEmpty()) {
            views.add(new Page.View(
                    "controls", "Controls", contrasts("controls", "Do the controls show what they must?")));
        }
        views.add(new Page.View("rows", "Table", measured()));
        views.add(new Page.View(
                "repeat",
                "Repeat",
                Html.view(
                        "repeat",
                        "How to repeat it?",
                        "The same tasks give the same numbers.",
                        pre(code(Visible.line(words("command")))),
                        p(Html.foreign(words("sizes"))),
                        experiment
                                .text("missing")
                                .map(Html::foreign)
                                .map(text -> (DomContent) p(text))
                                .orElse(p()))));
        return Page.of(words("name"), words("title"), views, "");
    }

    private String words(String name) {
        return experiment.text(name).orElse("");
    }

    private DomContent verdict() {
        return Html.view(
                "verdict",
                "Does it hold?",
                "",
                p(Html.markdown(words("claim"))).withClass("lead"),
                dl(
                                tile("verdict", words("verdict"), Html.markdown(words("reasons"))),
                                tile(
                                        "tasks",
                                        Words.whole(experiment.list("tasks").size()),
                                        Html.foreign(experiment.list("tasks").stream()
                                                .map(String::valueOf)
                                                .collect(Collectors.joining(", ")))))
                        .withClass("tiles"),
                p(Html.markdown(words("design"))));
    }

    private static DomContent tile(String name, String figure, DomContent words) {
        return div(dt(name), dd(figure).withClass("figure").attr("data-figure", name), dd(words));
    }

    private DomContent contrasts(String name, String question) {
        List<Tree> all = experiment.trees(name);
        Map<String, Intervals> plots = new LinkedHashMap<>();
        for (Tree contrast : all) {
            Intervals plot = plots.computeIfAbsent(contrast.text("measure").orElse(""), key -> new Intervals());
            plot.row(shown(contrast), marks(contrast));
        }
        List<DomContent> shown = new ArrayList<>();
        plots.forEach((measure, plot) -> shown.add(plot.plot(
                Readings.start(measure, CHARS) + BY_INTERVALS, Readings.start(measure, CHARS), series(measure))));
        shown.add(table(all));
        if (name.equals("parts")) {
            shown.add(p(Html.markdown(words("intervals"))).withClass("small"));
        }
        return Html.view(name, question, "", shown.toArray(DomContent[]::new));
    }

    private static String[] series(String measure) {
        return measure.equals("loss")
                ? new String[] {"selection=network", "random=n-grams"}
                : new String[] {"selection=mean"};
    }

    private static List<Intervals.Mark> marks(Tree tree) {
        List<Intervals.Mark> marks = new ArrayList<>(Intervals.Mark.of("selection", tree.child("difference"), "mean"));
        marks.addAll(Intervals.Mark.of("random", tree.child("ngramsDifference"), "mean"));
        return marks;
    }

    private static String shown(Tree contrast) {
        String against = contrast.text("against").orElse("");
        return contrast.text("row").orElse("") + (against.isEmpty() ? "" : " − " + against);
    }

    private static DomContent table(List<Tree> contrasts) {
        return scroll(
                "Differences" + BY_INTERVALS,
                List.of("what is to hold", "of", "measured", "wanted", "verdict", "by n-grams", "p (Holm)"),
                Set.of("measured", "by n-grams", "p (Holm)"),
                contrasts.stream()
                        .map(contrast -> tr(
                                th(Html.markdown(contrast.text("words").orElse("")))
                                        .attr("scope", "row")
                                        .withClass("words"),
                                td(Html.foreign(contrast.text("measure").orElse("") + " of " + shown(contrast))),
                                Html.number(interval(contrast.child("difference"))),
                                td(contrast.text("wanted").orElse("")),
                                td(contrast.text("verdict").orElse("")),
                                Html.number(interval(contrast.child("ngramsDifference"))),
                                Html.number(
                                        contrast.value("chance") < 0.001
                                                ? "< 0.001"
                                                : String.format(Locale.ROOT, "%.3f", contrast.value("chance")))))
                        .toList());
    }

    private static String interval(Tree interval) {
        return interval.isEmpty() ? "" : Intervals.words(interval.value("mean"), interval.value("halfWidth"));
    }

    private static DomContent scroll(
            String title, List<String> titles, Set<String> numbers, List<? extends ContainerTag<?>> lines) {
        return div(j2html.TagCreator.table(
                        caption(title),
                        thead(tr(each(
                                titles,
                                name -> th(Html.foreign(name))
                                        .attr("scope", "col")
                                        .withClass(numbers.contains(name) ? "n" : "text")))),
                        tbody(each(lines, line -> line))))
                .withClass("scroll");
    }

    private DomContent measured() {
        String baseline = words("baseline");
        Intervals intervals = new Intervals();
        rows.stream()
                .filter(row -> !marks(row).isEmpty())
                .forEach(row -> intervals.row(row.text("row").orElse(""), marks(row)));
        Set<String> columns = new LinkedHashSet<>();
        rows.forEach(row -> columns.addAll(row.child("columns").texts().keySet()));
        boolean losses = !intervals.isEmpty();
        List<String> titles = new ArrayList<>(List.of("row"));
        if (losses) {
            titles.addAll(List.of("to " + baseline, "n-grams", "n-grams to " + baseline));
        }
        titles.addAll(columns);
        if (losses) {
            experiment.list("tasks").forEach(task -> titles.add(String.valueOf(task)));
        }
        titles.add("what");
        return Html.view(
                "rows",
                "What was measured?",
                losses
                        ? "Losses on documents held out, in nats a byte, of a model that went on from the one that scored,"
                                + " trained on what was chosen, and of an n-gram model of the same."
                        : "",
                losses
                        ? intervals.plot(
                                "Difference to " + baseline + BY_INTERVALS + ": left is better",
                                "loss less that of " + baseline + ", nats a byte",
                                "selection=network",
                                "random=n-grams")
                        : text(""),
                scroll(
                        "Every row",
                        titles,
                        Set.copyOf(titles.subList(1, titles.size() - 1)),
                        rows.stream().map(row -> line(row, losses, columns)).toList()));
    }

    private ContainerTag<?> line(Tree row, boolean losses, Set<String> columns) {
        List<DomContent> cells = new ArrayList<>();
        cells.add(th(Html.foreign(row.text("row").orElse(""))).attr("scope", "row"));
        if (losses) {
            cells.add(Html.number(interval(row.child("difference"))));
            cells.add(Html.number(loss(row, "ngrams")));
            cells.add(Html.number(interval(row.child("ngramsDifference"))));
        }
        columns.forEach(column -> cells.add(Html.number(
                row.child("columns").number(column).isPresent()
                        ? Words.number(row.child("columns").value(column))
                        : "")));
        if (losses) {
            experiment
                    .list("tasks")
                    .forEach(task -> cells.add(Html.number(loss(row.child("losses"), String.valueOf(task)))));
        }
        cells.add(td(Html.markdown(row.text("words").orElse(""))).withClass("words"));
        return tr(each(cells, cell -> cell));
    }

    private static String loss(Tree row, String name) {
        return row.number(name).isPresent() ? String.format(Locale.ROOT, "%.4f", row.value(name)) : "";
    }
}
