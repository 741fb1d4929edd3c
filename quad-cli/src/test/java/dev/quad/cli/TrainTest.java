// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.TokenSequence;
import dev.quad.files.OutputLock;
import dev.quad.model.Decoder;
import dev.quad.pipeline.ModelTraining;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
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
        Outcome outcome = Outcome.of(train(out, "--keep-optimizer"));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).isEqualTo(out + System.lineSeparator());
        assertThat(outcome.err())
                .contains("weights, ")
                .contains("on the held-out part")
                .contains("nats a byte");
        try (Stream<Path> written = Files.list(out)) {
            assertThat(written.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "config.json",
                            "model.safetensors",
                            "optimizer.safetensors",
                            "manifest.json",
                            ModelTraining.LOG);
        }
        List<String> log = Files.readAllLines(out.resolve(ModelTraining.LOG));
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
        Path adam = folder.resolve("adam");
        Outcome less = Outcome.of(files.select(adam, "--model", out, "--gradient", "adam-state"));
        assertThat(less.code()).as(less.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
        assertThat(adam.resolve("manifest.json"))
                .content()
                .contains("\"gradient\" : \"adam-state\"", "\"curvature\" : \"identity\"");
        Path scores = folder.resolve("less.jsonl");
        Outcome scored = Outcome.of(
                "score",
                "--preset",
                "less",
                "--best-of-files",
                "--pool",
                files.pool,
                "--reference",
                files.reference,
                files.pool,
                "--model",
                out,
                "--out",
                scores);
        assertThat(scored.code()).as(scored.toString()).isEqualTo(Quad.DONE);
        assertThat(Files.readString(folder.resolve("less.meta.json")))
                .contains("\"score\" : \"mean-cosine\"", "\"gradient\" : \"adam-state\"", "\"bestOf\" : ");
        Path moments = out.resolve("optimizer.safetensors");
        byte[] whole = Files.readAllBytes(moments);
        Files.write(moments, Arrays.copyOf(whole, whole.length / 2));
        assertThat(Outcome.of(files.select(
                                folder.resolve("half"), "--model", out, "--gradient", "adam-state", "--dry-run"))
                        .err())
                .contains(moments.toString());
        Files.delete(moments);
        assertThat(Outcome.of(
                                "select",
                                "--pool",
                                files.pool,
                                "--reference",
                                files.reference,
                                "--out",
                                folder.resolve("proxy"),
                                "--budget-documents",
                                1,
                                "--gradient",
                                "adam-state")
                        .code())
                .isEqualTo(Quad.BAD_USAGE);
        assertThat(Outcome.of(files.select(folder.resolve("none"), "--model", out, "--gradient", "adam-state"))
                        .err())
                .contains("there is no file " + out.resolve("optimizer.safetensors"), "quad train --keep-optimizer");
        assertThat(Outcome.of(train(out)).err()).contains("holds a run already; give --resume");
        assertThat(Outcome.of(train(out, "--resume", "--keep-optimizer")).err()).contains("is finished already");
        assertThat(Outcome.of(train(out, "--resume", "--seed", 2, "--warmup", 0.5))
                        .err())
                .contains("seed was 1 and is 2", "; warmup of training was 0.05 and is 0.5; use the same");
    }

    private static double loss(List<String> log, String field, int upTo) {
        String line = log.subList(0, upTo).stream()
                .filter(each -> each.contains(field))
                .reduce((first, second) -> second)
                .orElseThrow();
        return Double.parseDouble(line.substring(line.indexOf(field) + field.length(), line.length() - 1));
    }

    /** Dies before a line of the log, as a kill would, with whatever is written by then. */
    private void stopAfter(int lines, Path out) throws Exception {
        WatchedProcess.Outcome killed = WatchedProcess.run(
                folder.resolve("log"),
                out,
                change -> !change.call().equals("write")
                        || !change.file().toString().equals(ModelTraining.LOG)
                        || Files.readAllLines(out.resolve(ModelTraining.LOG)).size() < lines,
                train(out, "--tokens", 4_000, "--resume"));
        assertThat(killed.code()).as(killed.said()).isEqualTo(WatchedProcess.KILLED);
    }

    @Test
    void train_killedAndResumed_endsAsIfNeverStopped_andSaysTheSame() throws Exception {
        Path whole = folder.resolve("whole");
        Outcome undisturbed = Outcome.of(train(whole, "--tokens", 4_000));
        assertThat(undisturbed.code()).as(undisturbed.toString()).isEqualTo(Quad.DONE);
        Path killed = folder.resolve("killed");
        stopAfter(3, killed);
        stopAfter(8, killed);
        stopAfter(14, killed);
        assertThat(killed.resolve("work")).exists();
        assertThat(killed.resolve("model.safetensors")).doesNotExist();

        Outcome resumed = Outcome.of(train(killed, "--tokens", 4_000, "--resume"));

        assertThat(resumed.code()).as(resumed.toString()).isEqualTo(Quad.DONE);
        assertThat(SmallRun.contents(killed)).isEqualTo(SmallRun.contents(whole));
        assertThat(result(resumed)).isEqualTo(result(undisturbed)).contains("4,000 tokens, loss ");
    }

    private static String result(Outcome outcome) {
        return outcome.err()
                .lines()
                .filter(line -> line.startsWith("training "))
                .reduce((first, second) -> second)
                .orElseThrow()
                .replaceAll(" \\(.*", "");
    }

    @Test
    void resume_logChangedSinceTheState_namesTheLog() throws Exception {
        Path out = folder.resolve("killed");
        stopAfter(14, out);
        Path log = out.resolve(ModelTraining.LOG);
        byte[] bytes = Files.readAllBytes(log);
        List<byte[]> damaged = new ArrayList<>();
        for (int at : new int[] {0, 9, bytes.length / 4}) {
            byte[] flipped = bytes.clone();
            flipped[at] ^= 1;
            damaged.add(flipped);
        }
        damaged.add(Arrays.copyOf(bytes, bytes.length / 4));
        damaged.add(new byte[0]);
        for (byte[] each : damaged) {
            Files.write(log, each);
            Outcome refused = Outcome.of(train(out, "--tokens", 4_000, "--resume"));
            assertThat(refused.code()).as(refused.toString()).isEqualTo(Quad.BAD_INPUT);
            assertThat(refused.err()).contains(log + " is not what the training wrote up to step 10");
        }
        Files.delete(log);
        assertThat(Outcome.of(train(out, "--tokens", 4_000, "--resume")).err()).contains(log + " is not what");
        Files.write(log, bytes);
        assertThat(Outcome.of(train(out, "--tokens", 4_000, "--resume")).code()).isEqualTo(Quad.DONE);
    }

    @Test
    void train_folderInUse_isRefusedAtOnce() {
        Path out = folder.resolve("shared");
        try (OutputLock other = OutputLock.ofFolder(out)) {
            Outcome refused = Outcome.of(train(out));
            assertThat(refused.code()).as(refused.toString()).isEqualTo(Quad.BAD_INPUT);
            assertThat(refused.err()).contains(out + " is being written by another run");
            other.removeUnfinished(out.resolve("none"));
        }
        assertThat(out).doesNotExist();
    }

    /** 40 MB of text with a heap of 48 MB: their ids alone are 160 MB as numbers. */
    @Test
    void train_dataLargerThanTheHeap_isRead() throws Exception {
        Path large = folder.resolve("large.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(large))) {
            for (int i = 0; i < 4_500; i++) {
                String line =
                        "{\"id\": \"" + i + "\", \"text\": \"" + i + " all work and no play".repeat(400) + "\"}\n";
                out.write(line.getBytes(StandardCharsets.UTF_8));
            }
        }
        Path out = folder.resolve("small");

        int code = OwnProcess.run(
                folder,
                List.of("-Xmx32m", "-XX:+UseSerialGC"),
                "train",
                "--data",
                large,
                "--out",
                out,
                "--width",
                16,
                "--layers",
                1,
                "--length",
                64,
                "--tokens",
                400,
                "--held-out-share",
                0.0005,
                "--max-expansion",
                2000);

        assertThat(code).as(Files.readString(folder.resolve("process.log"))).isEqualTo(Quad.DONE);
        assertThat(Files.readAllLines(out.resolve(ModelTraining.LOG)).get(0)).contains("\"tokens\":400");
        assertThat(out.resolve("work")).doesNotExist();
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
                .contains("no text", "\"line\":101");
    }

    @Test
    void train_badUsage_saysWhatIsAllowed() {
        Path out = folder.resolve("none");
        assertThat(Outcome.of(train(out, "--heads", 5)))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome -> assertThat(outcome.err()).contains("width is 32"));
        assertThat(Outcome.of(train(out, "--learning-rate", 2)))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome -> assertThat(outcome.err()).contains("learning rate is 2.0, allowed is (0, 1)"));
        assertThat(Outcome.of(train(out, "--model", files.model)))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome ->
                        assertThat(outcome.err()).contains("with --model sizes and tokenizer are those of the model"));
        assertThat(out).doesNotExist();
    }
}
