// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.DocumentScorer;
import dev.quad.Draw;
import dev.quad.FittedScorer;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.bandit.RandomSelector;
import dev.quad.baselines.ScoredSelector;
import dev.quad.cluster.ClusterCount;
import dev.quad.cluster.KMeans;
import dev.quad.files.AtomicFile;
import dev.quad.files.Checksum;
import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import dev.quad.files.Words;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import dev.quad.text.JsonlPool;
import dev.quad.text.NearDuplicates;
import dev.quad.text.ScoreColumn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Lets methods choose from one pool, each without the documents that repeat an earlier one, and keeps what they chose
 * and what it took. The choice of a method is written where it is whole, and read when it is there.
 */
final class Choosing {
    private static final String SELECTED = ".jsonl.gz";
    private static final String SCORES = "scoresChecksum";

    /** Methods that need more than pool and reference. */
    private static final Map<String, String> LEARNS_FROM = Map.of(
            "qurating", "pairs of documents that were judged", "mates", "documents whose influence was measured");

    private final JsonlPool pool;
    private final ReferenceSet<Document> reference;
    private final Budget budget;
    private final Seed seed;
    private final WorkFolder folder;
    private final UnaryOperator<QuadPipeline.Builder> rounds;
    private final Stages stages;
    private final PipelineListener listener;
    private final IntPredicate eligible;
    private Optional<Clustering> clusters = Optional.empty();
    private Learning learning = Learning.NONE;

    /**
     * A way of choosing.
     *
     * @param scores the file that it goes by, if any
     */
    record Method(Function<Choosing, DataSelector<Document>> selector, Optional<Path> scores) {}

    /** What a method took before it scored. */
    private record Learning(OptionalDouble flops, double seconds) {
        static final Learning NONE = new Learning(OptionalDouble.empty(), 0);
    }

