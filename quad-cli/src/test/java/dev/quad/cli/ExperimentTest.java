// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentTest {
    @TempDir
    private Path folder;

    @Test
    void list_tellsNamesAndClaims() {
        Outcome outcome = Outcome.of("experiment", "--list");
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).containsPattern("(?m)^fig-4b +Influence .*\\.$");
    }

    @Test
    void experiment_badInput_isToldInALine() {
        refused(Quad.BAD_USAGE, "needed are the NAME", "experiment");
        refused(Quad.BAD_USAGE, "--list does nothing else", "experiment", "fig-4b", "--list");
        List<Object> line = List.of("--tasks", folder, "--out", folder.resolve("out"));
        refused(Quad.BAD_USAGE, "\"fig-9\" is no experiment; there are fig-4a,", with(line, "experiment", "fig-9"));
        refused(Quad.BAD_INPUT, "is no task: it has no pool.jsonl", with(line, "experiment", "fig-4b"));
    }

    private static Object[] with(List<Object> line, Object... first) {
        return Stream.concat(Arrays.stream(first), line.stream()).toArray();
    }

    private static void refused(int code, String words, Object... line) {
        Outcome outcome = Outcome.of(line);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(code);
        assertThat(outcome.err()).contains(words);
        assertThat(outcome.err().lines().filter(one -> one.contains(words))).hasSize(1);
    }
}
