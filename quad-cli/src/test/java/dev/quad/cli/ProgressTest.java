// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.Selection;
import dev.quad.SelectionListener;
import dev.quad.files.JsonText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long nanos = 5_000_000_000L;

    private void pass(long milliseconds) {
        nanos += milliseconds * 1_000_000;
    }

    private Progress progress(boolean terminal) {
        return new Progress(Outlet.over(bytes, StandardCharsets.UTF_8), terminal, () -> nanos);
    }

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void plain_isALineAStage() {
        Progress progress = progress(false);

        progress.start("reading", 10, "bytes");
        progress.at(5);
        progress.say("skipped a line");
        pass(1_250);
        double seconds = progress.finish("3 documents");

        assertThat(seconds).isEqualTo(1.25);
        assertThat(shown()).matches("skipped a line\nreading {22}3 documents \\(1\\.3 s\\)\n");
    }

    @Test
    void terminal_redrawsOneLine_withShareRateAndTimeLeft() {
        Progress progress = progress(true);

        progress.start("training", 100, "tokens");
        pass(800);
        progress.add(20);
        progress.finish("done");

        assertThat(shown())
                .startsWith("\r\033[Ktraining ")
                .containsPattern("\r\033\\[Ktraining +20 %  20 tokens, 25/s, 3 s left")
                .containsPattern("\r\033\\[Ktraining +done \\(0\\.8 s\\)\n$");
        assertThat(shown().chars().filter(c -> c == '\n').count()).isEqualTo(1);
    }

    @Test
    void total_unknown_showsNoShare() {
        Progress progress = progress(true);

        progress.start("scanning", 0, "bytes");
        pass(250);
        progress.at(7);

        assertThat(shown()).contains("7 bytes").doesNotContain("%").doesNotContain("left");
    }

    @Test
    void events_areALineEach_withWhatIsKnown() throws IOException {
        Progress.tell(Progress.Form.JSON);
        try {
            Progress progress = progress(true);
            progress.onStageStarted("selecting", 100, "tokens");
            progress.onRunStarted(new SelectionListener.RunStarted(2, 9, Budget.tokens(100), 0.25, 0));
            progress.onRoundFinished(new SelectionListener.RoundFinished(
                    1, List.of(), 20, 1, 9, List.of(new Selection.Choice(3, OptionalDouble.of(0.5), 1, 1))));
            pass(2_000);
            progress.at(20);
            progress.say("a line\nof two \u001b[31mhalves");
            progress.finish("1 document");
        } finally {
            Progress.reset();
        }

        List<Map<String, Object>> events = new ArrayList<>();
        for (String line : shown().split("\n", -1)) {
            if (!line.isEmpty()) {
                events.add(JsonText.tree(line.getBytes(StandardCharsets.UTF_8)));
            }
        }
        assertThat(events).extracting(event -> event.get("event")).containsExactly("started", "at", "note", "finished");
        assertThat(events.get(1))
                .containsEntry("stage", "selecting")
                .containsEntry("secondsLeft", 8.0)
                .containsEntry("perSecond", 10.0)
                .containsEntry("threshold", 0.25)
                .containsEntry("score", 0.5);
        assertThat(events.get(2)).containsEntry("text", "a line\nof two \u001b[31mhalves");
        assertThat(events.get(3)).containsEntry("result", "1 document").containsEntry("seconds", 2.0);
        assertThat(shown()).doesNotContain("\u001b");
    }

    @Test
    void terminal_tellsThresholdAndLastScores() {
        Progress progress = progress(true);

        progress.start("selecting", 100, "tokens");
        progress.onRunStarted(new SelectionListener.RunStarted(2, 9, Budget.tokens(100), 0.25, 0));
        progress.onRoundFinished(new SelectionListener.RoundFinished(
                1, List.of(), 20, 1, 9, List.of(new Selection.Choice(3, OptionalDouble.of(0.5), 1, 1))));
        pass(800);
        progress.at(20);

        assertThat(shown()).endsWith("20 tokens, 25/s, 3 s left, last taken 0.500, threshold 0.250");
    }
}
