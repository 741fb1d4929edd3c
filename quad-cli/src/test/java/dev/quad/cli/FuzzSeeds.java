// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.quad.Seed;
import dev.quad.files.JsonText;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/** Sound files of every format that the command reads, a folder for each. Mostly written by the command. */
final class FuzzSeeds {
    private final Path root;
    private final String pool;
    private final String reference;

    private FuzzSeeds(Path root) {
        this.root = root;
        DemoCorpus corpus = new DemoCorpus(new Seed(7));
        this.pool = lines(corpus.pool().subList(0, 12));
        this.reference = lines(corpus.reference().subList(0, 4));
    }

    static void write(Path root) throws Exception {
        FuzzSeeds seeds = new FuzzSeeds(root);
        seeds.pools();
        seeds.embeddings();
        seeds.models();
        seeds.tokenizers();
        seeds.sentenceModels();
        seeds.settings();
        seeds.interrupted();
    }

    private static String lines(List<DemoCorpus.Text> texts) {
        StringBuilder lines = new StringBuilder();
        for (DemoCorpus.Text text : texts) {
            Map<String, Object> more = Map.of("kind", text.kind(), "tags", List.of("a", "ü"), "n", Map.of("x", 1.5));
            lines.append(JsonText.line(Map.of("id", text.id(), "text", text.text(), "meta", more))
                            .strip())
                    .append('\n');
        }
        return lines.toString();
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    /** With a pool and a reference in it. */
    private Path withPool(String name) throws IOException {
        Path folder = folder(name);
        Files.writeString(folder.resolve("pool.jsonl"), pool);
        Files.writeString(folder.resolve("reference.jsonl"), reference);
        return folder;
    }

    private static void run(Object... arguments) {
        Outcome outcome = Outcome.of(arguments);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
    }

    private void pools() throws IOException {
        Path jsonl = withPool("jsonl").resolve("pool.jsonl");
        Files.write(folder("gzip").resolve("pool.jsonl.gz"), SmallRun.gzip(pool.getBytes(StandardCharsets.UTF_8)));
        for (String name : List.of("zstd/pool.jsonl.zst", "parquet/pool.parquet")) {
            Path target = root.resolve(name);
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            run("sample", "--pool", jsonl, "--budget-tokens", 4500, "--out", target);
        }
        Files.writeString(folder("text").resolve("pool.txt"), "A text.\n\nWith a second paragraph: ü 字 🙂\n");
        Files.writeString(
                folder("html").resolve("pool.jsonl"),
                "<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n");
        Files.writeString(
                folder("lfs").resolve("pool.jsonl"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0a".repeat(32) + "\nsize 12345\n");
        Files.write(
                folder("arrow").resolve("pool.jsonl"),
                ByteBuffer.allocate(256)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(-1)
                        .putInt(200)
                        .putInt(16)
                        .array());
    }

    private void embeddings() throws IOException {
        for (String name : List.of("npy/rows.npy", "embeddings/rows.safetensors")) {
            Path target = root.resolve(name);
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            run("embed", "--pool", root.resolve("jsonl/pool.jsonl"), "--out", target);
        }
        Path clustered = folder("clustered");
        Files.copy(root.resolve("npy/rows.npy"), clustered.resolve("rows.npy"));
        run(
                "cluster",
                "--embeddings",
                clustered.resolve("rows.npy"),
                "--clusters",
                3,
                "--out",
                clustered.resolve("out"));
        Files.delete(clustered.resolve("out/assignment.npy"));
        Path given = withPool("given");
        Files.copy(root.resolve("npy/rows.npy"), given.resolve("rows.npy"));
        model(given.resolve("model"));
        StringBuilder ids = new StringBuilder();
        StringBuilder rows = new StringBuilder();
        pool.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).forEach(document -> {
            String id = document.get("id").getAsString();
            ids.append(id).append('\n');
            rows.append(JsonText.line(Map.of("id", id, "embedding", List.of(id.length(), 0.5, -1e-3)))
                            .strip())
                    .append('\n');
        });
        Files.writeString(given.resolve("ids.txt"), ids);
        Files.writeString(given.resolve("rows.jsonl"), rows);
        for (String name : List.of("scores.jsonl", "scores.parquet")) {
            run(
                    "score",
                    "--pool",
                    given.resolve("pool.jsonl"),
                    "--reference",
                    given.resolve("reference.jsonl"),
                    "--model",
                    given.resolve("model"),
                    "--factor-tokens",
                    300,
                    "--out",
                    given.resolve(name));
        }
    }

    private static void model(Path folder) throws IOException {
        try (Decoder decoder = Decoder.random(
                DecoderConfig.builder(257)
                        .width(16)
                        .layers(1)
                        .heads(2)
                        .mlpWidth(32)
                        .maxLength(64)
                        .tiedHead(true)
                        .build(),
                new Seed(7))) {
            decoder.write(folder);
        }
    }

    private void models() throws IOException {
        Path checkpoint = withPool("checkpoint");
        model(checkpoint.resolve("model"));
        Path sharded = withPool("sharded").resolve("model");
        model(sharded);
        String shard = "model-00001-of-00001.safetensors";
        byte[] tensors = Files.readAllBytes(sharded.resolve("model.safetensors"));
        int length =
                (int) ByteBuffer.wrap(tensors).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonObject places = new JsonObject();
        JsonParser.parseString(new String(tensors, 8, length, StandardCharsets.UTF_8))
                .getAsJsonObject()
                .keySet()
                .stream()
                .filter(name -> !name.equals("__metadata__"))
                .forEach(name -> places.addProperty(name, shard));
        Files.move(sharded.resolve("model.safetensors"), sharded.resolve(shard));
        Files.writeString(sharded.resolve("model.safetensors.index.json"), "{\"weight_map\": " + places + "}");
    }

    private void tokenizers() throws IOException {
        String start = "\"version\": \"1.0\", \"truncation\": null, \"padding\": null, \"added_tokens\": [{\"id\": 0,"
                + " \"content\": \"<s>\", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\":"
                + " false, \"special\": true}], ";
        String template = "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\":"
                + " {\"id\": \"<s>\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [],"
                + " \"special_tokens\": {\"<s>\": {\"id\": \"<s>\", \"ids\": [0], \"tokens\": [\"<s>\"]}}}, ";
        tokenizer(
                "words",
                "{" + start + template
                        + "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"},"
                        + " {\"type\": \"Replace\", \"pattern\": {\"String\": \"x\"}, \"content\": \"y\"}]},"
                        + " \"pre_tokenizer\": {\"type\": \"Whitespace\"}, \"decoder\": null, \"model\": {\"type\":"
                        + " \"WordLevel\", \"unk_token\": \"<s>\", \"vocab\": {\"<s>\": 0, \"the\": 1, \"a\": 2}}}");
        tokenizer(
                "bytes",
                "{" + start + "\"normalizer\": null, \"pre_tokenizer\": {\"type\": \"ByteLevel\", \"add_prefix_space\":"
                        + " false, \"trim_offsets\": true, \"use_regex\": true}, \"post_processor\": null, \"decoder\":"
                        + " {\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true, \"use_regex\":"
                        + " true}, \"model\": {\"type\": \"BPE\", \"dropout\": null, \"unk_token\": null,"
                        + " \"continuing_subword_prefix\": \"\", \"end_of_word_suffix\": \"\", \"fuse_unk\": false,"
                        + " \"vocab\": {\"<s>\": 0, \"t\": 1, \"h\": 2, \"e\": 3, \"th\": 4, \"the\": 5}, \"merges\":"
                        + " [\"t h\", \"th e\"]}}");
        tokenizer(
                "pieces",
                "{" + start + template + "\"normalizer\": {\"type\": \"BertNormalizer\", \"clean_text\": true,"
                        + " \"handle_chinese_chars\": true, \"strip_accents\": null, \"lowercase\": true},"
                        + " \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}, \"decoder\": {\"type\": \"WordPiece\","
                        + " \"prefix\": \"##\", \"cleanup\": true}, \"model\": {\"type\": \"WordPiece\", \"unk_token\":"
                        + " \"<s>\", \"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 100,"
                        + " \"vocab\": {\"<s>\": 0, \"th\": 1, \"##e\": 2, \"a\": 3}}}");
        tokenizer(
                "unigram",
                "{" + start + template + "\"normalizer\": null, \"pre_tokenizer\": {\"type\": \"Metaspace\","
                        + " \"replacement\": \"▁\", \"prepend_scheme\": \"always\", \"split\": true}, \"decoder\": null,"
                        + " \"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"byte_fallback\": false, \"vocab\":"
                        + " [[\"<s>\", 0.0], [\"▁\", -1.0], [\"t\", -2.5], [\"he\", -3.0]]}}");
    }

    private void tokenizer(String name, String json) throws IOException {
        Path folder = Files.createDirectories(withPool("tokenizer-" + name).resolve("tokenizer"));
        Files.writeString(folder.resolve("tokenizer.json"), json);
        Files.writeString(
                folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\", \"model_max_length\": 512}");
    }

    private void sentenceModels() throws IOException {
        for (String name : List.of("sentence", "sentence-beside")) {
            Path folder = Files.createDirectories(withPool(name).resolve("sentence"));
            Files.createDirectories(folder.resolve("1_Pooling"));
            boolean beside = name.endsWith("beside");
            Files.write(folder.resolve("model.onnx"), resource(beside ? "external.onnx" : "tiny.onnx"));
            if (beside) {
                Files.write(folder.resolve("model.onnx_data"), resource("external.onnx_data"));
            }
            Files.copy(root.resolve("tokenizer-words/tokenizer/tokenizer.json"), folder.resolve("tokenizer.json"));
            Files.writeString(folder.resolve("1_Pooling/config.json"), "{\"pooling_mode_mean_tokens\": true}");
            Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 32}");
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = FuzzSeeds.class.getResourceAsStream("fuzz/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private void settings() throws IOException {
        Path yaml = withPool("yaml");
        Files.writeString(yaml.resolve("run.yaml"), """
                # as in the documentation
                budget-tokens: 300
                seed: 5
                policy: ucb1
                alpha: 0.25
                block: "rest:0.05"
                threshold: 0.5
                skip-bad-lines: false
                text-field: text
                max-expansion: 250
                """);
        Files.writeString(
                yaml.resolve("train.yaml"),
                "tokens: 150\nbatch-tokens: 50\nwidth: 8\nlayers: 1\nheads: 1\nmlp-width: 8\nlength: 16\nthreads: 1\n");
    }

    /** Runs as a kill leaves them: copied while they are being made. */
    private void interrupted() throws Exception {
        Path select = withPool("select");
        Files.writeString(
                select.resolve("pool.jsonl"),
                lines(new DemoCorpus(new Seed(7)).pool().subList(0, 60)));
        model(select.resolve("model"));
        copyWhileRunning(
                select,
                "rounds.jsonl",
                "select",
                "--model",
                select.resolve("model"),
                "--factor-tokens",
                300,
                "--budget-tokens",
                3000,
                "--pool",
                select.resolve("pool.jsonl"),
                "--reference",
                select.resolve("reference.jsonl"),
                "--threads",
                1,
                "--clusters",
                3);
        Path train = withPool("train");
        copyWhileRunning(
                train,
                "work/training.safetensors",
                "train",
                "--data",
                train.resolve("pool.jsonl"),
                "--tokens",
                4000,
                "--batch-tokens",
                50,
                "--threads",
                1,
                "--checkpoint-steps",
                2);
    }

    private static void copyWhileRunning(Path folder, String until, Object... arguments) throws Exception {
        Path running = folder.resolve("running");
        FutureTask<Integer> run =
                new FutureTask<>(() -> Outcome.of(Stream.concat(Stream.of(arguments), Stream.of("--out", running))
                                .toArray())
                        .code());
        new Thread(run, "fuzz-seed").start();
        while (!run.isDone() && !isWritten(running.resolve(until))) {
            Thread.onSpinWait();
        }
        copyWhatStays(running, folder.resolve("out"));
        try {
            assertThat(run.get()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
        FuzzWorker.delete(running);
    }

    private static boolean isWritten(Path file) throws IOException {
        try {
            return Files.size(file) > 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static void copyWhatStays(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        List<Path> files;
        try (Stream<Path> found = Files.walk(from)) {
            files = found.toList();
        }
        for (Path file : files) {
            Path target = to.resolve(from.relativize(file).toString());
            try {
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(new ByteArrayInputStream(Files.readAllBytes(file)), target);
                }
            } catch (NoSuchFileException e) {
                // it was a temporary one
            }
        }
    }
}
