// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Clustering;
import dev.quad.Selection;
import dev.quad.text.AtomicFile;
import dev.quad.text.BadLine;
import dev.quad.text.JsonlPool;
import dev.quad.text.JsonlWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The files that a finished run leaves, and what it prints. */
final class Results {
    private static final int LISTED_BAD_LINES = 1000;

    private final RunFolder folder;
    private final JsonlPool pool;
    private final Stock stock;
    private final Clustering clustering;
    private final Selection selection;
    private final double threshold;
    private final List<BadLine> badLines;
    private final Map<String, Double> seconds;

    Results(
            RunFolder folder,
            JsonlPool pool,
            Stock stock,
            Clustering clustering,
            Selection selection,
            double threshold,
            List<BadLine> badLines,
            Map<String, Double> seconds) {
        this.folder = folder;
        this.pool = pool;
        this.stock = stock;
        this.clustering = clustering;
        this.selection = selection;
        this.threshold = threshold;
        this.badLines = badLines;
        this.seconds = seconds;
    }

    void write() throws IOException {
        try (JsonlWriter writer = JsonlWriter.create(folder.selected(), "quad")) {
            for (Selection.Choice choice : selection.choices()) {
                writer.write(pool.rawRecord(choice.ordinal()), fields -> {
                    choice.score().ifPresent(score -> fields.put("score", score));
                    fields.put("cluster", choice.arm());
                    fields.put("round", choice.round());
                });
            }
            writer.commit();
        }
        AtomicFile.write(folder.report(), Json.text(report()));
    }

    private Map<String, Object> report() {
        Selection.Costs costs = selection.costs();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("format", "quad.report.1");
        report.put("stopReason", selection.stopReason().name());
        report.put("documentsChosen", costs.documentsChosen());
        report.put("tokensChosen", costs.tokensChosen());
        report.put("documentsScored", costs.documentsScored());
        report.put("documentsFlagged", costs.documentsFlagged());
        report.put("tokensScored", costs.tokensScored());
        report.put("rounds", costs.rounds());
        report.put("pulls", costs.pulls());
        report.put("poolDocuments", pool.size());
        report.put("poolTokensToChooseFrom", stock.tokens());
        report.put("duplicatesLeftOut", stock.duplicates());
        report.put("clusters", clustering.clusterCount());
        report.put("clustersChosenFrom", clustersChosenFrom());
        report.put("threshold", threshold);
        report.put("badLines", badLines.size());
        report.put(
                "badLinesListed",
                badLines.stream().limit(LISTED_BAD_LINES).map(BadLine::message).toList());
        report.put("seconds", seconds);
        return report;
    }

    private long clustersChosenFrom() {
        return selection.choices().stream()
                .mapToInt(Selection.Choice::arm)
                .distinct()
                .count();
    }

    void print(PrintStream out) {
        Selection.Costs costs = selection.costs();
        out.printf(
                Locale.ROOT,
                "%,d documents, %,d tokens chosen; %s%n",
                costs.documentsChosen(),
                costs.tokensChosen(),
                selection.stopReason().words());
        out.printf(
                Locale.ROOT,
                "%,d of %,d documents scored in %,d rounds; chosen from %d of %d clusters; %,d duplicates left out%n",
                costs.documentsScored(),
                stock.documents(),
                costs.rounds(),
                clustersChosenFrom(),
                clustering.clusterCount(),
                stock.duplicates());
        if (!badLines.isEmpty()) {
            out.printf(Locale.ROOT, "%,d bad lines skipped; report.json lists them%n", badLines.size());
        }
    }
}
