// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.QuadSelector;
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
import java.util.ArrayList;
import java.util.List;

/**
 * The parts of Quad put together by hand, for documents of any type: train a small model on the pool, cluster the pool,
 * and select for a reference. {@link PipelineInTenLines} has all that the command does.
 *
 * <p>Run it with {@code mvn -q -Dquick -pl examples -am test -Dtest=PartsByHandTest
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
public final class PartsByHand {
    private PartsByHand() {}

    /** Selects from sentences about numbers and about the sea, for a reference about numbers. */
    public static List<String> run() {
        CandidatePool<String> pool = CandidatePool.of(texts(), String::length, "example");
        List<TokenSequence> data =
                texts().stream().map(Tokenizer.bytes()::encode).toList();
        ReferenceSet<TokenSequence> reference =
                ReferenceSet.of(List.of(Tokenizer.bytes().encode("three plus nine is twelve")));
        DecoderConfig sizes = DecoderConfig.builder(257)
                .width(32)
                .layers(2)
                .heads(2)
                .mlpWidth(64)
                .maxLength(64)
                .tiedHead(true)
                .build();
        TrainingOptions training =
                TrainingOptions.builder(50_000).batchTokens(1024).build();
        Seed seed = new Seed(1);

        // tag::select[]
        try (Decoder model = Decoder.random(sizes, seed)) {
            new Trainer(training, seed).train(model, data);
            var source = new DecoderGradients(model);
            var factors = KroneckerFactors.fit(source, data, Fisher.sampled(seed, 1));
            var embedder = HashedNgramEmbedder.fit(texts(), HashedNgramOptions.defaults());
            var clusters = KMeans.of(8).cluster(PoolEmbeddings.inMemory(pool, embedder), seed);
            try (var gradient = ReferenceDirection.gradient(source, reference);
                    var direction = gradient.precondition(factors, Damping.relative(0.1));
                    var influence = Influence.of(source)
                            .direction(direction)
                            .estimator()
                            .from(Tokenizer.bytes()::encode)) {
                Selection selection = QuadSelector.<String>builder(clusters, influence)
                        .build()
                        .select(pool, Budget.documents(20), seed);
                return selection.choices().stream()
                        .map(choice -> pool.get(choice.ordinal()))
                        .toList();
            }
        }
        // end::select[]
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
