// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.CaptureFolder;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.ScoreFile;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The Python package quad_torch: its own tests, and against the gradients that Quad computes of the same checkpoint.
 */
class QuadTorchTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void requireTorch() throws Exception {
        Python.requireTorch();
    }

    @Test
    void tests_ofThePackage_pass() throws Exception {
        Python.run(
                "-m",
                "unittest",
                "discover",
                "-s",
                Python.PACKAGE.resolve("tests").toString());
    }

    /**
     * Single precision to the condition of some hundred sums; bfloat16 has 8 bits, in some ten roundings one after
     * another.
     */
    @ParameterizedTest
    @CsvSource({"float32,1e-4,1e-2", "bfloat16,1e-1,1e-1"})
    void checkpoint_inTheLayoutOfHuggingFace_hasTheScoresOfQuad(String precision, double backward, double forward)
            throws Exception {
        DecoderConfig config = DecoderConfig.builder(31)
                .width(16)
                .layers(2)
                .heads(4)
                .keyValueHeads(2)
                .mlpWidth(24)
                .maxLength(16)
                .build();
        List<TokenSequence> reference = texts(7, 1);
        List<TokenSequence> pool = texts(9, 2);
        Files.writeString(
                folder.resolve("texts.json"), "{\"reference\": " + json(reference) + ", \"pool\": " + json(pool) + "}");
        InfluenceScores expected;
        try (Decoder decoder = Decoder.random(config, new Seed(5))) {
            decoder.write(folder);
            // as llama_scores.py has it: every third word of the vocabulary is not to be predicted
            DecoderGradients source = new DecoderGradients(decoder).lossOn((text, at) -> text.id(at) % 3 != 0);
            try (ReferenceDirection direction = ReferenceDirection.gradient(source, ReferenceSet.of(reference));
                    InfluenceEstimator<TokenSequence> influence =
                            Influence.of(source).direction(direction).estimator()) {
                expected = influence.score(pool);
            }
        }

        String script = Path.of("src", "test", "resources", "llama_scores.py").toString();
        Python.run(script, "capture", folder.toString(), precision);
        CaptureFolder captured = CaptureFolder.open(folder.resolve("captures"));
        CaptureFolder few = CaptureFolder.open(folder.resolve("reference-projected"));
        CaptureFolder projected = CaptureFolder.open(folder.resolve("pool-projected"));
        try (ReferenceDirection direction = ReferenceDirection.gradient(captured, ReferenceSet.of(captured.items()))) {
            direction.write(folder.resolve("direction.safetensors"));
            if (precision.equals("bfloat16")) {
                CaptureFolder half = CaptureFolder.open(folder.resolve("half"));
                try (ReferenceDirection same = ReferenceDirection.gradient(half, ReferenceSet.of(half.items()))) {
                    assertThat(same.fingerprint()).isEqualTo(direction.fingerprint());
                }
            }
            try (ReferenceDirection small = ReferenceDirection.gradient(few, ReferenceSet.of(few.items()));
                    InfluenceEstimator<Integer> influence =
                            Influence.of(projected).direction(small).estimator()) {
                small.write(folder.resolve("direction-projected.safetensors"));
                Python.run(script, "score", folder.toString(), precision);
                assertThat(distance("projected", small, influence.score(projected.items())))
                        .isLessThan(backward);
            }
            assertThat(distance("backward", direction, expected)).isLessThan(backward);
            assertThat(distance("forward", direction, expected)).isLessThan(forward);
        }
    }

    private double distance(String name, ReferenceDirection direction, InfluenceScores expected) {
        List<String> ids =
                IntStream.range(0, expected.size()).mapToObj(i -> "pool-" + i).toList();
        try (ScoreFile file = ScoreFile.open(folder.resolve(name + ".safetensors"), direction)) {
            return ScorePyTorchModelTest.distance(
                    file.score(ids),
                    IntStream.range(0, ids.size()).mapToDouble(expected::value).toArray());
        }
    }

    private static List<TokenSequence> texts(int count, int seed) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> TokenSequence.of(
                        random.ints(random.nextInt(6, 13), 0, 31).toArray()))
                .toList();
    }

    private static String json(List<TokenSequence> texts) {
        return texts.stream()
                .map(text ->
                        IntStream.range(0, text.length()).map(text::id).boxed().toList())
                .toList()
                .toString();
    }
}
