// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Budget;
import dev.quad.DataSelector;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Which way of choosing gives the better training set: each chooses from one pool for one reference, within one budget,
 * and an {@link Evaluation} of what they chose tells on documents that were held out. Immutable.
 *
 * <p>Cost: that of the methods, and of the evaluation. The same files, settings and seeds give the same selections and
 * losses; the seconds differ.
 */
public final class Comparison {
    /** Names the tree of {@link #tree}. */
    public static final String FORMAT = "quad.comparison.1";

    /** The control, which the others are compared with unless another is named. */
    public static final String RANDOM = "random";

    /** Quad itself, by coverage, as {@code quad select} chooses. */
    public static final String QUAD = "quad";

    /** Its rounds of a bandit, by the influence that a small model tells. */
    public static final String ROUNDS = "rounds";

    private final List<Chosen> chosen;
    private final Evaluation evaluation;
    private final List<String> arguments;

    private Comparison(List<Chosen> chosen, Evaluation evaluation, List<String> arguments) {
        this.chosen = List.copyOf(chosen);
        this.evaluation = evaluation;
        this.arguments = arguments;
    }

    /**
     * Starts from the defaults.
     *
     * @param pool what is chosen from: files, folders or patterns
     * @param reference what is chosen for
     * @param holdout documents of the kind of the reference to measure on, none of which is in it
     */
    public static Builder builder(List<Path> pool, List<Path> reference, List<Path> holdout) {
        return new Builder(pool, reference, holdout);
    }

    /** What each method chose and took, in the order of the files of the evaluation. */
    public List<Chosen> chosen() {
        return chosen;
    }

    /** What the choices are worth. */
    public Evaluation evaluation() {
        return evaluation;
    }

    /** All of it, as a tree for JSON. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("methods", chosen.stream().map(Chosen::tree).toList());
        tree.put("evaluation", evaluation.tree());
        if (!arguments.isEmpty()) {
            tree.put("arguments", arguments);
        }
        return tree;
    }

    /** A line for each method under one of titles, separated by commas; losses and differences in nats a byte. */
    public String csv() {
        StringBuilder lines = new StringBuilder("method,loss,difference,halfWidth,visible,ngramLoss,ngramDifference,"
                + "ngramHalfWidth,verdict,tokensToReach,documents,tokens,duplicates,nearDuplicates,effectiveClusters,"
                + "learningOperations,operations,learningSeconds,seconds\n");
        for (int f = 0; f < chosen.size(); f++) {
            Chosen row = chosen.get(f);
            Difference byModel = evaluation.model().difference(f);
            Difference byNgrams = evaluation.ngrams().difference(f);
            List<Object> cells = List.of(
                    row.method(),
                    evaluation.model().mean(f),
                    byModel.mean(),
                    byModel.halfWidth(),
                    byModel.visible(),
                    evaluation.ngrams().mean(f),
                    byNgrams.mean(),
                    byNgrams.halfWidth(),
                    evaluation.verdict(f),
                    evaluation.tokensToReach(f).isPresent()
                            ? evaluation.tokensToReach(f).getAsLong()
                            : "",
                    row.documents(),
                    row.tokens(),
                    row.duplicates(),
                    row.nearDuplicates(),
                    row.effectiveClusters(),
                    number(row.learning()),
                    number(row.operations()),
                    row.learningSeconds(),
                    row.seconds());
            lines.append(cells.stream().map(String::valueOf).collect(Collectors.joining(",")))
                    .append('\n');
        }
        return lines.toString();
    }

    private static Object number(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : "";
    }

    @Override
    public String toString() {
        return "comparison of " + chosen.stream().map(Chosen::method).collect(Collectors.joining(", "));
    }

    /** Collects what a comparison is made of. */
    public static final class Builder {
        private final List<Path> pool;
        private final List<Path> reference;
        private final List<Path> holdout;
        private final Map<String, Choosing.Method> methods = new LinkedHashMap<>();
        private Budget budget = Budget.tokens(1);
        private boolean budgeted;
        private Seed seed = new Seed(1);
        private String against = "";
        private UnaryOperator<QuadPipeline.Builder> rounds = builder -> builder;
        private UnaryOperator<Evaluation.Builder> referee = builder -> builder;
        private JsonlOptions options = JsonlOptions.defaults();
        private Function<String, ReadListener> reading = purpose -> ReadListener.NONE;
        private PipelineListener listener = PipelineListener.NONE;
        private List<String> arguments = List.of();

