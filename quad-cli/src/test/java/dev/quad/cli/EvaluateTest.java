// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateTest {
    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void tinyModel() {
        model = folder.resolve("model");
        try (Decoder decoder = Decoder.random(config(257), new Seed(7))) {
            decoder.write(model);
        }
    }

    private static DecoderConfig config(int vocabulary) {
        return DecoderConfig.builder(vocabulary)
                .width(16)
                .layers(1)
                .heads(2)
                .mlpWidth(32)
                .maxLength(64)
                .tiedHead(true)
                .build();
    }

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

    private Object[] evaluate(Object... others) {
        List<Object> arguments = new ArrayList<>(List.of("evaluate", "--from", model, "--learning-rate", 0.03));
        arguments.addAll(List.of(others));
        return arguments.toArray();
    }

    @Test
    void evaluate_prefersTextLikeTheReference() throws IOException {
        Path law = ofKind("law.jsonl", "law");
        Path sums = ofKind("sums.jsonl", "sums");
        Path cooking = ofKind("cooking.jsonl", "cooking");
        Path reference = small(
                "reference.jsonl",
                "question",
                new DemoCorpus(new Seed(3)).reference().subList(0, 20));
        Path json = folder.resolve("evaluation.json");

        Outcome outcome = Outcome.of(evaluate(
                "--train",
                law,
                sums,
                "--reference",
                reference,
                "--reference-text-field",
                "question",
                "--tokens",
                8_000,
                "--seeds",
                2,
                "--forget",
                cooking,
                "--json",
                json));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out())
                .startsWith("loss in nats a byte on 20 documents of ")
                .containsPattern(
                        " after 8,000 tokens from " + model + ", seeds 1 to 2\\ntrain +model +of the seeds +n-grams\\n")
                .containsPattern("\\n" + law + " +\\d\\.\\d{4}  \\d\\.\\d{4} to \\d\\.\\d{4}  +\\d\\.\\d{4}\\n")
                .contains("difference to " + law + ", with 95 % intervals")
                .containsPattern("\\n" + sums + " +-\\d\\.\\d{4} ± \\d\\.\\d{4} +\\d\\.\\d{4} .* tokens +better by ")
                .contains("loss by the model after so many tokens\n")
                .contains("loss by the model on " + cooking + ", 60 documents");
        assertThat(outcome.err()).contains("seed 1, file 1 of 2").contains("seed 2, file 2 of 2");
        assertThat(Files.readString(json))
                .contains("\"format\" : \"quad.evaluation.2\"")
                .contains("\"tokens\" : 8000")
                .contains("\"verdict\" : \"better by ");
    }

    @Test
    void evaluate_keptAndAgain_givesTheSameBytes_andAnotherCommonModelIsTrained() throws IOException {
        Path law = ofKind("law.jsonl", "law");
        Path sums = ofKind("sums.jsonl", "sums");
        Path reference =
                small("reference.jsonl", new DemoCorpus(new Seed(3)).reference().subList(0, 5));
        Path keep = folder.resolve("keep");
        Path json = folder.resolve("evaluation.json");
        Object[] line = {
            "evaluate",
            "--train",
            law,
            sums,
            "--reference",
            reference,
            "--tokens",
            300,
            "--seeds",
            2,
            "--common",
            law,
            "--common-tokens",
            300,
            "--keep",
            keep,
            "--json",
            json,
            "--against",
            sums
        };

        Outcome first = Outcome.of(line);
        String written = Files.readString(json);
        Outcome again = Outcome.of(line);

        assertThat(first.code()).as(first.toString()).isEqualTo(Quad.DONE);
        assertThat(written).contains("\"against\" : \"" + sums + "\"", "300 tokens of " + law);
        assertThat(first.err()).contains("training the common model", "seed 1, file 1 of 2");
        assertThat(again.out()).isEqualTo(first.out());
        assertThat(json).hasContent(written);
        assertThat(again.err()).doesNotContain("training the common model", "seed 1");
        try (Stream<Path> kept = Files.list(keep)) {
            assertThat(kept.map(file -> file.getFileName().toString().replaceFirst("-.*", "")))
                    .containsExactlyInAnyOrder("common", "losses", "losses", "losses", "losses");
        }
    }

    @Test
    void evaluate_badInput() throws IOException {
        Path law = ofKind("law.jsonl", "law");
        Path sums = ofKind("sums.jsonl", "sums");
        Path empty = SmallRun.write(folder.resolve("empty.jsonl"), new byte[0]);
        Path speechless = small("speechless.jsonl", List.of(new DemoCorpus.Text("a", "none", "x")));

        refused(Quad.BAD_INPUT, empty.toString(), "--train", law, empty, "--reference", sums);
        refused(
                Quad.BAD_INPUT,
                "the reference, " + speechless + ", has 1 documents, of which 0 stand in a training set and 1 are too"
                        + " short to be measured; two or more must be left",
                "--train",
                law,
                "--reference",
                speechless);
        refused(
                Quad.BAD_INPUT,
                "the reference, " + law + ", has 60 documents, of which 60 stand in a training set",
                "--train",
                sums,
                law,
                "--reference",
                law);
        refused(Quad.BAD_USAGE, "--seeds is 0", "--train", law, "--reference", sums, "--seeds", 0);
        refused(Quad.BAD_USAGE, "--against is " + sums, "--train", law, "--reference", sums, "--against", sums);
        refused(Quad.BAD_USAGE, "--common-tokens is 0", "--train", law, "--reference", sums, "--common-tokens", 0);
        refused(Quad.BAD_USAGE, "--learning-rate is 2.0", "--train", law, "--reference", sums, "--learning-rate", 2);
        refused(Quad.BAD_USAGE, "'--reference=FILE'", "--train", law);
        refused(
                Quad.BAD_USAGE,
                "with --scratch trainings begin with random weights, and --from would do nothing",
                "--train",
                law,
                "--reference",
                sums,
                "--scratch",
                "--from",
                model);
        refused(
                Quad.BAD_INPUT,
                folder.resolve("none").toString(),
                "--train",
                law,
                "--reference",
                sums,
                "--from",
                folder.resolve("none"));
        Path small = folder.resolve("small");
        try (Decoder decoder = Decoder.random(config(100), new Seed(1))) {
            decoder.write(small);
        }
        SmallRun.sayBytes(small, "");
        refused(
                Quad.BAD_INPUT,
                "knows 100 tokens, but a model on bytes knows 257 or more",
                "--train",
                law,
                "--reference",
                sums,
                "--from",
                small);
    }

    private static void refused(int code, String words, Object... arguments) {
        List<Object> line = new ArrayList<>(List.of("evaluate"));
        line.addAll(List.of(arguments));
        Outcome outcome = Outcome.of(line.toArray());
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(code);
        assertThat(outcome.err()).contains(words);
        assertThat(outcome.err()
                        .lines()
                        .filter(text -> text.startsWith("quad: "))
                        .count())
                .isEqualTo(code == Quad.BAD_USAGE ? 2 : 1);
        assertThat(outcome.out()).isEmpty();
    }
}
