// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.ForwardInfluence;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.linalg.Floats;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A thousand batches through a model, with captures and by forward passes, leave native memory where it was. */
class DecoderMemoryTest {
    private static final TokenSequence ITEM = TokenSequence.of(1, 2, 3, 4, 5, 6, 7, 0);

    @Test
    void score_thousandBatches_leavesNativeMemoryWhereItWas() {
        try (Decoder decoder = Decoder.random(
                        DecoderConfig.builder(8)
                                .width(16)
                                .layers(1)
                                .heads(2)
                                .keyValueHeads(1)
                                .mlpWidth(24)
                                .maxLength(16)
                                .tiedHead(true)
                                .build(),
                        new Seed(1));
                ReferenceDirection direction =
                        ReferenceDirection.gradient(new DecoderGradients(decoder), ReferenceSet.of(List.of(ITEM)));
                InfluenceEstimator<TokenSequence> exact = Influence.of(new DecoderGradients(decoder))
                        .direction(direction)
                        .batchTokens(1)
                        .estimator();
                ForwardInfluence<TokenSequence> forward =
                        ForwardInfluence.calibrate(new DecoderGradients(decoder), direction, List.of(ITEM), 1)) {
            exact.score(Collections.nCopies(3, ITEM));
            forward.score(Collections.nCopies(3, ITEM));
            long before = Floats.liveBytes();
            exact.score(Collections.nCopies(1000, ITEM));
            forward.score(Collections.nCopies(1000, ITEM));
            assertThat(Floats.liveBytes()).isEqualTo(before);
        }
    }
}
