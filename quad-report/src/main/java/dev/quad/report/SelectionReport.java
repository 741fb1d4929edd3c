// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.InputException;
import dev.quad.Selection;
import dev.quad.Tokenizer;
import dev.quad.files.TemporaryFolder;
import dev.quad.text.Document;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.WordScores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
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
 * <p>Cost: two readings of the pool, for its fingerprint and for the map, of which the second is shared by threads, and
 * for a run by coverage of 64 MiB of it; memory: 400 bytes for each document told of, of which there are at most
 * {@code 300,000}, and some tens of MiB. A file has at most 5 MB. The same run gives the same bytes with the same JDK.
 */
public final class SelectionReport {
    private SelectionReport() {}

    /**
     * Starts from the defaults.
     *
     * @param folder what {@code quad select} or {@code quad compare} left, or the {@code NAME.json} of {@code quad
     *     experiment}
     */
    public static Builder builder(Path folder) {
        return new Builder(folder);
    }

    /** Collects what a report is made of. For one thread. */
    public static final class Builder {
        private final Path folder;
        final List<Path> others = new ArrayList<>();
        List<Path> pool = List.of();
        Optional<JsonlPool> open = Optional.empty();
        Supplier<Tokenizer> tokenizer = Tokenizer::bytes;
        Optional<Selection> selection = Optional.empty();
        List<String> fields = List.of();
        Optional<Path> evaluation = Optional.empty();
        Optional<Path> scoreCheck = Optional.empty();
        Function<List<Document>, Optional<List<WordScores>>> words = texts -> Optional.empty();
        JsonlOptions options = JsonlOptions.defaults();
        JsonlOptions referenceOptions = JsonlOptions.defaults();
        Optional<Path> map = Optional.empty();
        MapLayout layout = MapLayout.COMPONENTS;
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

        /**
         * By what the run counted tokens, if not bytes.
         *
         * @param value asked where the pool is read, at most once; what it gives stays open
         */
        public Builder tokenizer(Supplier<Tokenizer> value) {
            tokenizer = Objects.requireNonNull(value, "the tokenizer is null; leave it out for bytes");
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

        /** What {@code quad check-scores --json} wrote of the scores of the run. */
        public Builder scoreCheck(Path file) {
            scoreCheck = Optional.of(Objects.requireNonNull(file, "the check is null; leave it out for none"));
            return this;
        }

        /**
         * What the words of texts add to their scores, for some of those shown: asked once, at most, with the starts of
         * texts, unless the folder of the run has {@code words.json}. What is given is kept there for other pages.
         *
         * @param value gives empty where it is not known; else of each text its words
         */
        public Builder words(Function<List<Document>, Optional<List<WordScores>>> value) {
            words = Objects.requireNonNull(value, "the words are null; leave them out");
            return this;
        }

        /** How records of the pool and of the reference are read; as the run read them. */
        public Builder input(JsonlOptions ofPool, JsonlOptions ofReference) {
            options = Objects.requireNonNull(ofPool, "the options of the pool are null");
            referenceOptions = Objects.requireNonNull(ofReference, "the options of the reference are null");
            return this;
        }

        /** How the map is laid out; by principal components unless set. */
        public Builder layout(MapLayout value) {
            layout = Objects.requireNonNull(value, "the layout is null; leave it out for principal components");
            return this;
        }

        /**
         * Also the map as a table, for programs that draw maps: {@code id}, {@code x}, {@code y}, {@code text} (the
         * first 600 characters), {@code tokens}, {@code score}, {@code cluster}, {@code chosen} (1 or 0) and the fields
         * that are told of, a row for each document of the page.
         *
         * @param file in JSON lines or Parquet, by its name; is replaced
         */
        public Builder map(Path file) {
            map = Optional.of(Objects.requireNonNull(file, "the file of the map is null; leave it out for none"));
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
         * @throws InputException if the folder holds no run, or one that was damaged; the tokenizer counts other tokens
         *     than the run did; or there is a file of that name that is no report
         * @throws java.io.UncheckedIOException if a file cannot be read or written
         */
        public void write(Path target) {
            Objects.requireNonNull(target, "the file is null");
            try (TemporaryFolder work =
                    TemporaryFolder.in(temporary.orElse(Path.of(System.getProperty("java.io.tmpdir"))))) {
                Page.write(target, () -> html(work.path()));
            }
        }

        private String html(Path cache) {
            if (Files.isRegularFile(folder)) {
                requireAlone("is an experiment");
                return ExperimentPage.of(folder);
            }
            if (Files.exists(folder.resolve("comparison.json"))) {
                requireAlone("holds a comparison");
                return ComparisonPage.of(this, folder, cache);
            }
            if (!RunFolder.isRun(folder)) {
                throw new InputException("the folder " + folder
                        + " holds no finished run; give one with report.json and manifest.json, or comparison.json; or NAME.json"
                        + " of quad experiment");
            }
            return new RunPage(this, RunFolder.read(folder), cache).html();
        }

        private void requireAlone(String what) {
            if (!others.isEmpty() || evaluation.isPresent() || scoreCheck.isPresent() || map.isPresent()) {
                throw new InputException(folder + " " + what + ", which is shown alone; leave out the other runs, the"
                        + " evaluation, the check of scores and the map");
            }
        }
    }
}
