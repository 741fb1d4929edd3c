// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.tr;

import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** How did it choose? By coverage the curve of gains; of rounds the heat map of clusters, and the way of the budget. */
final class Choosing {
    static final String QUESTION = "How did it choose?";

    private static final int POINTS = 400;
    private static final int ARMS = 40;
    private static final int COLUMNS = 80;
    private static final int SHADES = 10;
    private static final int CELL_HEIGHT = 12;
    private static final int HEAT_WIDTH = 640;
    private static final int HEAT_LEFT = 62;

    private Choosing() {}

    static DomContent view(Found found) {
        List<DomContent> parts = new ArrayList<>();
        String words;
        if (found.run().isByCoverage()) {
            words = "One after another the document that adds most for its length, on top of what is chosen already: a"
                    + " curve that bends shows how much the last ones are still worth.";
            parts.add(found.coverage().map(Choosing::gains).orElseGet(() -> gains(found)));
        } else if (found.run().rounds().isPresent()
                && found.run().rounds().get().hasArms()) {
            Tree report = found.run().report();
            words = Words.whole(report.value("rounds")) + " rounds of " + Words.whole(report.value("pulls"))
                    + " draws; something was chosen from " + Words.whole(report.value("clustersChosenFrom")) + " of "
                    + Words.whole(report.value("clusters")) + " clusters.";
            parts.add(heat(found.run().rounds().get()));
        } else {
            words = "Every document was scored, and the best were taken.";
        }
        boolean rounds = found.run().rounds().filter(Rounds::hasArms).isPresent();
        parts.add(div(iff(rounds, budget(found)), seconds(found)));
        return Html.view("choice", QUESTION, words, parts.toArray(DomContent[]::new));
    }

    private static double[] thinned(double[] values) {
        return values.length <= POINTS
                ? values
                : IntStream.range(0, POINTS)
                        .mapToDouble(i -> values[(int) ((long) i * (values.length - 1) / (POINTS - 1))])
                        .toArray();
    }

    private static DomContent gains(Coverage all) {
        return Html.plot(
                "What was taught of the reference by then",
                new Plot(
                                Scale.upTo(last(all.tokens())),
                                "tokens chosen",
                                Scale.upTo(all.gain(), all.randomGain()),
                                "nats")
                        .line("random", thinned(all.randomTokens()), thinned(all.randomGains()))
                        .line("selection", thinned(all.tokens()), thinned(all.gains()))
                        .svg("Sum of gains against tokens chosen, by coverage and at random"),
                "selection=selection",
                "random=random choice");
    }

    /** Where the reference is gone: of the selection alone. */
    private static DomContent gains(Found found) {
        double[] tokens = new double[found.choices().size()];
        double[] gains = new double[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = (i == 0 ? 0 : tokens[i - 1])
                    + found.documents().pool().tokens(found.choices().get(i).ordinal());
            gains[i] =
                    (i == 0 ? 0 : gains[i - 1]) + found.choices().get(i).score().orElse(0);
        }
        return Html.plot(
                "What was taught of the reference by then",
                new Plot(Scale.upTo(last(tokens)), "tokens chosen", Scale.upTo(last(gains)), "nats")
                        .line("selection", thinned(tokens), thinned(gains))
                        .svg("Sum of gains against tokens chosen"),
                "selection=selection; no random choice is valued, since the reference is gone or its parts have shares of their own");
    }

    private static double last(double[] values) {
        return values.length == 0 ? 1 : values[values.length - 1];
    }

    /** A cell: clusters down, rounds across. */
    private record Cell(int row, int column) {}

