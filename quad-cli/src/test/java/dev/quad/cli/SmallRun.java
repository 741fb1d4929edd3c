// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** A run that takes a fraction of a second: a hundred documents of the demo and a tiny model, in a folder of a test. */
final class SmallRun {
    static final int DOCUMENTS = 100; // the last two are as the first
    static final int REFERENCES = 10;
    static final int BUDGET = 6_000;

    final Path folder;
    /** With which no factors are estimated from the pool. */
    private static final List<String> WITHOUT_FACTORS =
            List.of("identity", "sign", "adam", "adam-state", "public-code");

    final Path pool;
    final Path reference;
    final Path model;

    SmallRun(Path folder) {
        this.folder = folder;
        DemoCorpus corpus = new DemoCorpus(new Seed(7));
        List<DemoCorpus.Text> texts = new ArrayList<>(corpus.pool().subList(0, DOCUMENTS - 2));
        texts.subList(0, 2).stream()
                .map(text -> new DemoCorpus.Text(text.id() + "-again", text.kind(), text.text()))
                .toList()
                .forEach(texts::add);
        pool = write(folder.resolve("pool.jsonl"), lines(texts));
        reference = write(
                folder.resolve("reference.jsonl"), lines(corpus.reference().subList(0, REFERENCES)));
        model = folder.resolve("model");
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
            decoder.write(model);
        }
    }

    /** The arguments of {@code select} on the small files with the tiny model, and others. */
    Object[] select(Path out, Object... others) {
        return selectFrom(pool, reference, out, others);
    }

    Object[] selectFrom(Path poolFile, Path referenceFile, Path out, Object... others) {
        List<Object> arguments =
                new ArrayList<>(List.of("select", "--pool", poolFile, "--reference", referenceFile, "--out", out));
        if (!Arrays.asList(others).contains("--budget-documents")) {
            add(arguments, others, "--budget-tokens", BUDGET);
        }
        add(arguments, others, "--model", model);
        if (Collections.disjoint(Arrays.asList(others), WITHOUT_FACTORS)) {
            add(arguments, others, "--factor-tokens", 3_000);
        }
        arguments.add("--no-report"); // which ReportTest looks at
        arguments.addAll(Arrays.asList(others));
        return arguments.toArray();
    }

    /** The arguments of {@code train} for a tiny model that takes no time, and others. */
    static Object[] train(Path data, Path out, Object... others) {
        List<Object> arguments = new ArrayList<>(List.of("train", "--data", data, "--out", out, "--tokens", 600));
        add(arguments, others, "--width", 16);
        add(arguments, others, "--layers", 1);
        add(arguments, others, "--length", 32);
        add(arguments, others, "--batch-tokens", 200);
        arguments.addAll(Arrays.asList(others));
        return arguments.toArray();
    }

    /** The arguments of {@code evaluate} that take no time, and others. */
    Object[] evaluate(Path train, Object... others) {
        List<Object> arguments = new ArrayList<>(List.of("evaluate", "--train", train, "--reference", reference));
        arguments.addAll(List.of("--tokens", 400, "--seeds", 1, "--from", model));
        arguments.addAll(Arrays.asList(others));
        return arguments.toArray();
    }

    private static void add(List<Object> arguments, Object[] others, String option, Object value) {
        if (!Arrays.asList(others).contains(option)) {
            arguments.addAll(List.of(option, value));
        }
    }

    private static String[] lines(List<DemoCorpus.Text> texts) {
        return texts.stream()
                .map(text -> JsonText.line(Map.of("id", text.id(), "text", text.text(), "kind", text.kind()))
                        .strip())
                .toArray(String[]::new);
    }

    Path file(String name, String... lines) {
        return write(folder.resolve(name), lines);
    }

    static Path write(Path file, String... lines) {
        return write(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    static List<String> gunzippedLines(Path file) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    /** Says in the {@code config.json} of a model that its tokens are bytes, and more: members, each with a comma. */
    static void sayBytes(Path model, String more) throws IOException {
        Path config = model.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replaceFirst("\\{", "{\"quad_tokenizer\":\"bytes\"," + more));
    }

    /** Removes a folder of a test. */
    static void remove(Path folder) throws IOException {
        try (Stream<Path> entries = Files.exists(folder) ? Files.walk(folder) : Stream.empty()) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }

    /** Every file under a folder with its bytes, to see that nothing was touched. */
    static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> result = new TreeMap<>();
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    result.put(
                            folder.relativize(file).toString(),
                            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
                }
            }
        }
        return result;
    }
}
