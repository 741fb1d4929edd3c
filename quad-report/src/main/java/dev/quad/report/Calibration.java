// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import j2html.tags.DomContent;
import java.util.Arrays;
import java.util.Locale;

/** Do scores predict what training does? What subsets were predicted to give beside what they gave. */
final class Calibration {
    private Calibration() {}

    /**
     * The plot.
     *
     * @param check what {@code quad check-scores --json} wrote
     */
    static DomContent plot(Tree check) {
        double[] predicted = Arena.numbers(check.list("predicted"));
        double[] gains = Arena.numbers(check.list("gains"));
        return Html.plot(
                String.format(
                        Locale.ROOT,
                        "Predicted and measured: rank correlation %s, 95 %% from %s to %s",
                        Words.number(check.value("datamodelingScore")),
                        Words.number(check.value("low")),
                        Words.number(check.value("high"))),
                new Plot(around(predicted), "mean score of a subset", around(gains), "fall of the loss, nats a token")
                        .points("selection", predicted, gains)
                        .svg("What subsets were predicted to give, and what training on them gave"),
                "selection=" + Words.whole(gains.length) + " random halves of " + Words.whole(check.value("documents"))
                        + " documents, each trained on");
    }

    private static Scale around(double... values) {
        double low = Arrays.stream(values).min().orElse(0);
        double high = Arrays.stream(values).max().orElse(1);
        return Scale.linear(low - 0.05 * (high - low), high + 0.05 * (high - low));
    }
}
