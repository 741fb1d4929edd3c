// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.code;
import static j2html.TagCreator.details;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.tr;

import dev.quad.Budget;
import dev.quad.files.Visible;
import j2html.tags.DomContent;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What did it cost, and how is it made again? */
final class Repeat {
    static final String QUESTION = "What did it cost, and how to repeat it?";

    private Repeat() {}

    static DomContent view(RunFolder run) {
        Tree report = run.report();
        Map<String, String> costs = new LinkedHashMap<>();
        costs.put(
                "documents scored",
                Words.whole(report.value("documentsScored")) + " of " + Words.whole(report.value("poolDocuments")));
        costs.put("could not be scored", Words.whole(report.value("documentsFlagged")));
        costs.put("tokens scored", Words.whole(report.value("tokensScored")));
        report.number("flopsScored").ifPresent(flops -> costs.put("operations of scoring", Words.number(flops)));
        report.number("flopsLearned").ifPresent(flops -> costs.put("operations of learning", Words.number(flops)));
        costs.put("seconds", Words.seconds(report.child("seconds").value("total")));
        report.child("taken").texts().forEach(costs::put);
        Map<String, String> versions = new LinkedHashMap<>();
        for (String name : List.of("quad", "java", "blasKernels")) {
            run.manifest().text(name).ifPresent(version -> versions.put(name, version));
        }
        return Html.view(
                "repeat",
                QUESTION,
                "The same files, settings and seed give the same selection, byte for byte.",
                commandLine(command(run)),
                div(table("Cost", costs), table("Versions", versions)).withClass("pair"),
                details(summary("Settings and fingerprints"), table("What decides the result", run.settings())),
                details(
                        summary("Checksums (CRC-32C)"),
                        table("Files", report.child("checksums").texts())));
    }

    /** How the comparison was asked for, and what decides its choices. */
    static DomContent ofComparison(Tree comparison, Map<String, String> settings) {
        List<?> given = comparison.list("arguments");
        return Html.view(
                "repeat",
                "How to repeat it?",
                "The same files, settings and seeds give the same choices and losses.",
                given.isEmpty() ? text("") : commandLine(command(given)),
                table("What decides the choices", settings));
    }

    private static DomContent commandLine(String words) {
        return pre(code(Visible.line(words)));
    }

    private static String command(List<?> given) {
        return given.stream()
                .map(String::valueOf)
                .filter(word -> !word.equals("--resume"))
                .map(Repeat::quoted)
                .collect(Collectors.joining(" ", "quad ", ""));
    }

    /** As it was given; of a run from Java the files and the budget, and other options stand among the settings. */
    private static String command(RunFolder run) {
        List<?> given = run.report().child("taken").list("arguments");
        if (!given.isEmpty()) {
            return command(given);
        }
        Budget budget = run.budget();
        return "quad select --pool " + names(run.given("pool")) + " --reference " + names(run.given("reference"))
                + " --out " + run.name() + " --budget-"
                + (budget.unit() == Budget.Unit.TOKENS ? "tokens " : "documents ") + budget.limit() + " --seed "
                + run.settings().getOrDefault("seed", "1")
                + (run.isByCoverage() ? "" : "  # and the options below that are not the defaults");
    }

    private static String names(List<Path> files) {
        return files.stream().map(file -> quoted(file.toString())).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[\\w./+=,:-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    static DomContent table(String title, Map<String, String> rows) {
        return div(j2html.TagCreator.table(
                        caption(title),
                        tbody(each(
                                rows.entrySet(),
                                row -> tr(
                                        th(Html.foreign(row.getKey())).attr("scope", "row"),
                                        td(Html.foreign(row.getValue())).withClass("long"))))))
                .withClass("scroll");
    }
}
