// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.tag;
import static j2html.TagCreator.text;

import j2html.tags.ContainerTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A plot in SVG. What is added later stands above; colours come from the style sheet, by the names of series. */
final class Plot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 280;
    private static final int LEFT = 62;
    private static final int RIGHT = 16;
    private static final int TOP = 18;
    private static final int BOTTOM = 46;

    private final Scale across;
    private final Scale up;
    private final List<ContainerTag<?>> marks = new ArrayList<>();

    Plot(Scale across, String acrossTitle, Scale up, String upTitle) {
        this.across = across;
        this.up = up;
        for (double tick : up.ticks()) {
            mark(line(LEFT, y(tick), WIDTH - RIGHT, y(tick)).attr("class", "grid"));
            mark(label(LEFT - 7, y(tick) + 4, Words.tick(tick), "end"));
        }
        for (double tick : across.ticks()) {
            mark(line(x(tick), HEIGHT - BOTTOM, x(tick), HEIGHT - BOTTOM + 4).attr("class", "axis"));
            mark(label(x(tick), HEIGHT - BOTTOM + 18, Words.tick(tick), "middle"));
        }
        mark(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM).attr("class", "axis"));
        mark(label((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, acrossTitle, "middle"));
        double middle = (TOP + HEIGHT - BOTTOM) / 2.0;
        mark(label(14, middle, upTitle, "middle").attr("transform", "rotate(-90 14 " + number(middle) + ")"));
    }

    /** Bars from the ground; hovered, each says what it is. */
    Plot bars(String series, double[] edges, double[] heights) {
        for (int i = 0; i < heights.length; i++) {
            if (heights[i] > 0) {
                mark(box(x(edges[i]) + 0.5, y(heights[i]), x(edges[i + 1]) - 0.5, y(up.from()))
                        .attr("class", "fill " + series)
                        .with(title(Words.number(edges[i]) + " to " + Words.number(edges[i + 1]) + ": "
                                + Words.number(heights[i]))));
            }
        }
        return this;
    }

    /** The outline of bars, for a second series on the first. */
    Plot steps(String series, double[] edges, double[] heights) {
        StringBuilder way = new StringBuilder("M" + number(x(edges[0])) + " " + number(y(up.from())));
        for (int i = 0; i < heights.length; i++) {
            way.append('V').append(number(y(heights[i]))).append('H').append(number(x(edges[i + 1])));
        }
        mark(tag("path")
                .attr("class", "line " + series)
                .attr("d", way.append('V').append(number(y(up.from()))).toString()));
        return this;
    }

    Plot line(String series, double[] xs, double[] ys) {
        StringBuilder way = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            way.append(i == 0 ? 'M' : 'L').append(number(x(xs[i]))).append(' ').append(number(y(ys[i])));
        }
        mark(tag("path").attr("class", "line " + series).attr("d", way.toString()));
        return this;
    }

    /** A box from the lower to the upper quartile, whiskers to the first and last tenth, the median. */
    Plot quartiles(String series, double from, double to, double[] tenths) {
        double left = x(from) + 3;
        double right = x(to) - 3;
        double middle = (left + right) / 2;
        mark(line(middle, y(tenths[0]), middle, y(tenths[4])).attr("class", "whisker " + series));
        mark(box(left, y(tenths[3]), right, y(tenths[1]))
                .attr("class", "quartiles " + series)
                .with(title("median " + Words.number(tenths[2]) + ", half of them from " + Words.number(tenths[1])
                        + " to " + Words.number(tenths[3]))));
        mark(line(left, y(tenths[2]), right, y(tenths[2])).attr("class", "median"));
        return this;
    }

    /** A mark for each pair of numbers; hovered, each says what they are. */
    Plot points(String series, double[] xs, double[] ys) {
        for (int i = 0; i < xs.length; i++) {
            mark(tag("circle")
                    .attr("cx", number(x(xs[i])))
                    .attr("cy", number(y(ys[i])))
                    .attr("r", "4")
                    .attr("class", "fill " + series)
                    .with(title(Words.number(xs[i]) + ", " + Words.number(ys[i]))));
        }
        return this;
    }

    /** A line upright with words. */
    Plot rule(OptionalDouble at, String words) {
        at.ifPresent(value -> {
            double x = x(value);
            boolean late = x > WIDTH * 0.6;
            mark(line(x, TOP - 8, x, HEIGHT - BOTTOM).attr("class", "rule"));
            mark(label(late ? x - 5 : x + 5, TOP, words, late ? "end" : "start").attr("class", "ruled"));
        });
        return this;
    }

    /**
     * The plot.
     *
     * @param words what is to be seen, for whoever does not see it
     */
    ContainerTag<?> svg(String words) {
        return tag("svg")
                .attr("class", "plot")
                .attr("viewBox", "0 0 " + WIDTH + " " + HEIGHT)
                .attr("role", "img")
                .attr("aria-label", words)
                .with(marks);
    }

    private void mark(ContainerTag<?> mark) {
        marks.add(mark);
    }

    private double x(double value) {
        return LEFT + across.at(value) * (WIDTH - LEFT - RIGHT);
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - up.at(value) * (HEIGHT - BOTTOM - TOP);
    }

    static ContainerTag<?> title(String words) {
        return tag("title").with(text(words));
    }

    static ContainerTag<?> line(double x1, double y1, double x2, double y2) {
        return tag("line")
                .attr("x1", number(x1))
                .attr("y1", number(y1))
                .attr("x2", number(x2))
                .attr("y2", number(y2));
    }

    static ContainerTag<?> box(double left, double top, double right, double bottom) {
        return tag("rect")
                .attr("x", number(left))
                .attr("y", number(top))
                .attr("width", number(Math.max(0, right - left)))
                .attr("height", number(Math.max(0.5, bottom - top)));
    }

    static ContainerTag<?> label(double x, double y, String words, String anchor) {
        return tag("text")
                .attr("x", number(x))
                .attr("y", number(y))
                .attr("text-anchor", anchor)
                .with(text(words));
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "");
    }
}
