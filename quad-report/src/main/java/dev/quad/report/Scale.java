// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An axis.
 *
 * @param from its start; above 0 where it is logarithmic
 * @param to its end, above the start
 * @param isLog whether equal distances are equal ratios
 */
record Scale(double from, double to, boolean isLog) {
    private static final int TICKS = 6;

    /** From one value to another, or a little further where they are the same. */
    static Scale linear(double from, double to) {
        return to > from ? new Scale(from, to, false) : new Scale(from, from + Math.max(1e-9, Math.abs(from)), false);
    }

    static Scale log(double from, double to) {
        return to > from ? new Scale(from, to, true) : new Scale(from, 10 * from, true);
    }

    /** From 0 to the largest of some values. */
    static Scale upTo(double... values) {
        return linear(
                0, 1.04 * Arrays.stream(values).filter(Double::isFinite).max().orElse(1));
    }

    /** Where a value stands, in [0, 1]. */
    double at(double value) {
        double place =
                isLog ? Math.log(Math.max(value, from) / from) / Math.log(to / from) : (value - from) / (to - from);
        return Math.min(1, Math.max(0, place));
    }

    /** The value at a place. */
    double value(double place) {
        return isLog ? from * Math.pow(to / from, place) : from + place * (to - from);
    }

    /** Edges of so many equal stretches. */
    double[] edges(int count) {
        double[] edges = new double[count + 1];
        for (int i = 0; i <= count; i++) {
            edges[i] = value((double) i / count);
        }
        return edges;
    }

    /** Round numbers on it. */
    List<Double> ticks() {
        return isLog ? decades() : round();
    }

    private List<Double> round() {
        double rough = (to - from) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = Arrays.stream(new double[] {1, 2, 5, 10})
                .map(factor -> factor * power)
                .filter(each -> each >= rough)
                .findFirst()
                .orElse(10 * power);
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-12); i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    private List<Double> decades() {
        int low = (int) Math.ceil(Math.log10(from) - 1e-9);
        int high = (int) Math.floor(Math.log10(to) + 1e-9);
        if (high - low < 1) {
            return new Scale(from, to, false).round();
        }
        int stride = Math.max(1, (high - low + 1) / TICKS);
        List<Double> ticks = new ArrayList<>();
        for (int power = low; power <= high; power += stride) {
            ticks.add(Math.pow(10, power));
        }
        return ticks;
    }
}
