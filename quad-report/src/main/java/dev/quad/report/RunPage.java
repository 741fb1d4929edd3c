// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.Selection;
import dev.quad.Tokenizer;
import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import dev.quad.files.Visible;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import j2html.tags.DomContent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ForkJoinTask;

/** The page of a run, and what it shares with others. */
final class RunPage {
    /** What the file of an evaluation says that it is. */
    private static final String EVALUATION = "quad.evaluation.2";

    private static final String SCORE_CHECK = "quad.score-check.1";

    private static final String GONE = " that this run chose from is not where it was, or not what it was; give its"
            + " files with --pool, and --text-field and --id-field as the run had them";

    private final SelectionReport.Builder asked;
    private final RunFolder run;
    private final Path cache;
    /** Whether a token of the pool is known to be a byte. */
    private boolean inBytes;

    /** With a folder for what is unpacked. */
    RunPage(SelectionReport.Builder asked, RunFolder run, Path cache) {
        this.asked = asked;
        this.run = run;
        this.cache = cache;
    }

    String html() {
        if (asked.open.isPresent()) {
            return html(asked.open);
        }
        Optional<JsonlPool> opened = openPool();
        try {
            return html(opened);
        } finally {
            opened.ifPresent(JsonlPool::close);
        }
    }

    /** The pool of the run, where it is still what it was. */
    private Optional<JsonlPool> openPool() {
        List<Path> files = asked.pool.isEmpty() ? run.given("pool") : asked.pool;
        if (files.isEmpty() || (asked.pool.isEmpty() && !files.stream().allMatch(RunPage::isThere))) {
            return Optional.empty();
        }
        Tokenizer tokenizer = asked.tokenizer.get();
        JsonlPool opened = JsonlPool.builder()
                .options(asked.options)
                .tokenizer(tokenizer)
                .cacheFolder(cache)
                .open(files);
        inBytes = tokenizer.equals(Tokenizer.bytes());
        if (opened.fingerprint().equals(run.settings().get("pool"))) {
            return Optional.of(opened);
        }
        opened.close();
        if (!asked.pool.isEmpty()) {
            throw new InputException("the files " + asked.pool + " are not the pool that " + run.path()
                    + " chose from: their fingerprint is another; give its files in the same order, and --text-field"
                    + " and --id-field as it had them");
        }
        return Optional.empty();
    }

    private static boolean isThere(Path file) {
        return Files.exists(file) || file.toString().matches(".*[*?\\[{].*");
    }

    private String html(Optional<JsonlPool> documents) {
        List<Page.View> views = new ArrayList<>();
        String data = documents.map(pool -> add(views, pool)).orElseGet(() -> addWithoutPool(views));
        if (!asked.others.isEmpty()) {
            views.add(new Page.View("compare", "Compare", compared()));
        }
        views.add(new Page.View("repeat", "Repeat", Repeat.view(run)));
        return Page.of(run.name(), subtitle(), views, data);
    }

    /** Adds the views that need the pool, and returns the data of the page. */
    private String add(List<Page.View> views, JsonlPool pool) {
        Found found = found(pool);
        asked.map.ifPresent(file -> MapFile.write(file, found));
        Readings readings = new Readings(found, asked.words);
        ForkJoinTask<String> data =
                ForkJoinTask.adapt(() -> Packed.of(found, readings)).fork(); // while the views are made
        views.add(new Page.View("verdict", "Verdict", Verdict.view(found)));
        views.add(new Page.View("got", "Content", Shares.view(found)));
        if (!found.evaluation().trees("files").isEmpty()) {
            DomContent loss = Arena.view("loss", "What is it worth?", found.evaluation(), List.of());
            views.add(new Page.View("loss", "Loss", loss));
        }
        views.add(new Page.View("score", "Score", ScoreViews.view(found)));
        views.add(new Page.View("choice", "Choice", Choosing.view(found)));
        views.add(new Page.View("map", "Map", MapView.view(found)));
        views.add(new Page.View("groups", "Groups", Groups.view(found)));
        views.add(new Page.View("read", "Texts", readings.view()));
        return data.join();
    }

