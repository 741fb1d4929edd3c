// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.InfluenceScores;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Scores each document for itself, several at once; what goes through the model are bytes of UTF-8. */
abstract class TextScores implements FittedScorer<Document> {
    private final String id;
    private final String fingerprint;
    private final Duration fitTime;
    private final double flopsPerByte;

    /**
     * @param learned the digest of what was learned, to which the id is added
     * @param start of the learning, by {@link System#nanoTime}
     * @param flopsPerByte the most operations that a byte takes
     */
    TextScores(String id, Fingerprint learned, long start, double flopsPerByte) {
        this(id, learned.add(id).hex(), Duration.ofNanos(System.nanoTime() - start), flopsPerByte);
    }

    TextScores(String id, String fingerprint, Duration fitTime, double flopsPerByte) {
        this.id = id;
        this.fingerprint = fingerprint;
        this.fitTime = fitTime;
        this.flopsPerByte = flopsPerByte;
    }

    /** NaN where there is none. */
    abstract double score(String text);

    /** Why there is none. */
    String reason(String text) {
        return text.isEmpty() ? "the text is empty" : "the text has no word";
    }

    @Override
    public InfluenceScores score(List<? extends Document> documents) {
        Objects.requireNonNull(documents, "the documents are null");
        double[] values = new double[documents.size()];
        IntStream.range(0, values.length)
                .parallel()
                .forEach(i -> values[i] = score(documents.get(i).text()));
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (int i = 0; i < values.length; i++) {
            scores.countTokens(bytes(documents.get(i).text()));
            if (Double.isNaN(values[i])) {
                scores.flag(reason(documents.get(i).text()));
            } else {
                scores.add(values[i]);
            }
        }
        return scores.build();
    }

    private static long bytes(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
        }
        return bytes;
    }

    @Override
    public final OptionalDouble flopsPerToken() {
        return OptionalDouble.of(flopsPerByte);
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final String fingerprint() {
        return fingerprint;
    }

    @Override
    public final Duration fitTime() {
        return fitTime;
    }

    @Override
    public String toString() {
        return id;
    }
}
