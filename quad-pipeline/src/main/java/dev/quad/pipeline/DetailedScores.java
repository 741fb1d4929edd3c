// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import dev.quad.TokenSequence;
import dev.quad.influence.GradientSource;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Scores of documents with what they are made of. Each value of a document is the mean of those of its chunks, by
 * tokens or by chunks, as in {@link dev.quad.text.ChunkedInfluence}: {@code Σ_c w_c u_c / Σ_c w_c} with {@code u_c =
 * v_c / n_c}, v_c of the loss summed over the n_c tokens of the chunk. Values by token are those of the chunks one
 * after the other, each {@code w_c v / n_c}, so that their mean is the score.
 */
final class DetailedScores {
    private final GradientSource<TokenSequence> source;
    private final Chunker chunker;
    private final boolean equalChunks;
    private final Values values;
    private final boolean byToken;
    private final int power;
    private final ToDoubleFunction<double[]> score;

    /** Gives the values of each chunk, of its summed loss. */
    @FunctionalInterface
    interface Values {
        double[][] of(List<TokenSequence> chunks);
    }

    private DetailedScores(
            GradientSource<TokenSequence> source,
            Chunker chunker,
            boolean equalChunks,
            Values values,
            boolean byToken,
            int power,
            ToDoubleFunction<double[]> score) {
        this.source = source;
        this.chunker = chunker;
        this.equalChunks = equalChunks;
        this.values = values;
        this.byToken = byToken;
        this.power = power;
        this.score = score;
    }

    /** As many values of each chunk, of which something is the score. */
    static DetailedScores of(
            GradientSource<TokenSequence> source,
            Chunker chunker,
            boolean equalChunks,
            Values values,
            ToDoubleFunction<double[]> score) {
        return new DetailedScores(source, chunker, equalChunks, values, false, 1, score);
    }

    /** A value for each token of a chunk. */
    static DetailedScores byToken(GradientSource<TokenSequence> source, Chunker chunker, Values values) {
        return new DetailedScores(source, chunker, false, values, true, 1, all -> 0);
    }

    /** One value of each chunk, of the square of its gradient, which is the score. */
    static DetailedScores ofSquares(
            GradientSource<TokenSequence> source, Chunker chunker, boolean equalChunks, Values values) {
        return new DetailedScores(source, chunker, equalChunks, values, false, 2, all -> all[0]);
    }

    /** What is found of some documents: a score for each, and its values where it has one. */
    record Found(InfluenceScores scores, List<float[]> values) {
        /**
         * Of scores along directions, each of the same documents.
         *
         * @param kept whether each direction's is a value of the document
         */
        static Found of(List<InfluenceScores> each, int documents, boolean kept, ToDoubleFunction<double[]> score) {
            InfluenceScores.Builder scores = InfluenceScores.builder();
            List<float[]> values = new ArrayList<>();
            for (int d = 0; d < documents; d++) {
                int document = d;
                Optional<String> reason = each.stream()
                        .flatMap(found -> found.reason(document).stream())
                        .findFirst();
                if (reason.isPresent()) {
                    scores.flag(reason.get());
                    values.add(ScoredDocument.NO_VALUES);
                } else {
                    double[] all = each.stream()
                            .mapToDouble(found -> found.value(document))
                            .toArray();
                    scores.add(score.applyAsDouble(all));
                    values.add(kept ? floats(all) : ScoredDocument.NO_VALUES);
                }
            }
            return new Found(scores.build(), kept ? values : List.of());
        }

        /** {@code Σ_t η_t} of what several models find of the same documents, of which each has as many values. */
        static Found sum(List<Found> each, double... weights) {
            if (each.size() == 1) {
                return each.get(0);
            }
            InfluenceScores scores =
                    InfluenceScores.sum(each.stream().map(Found::scores).toList(), weights);
            List<float[]> values = new ArrayList<>();
            for (int d = 0; d < each.get(0).values().size(); d++) {
                float[] sum =
                        scores.isScored(d) ? new float[each.get(0).values().get(d).length] : ScoredDocument.NO_VALUES;
                for (int i = 0; i < sum.length; i++) {
                    for (int part = 0; part < weights.length; part++) {
                        sum[i] +=
                                (float) (weights[part] * each.get(part).values().get(d)[i]);
                    }
                }
                values.add(sum);
            }
            return new Found(scores, values);
        }

