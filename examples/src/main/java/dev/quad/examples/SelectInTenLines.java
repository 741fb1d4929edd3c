// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.QuadSelector;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansOptions;
import dev.quad.influence.Damping;
import dev.quad.influence.DirectionInfluence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.HashedNgramEmbedder;
import dev.quad.text.HashedNgramOptions;
import dev.quad.text.PoolEmbeddings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The whole of Quad from Java: train a small model on the pool, cluster the pool, and select for a reference.
 *
 * <p>Run it with {@code mvn -q -Dquick -pl examples -am test -Dtest=SelectInTenLinesTest -Dsurefire.failIfNoSpecifiedTests=false}.
 */
public final class SelectInTenLines {
    private SelectInTenLines() {}

    /** Selects from sentences about numbers and about the sea, for a reference about numbers. */
    public static List<String> run() throws IOException {
        List<String> texts = texts();
        Seed seed = new Seed(1);
        Tokenizer tokenizer = Tokenizer.bytes();
        List<TokenSequence> data = texts.stream().map(tokenizer::encode).toList();
        List<TokenSequence> target = List.of(tokenizer.encode("three plus nine is twelve"));
        DecoderConfig sizes = new DecoderConfig(257, 32, 2, 2, 2, 64, 64, 10_000, 1e-5, true);

        try (Decoder model = Decoder.random(sizes, seed)) {
            // tag::select[]
            new Trainer(
                            TrainingOptions.builder(50_000).batchTokens(1024).build(),
                            seed,
                            (s, n, of, loss) -> {},
                            Optional.empty())
                    .train(model, data);
            DecoderGradients source = new DecoderGradients(model);
            KroneckerFactors factors = KroneckerFactors.fit(source, data, Targets.sampled(seed, 0), 4096, tokens -> {});
            CandidatePool<String> pool = CandidatePool.of(texts, String::length, "example");
            HashedNgramEmbedder embedder = HashedNgramEmbedder.fit(texts, HashedNgramOptions.defaults());
            Clustering clusters = KMeans.of(KMeansOptions.builder(8).build())
                    .cluster(PoolEmbeddings.inMemory(pool, embedder, rows -> {}), seed);
            try (ReferenceDirection gradient =
                            ReferenceDirection.gradient(source, ReferenceSet.of(target), 4096, t -> {});
                    ReferenceDirection direction = gradient.precondition(factors, Damping.relative(0.1));
                    TextInfluence influence = new TextInfluence(new DirectionInfluence<>(source, direction, 4096))) {
                Selection selection = QuadSelector.<String>builder(clusters, influence)
                        .build()
                        .select(pool, Budget.documents(20), seed);
                return selection.choices().stream()
                        .map(choice -> texts.get(choice.ordinal()))
                        .toList();
            }
            // end::select[]
        }
    }

    private static List<String> texts() {
        String[] words = {"two", "three", "four", "five", "six", "seven", "eight", "nine"};
        String[] boats = {"the sloop", "the ferry", "the canoe", "the trawler", "the brig"};
        String[] moves = {"drifted past the cape", "left the harbour at dawn", "lay at anchor", "fought the swell"};
        List<String> texts = new ArrayList<>();
        for (String first : words) {
            for (String second : words) {
                texts.add(first + " plus " + second + " is a sum of two numbers");
            }
        }
        for (String boat : boats) {
            for (String move : moves) {
                for (String when : words) {
                    texts.add(boat + " " + move + " with a crew of " + when);
                }
            }
        }
        return texts;
    }
}