        private Builder(List<Path> pool, List<Path> reference, List<Path> holdout) {
            this.pool = List.copyOf(Objects.requireNonNull(pool, "the pool is null"));
            this.reference = List.copyOf(Objects.requireNonNull(reference, "the reference is null"));
            this.holdout = List.copyOf(Objects.requireNonNull(holdout, "the holdout is null"));
            if (pool.isEmpty() || reference.isEmpty() || holdout.isEmpty()) {
                throw new IllegalArgumentException("there are " + pool.size() + " files of the pool, "
                        + reference.size() + " of the reference and " + holdout.size()
                        + " held out; allowed is one or more of each");
            }
        }

        /**
         * Methods by their names: {@value #RANDOM}, {@value #QUAD}, {@value #ROUNDS}, and those of
         * {@link ScoringMethod} in small letters with {@code -}, of which the best scores are taken.
         *
         * @throws IllegalArgumentException if a name is not known; lists those that are
         */
        public Builder methods(String... names) {
            Objects.requireNonNull(names, "the names are null");
            for (String name : names) {
                add(name, Choosing.named(name));
            }
            return this;
        }

        /**
         * A method of yours.
         *
         * @param name small letters, digits and {@code -}, for its files
         */
        public Builder method(String name, DataSelector<Document> selector) {
            Objects.requireNonNull(selector, "the selector is null");
            return add(name, new Choosing.Method(choosing -> selector, Optional.empty()));
        }

        /**
         * The best by scores of the pool that are in a file, such as {@code quad score} writes.
         *
         * @param name of the method, as of {@link #method}
         * @param idField the field with the id of the document
         */
        public Builder scores(String name, Path file, String idField) {
            Objects.requireNonNull(file, "the file of the scores is null");
            Objects.requireNonNull(idField, "the field of the ids is null");
            return add(name, Choosing.scored(file, idField));
        }

        private Builder add(String name, Choosing.Method method) {
            Objects.requireNonNull(name, "the name of a method is null");
            if (!name.matches("[a-z0-9][a-z0-9-]*") || methods.putIfAbsent(name, method) != null) {
                throw new IllegalArgumentException(
                        "\"" + name + "\" is the name of a method; allowed are small letters,"
                                + " digits and -, and each name once");
            }
            return this;
        }

        /** How much each method may choose; a token is a byte of UTF-8. */
        public Builder budget(Budget value) {
            budget = Objects.requireNonNull(value, "the budget is null");
            budgeted = true;
            return this;
        }

        /** Seed of the choosing; 1 unless set. */
        public Builder seed(Seed value) {
            seed = Objects.requireNonNull(value, "seed is null; leave it out for the default");
            return this;
        }

        /** The method that the others are compared with; unless set {@value #RANDOM}, or else the first. */
        public Builder against(String method) {
            against = Objects.requireNonNull(method, "against is null; leave it out for the default");
            return this;
        }

        /** What {@value #ROUNDS} are to have that is not their default, such as a model. */
        public Builder rounds(UnaryOperator<QuadPipeline.Builder> value) {
            rounds = Objects.requireNonNull(value, "rounds is null; leave it out for the default");
            return this;
        }

        /** What the evaluation is to have that is not its default; the common model is one of the pool. */
        public Builder referee(UnaryOperator<Evaluation.Builder> value) {
            referee = Objects.requireNonNull(value, "referee is null; leave it out for the default");
            return this;
        }

        /**
         * How files are read, and who hears of it.
         *
         * @param listeners for each purpose: {@code pool}, {@code reference}, and those of the evaluation
         */
        public Builder input(JsonlOptions value, Function<String, ReadListener> listeners) {
            options = Objects.requireNonNull(value, "input is null; leave it out for the default");
            reading = Objects.requireNonNull(listeners, "the listeners of the input are null");
            return this;
        }

        /** Who follows all of it. */
        public Builder listener(PipelineListener value) {
            listener = Objects.requireNonNull(value, "listener is null; leave it out for the default");
            return this;
        }

        /** With what words the command of this was given, for whoever repeats it; none unless set. */
        public Builder arguments(List<String> given) {
            arguments = List.copyOf(Objects.requireNonNull(given, "the arguments are null; leave them out"));
            return this;
        }