    private static DomContent heat(Rounds rounds) {
        Map<Integer, Integer> pulls = new HashMap<>();
        rounds.list()
                .forEach(round -> round.pulls().stream()
                        .filter(pull -> pull.arm() >= 0)
                        .forEach(pull -> pulls.merge(pull.arm(), 1, Integer::sum)));
        List<Integer> arms = pulls.entrySet().stream()
                .sorted(Map.Entry.<Integer, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(ARMS)
                .map(Map.Entry::getKey)
                .toList();
        int count = rounds.list().stream().mapToInt(Rounds.Round::number).max().orElse(1);
        int columns = Math.min(COLUMNS, count);
        Map<Cell, List<Double>> cells = new LinkedHashMap<>();
        for (Rounds.Round round : rounds.list()) {
            for (Rounds.Pull pull : round.pulls()) {
                int row = arms.indexOf(pull.arm());
                if (row >= 0) {
                    int column = (int) ((round.number() - 1L) * columns / count);
                    pull.finite()
                            .forEach(score -> cells.computeIfAbsent(new Cell(row, column), key -> new ArrayList<>())
                                    .add(score));
                }
            }
        }
        double[] means = cells.values().stream()
                .mapToDouble(scores -> mean(scores))
                .sorted()
                .toArray();
        double low = means.length == 0 ? 0 : Bins.quantile(means, 0.02);
        double high = means.length == 0 ? 1 : Bins.quantile(means, 0.98);
        double width = (double) (HEAT_WIDTH - HEAT_LEFT - 16) / columns;
        List<ContainerTag<?>> marks = new ArrayList<>();
        for (int row = 0; row < arms.size(); row++) {
            marks.add(Plot.label(HEAT_LEFT - 7, (row + 1) * CELL_HEIGHT - 2, String.valueOf(arms.get(row)), "end"));
        }
        cells.forEach((cell, scores) -> {
            double mean = mean(scores);
            int shade = (int) Math.max(0, Math.min(SHADES - 1, SHADES * (mean - low) / Math.max(1e-12, high - low)));
            double left = HEAT_LEFT + cell.column() * width;
            marks.add(Plot.box(left, cell.row() * CELL_HEIGHT, left + width - 0.6, (cell.row() + 1) * CELL_HEIGHT - 1)
                    .attr("class", "v" + shade)
                    .with(Plot.title("cluster " + arms.get(cell.row()) + ", mean " + Words.number(mean) + " of "
                            + scores.size() + " scored")));
        });
        int bottom = arms.size() * CELL_HEIGHT;
        for (double tick : new Scale(1, Math.max(2, count), false).ticks()) {
            if (tick >= 1 && tick == Math.rint(tick)) {
                marks.add(Plot.label(
                        HEAT_LEFT + ((int) ((tick - 1) * columns / count) + 0.5) * width,
                        bottom + 14,
                        Words.tick(tick),
                        "middle"));
            }
        }
        marks.add(Plot.label((HEAT_LEFT + HEAT_WIDTH) / 2.0, bottom + 32, "round", "middle"));
        return Html.plot(
                "Clusters over rounds: what was drawn, by the mean of its scores"
                        + (pulls.size() > ARMS ? " (the " + ARMS + " drawn most of " + pulls.size() + ")" : ""),
                tag("svg")
                        .attr("class", "plot heat")
                        .attr("viewBox", "0 0 " + HEAT_WIDTH + " " + (bottom + 38))
                        .attr("role", "img")
                        .attr("aria-label", "Heat map of clusters over rounds")
                        .with(marks),
                "v0=" + Words.number(low),
                "v5=" + Words.number((low + high) / 2),
                "v9=" + Words.number(high));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }

    private static DomContent budget(Found found) {
        Map<Integer, Long> tokens = new TreeMap<>();
        found.choices()
                .forEach(choice ->
                        tokens.merge(choice.round(), found.documents().pool().tokens(choice.ordinal()), Long::sum));
        double[] rounds =
                tokens.keySet().stream().mapToDouble(Integer::doubleValue).toArray();
        double[] sums = tokens.values().stream().mapToDouble(Long::doubleValue).toArray();
        Arrays.parallelPrefix(sums, Double::sum);
        return Html.plot(
                "The budget over rounds",
                new Plot(
                                Scale.linear(0, Math.max(1, found.run().report().value("rounds"))),
                                "round",
                                Scale.upTo(last(sums)),
                                "tokens chosen")
                        .line("selection", thinned(rounds), thinned(sums))
                        .svg("Tokens chosen after each round"));
    }

    private static DomContent seconds(Found found) {
        Map<String, String> stages =
                new LinkedHashMap<>(found.run().report().child("seconds").texts());
        double total = Math.max(1e-9, found.run().report().child("seconds").value("total"));
        return div(table(caption("Time by stage"), tbody(each(stages.keySet(), stage -> {
                    double value = found.run().report().child("seconds").value(stage);
                    return tr(
                            th(text(stage)).attr("scope", "row"),
                            Html.number(Words.seconds(value)),
                            td(tag("svg")
                                            .attr("viewBox", "0 0 120 14")
                                            .attr("class", "bar")
                                            .attr("aria-hidden", "true")
                                            .with(Plot.box(0, 3, 120 * Math.min(1, value / total), 11)
                                                    .attr("class", "fill random")))
                                    .withClass("bars"));
                }))))
                .withClass("scroll");
    }
}
