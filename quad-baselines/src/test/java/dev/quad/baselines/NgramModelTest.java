// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NgramModelTest {
    /** Each of up to 8 logarithms is kept in single precision, to 2⁻²⁴ of at most 20. */
    private static final double ROUNDING = 1e-5;

    private static final List<String> SUMS = texts(1, 60, "0123456789+= ");

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6, 7})
    void probability_isThatOfAPlainComputation(int order) {
        NgramModel model = NgramModel.train(order, SUMS);
        PlainKneserNey plain = new PlainKneserNey(order, SUMS);
        for (String text : Stream.concat(SUMS.stream().limit(5), Stream.of("12+", "seen nowhere é", "1", ""))
                .toList()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            double sum = 0;
            for (int i = 0; i < bytes.length; i++) {
                sum -= Math.log(plain.probability(text.getBytes(StandardCharsets.UTF_8), i));
            }
            assertThat(model.nats(text)).as(text).isCloseTo(sum, within(ROUNDING * (1 + bytes.length)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "12+3", "=", "seen nowhere", "aaaaaaa", "\u0000\u0000\u0000\u0000\u0000\u0000"})
    void probabilities_afterAnything_sumToOne(String before) {
        for (NgramModel model : List.of(
                NgramModel.train(SUMS),
                NgramModel.train(List.of("a".repeat(100_000))),
                NgramModel.train(List.of("é")))) {
            double sum = 0;
            for (int next = 0; next < 256; next++) {
                double p = model.probability(before.getBytes(StandardCharsets.UTF_8), next);
                assertThat(p).isPositive().isLessThanOrEqualTo(1);
                sum += p;
            }
            assertThat(sum).as(model + " after " + before).isCloseTo(1, within(ROUNDING));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "12+3=15é",
                "x\u0000\u000012+3",
                "\u0000\u0000\u00001\u0000",
                "+=+=+=+=x 1 2 3x",
                "1x12x123x1234x12345x"
            })
    void nats_areThoseOfTheProbabilities(String text) {
        NgramModel model = NgramModel.train(SUMS);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        double sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            sum -= Math.log(model.probability(Arrays.copyOf(bytes, i), bytes[i] & 0xFF));
        }
        assertThat(model.nats(text)).isCloseTo(sum, within(1e-12 * sum));
        assertThat(model.natsPerByte(text)).isCloseTo(sum / bytes.length, within(1e-12 * sum));
    }

    @Test
    void model_ofTheSameTextsInAnotherOrder_isTheSame() {
        List<String> shuffled = new ArrayList<>(SUMS);
        Collections.reverse(shuffled);
        NgramModel one = NgramModel.train(SUMS);
        NgramModel other = NgramModel.train(shuffled);
        for (String text : texts(2, 20, "0123+= x")) {
            assertThat(one.nats(text)).isEqualTo(other.nats(text));
        }
    }

    @Test
    void fingerprint_tellsTextsAndOrdersApart() {
        assertThat(NgramModel.train(List.of("ab", "c")).fingerprint())
                .isEqualTo(NgramModel.train(List.of("ab", "c")).fingerprint())
                .isNotEqualTo(NgramModel.train(List.of("a", "bc")).fingerprint())
                .isNotEqualTo(NgramModel.train(5, List.of("ab", "c")).fingerprint());
    }

    @Test
    void loss_ofTextsOfTheKind_isLower_andFallsWithMoreOfIt() {
        List<String> unseen = texts(3, 50, "0123456789+= ");
        List<String> others = texts(3, 50, "abcdefghijklm");
        NgramModel little = NgramModel.train(SUMS.subList(0, 5));
        NgramModel more = NgramModel.train(SUMS);
        assertThat(loss(more, unseen)).isLessThan(loss(little, unseen)).isLessThan(loss(more, others));
        assertThat(loss(more, unseen)).isGreaterThan(Math.log(13) - 0.1); // the entropy of 13 equal characters
    }

    @Test
    void train_withoutAByteOrWithAnImpossibleOrder_saysSo() {
        assertThatThrownBy(() -> NgramModel.train(List.of("", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is nothing to train on: no text, or all of them empty");
        assertThatThrownBy(() -> NgramModel.train(8, SUMS)).hasMessage("the order is 8; allowed is 1 to 7");
        assertThatThrownBy(() -> NgramModel.train(0, SUMS)).hasMessage("the order is 0; allowed is 1 to 7");
        assertThatThrownBy(() -> NgramModel.train(SUMS).natsPerByte(""))
                .hasMessage("the text is empty: it has no byte to predict");
    }

    private static double loss(NgramModel model, List<String> texts) {
        return texts.stream().mapToDouble(model::natsPerByte).average().orElseThrow();
    }

    private static List<String> texts(long seed, int count, String alphabet) {
        RandomGenerator random = new Seed(seed).stream("test.texts");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = 1 + random.nextInt(80); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            texts.add(text.toString());
        }
        return texts;
    }
}
