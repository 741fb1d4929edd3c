// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.Selection;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.TemporaryFolder;
import dev.quad.files.Unchecked;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import j2html.tags.DomContent;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One HTML file about what runs chose, for people: whether it worked, what was chosen beside a random choice of the
 * same size, whether the score is sane, how it was chosen, where documents lie, what groups are like, texts, costs, and
 * how runs differ. It has its data in it and asks nothing of the network. What a run has no data for is left out, with
 * a line that says why.
 *
 * <p>The pool and the reference are read again, as the report of the run names them, and known by their fingerprints;
 * where they are gone, the views that need them are left out.
 *
 * <p>Cost: a reading of the pool, of the start of each text for the map, and for a run by coverage of 64 MiB of it;
 * memory: 400 bytes for each document told of, of which there are at most {@code 300,000}, and some tens of MiB. A file
 * has at most 5 MB. The same run gives the same bytes with the same JDK.
 */
public final class SelectionReport {
    /** What the file of an evaluation says that it is. */
    private static final String EVALUATION = "quad.evaluation.2";

    private SelectionReport() {}

    /**
     * Starts from the defaults.
     *
     * @param folder what {@code quad select} or {@code quad compare} left
     */
    public static Builder builder(Path folder) {
        return new Builder(folder);
    }

    /** Collects what a report is made of. For one thread. */
    public static final class Builder {
        private final Path folder;
        private final List<Path> others = new ArrayList<>();
        private List<Path> pool = List.of();
        private Optional<JsonlPool> open = Optional.empty();
        private Optional<Selection> selection = Optional.empty();
        private List<String> fields = List.of();
        private Optional<Path> evaluation = Optional.empty();
        private JsonlOptions options = JsonlOptions.defaults();
        private JsonlOptions referenceOptions = JsonlOptions.defaults();
        private Optional<Path> temporary = Optional.empty();

        private Builder(Path folder) {
            this.folder = Objects.requireNonNull(folder, "the folder is null");
        }

        /**
         * Another run to compare the first with.
         *
         * @throws IllegalArgumentException if it is one that is there already
         */
        public Builder with(Path run) {
            Path other = Objects.requireNonNull(run, "the folder of the other run is null");
            if (Stream.concat(Stream.of(folder), others.stream()).anyMatch(one -> isSame(one, other))) {
                throw new IllegalArgumentException(
                        "the run " + run + " is given twice; give runs to compare, each once");
            }
            others.add(other);
            return this;
        }

        private static boolean isSame(Path one, Path other) {
            return one.toAbsolutePath()
                    .normalize()
                    .equals(other.toAbsolutePath().normalize());
        }

        /** Where the pool lies now, if not where the run found it. */
        public Builder pool(List<Path> files) {
            pool = List.copyOf(Objects.requireNonNull(files, "the files of the pool are null"));
            return this;
        }

        /** The pool of the run, open; it stays open. */
        public Builder pool(JsonlPool value) {
            open = Optional.of(Objects.requireNonNull(value, "the pool is null; leave it out to have it read"));
            return this;
        }

        /** What the run chose, where it is at hand; else it is looked for in the pool. */
        public Builder selection(Selection value) {
            selection = Optional.of(Objects.requireNonNull(value, "the selection is null; leave it out"));
            return this;
        }

        /** Fields of the records to tell of; unless set the first three that have few values. */
        public Builder fields(String... names) {
            fields = List.of(Objects.requireNonNull(names, "the names of the fields are null"));
            return this;
        }

        /** What {@code quad evaluate --json} wrote of the selection and others. */
        public Builder evaluation(Path file) {
            evaluation = Optional.of(Objects.requireNonNull(file, "the evaluation is null; leave it out for none"));
            return this;
        }

        /** How records of the pool and of the reference are read; as the run read them. */
        public Builder input(JsonlOptions ofPool, JsonlOptions ofReference) {
            options = Objects.requireNonNull(ofPool, "the options of the pool are null");
            referenceOptions = Objects.requireNonNull(ofReference, "the options of the reference are null");
            return this;
        }

        /** Where packed files are unpacked while it is made; unless set, where Java has temporary files. */
        public Builder temporary(Path place) {
            temporary = Optional.of(Objects.requireNonNull(place, "the place is null; leave it out for Java's"));
            return this;
        }