    Choosing(
            JsonlPool pool,
            ReferenceSet<Document> reference,
            Budget budget,
            Seed seed,
            WorkFolder folder,
            UnaryOperator<QuadPipeline.Builder> rounds,
            PipelineListener listener) {
        this.pool = pool;
        this.reference = reference;
        this.budget = budget;
        this.seed = seed;
        this.folder = folder;
        this.rounds = rounds;
        this.stages = new Stages(listener);
        this.listener = listener;
        this.eligible = QuadPipeline.DEFAULT_DUPLICATES
                .find(pool, Optional.empty(), listener)
                .eligible();
        long held = IntStream.range(0, pool.size())
                .filter(eligible)
                .mapToLong(i -> budget.cost(pool.tokens(i)))
                .sum();
        if (held < budget.limit()) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "the budget is %,d %s, and the pool has %,d without duplicates; lower the budget",
                    budget.limit(),
                    budget.unit().name().toLowerCase(Locale.ROOT),
                    held));
        }
    }

    /** What a method chose. */
    static Path selected(WorkFolder folder, String name) {
        return folder.path().resolve(name + SELECTED);
    }

    /** What that took. */
    static Path told(WorkFolder folder, String name) {
        return folder.path().resolve(name + ".json");
    }

    /** A method by its name. */
    static Method named(String name) {
        return new Method(selector(name), Optional.empty());
    }

    private static Function<Choosing, DataSelector<Document>> selector(String name) {
        if (name.equals(Comparison.RANDOM)) {
            return choosing -> RandomSelector.among(choosing.eligible);
        }
        if (name.equals(Comparison.QUAD)) {
            return choosing -> choosing.noted(choosing.pipeline(Comparison.QUAD));
        }
        if (name.equals(Comparison.ROUNDS)) {
            return choosing -> choosing.noted(
                    choosing.rounds.apply(choosing.pipeline(Comparison.ROUNDS).preset(Preset.QUAD)));
        }
        String labels = LEARNS_FROM.getOrDefault(name, "");
        if (!labels.isEmpty()) {
            throw new IllegalArgumentException("the method " + name + " learns from " + labels
                    + ", and there are none to give here; from Java, add it with Comparison.Builder.method, or score by"
                    + " it and give the scores");
        }
        ScoringMethod method = Arrays.stream(ScoringMethod.values())
                .filter(one -> Words.of(one).equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is no method; allowed are "
                        + Stream.concat(
                                        Stream.of(Comparison.RANDOM, Comparison.QUAD, Comparison.ROUNDS),
                                        Arrays.stream(ScoringMethod.values()).map(Words::of))
                                .collect(Collectors.joining(", "))));
        return choosing -> ScoredSelector.of(choosing.noted(method.scorer()), choosing.reference.items(), Draw.top())
                .among(choosing.eligible);
    }

    /** The best by scores that are in a file. */
    static Method scored(Path file, String idField) {
        return new Method(
                choosing -> ScoredSelector.<Document>of(ScoreColumn.read(choosing.pool, file, idField), Draw.top())
                        .among(choosing.eligible),
                Optional.of(file));
    }

    private QuadPipeline.Builder pipeline(String name) {
        return QuadPipeline.builder(reference)
                .listener(listener)
                .work(folder.path().resolve(name));
    }

    /** Chooses, and notes what the stages before the choosing took. */
    private DataSelector<Document> noted(QuadPipeline.Builder pipeline) {
        return (from, within, by) -> {
            PipelineResult result = pipeline.build().run(from, within, by);
            double before = result.seconds().entrySet().stream()
                    .filter(stage -> PipelineResult.LEARNING.contains(stage.getKey()))
                    .mapToDouble(Map.Entry::getValue)
                    .sum();
            learning = new Learning(OptionalDouble.empty(), before);
            return result.selection();
        };
    }

    /** Learns, and notes what that took. */
    private DocumentScorer<Document> noted(DocumentScorer<Document> scorer) {
        return new DocumentScorer<>() {
            @Override
            public String id() {
                return scorer.id();
            }

            @Override
            public boolean needsReference() {
                return scorer.needsReference();
            }

            @Override
            public FittedScorer<Document> fit(CandidatePool<Document> from, List<? extends Document> wanted, Seed by) {
                FittedScorer<Document> fitted = scorer.fit(from, wanted, by);
                learning = new Learning(fitted.fitFlops(), fitted.fitTime().toNanos() / 1e9);
                return fitted;
            }
        };
    }

    /** What a method chose, now or before. */
    Chosen chosen(String name, Method method) {
        String scores = method.scores
                .map(file -> Unchecked.get(file, () -> Checksum.of(file)))
                .orElse("");
        Path selected = selected(folder, name);
        Path told = told(folder, name);
        if (Files.exists(selected) && Files.exists(told)) {
            String written = Unchecked.get(told, () -> JsonText.text(told, "checksum"));
            if (!Unchecked.get(selected, () -> Checksum.of(selected)).equals(written)) {
                throw new InputException(
                        selected + " was damaged or changed since it was written; put it back as it was,"
                                + " or remove it and " + told + ", and compare again");
            }
            String before = Unchecked.get(told, () -> JsonText.texts(told)).getOrDefault(SCORES, "");
            if (!before.equals(scores)) {
                throw new MismatchException("the method " + name + " chose by "
                        + (before.isEmpty() ? "no file of scores" : "other scores than those")
                        + method.scores
                                .map(file -> (before.isEmpty() ? ", and is to by " : " in ") + file)
                                .orElse("")
                        + "; give another name, or another folder");
            }
            return Chosen.read(told);
        }
        learning = Learning.NONE;
        long started = System.nanoTime();
        Selection selection = stages.run(
                name,
                "choosing by " + name,
                0,
                "documents",
                at -> method.selector.apply(this).select(pool, budget, seed),
                made -> String.format(
                        Locale.ROOT,
                        "%,d documents, %,d tokens",
                        made.costs().documentsChosen(),
                        made.costs().tokensChosen()));
        double seconds = (System.nanoTime() - started) / 1e9;
        if (selection.choices().isEmpty()) {
            throw new InputException("the method " + name + " chose nothing: " + selection.reason());
        }
        Path whole = folder.work().resolve(name + SELECTED);
        Unchecked.run(whole, () -> Files.deleteIfExists(whole)); // of a run that was killed
        SelectionFile.write(whole, pool, selection);
        Chosen result = measured(name, selection, seconds);
        Map<String, Object> tree = new LinkedHashMap<>(result.tree());
        if (!scores.isEmpty()) {
            tree.put(SCORES, scores);
        }
        tree.put("checksum", Unchecked.get(whole, () -> Checksum.of(whole)));
        AtomicFile.write(told, JsonText.text(tree));
        Unchecked.run(selected, () -> Files.move(whole, selected));
        return result;
    }

    private Chosen measured(String name, Selection selection, double seconds) {
        List<Document> documents = selection.choices().stream()
                .map(choice -> pool.get(choice.ordinal()))
                .toList();
        CandidatePool<Document> chosen =
                CandidatePool.of(documents, document -> document.text().length(), pool.fingerprint());
        Duplicates repeated = Duplicates.find(chosen);
        NearDuplicates near = NearDuplicates.find(chosen);
        int more = (int) IntStream.range(0, documents.size())
                .filter(i -> repeated.isFirst(i) && !near.isFirst(i))
                .count();
        Selection.Costs costs = selection.costs();
        return new Chosen(
                name,
                costs.documentsChosen(),
                costs.tokensChosen(),
                repeated.count(),
                more,
                effectiveClusters(selection),
                learning.flops,
                costs.flops(),
                learning.seconds,
                seconds);
    }

    private double effectiveClusters(Selection selection) {
        if (clusters.isEmpty()) {
            clusters = Optional.of(stages.run(
                    "clusters",
                    "clustering the pool",
                    pool.size(),
                    "documents",
                    at -> KMeans.of(Math.min(pool.size(), ClusterCount.suggest(pool.size())))
                            .cluster(EmbeddingSource.hashedNgrams().of(pool, seed, Optional.empty(), rows -> {}), seed),
                    made -> String.format(Locale.ROOT, "%,d clusters", made.clusterCount())));
        }
        Clustering found = clusters.get();
        double[] tokens = new double[found.clusterCount()];
        for (Selection.Choice choice : selection.choices()) {
            tokens[found.clusterOf(choice.ordinal())] += pool.tokens(choice.ordinal());
        }
        double all = Arrays.stream(tokens).sum();
        return Math.exp(-Arrays.stream(tokens)
                .filter(count -> count > 0)
                .map(count -> count / all * Math.log(count / all))
                .sum());
    }
}
