// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Clustering;
import dev.quad.Selection;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.influence.Spectrum;
import dev.quad.pipeline.PipelineResult;
import dev.quad.pipeline.SelectionFile;
import dev.quad.pipeline.Stock;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import dev.quad.text.RejectFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The files that a finished run leaves, and what it prints. */
record Results(JsonlPool pool, Stock stock, PipelineResult result, RejectFile rejects, Taken taken) {

    /**
     * Writes the selection and the report.
     *
     * @param made what the run has left in its folder before
     * @param learning operations of learning to score
     */
    void write(
            ResultFiles files, List<Path> made, long shardBytes, OptionalDouble learning, Map<String, Double> seconds)
            throws IOException {
        List<Path> all = new ArrayList<>(made);
        try (RecordWriter writer =
                OutputOptions.writer(files.selected(), pool, shardBytes).again().open()) {
            taken.columns(SelectionFile.write(writer, pool, result.selection()));
            taken.ownField(writer.replaced());
            all.addAll(writer.files());
        }
        Map<String, Object> report = report();
        learning.ifPresent(flops -> report.put("flopsLearned", flops));
        report.put("seconds", seconds);
        report.put(ResultFiles.CHECKSUMS, files.checksums(all));
        AtomicFile.write(files.report(), JsonText.sealed(report));
    }

    private Map<String, Object> report() {
        Selection selection = result.selection();
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
        report.put("contaminatedLeftOut", stock.repeats().contaminated());
        stock.repeats().inReference().ifPresent(both -> report.put("poolDocumentsInReference", both));
        report.put("clusters", clusters());
        report.put("clustersChosenFrom", (long) result.clustersChosenFrom());
        result.clustering().ifPresent(clusters -> report.put("mixture", mixture(clusters)));
        if (Double.isFinite(result.threshold())) {
            report.put("threshold", result.threshold());
        }
        if (!result.curvature().isEmpty()) {
            report.put(
                    "curvature",
                    result.curvature().stream().map(Spectrum::describe).toList());
        }
        report.put("badLines", rejects.count());
        report.put("badLinesListed", rejects.messages());
        report.put("taken", taken.tree());
        return report;
    }

    /** What each cluster has and gave; its weight is how much more of it was chosen than a random choice would have. */
    private List<Map<String, Object>> mixture(Clustering clusters) {
        long[][] counts = new long[clusters.clusterCount()][4];
        for (int ordinal = 0; ordinal < pool.size(); ordinal++) {
            long[] of = counts[clusters.clusterOf(ordinal)];
            of[0]++;
            of[1] += pool.tokens(ordinal);
        }
        long chosen = 0;
        for (Selection.Choice choice : result.selection().choices()) {
            long[] of = counts[clusters.clusterOf(choice.ordinal())];
            of[2]++;
            of[3] += pool.tokens(choice.ordinal());
            chosen += pool.tokens(choice.ordinal());
        }
        double all = Arrays.stream(counts).mapToLong(of -> of[1]).sum();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int cluster = 0; cluster < counts.length; cluster++) {
            long[] of = counts[cluster];
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("cluster", cluster);
            row.put("documents", of[0]);
            row.put("tokens", of[1]);
            row.put("chosenDocuments", of[2]);
            row.put("chosenTokens", of[3]);
            row.put("weight", of[3] == 0 ? 0 : (double) of[3] / chosen / (of[1] / all));
            rows.add(row);
        }
        return rows;
    }

    private int clusters() {
        return result.clustering().map(Clustering::clusterCount).orElse(0);
    }

    void print(PrintStream out) {
        Selection.Costs costs = result.selection().costs();
        out.printf(
                Locale.ROOT,
                "%,d documents, %,d tokens chosen; %s%n",
                costs.documentsChosen(),
                costs.tokensChosen(),
                result.selection().reason());
        String rounds = result.clustering().isEmpty()
                ? ""
                : String.format(
                        Locale.ROOT,
                        " in %,d rounds; chosen from %d of %d clusters",
                        costs.rounds(),
                        result.clustersChosenFrom(),
                        clusters());
        out.printf(
                Locale.ROOT,
                "%,d of %,d documents scored%s; %s left out%n",
                costs.documentsScored(),
                stock.documents(),
                rounds,
                stock.repeats().words());
        costs.flops()
                .ifPresent(flops ->
                        out.printf(Locale.ROOT, "%,d tokens scored, %.3f Tflop%n", costs.tokensScored(), flops / 1e12));
        if (rejects.count() > 0) {
            out.printf(Locale.ROOT, "%,d bad lines skipped; %s has them%n", rejects.count(), rejects.path());
        }
    }
}
