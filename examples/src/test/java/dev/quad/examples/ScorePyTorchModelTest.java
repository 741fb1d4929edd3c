// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.influence.CaptureFolder;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.UpdateRule;
import dev.quad.model.AdamMoments;
import dev.quad.model.Biases;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole way with PyTorch, where it is installed: captures, direction, forward passes, against autograd. */
class ScorePyTorchModelTest {
    private static final Path SCRIPTS = Path.of("python").toAbsolutePath();

    @TempDir
    private Path folder;

    @BeforeAll
    static void requireTorch() throws Exception {
        Python.requireTorch();
    }

    private String script() {
        return SCRIPTS.resolve("score_model.py").toString();
    }

    @ParameterizedTest
    @CsvSource({"float32,1e-5,2e-3", "float64,1e-13,1e-8"})
    void scores_ofCapturesAndForwardPasses_agreeWithAutograd(String precision, double exact, double forward)
            throws Exception {
        Python.run(script(), "capture", folder.toString(), precision);
        ScorePyTorchModel.writeDirection(folder);
        String autograd =
                Path.of("src", "test", "resources", "autograd_scores.py").toString();
        List<String> lines = Python.run(autograd, SCRIPTS.toString(), folder.toString(), precision);
        List<String> ids =
                lines.stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
        double[] expected = lines.stream()
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .toArray();

        assertThat(distance(ScorePyTorchModel.scoreCaptures(folder), expected)).isLessThan(exact);
        CaptureFolder pool = CaptureFolder.open(folder.resolve("pool"));
        assertThat(pool.items()).extracting(pool::id).isEqualTo(ids);
        assertThat(pool.positions(3))
                .isEqualTo(IntStream.range(0, pool.tokens(3)).toArray());

        Python.run(script(), "score", folder.toString(), precision);
        assertThat(distance(ScorePyTorchModel.readScores(folder, ids), expected))
                .isLessThan(forward);
        assertThat(ScorePyTorchModel.readScores(folder, List.of("nobody")).reason(0))
                .hasValueSatisfying(reason -> assertThat(reason).contains("no score of \"nobody\""));

        otherDirection_isRefused(pool, ids);
    }

    /**
     * Of Adam after one step with each weight as its own gradient: m is a tenth of the weight, v 0.05 of its square.
     */
    @Test
    void optimizer_ofPyTorch_isReadByTheNamesOfTheModel() throws Exception {
        DecoderConfig config = DecoderConfig.builder(11)
                .width(8)
                .layers(2)
                .heads(2)
                .keyValueHeads(1)
                .mlpWidth(6)
                .maxLength(8)
                .biases(Biases.QUERY_KEY_VALUE)
                .build();
        try (Decoder decoder = Decoder.random(config, new Seed(5))) {
            decoder.write(folder);
            Python.run("-c", """
                    import sys, torch
                    import quad_torch
                    weights, _ = quad_torch.read_safetensors(sys.argv[1] + "/model.safetensors")
                    named = {name: torch.nn.Parameter(value + 0.5) for name, value in weights.items()}
                    adam = torch.optim.AdamW(named.values(), betas=(0.9, 0.95))
                    for parameter in named.values():
                        parameter.grad = parameter.detach().clone()
                    adam.step()
                    quad_torch.write_optimizer(sys.argv[1] + "/optimizer.safetensors", named.items(), adam)
                    """, folder.toString());
            DecoderGradients layers = new DecoderGradients(decoder);
            UpdateRule.AdamState state = AdamMoments.read(folder.resolve("optimizer.safetensors"), layers);

            assertThat(state.beta2()).isEqualTo(0.95);
            for (int layer = 0; layer < layers.layers().size(); layer++) {
                double[] m = state.first().get(layer);
                double[] v = state.second().get(layer);
                double squares = 0;
                for (int i = 0; i < m.length; i++) {
                    assertThat(v[i]).isCloseTo(0.05 * 100 * m[i] * m[i], within(1e-6));
                    double weight = 10 * m[i] - 0.5;
                    squares += weight * weight;
                }
                int only = layer;
                DecoderGradients one = new DecoderGradients(
                        decoder, name -> name.equals(layers.layers().get(only).name()));
                assertThat(Math.sqrt(squares)).isCloseTo(one.parameterNorm(), within(1e-4));
            }
        }
    }

    /** Scores along a direction say nothing about another. */
    private void otherDirection_isRefused(CaptureFolder pool, List<String> ids) throws IOException {
        Path file = folder.resolve("direction.safetensors");
        try (ReferenceDirection other = ReferenceDirection.gradient(
                pool, dev.quad.ReferenceSet.of(pool.items().subList(0, 1)))) {
            other.write(file);
        }
        assertThatThrownBy(() -> ScorePyTorchModel.readScores(folder, ids))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("\"direction\"");
    }

    /** The largest difference over the largest score. */
    static double distance(InfluenceScores found, double[] expected) {
        assertThat(found.size()).isEqualTo(expected.length);
        double furthest = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            furthest = Math.max(furthest, Math.abs(found.value(i) - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return furthest / largest;
    }
}
