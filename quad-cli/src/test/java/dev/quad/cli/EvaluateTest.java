// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateTest {
    @TempDir
    private Path folder;

    private Path ofKind(String name, String kind) {
        List<DemoCorpus.Text> texts = new DemoCorpus(new Seed(3)).pool();
        return small(
                name,
                texts.stream()
                        .filter(text -> text.kind().equals(kind))
                        .limit(60)
                        .toList());
    }

    private Path small(String name, List<DemoCorpus.Text> texts) {
        return small(name, "text", texts);
    }

    private Path small(String name, String field, List<DemoCorpus.Text> texts) {
        return SmallRun.write(
                folder.resolve(name),
                texts.stream()
                        .map(text -> JsonText.line(Map.of(field, text.text())).strip())
                        .toArray(String[]::new));
    }

    @Test
    void evaluate_prefersTextLikeTheReference() throws IOException {
        Path law = ofKind("law.jsonl", "law");
        Path sums = ofKind("sums.jsonl", "sums");
        Path reference = small(
                "reference.jsonl",
                "question",
                new DemoCorpus(new Seed(3)).reference().subList(0, 20));
        Path json = folder.resolve("evaluation.json");

        Outcome outcome = Outcome.of(
                "evaluate",
                "--train",
                law,
                sums,
                "--reference",
                reference,
                "--reference-text-field",
                "question",
                "--tokens",
                10_000,
                "--seeds",
                2,
                "--json",
                json);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        List<String> lines = outcome.out().lines().toList();
        assertThat(lines.get(0)).isEqualTo("reference loss in nats a byte after 10,000 tokens, seeds 1 to 2");
        assertThat(lines.get(1)).matches("train +mean +min +max +difference to the first");
        assertThat(lines.get(2)).matches(law + " +\\d\\.\\d{4} +\\d\\.\\d{4} +\\d\\.\\d{4} *");
        assertThat(lines.get(3)).matches(sums + " .* -\\d\\.\\d{4} \\(-\\d\\.\\d{4} to -\\d\\.\\d{4}\\)");
        assertThat(outcome.err()).contains("seed 1, file 1 of 2").contains("seed 2, file 2 of 2");
        assertThat(Files.readString(json))
                .contains("\"format\" : \"quad.evaluation.1\"")
                .contains("\"tokens\" : 10000")
                .contains("\"differences\" : ");
    }

    @Test
    void evaluate_sameFile_hasNoDifference() throws IOException {
        Path law = ofKind("law.jsonl", "law");
        Path json = folder.resolve("evaluation.json");

        Outcome outcome = Outcome.of(
                "evaluate", "--train", law, law, "--reference", law, "--tokens", 5_000, "--seeds", 1, "--json", json);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(Files.readString(json)).contains("\"differences\" : [ 0.0 ]").doesNotContain("-0.0");
    }

    @Test
    void evaluate_badInput() {
        Path law = ofKind("law.jsonl", "law");
        Path empty = SmallRun.write(folder.resolve("empty.jsonl"), new byte[0]);
        Path speechless = small("speechless.jsonl", List.of(new DemoCorpus.Text("a", "none", "x")));

        assertThat(Outcome.of("evaluate", "--train", law, empty, "--reference", law))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT))
                .satisfies(outcome -> assertThat(outcome.err()).contains(empty.toString()));
        assertThat(Outcome.of("evaluate", "--train", law, "--reference", speechless))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT))
                .satisfies(outcome -> assertThat(outcome.err()).contains("long enough"));
        assertThat(Outcome.of("evaluate", "--train", law, "--reference", law, "--seeds", 0))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome -> assertThat(outcome.err()).contains("--seeds is 0"));
    }
}
