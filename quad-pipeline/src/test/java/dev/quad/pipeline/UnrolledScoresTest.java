// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.files.Safetensors;
import dev.quad.influence.Curvature;
import dev.quad.influence.GradientSource;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Unrolling;
import dev.quad.linalg.Owned;
import dev.quad.model.Decoder;
import dev.quad.text.ChunkedInfluence;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnrolledScoresTest {
    private static final Seed SEED = new Seed(1);
    private static final List<Double> TIMES = List.of(0.7, 3.0);

    @TempDir
    private Path folder;

    private List<Path> models(int count) {
        List<Path> models = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Path model = folder.resolve("model" + i);
            try (Decoder decoder = Decoder.random(Small.CONFIG, new Seed(7 + i))) {
                decoder.write(model);
            }
            models.add(model);
        }
        return models;
    }

    private static PoolScores.Builder along() {
        return PoolScores.along(Small.reference()).scores(Small.scores().build());
    }

    private double[] found(PoolScores.Builder scores, String name) throws IOException {
        Path file = folder.resolve(name + ".safetensors");
        scores.build().write(file, Small.pool(), SEED);
        Safetensors tensors = Safetensors.open(file);
        assertThat(tensors.metadata()).doesNotContainKey("damping").containsEntry("segments", TIMES.toString());
        return tensors.doubles("score");
    }

    private static List<TokenSequence> chunks(Chunker chunker, List<Document> documents) {
        return documents.stream()
                .flatMap(document -> chunker.chunks(document).stream())
                .toList();
    }

    /** Put together from the classes of Java, checkpoint by checkpoint. */
    private static InfluenceScores unrolled(List<Path> models) {
        CandidatePool<Document> pool = Small.pool();
        ScoreSettings settings = Small.scores().build();
        Chunker chunker = Chunker.builder(Tokenizer.bytes())
                .length(Small.CONFIG.maxLength())
                .build();
        List<TokenSequence> sample = TokenSample.ofPool(
                pool, i -> i < Small.DOCUMENTS, chunker, 1_000, SEED.stream("factors.sample")); // the last is a copy
        try (Owned owned = new Owned()) {
            List<GradientSource<TokenSequence>> sources = new ArrayList<>();
            List<KroneckerFactors> factors = new ArrayList<>();
            for (Path model : models) {
                sources.add(Scoring.source(owned.add(Decoder.map(model)), settings));
                factors.add(KroneckerFactors.fit(sources.get(sources.size() - 1), sample, settings.fisher(SEED)));
            }
            List<Unrolling.Segment<TokenSequence>> segments = new ArrayList<>();
            for (int s = 0; s < 2; s++) {
                segments.add(new Unrolling.Segment<>(
                        sources.subList(2 * s, 2 * s + 2),
                        Curvature.kfac(KroneckerFactors.average(factors.subList(2 * s, 2 * s + 2))),
                        TIMES.get(s) / 10,
                        10));
            }
            ReferenceDirection gradient = owned.add(ReferenceDirection.gradient(
                    sources.get(3),
                    ReferenceSet.of(chunks(chunker, Small.reference().items()))));
            InfluenceEstimator<Document> documents =
                    owned.add(new ChunkedInfluence(Unrolling.of(segments, gradient), chunker));
            return documents.score(
                    IntStream.range(0, pool.size()).mapToObj(pool::get).toList());
        }
    }

    @Test
    void scores_throughSegments_areThoseOfUnrolling() throws IOException {
        List<Path> models = models(4);
        double[] found = found(along().unrolled(models, TIMES, Tokenizer.bytes()), "unrolled");
        InfluenceScores expected = unrolled(models);
        double largest = Arrays.stream(found).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(expected.value(i), within(1e-5 * largest)); // products in single precision
        }

        double[] turned = found(
                along().unrolled(
                                List.of(models.get(2), models.get(3), models.get(0), models.get(1)),
                                TIMES,
                                Tokenizer.bytes()),
                "turned");
        double moved = IntStream.range(0, found.length)
                .mapToDouble(i -> Math.abs(turned[i] - found[i]))
                .max()
                .orElseThrow();
        assertThat(moved).isGreaterThan(1e-3 * largest); // the order is that of the training
    }

    @Test
    void build_whatIsNoTraining_isRefused() {
        List<Path> models = List.of(folder.resolve("a"), folder.resolve("b"), folder.resolve("c"));
        assertThatThrownBy(() -> along().unrolled(models, TIMES, Tokenizer.bytes())
                        .pairwise()
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there are 2 segments of a training with 3 checkpoints")
                .hasMessageContaining("scores through segments are products with one reference, by document");
        assertThatThrownBy(() -> along().unrolled(models, List.of(0.0), Tokenizer.bytes())
                        .build())
                .hasMessageContaining("the segments of the training are [0.0], learning rate times steps");
        assertThatThrownBy(() ->
                        along().unrolled(models, List.of(), Tokenizer.bytes()).build())
                .hasMessageContaining("there are 0 segments of a training");
    }
}
