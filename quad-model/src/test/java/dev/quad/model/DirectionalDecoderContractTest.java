// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.GradientSource;
import dev.quad.testkit.DirectionalModelContract;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class DirectionalDecoderContractTest extends DirectionalModelContract<TokenSequence> {
    private final DecoderCase model = DecoderCase.of(
            DecoderConfig.builder(20)
                    .width(12)
                    .layers(2)
                    .heads(3)
                    .keyValueHeads(1)
                    .mlpWidth(7)
                    .maxLength(30)
                    .biases(Biases.ALL)
                    .build(),
            1,
            9,
            1,
            30,
            2,
            14);

    @AfterEach
    void close() {
        model.close();
    }

    @Override
    protected DirectionalModel<TokenSequence> model() {
        return DecoderGradients.withHead(model.decoder);
    }

    @Override
    protected GradientSource<TokenSequence> source() {
        return DecoderGradients.withHead(model.decoder);
    }

    @Override
    protected List<TokenSequence> items() {
        return model.batch;
    }
}
