// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.influence.LayerShape;
import dev.quad.linalg.Floats;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelCheckTest {
    private static DecoderConfig config(boolean tied) {
        return DecoderConfig.builder(40)
                .width(12)
                .layers(5)
                .heads(3)
                .keyValueHeads(1)
                .mlpWidth(9)
                .maxLength(20)
                .biases(Biases.QUERY_KEY_VALUE)
                .tiedHead(tied)
                .build();
    }

    @Test
    void of_aModel_findsEveryLayerAndNothingWrong() {
        for (boolean tied : new boolean[] {true, false}) {
            long before = Floats.liveBytes();
            try (Decoder decoder = DecoderCase.decoder(config(tied), 3)) {
                String fingerprint = decoder.fingerprint();
                ModelCheck check = ModelCheck.of(decoder, new Seed(1));

                assertThat(check.problems()).isEmpty();
                assertThat(check.batching()).isLessThan(ModelCheck.BATCHING);
                assertThat(check.layers()).hasSize(21);
                assertThat(check.layers().get(20).shape()).isEqualTo(new LayerShape("head", 12, 40));
                assertThat(check.layers())
                        .extracting(ModelCheck.Layer::group)
                        .startsWith("attention", "attention", "mlp", "mlp")
                        .endsWith("head");
                assertThat(check.layers().stream().filter(ModelCheck.Layer::isChecked))
                        .hasSize(13);
                assertThat(check.tiedHead()).isEqualTo(tied);
                assertThat(check.unseen()).isEqualTo(11 * 12 + (tied ? 0 : 40 * 12));
                assertThat(ModelCheck.of(decoder, new Seed(1))).isEqualTo(check);
                assertThat(decoder.fingerprint()).isEqualTo(fingerprint);
            }
            assertThat(Floats.liveBytes()).isEqualTo(before);
        }
    }

    @Test
    void problems_ofWhatIsOff_areNamedWithTheirFigures() {
        LayerShape shape = new LayerShape("layers.0.mlp.down", 3, 2);
        ModelCheck check = new ModelCheck(
                List.of(
                        new ModelCheck.Layer(shape, "mlp", 0.5),
                        new ModelCheck.Layer(shape, "mlp", Double.NaN),
                        new ModelCheck.Layer(shape, "mlp", 1e-3)),
                0,
                false,
                0.25);

        assertThat(check.problems())
                .containsExactly(
                        "the gradient of layers.0.mlp.down is 5.0e-01 off central differences; allowed is 1e-02",
                        "scores change by 2.5e-01 of the largest with what shares their batch; allowed is 1e-05");
    }
}
