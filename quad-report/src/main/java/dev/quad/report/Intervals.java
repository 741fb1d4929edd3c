// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.tag;

import dev.quad.files.Visible;
import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Differences with their intervals, a row for each name, on one scale that has 0 on it. */
final class Intervals {
    private static final int ROW = 34;
    private static final int WIDTH = 640;
    /** For names, which are cut where they are longer. */
    private static final int LETTERS = 34;

    private static final double LETTER = 6.8;

    /**
     * An interval.
     *
     * @param series which gives its colour
     */
    record Mark(String series, double mean, double halfWidth) {
        /** As files tell of it, where they do. */
        static List<Mark> of(String series, Tree tree, String mean) {
            return tree.number(mean).isEmpty()
                    ? List.of()
                    : List.of(new Mark(series, tree.value(mean), Math.abs(tree.value("halfWidth"))));
        }

        private double low() {
            return mean - halfWidth;
        }

        private double high() {
            return mean + halfWidth;
        }
    }

    private record Row(String name, List<Mark> marks) {}

    private final List<Row> rows = new ArrayList<>();

    /** Adds a row below. */
    Intervals row(String name, List<Mark> marks) {
        rows.add(new Row(Visible.line(name), marks));
        return this;
    }

    boolean isEmpty() {
        return marks().findAny().isEmpty();
    }

    private Stream<Mark> marks() {
        return rows.stream().flatMap(row -> row.marks().stream());
    }

    /**
     * The plot.
     *
     * @param title above it
     * @param axis what the numbers are
     * @param series the names of series, as of {@link Html#plot}
     */
    DomContent plot(String title, String axis, String... series) {
        double low = Math.min(0, marks().mapToDouble(Mark::low).min().orElse(0));
        double high = Math.max(0, marks().mapToDouble(Mark::high).max().orElse(0));
        double left = 24
                + LETTER
                        * rows.stream()
                                .mapToInt(row -> Math.min(LETTERS, row.name().length()))
                                .max()
                                .orElse(0);
        Scale across = Scale.linear(low - 0.03 * (high - low) - 1e-9, high + 0.03 * (high - low) + 1e-9);
        List<ContainerTag<?>> drawn = new ArrayList<>();
        int bottom = rows.size() * ROW + 6;
        for (double tick : across.ticks()) {
            drawn.add(Plot.line(x(left, across, tick), 0, x(left, across, tick), bottom)
                    .attr("class", "grid"));
            drawn.add(Plot.label(x(left, across, tick), bottom + 16, Words.tick(tick), "middle"));
        }
        drawn.add(Plot.line(x(left, across, 0), 0, x(left, across, 0), bottom).attr("class", "axis"));
        drawn.add(Plot.label((left + WIDTH) / 2.0, bottom + 36, Visible.line(axis), "middle"));
        for (int i = 0; i < rows.size(); i++) {
            int middle = i * ROW + ROW / 2;
            drawn.add(
                    Plot.label(left - 12, middle + 4, Readings.start(rows.get(i).name(), LETTERS), "end"));
            List<Mark> marks = rows.get(i).marks();
            for (int m = 0; m < marks.size(); m++) {
                draw(drawn, left, across, middle + 10 * m - 5 * (marks.size() - 1), marks.get(m));
            }
        }
        return Html.plot(
                Visible.line(title),
                tag("svg")
                        .attr("class", "plot")
                        .attr("viewBox", "0 0 " + WIDTH + " " + (bottom + 44))
                        .attr("role", "img")
                        .attr("aria-label", "Differences with their intervals, a row each")
                        .with(drawn),
                series);
    }

    private static void draw(List<ContainerTag<?>> drawn, double left, Scale across, double y, Mark mark) {
        drawn.add(Plot.line(x(left, across, mark.low()), y, x(left, across, mark.high()), y)
                .attr("class", "interval " + mark.series()));
        drawn.add(tag("circle")
                .attr("cx", Plot.number(x(left, across, mark.mean())))
                .attr("cy", Plot.number(y))
                .attr("r", "4")
                .attr("class", "fill " + mark.series())
                .with(Plot.title(words(mark.mean(), mark.halfWidth()))));
    }

    private static double x(double left, Scale across, double value) {
        return left + across.at(value) * (WIDTH - left - 16);
    }

    /** Such as {@code −0.0120 ± 0.0040}. */
    static String words(double mean, double halfWidth) {
        return String.format(Locale.ROOT, "%+.4f ± %.4f", mean == 0 ? 0 : mean, halfWidth)
                .replace("-", "−");
    }
}