        /** Of what is found of the same documents for several tasks the best of each. */
        static Found best(List<Found> tasks) {
            if (tasks.size() == 1) {
                return tasks.get(0);
            }
            InfluenceScores first = tasks.get(0).scores();
            InfluenceScores.Builder best = InfluenceScores.builder();
            for (int d = 0; d < first.size(); d++) {
                int document = d;
                Optional<Found> flagged = tasks.stream()
                        .filter(task -> !task.scores().isScored(document))
                        .findFirst();
                if (flagged.isPresent()) {
                    best.flag(flagged.get().scores().reason(d).orElseThrow());
                } else {
                    best.add(tasks.stream()
                            .mapToDouble(task -> task.scores().value(document))
                            .max()
                            .orElseThrow());
                }
            }
            return new Found(best.build(), List.of());
        }
    }

    Found score(List<Document> documents) {
        List<TokenSequence> chunks = new ArrayList<>();
        int[] starts = new int[documents.size() + 1];
        for (int d = 0; d < documents.size(); d++) {
            chunks.addAll(chunker.chunks(documents.get(d)));
            starts[d + 1] = chunks.size();
        }
        List<Chunk> found = found(chunks);
        InfluenceScores.Builder scores = InfluenceScores.builder();
        List<float[]> all = new ArrayList<>();
        for (int d = 0; d < documents.size(); d++) {
            all.add(combine(found.subList(starts[d], starts[d + 1]), scores));
        }
        return new Found(scores.build(), all);
    }

    /**
     * What is known of a chunk.
     *
     * @param values of the mean loss; null where it has none
     * @param reason why it has none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Chunk(int weight, double @Nullable [] values, Optional<String> reason) {}

    private List<Chunk> found(List<TokenSequence> chunks) {
        List<Chunk> result = new ArrayList<>();
        if (chunks.isEmpty()) {
            return result;
        }
        try {
            double[][] sums = values.of(chunks);
            for (int c = 0; c < sums.length; c++) {
                result.add(chunk(chunks.get(c), sums[c]));
            }
        } catch (NumericalException e) { // of one of them
            for (TokenSequence chunk : chunks) {
                result.add(alone(chunk));
            }
        }
        return result;
    }

    private Chunk alone(TokenSequence chunk) {
        try {
            return chunk(chunk, values.of(List.of(chunk))[0]);
        } catch (NumericalException e) {
            return new Chunk(0, null, Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private Chunk chunk(TokenSequence chunk, double[] sums) {
        int tokens = source.tokens(chunk);
        if (tokens == 0) {
            return new Chunk(0, null, Optional.of("it has no token to predict"));
        }
        double unit = Math.pow(tokens, power);
        int weight = equalChunks ? 1 : chunk.length() - 1;
        return new Chunk(weight, Arrays.stream(sums).map(sum -> sum / unit).toArray(), Optional.empty());
    }

    private float[] combine(List<Chunk> chunks, InfluenceScores.Builder scores) {
        if (chunks.isEmpty()) {
            scores.flag("the document is too short: " + chunker.id());
            return ScoredDocument.NO_VALUES;
        }
        List<Chunk> scored =
                chunks.stream().filter(chunk -> chunk.values() != null).toList();
        if (scored.isEmpty() || (byToken && scored.size() < chunks.size())) {
            scores.flag((byToken ? "a" : "no") + " chunk of the document could "
                    + (byToken ? "not " : "") + "be scored; the first: "
                    + chunks.stream()
                            .flatMap(chunk -> chunk.reason().stream())
                            .findFirst()
                            .orElseThrow());
            return ScoredDocument.NO_VALUES;
        }
        double weight = scored.stream().mapToDouble(Chunk::weight).sum();
        double[] means = byToken ? tokens(scored) : means(scored, weight);
        float[] rounded = floats(means);
        double mean = byToken ? Arrays.stream(means).sum() / weight : score.applyAsDouble(means);
        if (IntStream.range(0, rounded.length).anyMatch(i -> Float.isInfinite(rounded[i]))) {
            scores.flag("it has values of which single precision has none; look at the damping");
            return ScoredDocument.NO_VALUES;
        }
        scores.add(mean);
        return rounded;
    }

    private static double[] tokens(List<Chunk> chunks) {
        return chunks.stream()
                .flatMapToDouble(chunk -> Arrays.stream(valuesOf(chunk)).map(value -> value * chunk.weight()))
                .toArray();
    }

    private static double[] means(List<Chunk> chunks, double weight) {
        int count = valuesOf(chunks.get(0)).length;
        return IntStream.range(0, count)
                .mapToDouble(i -> chunks.stream()
                        .mapToDouble(chunk -> chunk.weight() / weight * valuesOf(chunk)[i])
                        .sum())
                .toArray();
    }

    private static double[] valuesOf(Chunk chunk) {
        return Objects.requireNonNull(chunk.values());
    }

    private static float[] floats(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }
}
