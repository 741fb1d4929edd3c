// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.dd;
import static j2html.TagCreator.div;
import static j2html.TagCreator.dl;
import static j2html.TagCreator.dt;
import static j2html.TagCreator.each;
import static j2html.TagCreator.span;

import dev.quad.Budget;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Did it work? In a sentence and a few figures. */
final class Verdict {
    static final String QUESTION = "Did it work?";

    private Verdict() {}

    static DomContent view(Found found) {
        Tree report = found.run().report();
        Budget budget = found.run().budget();
        List<DomContent> tiles = new ArrayList<>();
        tiles.add(tile(
                "documents",
                Words.whole(report.value("documentsChosen")),
                Words.percent(report.value("documentsChosen") / report.value("poolDocuments")) + " of "
                        + Words.whole(report.value("poolDocuments"))));
        tiles.add(tile(
                "tokens",
                Words.whole(report.value("tokensChosen")),
                budget.unit() == Budget.Unit.TOKENS
                        ? "of a budget of " + Words.whole(budget.limit())
                        : "of " + Words.whole(report.value("poolTokensToChooseFrom")) + " to choose from"));
        gain(found).ifPresent(tiles::add);
        loss(found).ifPresent(tiles::add);
        tiles.add(tile(
                "time",
                Words.seconds(report.child("seconds").value("total")),
                report.number("flopsScored").isPresent()
                        ? String.format(Locale.ROOT, "%.3f Tflop for scores", report.value("flopsScored") / 1e12)
                        : Words.whole(report.value("documentsScored")) + " documents valued"));
        return Html.view(
                "verdict",
                QUESTION,
                sentence(found),
                dl(each(tiles, tile -> tile)).withClass("tiles"));
    }

    private static DomContent tile(String name, String figure, String words) {
        return div(dt(name), dd(figure).withClass("figure").attr("data-figure", name), dd(span(words)));
    }

    static String sentence(Found found) {
        Tree report = found.run().report();
        StringBuilder words = new StringBuilder(Words.whole(report.value("documentsChosen")) + " documents with "
                + Words.whole(report.value("tokensChosen")) + " tokens were chosen; "
                + found.stopReason().words() + ".");
        found.coverage()
                .filter(all -> all.randomGain() > 0)
                .ifPresent(all -> words.append(" They teach ")
                        .append(Words.times(all.gain() / all.randomGain()))
                        .append(" what a random choice of the same size teaches of the reference."));
        pilot(found)
                .ifPresent(pilot -> words.append(" Their mean score is ")
                        .append(Words.number(Bins.mean(found.chosenMeasures())))
                        .append(", that of ")
                        .append(Words.whole(pilot.length))
                        .append(" documents at random ")
                        .append(Words.number(Bins.mean(pilot)))
                        .append('.'));
        return words.toString();
    }

    private static Optional<double[]> pilot(Found found) {
        return found.run().rounds().map(Rounds::pilot).filter(scores -> scores.length > 0);
    }

    private static Optional<DomContent> gain(Found found) {
        if (found.coverage().isPresent()) {
            Coverage all = found.coverage().get();
            return Optional.of(tile(
                    "gain",
                    all.randomGain() > 0 ? Words.times(all.gain() / all.randomGain()) : Words.number(all.gain()),
                    "of random: " + Words.number(all.gain()) + " against " + Words.number(all.randomGain()) + " nats"));
        }
        return pilot(found)
                .map(pilot -> tile(
                        "gain",
                        String.format(
                                Locale.ROOT,
                                "%+.1f σ",
                                (Bins.mean(found.chosenMeasures()) - Bins.mean(pilot)) / Bins.deviation(pilot)),
                        "mean score above that of documents at random"));
    }

    /** Where the selection was evaluated: its loss, and that of what it was compared with. */
    private static Optional<DomContent> loss(Found found) {
        Tree evaluation = found.evaluation();
        List<Tree> rows = evaluation.trees("files");
        String own = found.run().path().toString();
        String other = evaluation.text("against").orElse("");
        Optional<Tree> mine = rows.stream()
                .filter(row -> row.text("train").orElse("").startsWith(own))
                .findFirst();
        return mine.map(row -> tile(
                "loss",
                String.format(Locale.ROOT, "%.3f", row.child("model").value("mean")),
                rows.stream()
                        .filter(each -> each.text("train").orElse("").equals(other))
                        .map(each -> String.format(
                                Locale.ROOT,
                                "nats a byte after training; %s %.3f",
                                Arena.shortName(other),
                                each.child("model").value("mean")))
                        .findFirst()
                        .orElse("nats a byte after training")));
    }
}
