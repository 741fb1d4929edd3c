// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Fingerprint;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Tokenizer;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.text.Document;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** A pool in memory, of sums and of sailing, and a tiny model: a run of them takes a fraction of a second. */
final class Small {
    static final DecoderConfig CONFIG = DecoderConfig.builder(257)
            .width(16)
            .layers(1)
            .heads(2)
            .mlpWidth(32)
            .maxLength(64)
            .tiedHead(true)
            .build();
    static final int DOCUMENTS = 120;

    private static final List<String> NUMBERS =
            List.of("two", "three", "four", "five", "six", "seven", "eight", "nine");
    private static final List<String> BOATS = List.of("sloop", "ferry", "canoe", "trawler", "brig");

    private Small() {}

    static CandidatePool<Document> pool() {
        RandomGenerator random = new Seed(3).stream("small");
        List<Document> documents = new ArrayList<>();
        Fingerprint fingerprint = Fingerprint.of("small");
        for (int i = 0; i < DOCUMENTS; i++) {
            StringBuilder text = new StringBuilder();
            for (int sentence = 0; sentence < 3; sentence++) {
                String one = NUMBERS.get(random.nextInt(NUMBERS.size()));
                String other = NUMBERS.get(random.nextInt(NUMBERS.size()));
                text.append(
                        i % 3 == 0
                                ? one + " plus " + other + " is a sum. "
                                : "the " + BOATS.get(random.nextInt(BOATS.size())) + " sailed with a crew of " + one
                                        + ". ");
            }
            documents.add(new Document("d" + i, text.toString()));
            fingerprint.add(text.toString());
        }
        documents.add(new Document("again", documents.get(0).text()));
        return CandidatePool.of(
                documents, document -> document.text().getBytes(StandardCharsets.UTF_8).length, fingerprint.hex());
    }

    static ReferenceSet<Document> reference() {
        return ReferenceSet.of(List.of(
                new Document("r0", "three plus nine is a sum. two plus two is a sum."),
                new Document("r1", "seven plus five is a sum. six plus eight is a sum.")));
    }

    static ScoreSettings.Builder scores() {
        return ScoreSettings.builder().factorTokens(1_000).referenceTokens(500);
    }

    /** Writes the tiny model. */
    static Path model(Path folder) {
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(7))) {
            decoder.write(folder);
            return folder;
        }
    }

    /** With the tiny model. */
    static QuadPipeline.Builder pipeline(Path model) {
        return QuadPipeline.builder(reference())
                .model(model, Tokenizer.bytes())
                .scores(scores().build())
                .clusters(6);
    }

    /** With a proxy that is trained for a moment. */
    static QuadPipeline.Builder withProxy() {
        return QuadPipeline.builder(reference())
                .proxy(3_000)
                .scores(scores().build())
                .clusters(6);
    }
}
