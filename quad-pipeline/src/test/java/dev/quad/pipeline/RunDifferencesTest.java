// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Tokenizer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Chunker;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunDifferencesTest {

    @Test
    void settingsInOneValue_areToldOneByOne() {
        Chunker.Builder chunks = Chunker.builder(Tokenizer.bytes());
        TrainingOptions.Builder training = TrainingOptions.builder(600);
        Map<String, String> before = Map.of(
                "chunks", chunks.length(256).build().id(),
                "training", training.build().toString());
        Map<String, String> now = Map.of(
                "chunks", chunks.length(512).build().id(),
                "training", training.tokens(700).warmup(0.5).build().toString());
        assertThat(RunDifferences.of(before, now))
                .containsExactly(
                        "length of chunks was 256 and is 512",
                        "tokens of training was 600 and is 700",
                        "warmup of training was 0.05 and is 0.5");
        assertThat(RunDifferences.of(now, now)).isEmpty();
    }

    @Test
    void valuesOfAnotherForm_areToldWhole() {
        Map<String, String> before = Map.of("memory", "forgets(half=3)", "prior", "none", "qkv", "joint");
        Map<String, String> now = Map.of("memory", "keeps(half=3)", "prior", "mean(weight=2, value=1)", "seed", "7");
        assertThat(RunDifferences.of(before, now))
                .containsExactly(
                        "memory was forgets(half=3) and is keeps(half=3)",
                        "prior was none and is mean(weight=2, value=1)",
                        "qkv was joint and is absent",
                        "seed was absent and is 7");
    }

    @Test
    void anotherSelector_isToldInOneLine_besideWhatBothHave() {
        Map<String, String> best =
                Map.of("selector", "top-k", "clusters", "0", "embeddings", "none", "seed", "7", "gradient", "sign");
        Map<String, String> rounds = Map.of(
                "clusters", "14", "embeddings", "hashed", "armSelector", "Ucb1", "order", "shuffled", "seed", "8");
        assertThat(RunDifferences.of(best, rounds))
                .containsExactly(
                        "gradient was sign and is sgd", "seed was 7 and is 8", "selector was top-k and is quad");
    }

    @Test
    void contentsThatOnlyDigestsTell_areNamedWithoutThem() {
        Map<String, String> before = Map.of("heldOut", "0123456789abcdef", "pool", "0123456789abcdef");
        Map<String, String> now = Map.of("heldOut", "fedcba9876543210", "pool", "fedcba9876543210");
        assertThat(RunDifferences.of(before, now))
                .containsExactly("other documents held out", "other documents in the pool");
    }
}