        /**
         * Writes the file, which appears when it is whole, and replaces a report of its name.
         *
         * @throws InputException if the folder holds no run, or one that was damaged; or there is a file of that name
         *     that is no report
         * @throws java.io.UncheckedIOException if a file cannot be read or written
         */
        public void write(Path target) {
            Objects.requireNonNull(target, "the file is null");
            requireReplaceable(target);
            try (TemporaryFolder work =
                    TemporaryFolder.in(temporary.orElse(Path.of(System.getProperty("java.io.tmpdir"))))) {
                AtomicFile.write(target, html(work.path()));
            }
        }

        private static void requireReplaceable(Path target) {
            if (!AtomicFile.isStream(target)
                    && Files.exists(target, LinkOption.NOFOLLOW_LINKS)
                    && !(Files.isRegularFile(target) && Page.isOurs(target))) {
                throw new InputException(
                        "the file " + target + " is there already, and is no report; give another name, or remove it");
            }
        }

        private String html(Path cache) {
            Path comparison = folder.resolve("comparison.json");
            if (Files.exists(comparison)) {
                if (!others.isEmpty() || evaluation.isPresent()) {
                    throw new InputException("the folder " + folder + " holds a comparison, which is shown alone; leave"
                            + " out the other runs and the evaluation");
                }
                return ofComparison(Tree.of(Unchecked.get(comparison, () -> JsonText.tree(comparison))), cache);
            }
            if (!RunFolder.isRun(folder)) {
                throw new InputException("the folder " + folder
                        + " holds no finished run; give one with report.json and manifest.json, or comparison.json");
            }
            RunFolder run = RunFolder.read(folder);
            if (open.isPresent()) {
                return ofRun(run, open, cache);
            }
            Optional<JsonlPool> opened = openPool(run, cache);
            try {
                return ofRun(run, opened, cache);
            } finally {
                opened.ifPresent(JsonlPool::close);
            }
        }

        /** The pool of the run, where it is still what it was. */
        private Optional<JsonlPool> openPool(RunFolder run, Path cache) {
            List<Path> files = pool.isEmpty() ? run.given("pool") : pool;
            if (files.isEmpty() || (pool.isEmpty() && !files.stream().allMatch(Builder::isThere))) {
                return Optional.empty();
            }
            JsonlPool opened =
                    JsonlPool.builder().options(options).cacheFolder(cache).open(files);
            if (opened.fingerprint().equals(run.settings().get("pool"))) {
                return Optional.of(opened);
            }
            opened.close();
            if (!pool.isEmpty()) {
                throw new InputException("the files " + pool + " are not the pool that " + folder + " chose from: their"
                        + " fingerprint is another; give its files in the same order, and --text-field and --id-field"
                        + " as it had them");
            }
            return Optional.empty();
        }

        private static boolean isThere(Path file) {
            return Files.exists(file) || file.toString().matches(".*[*?\\[{].*");
        }

        private String ofRun(RunFolder run, Optional<JsonlPool> documents, Path cache) {
            List<Page.View> views = new ArrayList<>();
            String data = "";
            if (documents.isEmpty()) {
                String why =
                        "The pool that this run chose from is not where it was, or not what it was; give its files with"
                                + " --pool.";
                views.add(new Page.View(
                        "verdict",
                        "Verdict",
                        Html.view(
                                "verdict",
                                Verdict.QUESTION,
                                Words.whole(run.report().value("documentsChosen")) + " documents with "
                                        + Words.whole(run.report().value("tokensChosen")) + " tokens were chosen.")));
                views.add(new Page.View("got", "Content", Html.none("got", "What, how and where?", why)));
            } else {
                Found found = found(run, documents.get(), cache);
                views.add(new Page.View("verdict", "Verdict", Verdict.view(found)));
                views.add(new Page.View("got", "Content", Shares.view(found)));
                evaluation(found.evaluation()).ifPresent(views::add);
                views.add(new Page.View("score", "Score", ScoreViews.view(found)));
                views.add(new Page.View("choice", "Choice", Choosing.view(found)));
                views.add(new Page.View("map", "Map", MapView.view(found)));
                views.add(new Page.View("groups", "Groups", Groups.view(found)));
                views.add(new Page.View("read", "Texts", new Readings(found).view()));
                data = Packed.of(found);
            }
            if (!others.isEmpty()) {
                views.add(new Page.View("compare", "Compare", compared(run, cache)));
            }
            views.add(new Page.View("repeat", "Repeat", Repeat.view(run)));
            return Page.of(run.name(), subtitle(run), views, data);
        }

