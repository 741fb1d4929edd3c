// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Fingerprint;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.model.Decoder;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Documents that losses are measured on. Those that are too short to be read have no part in it. */
final class HeldOut {
    private static final int BATCH = 16;

    private final List<Path> files;
    private final int trainedOn;
    private final List<Document> documents = new ArrayList<>();
    private final List<TokenSequence> sequences = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>(); // of each document, in sequences
    private final String digest;

    /**
     * Of what was read.
     *
     * @param files where it stands
     * @param all without what is trained on
     * @param trainedOn how many documents that were
     */
    HeldOut(List<Path> files, List<Document> all, int trainedOn, Chunker chunker) {
        this.files = files;
        this.trainedOn = trainedOn;
        Fingerprint contents = Fingerprint.of("quad.heldout").add(chunker.id());
        for (Document document : all) {
            List<TokenSequence> chunks = chunker.chunks(document);
            if (!chunks.isEmpty()) {
                documents.add(document);
                sequences.addAll(chunks);
                ends.add(sequences.size());
                contents.add(document.text());
            }
        }
        this.digest = contents.hex();
    }

    /** How many documents were left out, since something is trained on them. */
    int trainedOn() {
        return trainedOn;
    }

    List<Document> documents() {
        return documents;
    }

    /** The length of each document in UTF-8. */
    long[] bytes() {
        return documents.stream()
                .mapToLong(document -> document.text().getBytes(StandardCharsets.UTF_8).length)
                .toArray();
    }

    /** How many tokens are predicted. */
    long tokens() {
        return TokenSample.tokens(sequences);
    }

    String digest() {
        return digest;
    }

    /** The loss of each document in nats. */
    double[] losses(Decoder decoder) {
        double[] result = new double[documents.size()];
        int document = 0;
        for (int from = 0; from < sequences.size(); from += BATCH) {
            BatchLosses batch = decoder.losses(sequences.subList(from, Math.min(sequences.size(), from + BATCH)));
            for (int i = 0; i < batch.items(); i++) {
                document += from + i == ends.get(document) ? 1 : 0;
                result[document] += batch.sum(i);
            }
        }
        return result;
    }

    @Override
    public String toString() {
        return files.stream().map(Path::toString).collect(Collectors.joining(", "));
    }
}
