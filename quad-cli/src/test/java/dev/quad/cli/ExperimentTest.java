// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.files.JsonText;
import dev.quad.files.MarkedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

    /** With points that are there already, so that no model is trained. */
    @Test
    void experiment_writesAPage_thatReportMakesAgain() throws IOException {
        Path out = folder.resolve("out");
        List<Path> tasks = List.of(folder.resolve("tasks/one"), folder.resolve("tasks/two"));
        MarkedFolder.make(out);
        for (Path task : tasks) {
            Path holdout = Files.createDirectories(task.resolve("holdout"));
            for (Path file : List.of(
                    task.resolve("pool.jsonl"), task.resolve("reference.jsonl"), holdout.resolve("one.jsonl"))) {
                Files.writeString(file, text(file + " a") + text(file + " b"));
            }
            double better = 0;
            for (String row :
                    List.of("random", "shuffled", "random-model", "rounds", "layers-attention", "layers-all")) {
                Path seed =
                        out.resolve("quick/tasks").resolve(task.getFileName()).resolve("seed-1");
                MarkedFolder.make(seed);
                Path point = seed.resolve("point-" + row + ".json");
                better += task.equals(tasks.get(0)) ? 0.25 : 0.2501;
                Map<String, Double> values = Map.of("loss", 3 - better, "ngrams", 3 - better, "clusters", 4.5);
                Files.writeString(point, JsonText.sealed(Map.of("row", row, "values", values)));
            }
        }
        Object[] line = {"experiment", "fig-4b", "--quick", "--tasks", tasks.get(0), tasks.get(1), "--out", out};
        Outcome without = Outcome.of(
                Stream.concat(Arrays.stream(line), Stream.of("--no-report")).toArray());
        assertThat(without.code()).as(without.toString()).isEqualTo(Quad.DONE);
        assertThat(out.resolve("quick/fig-4b.html")).doesNotExist();

        Outcome outcome = Outcome.of(line);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("**Here it cannot be told at this size.**"); // shuffled are not as by lot
        Path page = out.resolve("quick/fig-4b.html");
        assertThat(page)
                .content()
                .contains("data-figure=\"verdict\">cannot be told at this size<", "quad experiment fig-4b --quick")
                .contains(outcome.out()
                        .lines()
                        .filter(each -> each.contains("both choose better than the MLP alone |"))
                        .map(each -> each.split("\\|", -1)[3].strip().replace("-", "−"))
                        .findFirst()
                        .orElseThrow());
        Path again = folder.resolve("again.html");
        assertThat(Outcome.of("report", out.resolve("quick/fig-4b.json"), "--out", again)
                        .code())
                .isEqualTo(Quad.DONE);
        assertThat(again).hasSameBinaryContentAs(page);
        Outcome other = Outcome.of("report", tasks.get(0).resolve("pool.jsonl"), "--out", again);
        assertThat(other.code()).isEqualTo(Quad.BAD_INPUT);
    }

    private static String text(String words) {
        return JsonText.line(Map.of("text", words));
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
