// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.files.SafetensorsWriter;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import dev.quad.influence.UpdateRule;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdamMomentsTest {
    @TempDir
    private Path folder;

    private static DecoderConfig config(Biases biases, boolean tied) {
        return DecoderConfig.builder(7)
                .width(8)
                .layers(2)
                .heads(2)
                .keyValueHeads(1)
                .mlpWidth(6)
                .maxLength(8)
                .biases(biases)
                .tiedHead(tied)
                .build();
    }

    /** One step from nothing: {@code m = (1−β₁)g} and {@code v = (1−β₂)g²}, with g from the captures. */
    @ParameterizedTest
    @EnumSource(Biases.class)
    void moments_afterOneStep_areThoseOfTheGradientOfTheMeanLoss(Biases biases) {
        DecoderConfig config = config(biases, false);
        List<TokenSequence> data = List.of(TokenSequence.of(0, 1, 2, 3, 4, 6, 5, 0));
        TrainingOptions options =
                TrainingOptions.builder(7).batchTokens(7).clip(1e9).build();
        Path state = folder.resolve("state");
        try (Decoder decoder = Decoder.random(config, new Seed(3));
                Decoder before = Decoder.random(config, new Seed(3))) {
            Captures captures = Captures.of(before, data, Targets.observed());
            new Trainer(options, new Seed(1), (step, tokens, total, loss) -> {}, Optional.of(state))
                    .train(decoder, data);
            AdamMoments.write(state, decoder, folder);

            DecoderGradients all = DecoderGradients.withHead(decoder);
            UpdateRule.AdamState found = AdamMoments.read(folder.resolve(AdamMoments.FILE), all);
            UpdateRule.adam(found).requireLayers(all.layers());
            assertThat(found.beta1()).isEqualTo(0.9);
            assertThat(found.beta2()).isEqualTo(0.95);
            assertThat(found.epsilon()).isEqualTo(1e-8);
            for (int layer = 0; layer < all.layers().size(); layer++) {
                double[] sum = captures.product(layer, 1);
                for (int i = 0; i < sum.length; i++) {
                    double g = sum[i] / 7;
                    assertThat(found.first().get(layer)[i])
                            .as("m of %s at %s", all.layers().get(layer), i)
                            .isCloseTo(0.1 * g, within(1e-6));
                    assertThat(found.second().get(layer)[i])
                            .as("v of %s at %s", all.layers().get(layer), i)
                            .isCloseTo(0.05 * g * g, within(1e-6));
                }
            }
            DecoderGradients mlp = new DecoderGradients(decoder, name -> name.contains(".mlp."));
            UpdateRule.AdamState some = AdamMoments.read(folder.resolve(AdamMoments.FILE), mlp);
            assertThat(some.first().get(1)).containsExactly(found.first().get(3));
            assertThat(some.second().get(2)).containsExactly(found.second().get(6));
        }
    }

    /** A file of another stack, all tensors of which hold one number. */
    private Path file(DecoderConfig config, Map<String, String> metadata, String without, int extraRows) {
        Map<String, String> all =
                new HashMap<>(Map.of("format", "quad.optimizer.1", "beta1", "0.8", "beta2", "0.99", "epsilon", "1e-6"));
        all.putAll(metadata);
        SafetensorsWriter writer = new SafetensorsWriter(all);
        CheckpointFolder.slots(config, new Layout(config)).forEach((name, slot) -> {
            int[] shape = slot.sizes();
            shape[0] += name.endsWith("1.mlp.down_proj.weight") ? extraRows : 0;
            int size = slot.size() / slot.sizes()[0] * shape[0];
            for (String kind : new String[] {"exp_avg.", "exp_avg_sq."}) {
                if (!(kind + name).equals(without)) {
                    writer.add(kind + name, FloatBuffer.allocate(size), shape);
                }
            }
        });
        Path file = folder.resolve(AdamMoments.FILE);
        writer.write(file);
        return file;
    }

    @Test
    void file_ofAnotherStack_isReadOrRefusedByName() {
        DecoderConfig config = config(Biases.NONE, true);
        try (Decoder decoder = Decoder.random(config, new Seed(3))) {
            DecoderGradients layers = new DecoderGradients(decoder);
            UpdateRule.AdamState state =
                    AdamMoments.read(file(config, Map.of(), "exp_avg.model.embed_tokens.weight", 0), layers);
            assertThat(state.beta1()).isEqualTo(0.8);
            assertThat(state.first().stream().mapToInt(values -> values.length))
                    .containsExactlyElementsOf(
                            layers.layers().stream().map(LayerShape::weights).toList());

            String lost = "exp_avg_sq.model.layers.1.self_attn.k_proj.weight";
            String file = folder + "/optimizer.safetensors";
            assertThatThrownBy(() -> AdamMoments.read(file(config, Map.of(), lost, 0), layers))
                    .isInstanceOf(InputException.class)
                    .hasMessage(file + " has no tensor \"" + lost
                            + "\"; each tensor of a layer that counts must have its two moments");
            assertThatThrownBy(() -> AdamMoments.read(file(config, Map.of(), "", 1), layers))
                    .hasMessage(file + " has the tensor \"exp_avg.model.layers.1.mlp.down_proj.weight\" of the shape"
                            + " [9, 6], and the model's is [8, 6]; give the moments of that model");
            assertThatThrownBy(() -> AdamMoments.read(file(config, Map.of("beta1", "much"), "", 0), layers))
                    .hasMessage(file + " has much for \"beta1\" in its metadata; a number is needed");
            assertThatThrownBy(() -> AdamMoments.read(file(config, Map.of("beta1", "1"), "", 0), layers))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(file + ": Adam has beta1 1.0")
                    .hasMessageContaining("allowed are betas in [0, 1)");
            assertThatThrownBy(() -> AdamMoments.read(file(config, Map.of("model", "m1"), "", 0), layers))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining(file + " has the moments of the model m1, and this one is");
            DecoderGradients attention = new DecoderGradients(decoder, name -> name.contains(".attention."));
            String norm = "exp_avg.model.layers.0.input_layernorm.weight";
            assertThat(AdamMoments.read(file(config, Map.of(), norm, 1), attention)
                            .first())
                    .as("the MLP of another shape, and no norm")
                    .hasSize(4);
        }
    }
}
