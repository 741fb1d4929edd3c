// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.Draw;
import dev.quad.InputException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
    static Function<Choosing, DataSelector<Document>> named(String name) {
        if (name.equals(Comparison.RANDOM)) {
            return choosing -> RandomSelector.among(choosing.eligible);
        }
        if (name.equals(Comparison.QUAD)) {
            return choosing -> choosing.pipeline(Comparison.QUAD).build();
        }
        if (name.equals(Comparison.ROUNDS)) {
            return choosing -> choosing.rounds
                    .apply(choosing.pipeline(Comparison.ROUNDS).preset(Preset.QUAD))
                    .build();
        }
        ScoringMethod method = Arrays.stream(ScoringMethod.values())
                .filter(one -> Words.of(one).equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is no method; allowed are "
                        + Stream.concat(
                                        Stream.of(Comparison.RANDOM, Comparison.QUAD, Comparison.ROUNDS),
                                        Arrays.stream(ScoringMethod.values()).map(Words::of))
                                .collect(Collectors.joining(", "))));
        return choosing -> ScoredSelector.of(method.scorer(), choosing.reference.items(), Draw.top())
                .among(choosing.eligible);
    }

    private QuadPipeline.Builder pipeline(String name) {
        return QuadPipeline.builder(reference)
                .listener(listener)
                .work(folder.path().resolve(name));
    }

    /** What a method chose, now or before. */
    Chosen chosen(String name, Function<Choosing, DataSelector<Document>> method) {
        Path selected = selected(folder, name);
        Path told = told(folder, name);
        if (Files.exists(selected) && Files.exists(told)) {
            String written = Unchecked.get(told, () -> JsonText.text(told, "checksum"));
            if (!Unchecked.get(selected, () -> Checksum.of(selected)).equals(written)) {
                throw new InputException(
                        selected + " was damaged or changed since it was written; put it back as it was,"
                                + " or remove it and " + told + ", and compare again");
            }
            return Chosen.read(told);
        }
        long started = System.nanoTime();
        Selection selection = stages.run(
                name,
                "choosing by " + name,
                0,
                "documents",
                at -> method.apply(this).select(pool, budget, seed),
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
                costs.flops(),
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
