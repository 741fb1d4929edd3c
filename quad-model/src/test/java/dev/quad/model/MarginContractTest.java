// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.GradientSource;
import dev.quad.influence.Targets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The gradients of margins against differences of margins that are made of logits in double precision. */
class MarginContractTest extends DecoderGradientsContractTest {
    @Override
    protected GradientSource<TokenSequence> source() {
        return new DecoderGradients(model.decoder).margin();
    }

    @Override
    protected GradientSource<TokenSequence> other() {
        return new DecoderGradients(changed).margin();
    }

    @Override
    protected double loss(Decoder moved, TokenSequence item) {
        return IntStream.range(1, item.length())
                .mapToDouble(t -> -margin(moved.logits(item.slice(0, t)), item.id(t)))
                .sum();
    }

    private static double margin(float[] logits, int target) {
        return logits[target]
                - Math.log(IntStream.range(0, logits.length)
                        .filter(k -> k != target)
                        .mapToDouble(k -> Math.exp(logits[k]))
                        .sum());
    }

    @Test
    void losses_areMinusTheMargins_andCountThoseOfAMask() {
        BatchLosses losses = source().capture(items(), Targets.observed(), capture -> {});
        DecoderGradients last = new DecoderGradients(model.decoder).margin().lossOn(LossMask.last(1));
        BatchLosses ofLast = last.capture(items(), Targets.observed(), capture -> {});
        for (int i = 0; i < items().size(); i++) {
            TokenSequence item = items().get(i);
            assertThat(losses.sum(i)).isCloseTo(loss(model.decoder, item), within(1e-4));
            if (item.length() > 1) {
                int end = item.length() - 1;
                double margin = margin(model.decoder.logits(item.slice(0, end)), item.id(end));
                assertThat(ofLast.sum(i)).isCloseTo(-margin, within(1e-4));
            }
        }
        assertThat(List.of(source().fingerprint())).containsExactly(last.fingerprint());
    }
}
