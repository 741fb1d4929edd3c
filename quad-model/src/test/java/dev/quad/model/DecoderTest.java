// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.linalg.Floats;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DecoderTest {
    private static final DecoderConfig CONFIG = DecoderConfig.builder(50)
            .width(32)
            .layers(2)
            .heads(4)
            .keyValueHeads(2)
            .mlpWidth(40)
            .maxLength(64)
            .build();

    private long before;

    @BeforeEach
    void count() {
        before = Floats.liveBytes();
    }

    @AfterEach
    void nothingLeaks() {
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    @Test
    void random_weights_haveTheDeviationsPromised() {
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
            CheckpointFolder.slots(CONFIG, decoder.layout()).forEach((name, slot) -> {
                int size = DecoderCase.size(slot);
                double sum = 0;
                double squares = 0;
                for (int i = 0; i < size; i++) {
                    double value = decoder.parameters().get(slot.position() + i);
                    sum += value;
                    squares += value * value;
                }
                if (name.contains("norm")) {
                    assertThat(sum).as(name).isEqualTo(size);
                    assertThat(squares).as(name).isEqualTo(size);
                } else {
                    boolean residual = name.contains("o_proj") || name.contains("down_proj");
                    double deviation = residual ? 0.02 / Math.sqrt(4) : 0.02;
                    assertThat(Math.sqrt(squares / size)).as(name).isCloseTo(deviation, within(0.1 * deviation));
                    assertThat(sum / size).as(name).isCloseTo(0, within(5 * deviation / Math.sqrt(size)));
                }
            });
        }
    }

    @Test
    void random_seed_decidesTheWeights() {
        try (Decoder one = Decoder.random(CONFIG, new Seed(1));
                Decoder same = Decoder.random(CONFIG, new Seed(1));
                Decoder other = Decoder.random(CONFIG, new Seed(2))) {
            assertThat(same.parameters().toArray()).isEqualTo(one.parameters().toArray());
            assertThat(same.fingerprint()).isEqualTo(one.fingerprint());
            assertThat(other.fingerprint()).isNotEqualTo(one.fingerprint());
        }
    }

    @Test
    void copy_changed_leavesTheOriginal() {
        try (Decoder original = Decoder.random(CONFIG, new Seed(1))) {
            String fingerprint = original.fingerprint();
            try (Decoder copy = original.copy()) {
                assertThat(copy.fingerprint()).isEqualTo(fingerprint);
                assertThat(copy.config()).isEqualTo(CONFIG);
                copy.parameters().set(0, 7);
                assertThat(copy.fingerprint()).isNotEqualTo(fingerprint);
            }
            assertThat(original.fingerprint()).isEqualTo(fingerprint);
            assertThat(original.losses(List.of(TokenSequence.of(1, 2))).items()).isEqualTo(1);
        }
    }

    @Test
    void losses_batchesOfAllSizesInTurn_areTheSame() {
        List<TokenSequence> data = List.of(
                TokenSequence.of(1, 2, 3), TokenSequence.of(new int[65]), TokenSequence.of(4), TokenSequence.of(9, 9));
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 1)) {
            // more rows than the long sequence, but fewer pairs of rows
            decoder.losses(Collections.nCopies(70, data.get(0)));
            double[] all = DecoderCase.sums(decoder.losses(data));
            for (int s = 0; s < data.size(); s++) {
                for (int again = 0; again < 2; again++) {
                    assertThat(decoder.losses(List.of(data.get(s))).sum(0)).isCloseTo(all[s], within(1e-5 * all[s]));
                }
            }
            assertThat(DecoderCase.sums(decoder.losses(data))).isEqualTo(all);
            assertThat(decoder.losses(List.of()).items()).isZero();
        }
    }

    /** Only what comes before a token decides its loss. */
    @Test
    void losses_laterToken_doesNotMatter() {
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 1)) {
            double[] prefixes = DecoderCase.sums(decoder.losses(List.of(
                    TokenSequence.of(5, 6, 7), TokenSequence.of(5, 6, 7, 8), TokenSequence.of(5, 6, 7, 8, 30))));
            ReferenceDecoder reference = new ReferenceDecoder(decoder);
            double[] tokens = reference.tokenLosses(TokenSequence.of(5, 6, 7, 8, 30));
            assertThat(prefixes[1] - prefixes[0]).isCloseTo(tokens[2], within(1e-5));
            assertThat(prefixes[2] - prefixes[1]).isCloseTo(tokens[3], within(1e-5));
        }
    }

    @Test
    void addGradient_twice_adds() {
        List<TokenSequence> data = List.of(TokenSequence.of(1, 2, 3, 4), TokenSequence.of(7, 7, 1));
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 1);
                Floats once = Floats.allocate(decoder.parameters().length());
                Floats twice = Floats.allocate(decoder.parameters().length())) {
            decoder.addGradient(data, once);
            decoder.addGradient(data, twice);
            decoder.addGradient(data, twice);
            float[] expected = once.toArray();
            for (int i = 0; i < expected.length; i++) {
                expected[i] *= 2;
            }
            DecoderLaws.close(twice.toArray(), expected, 1e-6, "gradient");
        }
    }

    @Test
    void config_allWrong_namesAll() {
        assertThatThrownBy(() -> DecoderConfig.builder(1)
                        .width(10)
                        .layers(0)
                        .heads(2)
                        .keyValueHeads(3)
                        .mlpWidth(0)
                        .maxLength(0)
                        .ropeTheta(0)
                        .normEpsilon(-1)
                        .tiedHead(true)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the model configuration is not possible: the size of the vocabulary is 1, allowed is 2 or more"
                                + "; the number of layers is 0, allowed is 1 or more; the width of the MLP is 0, allowed is 1 or"
                                + " more; the longest sequence is 0, allowed is 2 or more"
                                + "; the width is 10, allowed is a multiple of twice the heads (4)"
                                + "; the number of key and value heads is 3, allowed is a divisor of the heads (2)"
                                + "; the base of rotary positions is 0.0, allowed is above 0, and what a norm adds is -1.0, allowed"
                                + " is 0 or more");
        assertThatThrownBy(() -> DecoderConfig.builder(2)
                        .width(4)
                        .layers(1)
                        .heads(0)
                        .keyValueHeads(1)
                        .mlpWidth(1)
                        .maxLength(1)
                        .ropeTheta(Double.NaN)
                        .normEpsilon(0)
                        .tiedHead(true)
                        .build())
                .hasMessageContainingAll("heads is 0, allowed is 1 or more", "rotary positions is NaN");
    }

    @Test
    void config_productWeights_areAllButNormsAndEmbedding() {
        int norms = 5 * 32;
        int embedding = 50 * 32;
        assertThat(CONFIG.productWeights()).isEqualTo(new Layout(CONFIG).size() - norms - embedding);
        assertThat(CONFIG.headWidth()).isEqualTo(8);
    }

    @Test
    void layout_moreParametersThanAnArray_isAnError() {
        DecoderConfig huge = DecoderConfig.builder(1 << 20)
                .width(1 << 12)
                .layers(1)
                .heads(2)
                .mlpWidth(8)
                .maxLength(8)
                .tiedHead(true)
                .build();
        assertThatThrownBy(() -> Decoder.random(huge, new Seed(1)).close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "a block has \\d+ parameters and the embedding 4294967296; each may have 2147483647");
    }
}
