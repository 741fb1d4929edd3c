// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.files.Ranks;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Is the score sane? How it is distributed, what had to be exceeded, and whether it is the length in disguise. */
final class ScoreViews {
    static final String QUESTION = "Is the score sane?";

    private static final String NONE = "No document of this run has a score.";
    private static final int BINS = 48;
    private static final int LENGTHS = 10;
    private static final int FEW = 5;

    private ScoreViews() {}

    static DomContent view(Found found) {
        double[] chosen = found.chosenMeasures();
        double[] others = found.otherMeasures();
        DomContent calibration =
                found.scoreCheck().isEmpty() ? j2html.TagCreator.text("") : Calibration.plot(found.scoreCheck());
        if (chosen.length + others.length == 0) {
            return found.scoreCheck().isEmpty()
                    ? Html.none("score", QUESTION, NONE)
                    : Html.view("score", QUESTION, NONE, calibration);
        }
        boolean coverage = found.run().isByCoverage();
        String words = coverage
                ? "What each document added when it was taken, for each thousand of its tokens, beside what a sample of"
                        + " those that were not taken would still add on top of the whole selection."
                : Words.whole(others.length) + " documents were scored; what exceeds the threshold was taken.";
        return Html.view(
                "score",
                QUESTION,
                words,
                histogram(found, chosen, others),
                byLength(found, coverage ? "chosen" : "scored"),
                calibration);
    }

    private static DomContent histogram(Found found, double[] chosen, double[] others) {
        double[] all = DoubleStream.concat(Arrays.stream(chosen), Arrays.stream(others))
                .sorted()
                .toArray();
        boolean coverage = found.run().isByCoverage();
        double[] positive = Arrays.stream(all).filter(value -> value > 0).toArray();
        boolean log = coverage && positive.length > 0;
        Scale across = log
                ? Scale.log(Bins.quantile(positive, 0.005), positive[positive.length - 1] * 1.0001)
                : Scale.linear(Bins.quantile(all, 0.002), Bins.quantile(all, 0.998));
        double[] edges = across.edges(BINS);
        double[] ofOthers = Bins.counts(
                edges, Arrays.stream(others).filter(value -> !log || value > 0).toArray());
        double[] ofChosen = Bins.counts(edges, chosen);
        long zeros = Arrays.stream(others).filter(value -> value <= 0).count();
        return Html.plot(
                coverage ? "Gains, taken and left" : "Scores, all and accepted",
                new Plot(
                                across,
                                found.measureName(),
                                Scale.upTo(IntStream.range(0, BINS)
                                        .mapToDouble(i -> Math.max(ofOthers[i], ofChosen[i]))
                                        .toArray()),
                                "documents")
                        .bars("pool", edges, ofOthers)
                        .bars("selection", edges, ofChosen)
                        .rule(found.threshold(), coverage ? "last taken" : "threshold")
                        .svg("Histogram of " + found.measureName()),
                "pool="
                        + (coverage
                                ? "not taken" + (zeros > 0 ? " (" + Words.whole(zeros) + " add nothing)" : "")
                                : "scored"),
                "selection=taken");
    }

    /** Quartiles of the measure by length. */
    private static DomContent byLength(Found found, String which) {
        Documents documents = found.documents();
        int[] scored = documents
                .indices()
                .filter(index -> Double.isFinite(found.measure(index)))
                .toArray();
        if (scored.length == 0) {
            return j2html.TagCreator.p("The documents shown have no scores.").withClass("none");
        }
        double[] lengths =
                Arrays.stream(scored).mapToDouble(documents::tokens).sorted().toArray();
        double least = Math.max(1, lengths[0]);
        Scale across = Scale.log(least, Math.max(least + 1, lengths[lengths.length - 1] * 1.0001));
        double[] edges = across.edges(LENGTHS);
        List<double[]> boxes = new ArrayList<>();
        for (int i = 0; i < LENGTHS; i++) {
            double from = edges[i];
            double to = edges[i + 1];
            double[] values = Arrays.stream(scored)
                    .filter(index -> documents.tokens(index) >= from && documents.tokens(index) < to)
                    .mapToDouble(found::measure)
                    .toArray();
            boxes.add(values.length < FEW ? new double[0] : Bins.tenths(values));
        }
        double[] ends = boxes.stream().flatMapToDouble(Arrays::stream).toArray();
        Scale up = Scale.linear(
                Math.min(0, Arrays.stream(ends).min().orElse(0)),
                1.04 * Arrays.stream(ends).max().orElse(1));
        Plot plot = new Plot(across, "tokens of a document", up, found.measureName());
        for (int i = 0; i < LENGTHS; i++) {
            if (boxes.get(i).length > 0) {
                plot.quartiles("selection", edges[i], edges[i + 1], boxes.get(i));
            }
        }
        return Html.plot(
                String.format(
                        java.util.Locale.ROOT,
                        "By length, of what was %s: rank correlation %s",
                        which,
                        Words.number(Ranks.correlation(
                                Arrays.stream(scored)
                                        .mapToDouble(found::measure)
                                        .toArray(),
                                Arrays.stream(scored)
                                        .mapToDouble(documents::tokens)
                                        .toArray()))),
                plot.svg("Quartiles of " + found.measureName() + " by length"),
                "selection=middle half, median, tenths");
    }
}