        /**
         * Chooses and measures. Called again with the same folder it goes on, whatever methods are added.
         *
         * @param out folder for what is chosen, {@code METHOD.jsonl.gz}, what that took, {@code METHOD.json}, and
         *     {@code comparison.json} and {@code comparison.csv}; new, empty, or that of this comparison
         * @throws InputException if a document of the reference is held out, the budget is above the pool, or a file
         *     cannot be read
         * @throws MismatchException if the folder is of another comparison, or scores are of another pool; names what
         *     differs
         * @throws IllegalArgumentException if there is no method, no budget, or what to compare with is none of the
         *     methods
         */
        public Comparison run(Path out) {
            Objects.requireNonNull(out, "out is null; give a folder");
            List<String> names = List.copyOf(methods.keySet());
            int other = names.indexOf(against.isEmpty() ? RANDOM : against);
            if (against.isEmpty()) {
                other = Math.max(0, other);
            }
            if (names.isEmpty() || !budgeted || other < 0) {
                throw new IllegalArgumentException("the methods are " + names
                        + (against.isEmpty() ? "" : ", compared with " + against)
                        + (budgeted ? "" : ", without a budget")
                        + "; needed are one method or more, one of them to compare with, and a budget");
            }
            WorkFolder folder = WorkFolder.open(out);
            try (OutputLock lock = OutputLock.ofFolder(out)) {
                try {
                    return run(folder, lock, names, other);
                } finally {
                    folder.leaveUnclaimed();
                }
            }
        }

        private Comparison run(WorkFolder folder, OutputLock lock, List<String> names, int other) {
            List<Document> wanted = Jsonl.read(reference, options, reading.apply("reference"));
            requireApart(wanted, Jsonl.read(holdout, options, ReadListener.NONE));
            folder.makeWork();
            List<Chosen> rows = new ArrayList<>();
            try (JsonlPool documents = JsonlPool.builder()
                    .options(options)
                    .listener(reading.apply("pool"))
                    .cacheFolder(folder.work())
                    .open(pool)) {
                Choosing choosing =
                        new Choosing(documents, ReferenceSet.of(wanted), budget, seed, folder, rounds, listener);
                folder.claim(identity(documents.fingerprint(), wanted));
                folder.requireSameKernels();
                for (Map.Entry<String, Choosing.Method> method : methods.entrySet()) {
                    rows.add(choosing.chosen(method.getKey(), method.getValue()));
                }
            }
            Path keep = folder.path().resolve("referee");
            MarkedFolder.make(keep);
            Evaluation evaluation = referee.apply(Evaluation.builder(
                                    names.stream()
                                            .map(name -> Choosing.selected(folder, name))
                                            .toList(),
                                    holdout)
                            .common(pool, Evaluation.DEFAULT_COMMON_TOKENS)
                            .options(options)
                            .reading(reading)
                            .listener(listener))
                    .against(other)
                    .keep(keep)
                    .run(folder.work());
            Comparison comparison = new Comparison(rows, evaluation, arguments);
            Path json = folder.path().resolve("comparison.json");
            Path csv = folder.path().resolve("comparison.csv");
            AtomicFile.write(json, JsonText.text(comparison.tree()));
            AtomicFile.write(csv, comparison.csv());
            MarkedFolder.remove(folder.work());
            List<Path> written = new ArrayList<>(List.of(json, csv));
            for (String name : names) {
                written.addAll(List.of(Choosing.selected(folder, name), Choosing.told(folder, name)));
            }
            folder.clean(lock, written);
            return comparison;
        }

        private static void requireApart(List<Document> wanted, List<Document> held) {
            Set<String> keys = wanted.stream().map(Duplicates::key).collect(Collectors.toSet());
            List<Document> shared = held.stream()
                    .filter(document -> keys.contains(Duplicates.key(document)))
                    .toList();
            if (!shared.isEmpty()) {
                throw new InputException(String.format(
                        Locale.ROOT,
                        "%,d of %,d documents held out stand in the reference too, the first with the id \"%s\"; hold out"
                                + " others, which nothing is chosen by",
                        shared.size(),
                        held.size(),
                        shared.get(0).id()));
            }
        }

        /** What decides what is chosen. */
        private Map<String, String> identity(String ofPool, List<Document> wanted) {
            Map<String, String> identity = new LinkedHashMap<>();
            identity.put("comparison", FORMAT);
            identity.put("pool", ofPool);
            identity.put("reference", PoolScores.fingerprint(ReferenceSet.of(wanted)));
            identity.put("budget", budget.limit() + " " + budget.unit().name().toLowerCase(Locale.ROOT));
            identity.put("seed", Long.toString(seed.value()));
            return identity;
        }
    }
}
