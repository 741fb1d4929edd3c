// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.files.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreFileTest {
    private static final ArraySource SOURCE = new ArraySource(List.of(new LayerShape("a", 2, 1)));
    private final ReferenceDirection direction =
            ReferenceDirection.gradient(SOURCE, ReferenceSet.of(List.of(SOURCE.random(2, 1))));

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("scores.safetensors");
    }

    @AfterEach
    void close() {
        direction.close();
    }

    @Test
    void score_ofIds_isWhatWasWritten() throws IOException {
        InfluenceScores.Builder builder = InfluenceScores.builder();
        builder.add(1.5).flag("no token").add(-2);
        ScoreFile.write(file(), direction, List.of("x", "ü", "z"), builder.build(), new int[] {3, 0, 4});
        try (ScoreFile scores = ScoreFile.open(file(), direction)) {
            InfluenceScores found = scores.score(List.of("z", "ü", "x", "y"));
            assertThat(found.value(0)).isEqualTo(-2);
            assertThat(found.reason(1))
                    .hasValueSatisfying(reason -> assertThat(reason).endsWith("is NaN"));
            assertThat(found.value(2)).isEqualTo(1.5);
            assertThat(found.reason(3))
                    .hasValueSatisfying(reason -> assertThat(reason).contains("no score of \"y\""));
            assertThat(found.tokens()).isEqualTo(7);
            assertThat(scores.fingerprint()).hasSize(64);
        }
    }

    private void refused(Map<String, String> entries, int[] tokens, String ids, String message) throws IOException {
        Map<String, String> metadata = new HashMap<>(Map.of(
                "format",
                "quad.scores.1",
                "model",
                SOURCE.fingerprint(),
                "direction",
                direction.fingerprint(),
                "sign",
                "positive",
                "unit",
                "token"));
        metadata.putAll(entries);
        new SafetensorsWriter(metadata)
                .add("score", new double[] {1, 2}, 2)
                .add("tokens", tokens, tokens.length)
                .add("ids", ids)
                .write(file());
        assertThatThrownBy(() -> ScoreFile.open(file(), direction))
                .isInstanceOfAny(InputException.class, MismatchException.class)
                .hasMessageContaining(file().toString())
                .hasMessageContaining(message);
    }

    @Test
    void open_scoresOfSomethingElse_namesBoth() throws IOException {
        int[] tokens = {1, 2};
        refused(Map.of("format", "quad.captures.1"), tokens, "x\ny", "\"quad.scores.1\" is needed");
        refused(Map.of("model", "other"), tokens, "x\ny", "\"model\" is \"other\"");
        refused(Map.of("direction", "other"), tokens, "x\ny", "\"direction\" is \"other\"");
        refused(Map.of("sign", "negative"), tokens, "x\ny", "\"sign\" is \"negative\"");
        refused(Map.of("unit", "sum"), tokens, "x\ny", "\"unit\" is \"sum\"");
        refused(Map.of(), new int[] {1}, "x\ny", "\"tokens\" has 1 values for 2 scores");
        refused(Map.of(), tokens, "x", "1 lines for 2 items");
        refused(Map.of(), tokens, "x\nx", "two scores of the item \"x\"");
    }

    @Test
    void write_listsOfOtherLengths_areRefused() {
        assertThatThrownBy(() ->
                        ScoreFile.write(file(), direction, List.of("x"), InfluenceScores.of(1, 2), new int[] {1, 2}))
                .hasMessageContaining("2 scores come with 1 ids and 2 counts");
        assertThatThrownBy(
                        () -> ScoreFile.write(file(), direction, List.of("x\ny"), InfluenceScores.of(1), new int[] {1}))
                .hasMessageContaining("line break");
    }
}
