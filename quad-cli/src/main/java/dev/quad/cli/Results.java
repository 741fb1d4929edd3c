// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Clustering;
import dev.quad.Selection;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import dev.quad.text.RejectFile;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The files that a finished run leaves, and what it prints. */
final class Results {
    private final RunFolder folder;
    private final JsonlPool pool;
    private final Stock stock;
    private final Clustering clustering;
    private final Selection selection;
    private final double threshold;
    private final RejectFile rejects;
    private final long shardBytes;
    private final Taken taken;
    private final Map<String, Double> seconds;

    Results(
            RunFolder folder,
            JsonlPool pool,
            Stock stock,
            Clustering clustering,
            Selection selection,
            double threshold,
            RejectFile rejects,
            long shardBytes,
            Taken taken,
            Map<String, Double> seconds) {
        this.folder = folder;
        this.pool = pool;
        this.stock = stock;
        this.clustering = clustering;
        this.selection = selection;
        this.threshold = threshold;
        this.rejects = rejects;
        this.shardBytes = shardBytes;
        this.taken = taken;
        this.seconds = seconds;
    }

    void write() throws IOException {
        try (RecordWriter writer = OutputOptions.writer(folder.selected(), pool, shardBytes)) {
            for (Selection.Choice choice : selection.choices()) {
                writer.write(pool.rawRecord(choice.ordinal()), fields -> {
                    choice.score().ifPresent(score -> fields.put("score", score));
                    fields.put("cluster", choice.arm());
                    fields.put("round", choice.round());
                });
            }
            writer.commit();
            taken.columns(writer.columns());
        }
        AtomicFile.write(folder.report(), JsonText.sealed(report()));
    }

    private Map<String, Object> report() throws IOException {
        Selection.Costs costs = selection.costs();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("format", "quad.report.1");
        report.put("stopReason", selection.stopReason().name());
        report.put("documentsChosen", costs.documentsChosen());
        report.put("tokensChosen", costs.tokensChosen());
        report.put("documentsScored", costs.documentsScored());
        report.put("documentsFlagged", costs.documentsFlagged());
        report.put("tokensScored", costs.tokensScored());
        costs.flops().ifPresent(flops -> report.put("flopsScored", flops));
        report.put("rounds", costs.rounds());
        report.put("pulls", costs.pulls());
        report.put("poolDocuments", pool.size());
        report.put("poolTokensToChooseFrom", stock.tokens());
        report.put("duplicatesLeftOut", stock.repeats().duplicates());
        report.put("nearDuplicatesLeftOut", stock.repeats().nearDuplicates());
        report.put("clusters", clustering.clusterCount());
        report.put("clustersChosenFrom", clustersChosenFrom());
        report.put("threshold", threshold);
        report.put("badLines", rejects.count());
        report.put("badLinesListed", rejects.messages());
        report.put("taken", taken.tree());
        report.put("seconds", seconds);
        report.put(RunFolder.CHECKSUMS, folder.checksums());
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
                "%,d of %,d documents scored in %,d rounds; chosen from %d of %d clusters; %s left out%n",
                costs.documentsScored(),
                stock.documents(),
                costs.rounds(),
                clustersChosenFrom(),
                clustering.clusterCount(),
                stock.repeats().words());
        costs.flops()
                .ifPresent(flops ->
                        out.printf(Locale.ROOT, "%,d tokens scored, %.3f Tflop%n", costs.tokensScored(), flops / 1e12));
        if (rejects.count() > 0) {
            out.printf(Locale.ROOT, "%,d bad lines skipped; %s has them%n", rejects.count(), rejects.path());
        }
    }
}
