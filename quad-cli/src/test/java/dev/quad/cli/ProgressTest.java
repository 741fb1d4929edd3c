// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
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
}