    private String addWithoutPool(List<Page.View> views) {
        if (asked.map.isPresent()) {
            throw new InputException("there is no map, since the pool" + GONE);
        }
        views.add(new Page.View(
                "verdict",
                "Verdict",
                Html.view(
                        "verdict",
                        Verdict.QUESTION,
                        Words.whole(run.report().value("documentsChosen")) + " documents with "
                                + Words.whole(run.report().value("tokensChosen")) + " tokens were chosen.")));
        views.add(new Page.View("got", "Content", Html.none("got", "What, how and where?", "The pool" + GONE + ".")));
        return "";
    }

    private Found found(JsonlPool pool) {
        List<Selection.Choice> choices = asked.selection
                .map(Selection::choices)
                .orElseGet(() -> Choices.find(run.selected(), asked.options, pool, inBytes, cache));
        requireTokens(pool, choices);
        Documents shown = Documents.of(pool, choices, run.rounds());
        List<Field> fields = Field.of(shown, asked.fields);
        ForkJoinTask<Layout> layout =
                ForkJoinTask.adapt(() -> Layout.of(shown, asked.layout)).fork(); // while the coverage is valued
        Control control = Control.of(
                shown,
                run.budget().unit(),
                run.budget().unit() == Budget.Unit.TOKENS ? (long) run.report().value("tokensChosen") : choices.size());
        Optional<Coverage> coverage = run.isByCoverage()
                ? reference().flatMap(wanted -> Coverage.of(run, shown, choices, control, wanted))
                : Optional.empty();
        return new Found(
                run,
                shown,
                choices,
                fields,
                control,
                layout.join(),
                coverage,
                measured(asked.evaluation, EVALUATION, "an evaluation", "quad evaluate"),
                measured(asked.scoreCheck, SCORE_CHECK, "a check of scores", "quad check-scores"));
    }

    /** By another tokenizer all sizes would be others, and a random choice of the same size too. */
    private void requireTokens(JsonlPool pool, List<Selection.Choice> choices) {
        long counted = choices.stream()
                .mapToLong(choice -> pool.tokens(choice.ordinal()))
                .sum();
        long chosen = (long) run.report().value("tokensChosen");
        if (counted != chosen) {
            throw new InputException("what " + run.path() + " chose has " + Words.whole(counted)
                    + " tokens here, and had " + Words.whole(chosen) + " in the run, which counted by "
                    + run.report().child("taken").text("tokenizer").orElse("another tokenizer")
                    + "; give that tokenizer (--model DIR, the folder that it lies in)");
        }
    }

    private static Tree measured(Optional<Path> asked, String format, String what, String command) {
        if (asked.isEmpty()) {
            return Tree.of(Map.of());
        }
        Path file = asked.get();
        Tree tree = Tree.of(Unchecked.get(file, () -> JsonText.tree(file)));
        if (!tree.text("format").orElse("").equals(format)) {
            throw new InputException("the file " + file + " is not " + what + ": its format is "
                    + tree.text("format").orElse("none") + ", and " + format + " is needed; give what " + command
                    + " --json wrote");
        }
        return tree;
    }

    private Optional<List<Document>> reference() {
        List<Path> files = run.given("reference");
        return files.isEmpty() || !files.stream().allMatch(RunPage::isThere)
                ? Optional.empty()
                : Optional.of(Jsonl.read(files, asked.referenceOptions, ReadListener.NONE));
    }

    private DomContent compared() {
        try (Overlap overlap = new Overlap()) {
            overlap.add(run.name(), run.selected(), asked.options, cache, run.settings());
            for (Path other : asked.others) {
                RunFolder read = RunFolder.read(other);
                overlap.add(read.name(), read.selected(), asked.options, cache, read.settings());
            }
            return overlap.view(asked.fields);
        }
    }

    private String subtitle() {
        String selector = run.isByCoverage()
                ? "coverage"
                : run.rounds().filter(Rounds::hasArms).isPresent() ? "a bandit over clusters" : "scores of all";
        return "What was chosen for " + named(run.given("reference")) + " from " + named(run.given("pool")) + ", by "
                + selector;
    }

    private static String named(List<Path> files) {
        return files.isEmpty()
                ? "a reference"
                : Visible.line(String.valueOf(files.get(0).getFileName()))
                        + (files.size() > 1 ? " and " + (files.size() - 1) + " more" : "");
    }
}
