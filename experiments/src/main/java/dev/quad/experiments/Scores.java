// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import dev.quad.text.ScoreColumn;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Scores that were made before, by the ids of documents, as an estimator that counts what making them takes. */
final class Scores implements InfluenceEstimator<Document> {
    private static final String NO_SCORE = "no score";
    /** Of a document two chunks are read at most, as the default has it. */
    private static final int MOST_TOKENS = 2 * Chunker.DEFAULT_LENGTH;

    private final Map<String, Double> values;
    private final double flops;
    private final String fingerprint;

    private Scores(Map<String, Double> values, double flops, String fingerprint) {
        this.values = values;
        this.flops = flops;
        this.fingerprint = fingerprint;
    }

    static Scores read(JsonlPool pool, Path file, double flops) {
        Map<String, Double> values = new LinkedHashMap<>();
        ScoreColumn column = ScoreColumn.read(pool, file, "id");
        List<Document> documents =
                IntStream.range(0, pool.size()).mapToObj(pool::get).toList();
        InfluenceScores scores = column.score(documents);
        for (int i = 0; i < documents.size(); i++) {
            if (scores.isScored(i)) {
                values.put(documents.get(i).id(), scores.value(i));
            }
        }
        return new Scores(values, flops, column.fingerprint());
    }

    /** The same scores, each given to another document by lot. */
    Scores shuffled(Seed seed) {
        List<Double> all = new ArrayList<>(values.values());
        RandomGenerator random = seed.stream("experiment.shuffled");
        Map<String, Double> shuffled = new LinkedHashMap<>();
        for (String id : values.keySet()) {
            shuffled.put(id, all.remove(random.nextInt(all.size())));
        }
        return new Scores(shuffled, flops, fingerprint + " shuffled by " + seed.value());
    }

    /** NaN where a document has none. */
    double of(Document document) {
        return values.getOrDefault(document.id(), Double.NaN);
    }

    @Override
    public InfluenceScores score(List<? extends Document> items) {
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (Document item : items) {
            Double value = values.get(item.id());
            if (value == null) {
                scores.flag(NO_SCORE);
            } else {
                scores.add(value);
                scores.countTokens(Math.min(MOST_TOKENS, item.text().getBytes(StandardCharsets.UTF_8).length));
            }
        }
        return scores.build();
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public OptionalDouble flopsPerToken() {
        return OptionalDouble.of(flops);
    }
}
