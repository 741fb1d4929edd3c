// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Progress progress(boolean terminal) {
        return new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
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
        double seconds = progress.finish("3 documents");

        assertThat(seconds).isBetween(0.0, 10.0);
        assertThat(shown()).matches("skipped a line\nreading {22}3 documents \\(\\d\\.\\d s\\)\n");
    }

    @Test
    void terminal_redrawsOneLine_withShareRateAndTimeLeft() throws InterruptedException {
        Progress progress = progress(true);

        progress.start("training", 100, "tokens");
        TimeUnit.MILLISECONDS.sleep(600);
        progress.add(20);
        progress.finish("done");

        assertThat(shown())
                .startsWith("\r\033[Ktraining ")
                .containsPattern("\r\033\\[Ktraining +20 %  20 tokens, \\d+/s, \\d s left")
                .containsPattern("\r\033\\[Ktraining +done \\(0\\.\\d s\\)\n$");
        assertThat(shown().chars().filter(c -> c == '\n').count()).isEqualTo(1);
    }

    @Test
    void total_unknown_showsNoShare() throws InterruptedException {
        Progress progress = progress(true);

        progress.start("scanning", 0, "bytes");
        TimeUnit.MILLISECONDS.sleep(250);
        progress.at(7);

        assertThat(shown()).contains("7 bytes").doesNotContain("%").doesNotContain("left");
    }
}
