// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.TokenSequence;
import dev.quad.model.Decoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTest {
    @TempDir
    private Path folder;

    private SmallRun files;

    @BeforeEach
    void write() {
        files = new SmallRun(folder);
    }

    /** A tiny model, a state every fifth step. */
    private Object[] train(Path out, Object... others) {
        List<Object> arguments = new ArrayList<>(List.of("train", "--data", files.pool, "--out", out));
        arguments.addAll(List.of("--width", 32, "--layers", 2, "--length", 64));
        if (!Arrays.asList(others).contains("--tokens")) {
            arguments.addAll(List.of("--tokens", 30_000));
        }
        arguments.addAll(List.of("--batch-tokens", 200, "--checkpoint-steps", 5, "--evaluation-steps", 50));
        arguments.addAll(Arrays.asList(others));
        return arguments.toArray();
    }

    @Test
    void train_files_makesAModelThatSelectTakes() throws IOException {
        Path out = folder.resolve("trained");
        Outcome outcome = Outcome.of(train(out));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).isEqualTo(out + System.lineSeparator());
        assertThat(outcome.err())
                .contains("weights, ")
                .contains("on the held-out part")
                .contains("nats a byte");
        try (Stream<Path> written = Files.list(out)) {
            assertThat(written.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("config.json", "model.safetensors", "manifest.json", TrainRun.LOG);
        }
        List<String> log = Files.readAllLines(out.resolve(TrainRun.LOG));
        assertThat(log.get(0)).startsWith("{\"step\":1,\"tokens\":");
        assertThat(loss(log, "\"loss\":", log.size())).isLessThan(loss(log, "\"loss\":", 1) - 1);
        assertThat(loss(log, "\"heldOutLoss\":", log.size())).isLessThan(4);
        try (Decoder decoder = Decoder.read(out)) {
            assertThat(decoder.config().vocabulary()).isEqualTo(257);
            assertThat(decoder.losses(List.of(TokenSequence.of(256, 'a', 'b'))).sum(0))
                    .isFinite();
        }
        Outcome selected = Outcome.of(files.select(folder.resolve("selected"), "--model", out));
        assertThat(selected.code()).as(selected.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
        assertThat(Outcome.of(train(out)).err()).contains("holds a run already; give --resume");
        assertThat(Outcome.of(train(out, "--resume")).err()).contains("is finished already");
        assertThat(Outcome.of(train(out, "--resume", "--seed", 2)).err()).contains("seed was 1 and is 2");
    }

    private static double loss(List<String> log, String field, int upTo) {
        String line = log.subList(0, upTo).stream()
                .filter(each -> each.contains(field))
                .reduce((first, second) -> second)
                .orElseThrow();
        return Double.parseDouble(line.substring(line.indexOf(field) + field.length(), line.length() - 1));
    }

    /** Another process, killed twice without warning where it happens to be. */
    @Test
    void train_killedAndResumed_givesTheSameBytes() throws Exception {
        Path whole = folder.resolve("whole");
        assertThat(Outcome.of(train(whole, "--threads", 1)).code()).isEqualTo(Quad.DONE);
        Path killed = folder.resolve("killed");
        for (int lines : new int[] {13, 70}) {
            Process process = start(train(killed, "--threads", 1, "--resume"));
            Path log = killed.resolve(TrainRun.LOG);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (process.isAlive()
                    && System.nanoTime() < end
                    && (!Files.exists(log) || Files.readAllLines(log).size() < lines)) {
                Thread.sleep(5);
            }
            process.destroyForcibly().waitFor();
            assertThat(process.exitValue()).as("it was still at work").isNotZero();
        }
        assertThat(killed.resolve("work")).exists();
        assertThat(killed.resolve("model.safetensors")).doesNotExist();
        Outcome resumed = Outcome.of(train(killed, "--threads", 1, "--resume"));
        assertThat(resumed.code()).as(resumed.toString()).isEqualTo(Quad.DONE);
        for (String name : List.of("model.safetensors", "config.json", TrainRun.LOG)) {
            assertThat(killed.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
        }
        assertThat(killed.resolve("work")).doesNotExist();
    }

    private Process start(Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                Quad.class.getName()));
        Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
    }

    @Test
    void train_fromAModel_goesOnFromIt() throws IOException {
        Path out = folder.resolve("more");
        Outcome outcome = Outcome.of(
                "train",
                "--data",
                files.pool,
                "--out",
                out,
                "--model",
                files.model,
                "--tokens",
                2_000,
                "--held-out",
                files.reference);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        try (Decoder before = Decoder.read(files.model);
                Decoder after = Decoder.read(out)) {
            assertThat(after.config()).isEqualTo(before.config());
            assertThat(after.fingerprint()).isNotEqualTo(before.fingerprint());
        }
    }

    @Test
    void train_skippingBadLines_writesThemBesideTheModel() throws IOException {
        Path out = folder.resolve("trained");
        Files.writeString(files.pool, "{\"id\": \"no text\"}\n", StandardOpenOption.APPEND);
        Outcome refused = Outcome.of(train(out, "--tokens", 400));
        assertThat(refused.code()).as(refused.toString()).isEqualTo(Quad.BAD_INPUT);
        assertThat(out).doesNotExist();

        Outcome outcome = Outcome.of(train(out, "--tokens", 400, "--skip-bad-lines"));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(Files.readAllLines(out.resolve("rejects.jsonl")))
                .singleElement()
                .asString()
                .contains("no text", "\"line\":201");
    }

    @Test
    void train_badUsage_saysWhatIsAllowed() {
        Path out = folder.resolve("none");
        assertThat(Outcome.of(train(out, "--heads", 5)))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome -> assertThat(outcome.err()).contains("width is 32"));
        assertThat(Outcome.of(train(out, "--learning-rate", 2)))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome -> assertThat(outcome.err()).contains("learningRate is 2.0, allowed is (0, 1)"));
        assertThat(Outcome.of(train(out, "--model", files.model)))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome -> assertThat(outcome.err()).contains("--model gives sizes"));
        assertThat(out).doesNotExist();
    }
}