        private static Optional<Page.View> evaluation(Tree evaluation) {
            return evaluation.trees("files").isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Page.View(
                            "loss", "Loss", Arena.view("loss", "What is it worth?", evaluation, List.of())));
        }

        private static String subtitle(RunFolder run) {
            String selector = run.isByCoverage()
                    ? "coverage"
                    : run.rounds().filter(Rounds::hasArms).isPresent() ? "a bandit over clusters" : "scores of all";
            return "What was chosen for " + named(run.given("reference")) + " from " + named(run.given("pool"))
                    + ", by " + selector;
        }

        private static String named(List<Path> files) {
            return files.isEmpty()
                    ? "a reference"
                    : dev.quad.files.Visible.line(String.valueOf(files.get(0).getFileName()))
                            + (files.size() > 1 ? " and " + (files.size() - 1) + " more" : "");
        }

        private Found found(RunFolder run, JsonlPool documents, Path cache) {
            List<Selection.Choice> choices = selection
                    .map(Selection::choices)
                    .orElseGet(() -> Choices.find(run.selected(), options, documents, cache));
            Documents shown = Documents.of(documents, choices, run.rounds());
            Control control = Control.of(
                    shown,
                    run.budget().unit(),
                    run.budget().unit() == Budget.Unit.TOKENS
                            ? (long) run.report().value("tokensChosen")
                            : choices.size());
            Optional<Coverage> coverage = run.isByCoverage()
                    ? reference(run).flatMap(wanted -> Coverage.of(run, shown, choices, control, wanted))
                    : Optional.empty();
            return new Found(
                    run,
                    shown,
                    choices,
                    Field.of(shown, fields),
                    control,
                    Layout.of(shown),
                    coverage,
                    evaluation.map(Builder::measured).orElse(Tree.of(Map.of())));
        }

        private static Tree measured(Path file) {
            Tree tree = Tree.of(Unchecked.get(file, () -> JsonText.tree(file)));
            if (!tree.text("format").orElse("").equals(EVALUATION)) {
                throw new InputException("the file " + file + " is no evaluation: its format is "
                        + tree.text("format").orElse("none") + ", and " + EVALUATION
                        + " is needed; give what quad evaluate --json wrote");
            }
            return tree;
        }

        private Optional<List<Document>> reference(RunFolder run) {
            List<Path> files = run.given("reference");
            return files.isEmpty() || !files.stream().allMatch(Builder::isThere)
                    ? Optional.empty()
                    : Optional.of(Jsonl.read(files, referenceOptions, ReadListener.NONE));
        }

        private DomContent compared(RunFolder run, Path cache) {
            try (Overlap overlap = new Overlap()) {
                overlap.add(run.name(), run.selected(), options, cache, run.settings());
                for (Path other : others) {
                    RunFolder read = RunFolder.read(other);
                    overlap.add(read.name(), read.selected(), options, cache, read.settings());
                }
                return overlap.view(fields);
            }
        }

        private String ofComparison(Tree comparison, Path cache) {
            List<Page.View> views = new ArrayList<>();
            List<Tree> methods = comparison.trees("methods");
            views.add(new Page.View(
                    "loss",
                    "Verdict",
                    Arena.view("loss", "Which way of choosing is best?", comparison.child("evaluation"), methods)));
            try (Overlap overlap = new Overlap()) {
                for (Tree method : methods) {
                    String name = method.text("method").orElse("");
                    overlap.add(name, List.of(folder.resolve(name + ".jsonl.gz")), options, cache, Map.of());
                }
                views.add(new Page.View("compare", "Compare", overlap.view(fields)));
            }
            Map<String, String> settings = Tree.of(
                            Unchecked.get(folder, () -> JsonText.tree(folder.resolve("manifest.json"))))
                    .child("run")
                    .texts();
            views.add(new Page.View("repeat", "Repeat", Repeat.ofComparison(comparison, settings)));
            return Page.of(
                    String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                    "A comparison of " + methods.size() + " ways of choosing",
                    views,
                    "");
        }
    }
}
