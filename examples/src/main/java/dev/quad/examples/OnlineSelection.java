// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.RandomSelector;
import dev.quad.bandit.SelectionOptions;
import dev.quad.bandit.StagedSelector;
import dev.quad.cluster.KMeans;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.HashedNgramEmbedder;
import dev.quad.text.HashedNgramOptions;
import dev.quad.text.PoolEmbeddings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The online use: a model is trained on what each stage chose, and scores the next. Beside it, from the same start, a
 * model that is trained on what the first model's scores chose (one frozen proxy), and one that is trained on a random
 * choice, all on as many tokens; what counts is their loss on texts that nobody chose with.
 *
 * <p>Prints the losses of three seeds: {@code java -cp … dev.quad.examples.OnlineSelection}.
 */
public final class OnlineSelection {
    private static final DecoderConfig SIZES = DecoderConfig.builder(257)
            .width(48)
            .layers(2)
            .heads(3)
            .mlpWidth(96)
            .maxLength(96)
            .tiedHead(true)
            .build();
    private static final int PASSES = 3;
    private static final int PILOT = 64;

    /**
     * Losses on held-out texts like the reference, in nats a byte.
     *
     * @param start of the model that all begin with
     */
    public record Losses(double start, double random, double frozen, double online) {}

    private final OnlineCorpus corpus;
    private final CandidatePool<String> pool;
    private final Clustering clusters;
    private final Budget budget;
    private final Seed seed;

    /**
     * A world to choose in.
     *
     * @param texts of each kind in the pool
     * @param budget tokens to choose
     */
    public OnlineSelection(int texts, long budget, Seed seed) {
        this.corpus = new OnlineCorpus(texts, seed);
        this.pool = CandidatePool.of(corpus.pool(), text -> tokens(text).length(), "online");
        this.budget = Budget.tokens(budget);
        this.seed = seed;
        var embedder = HashedNgramEmbedder.fit(corpus.pool(), HashedNgramOptions.defaults());
        this.clusters = KMeans.of(12).cluster(PoolEmbeddings.inMemory(pool, embedder), seed);
    }

    /** A model that has seen a little of the pool. */
    public Decoder start(long tokens) {
        Decoder model = Decoder.random(SIZES, seed);
        Selection seen = RandomSelector.<String>of().select(pool, Budget.tokens(tokens), new Seed(~seed.value()));
        train(model, seen.choices());
        return model;
    }

    /**
     * Chooses, and trains the model meanwhile.
     *
     * @param journals where the run is kept, to go on with a model that is at the start again
     */
    public Selection online(Decoder model, Optional<Path> journals) {
        // tag::online[]
        int[] trained = {0};
        StagedSelector.Builder<String> stages = StagedSelector.<String>builder(clusters, (stage, chosen) -> {
                    train(model, chosen.subList(trained[0], chosen.size()));
                    trained[0] = chosen.size();
                    return scoredBy(model);
                })
                .rounds(2)
                .options(SelectionOptions.builder().pilot(PILOT).build());
        journals.ifPresent(stages::journals);
        Selection selection = stages.build().select(pool, budget, seed);
        train(model, selection.choices().subList(trained[0], selection.choices().size()));
        // end::online[]
        return selection;
    }

    /** Chooses by the scores of the model as it is, and trains it on that. */
    public Selection frozen(Decoder model) {
        Selection selection;
        try (InfluenceEstimator<String> influence = scoredBy(model)) {
            selection = QuadSelector.builder(clusters, influence)
                    .options(SelectionOptions.builder().pilot(PILOT).build())
                    .build()
                    .select(pool, budget, seed);
        }
        trainInParts(model, selection.choices());
        return selection;
    }

    /** Chooses at random, and trains the model on that. */
    public Selection random(Decoder model) {
        Selection selection = RandomSelector.<String>of().select(pool, budget, seed);
        trainInParts(model, selection.choices());
        return selection;
    }

    /** As large as those of the stages, so that only what was chosen differs. */
    private void trainInParts(Decoder model, List<Choice> choices) {
        int part = Math.max(1, choices.size() / 8);
        for (int from = 0; from < choices.size(); from += part) {
            train(model, choices.subList(from, Math.min(from + part, choices.size())));
        }
    }

    /** The loss of a model on texts like the reference, which nobody chose with. */
    public double loss(Decoder model) {
        return Trainer.meanLoss(model, tokens(corpus.heldOut()), 4096);
    }

    private InfluenceEstimator<String> scoredBy(Decoder model) {
        // tag::scored[]
        var source = new DecoderGradients(model);
        var factors = KroneckerFactors.fit(source, tokens(corpus.pool()), Fisher.sampled(seed, 1));
        try (var gradient = ReferenceDirection.gradient(source, ReferenceSet.of(tokens(corpus.reference())))) {
            var direction = gradient.precondition(factors, Damping.relative(0.1));
            return Influence.of(source)
                    .direction(direction)
                    .estimator()
                    .onClose(direction::close)
                    .from(OnlineSelection::tokens);
        }
        // end::scored[]
    }

    private void train(Decoder model, List<Choice> choices) {
        List<TokenSequence> data = choices.stream()
                .map(choice -> tokens(pool.get(choice.ordinal())))
                .toList();
        if (data.isEmpty()) {
            return;
        }
        long tokens = data.stream().mapToLong(TokenSequence::length).sum();
        TrainingOptions options =
                TrainingOptions.builder(PASSES * tokens).batchTokens(512).build();
        new Trainer(options, seed).train(model, data);
    }

    private static TokenSequence tokens(String text) {
        return Tokenizer.bytes().encode(text);
    }

    private static List<TokenSequence> tokens(List<String> texts) {
        return texts.stream().map(OnlineSelection::tokens).toList();
    }

    /** All ways from one start. */
    public Losses compare(long startTokens) {
        try (Decoder start = start(startTokens);
                Decoder random = start.copy();
                Decoder frozen = start.copy();
                Decoder online = start.copy()) {
            random(random);
            frozen(frozen);
            online(online, Optional.empty());
            return new Losses(loss(start), loss(random), loss(frozen), loss(online));
        }
    }

    /** Prints the table of three seeds. */
    public static void main(String... arguments) {
        System.out.println("seed   start  random  frozen  online");
        for (long seed = 1; seed <= 3; seed++) {
            Losses losses = new OnlineSelection(150, 24_000, new Seed(seed)).compare(12_000);
            System.out.printf(
                    Locale.ROOT,
                    "%4d  %6.4f  %6.4f  %6.4f  %6.4f%n",
                    seed,
                    losses.start(),
                    losses.random(),
                    losses.frozen(),
                    losses.online());
        }
    }
}
