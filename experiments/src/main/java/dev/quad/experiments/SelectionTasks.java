// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import dev.quad.files.TemporaryFolder;
import dev.quad.text.JsonlPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Writes tasks to judge selectors by, of every kind that the arena has: one domain, three in one reference, a domain
 * that was taken out of the pool, copies with edits. Each is a folder of OUT with {@code pool.jsonl},
 * {@code reference.jsonl} and {@code holdout/NAME.jsonl}, which share no document. The same data give the same bytes.
 *
 * <pre>{@code
 * java … dev.quad.experiments.SelectionTasks mixed DATA OUT      # pool.jsonl.gz, reference-math.jsonl, reference-wiki.jsonl
 * java … dev.quad.experiments.SelectionTasks registry DATA OUT   # pool.jsonl.gz, reference/SOURCE.jsonl, holdout/SOURCE.jsonl
 * }</pre>
 */
public final class SelectionTasks {
    private static final Seed SEED = new Seed(7);
    private static final int EDITED = 20;
    private static final int MOST = 60;

    private final Path data;
    private final Path out;
    /** By its name, since the tasks have always been drawn by it. */
    private final RandomGenerator random = RandomGeneratorFactory.of("Random").create(SEED.value());

    private record Text(String source, String text) {}

    private SelectionTasks(Path data, Path out) {
        this.data = data;
        this.out = out;
    }

    /** Of the arguments above. */
    public static void main(String... args) {
        if (args.length != 3 || !List.of("mixed", "registry").contains(args[0])) {
            throw new IllegalArgumentException(
                    "the arguments are " + Arrays.toString(args) + "; allowed are mixed or registry, DATA, OUT");
        }
        SelectionTasks tasks = new SelectionTasks(Path.of(args[1]), Path.of(args[2]));
        if ("mixed".equals(args[0])) {
            tasks.mixed();
        } else {
            tasks.registry();
        }
    }

    private void mixed() {
        List<Text> pool = read(data.resolve("pool.jsonl.gz"));
        List<Text> math = shuffled(read(data.resolve("reference-math.jsonl")));
        List<Text> wiki = shuffled(read(data.resolve("reference-wiki.jsonl")));
        List<Text> plays = shuffled(of(pool, "shakespeare")).subList(0, 80);
        List<Text> answers = shuffled(of(pool, "stackexchange")).subList(0, 80);
        Map<String, List<Text>> mathHeld = Map.of("math", half(math, 1));
        Map<String, List<Text>> wikiHeld = Map.of("wiki", half(wiki, 1));
        write("math", pool, half(math, 0), mathHeld);
        write("wiki", pool, half(wiki, 0), wikiHeld);
        write("answers", without(pool, answers), half(answers, 0), Map.of("answers", half(answers, 1)));
        List<Text> three = new ArrayList<>(half(math, 0).subList(0, 60));
        three.addAll(half(wiki, 0).subList(0, 30));
        three.addAll(half(plays, 0).subList(0, 20));
        Map<String, List<Text>> held = new LinkedHashMap<>(mathHeld);
        held.putAll(wikiHeld);
        held.put("plays", half(plays, 1));
        write("three", without(pool, plays), three, held);
        write("math-out", without(pool, of(pool, "gsm8k")), half(math, 0), mathHeld);
        List<Text> wikis = new ArrayList<>(of(pool, "wikitext"));
        wikis.addAll(of(pool, "pile-wikipedia-en"));
        write("wiki-out", without(pool, wikis), half(wiki, 0), wikiHeld);
        List<Text> copied = new ArrayList<>(pool);
        List<Text> few = of(pool, "gsm8k");
        for (Text text : few.subList(0, few.size() / 20)) {
            for (int copy = 1; copy < 20; copy++) {
                copied.add(new Text("copy", edited(text.text)));
            }
        }
        write("copies", copied, half(math, 0), mathHeld);
    }

    private void registry() {
        List<Text> pool = read(data.resolve("pool.jsonl.gz"));
        registry("proofs", pool, List.of("formal-proofs"));
        registry("words", pool, List.of("dictionary", "glosses", "computing-terms"));
        registry("talk", pool, List.of("fantasy-dialogue", "letters", "novels"));
        registry("proofs-out", without(pool, of(pool, "formal-proofs")), List.of("formal-proofs"));
        List<Text> java = new ArrayList<>(of(pool, "java-api"));
        java.addAll(of(pool, "code-java"));
        registry("java-out", without(pool, java), List.of("java-api"));
    }

    private void registry(String task, List<Text> pool, List<String> sources) {
        List<Text> reference = new ArrayList<>();
        Map<String, List<Text>> held = new LinkedHashMap<>();
        for (String source : sources) {
            reference.addAll(first(read(data.resolve("reference/" + source + ".jsonl"))));
            held.put(source, first(read(data.resolve("holdout/" + source + ".jsonl"))));
        }
        write(task, pool, reference, held);
    }

    private static List<Text> first(List<Text> texts) {
        return texts.subList(0, Math.min(MOST, texts.size()));
    }

    private static List<Text> half(List<Text> texts, int half) {
        int middle = texts.size() / 2;
        return half == 0 ? texts.subList(0, middle) : texts.subList(middle, texts.size());
    }

    private static List<Text> of(List<Text> pool, String source) {
        return pool.stream().filter(text -> text.source.equals(source)).toList();
    }

    private static List<Text> without(List<Text> pool, List<Text> some) {
        Set<Text> left = Collections.newSetFromMap(new IdentityHashMap<>());
        left.addAll(some);
        return pool.stream().filter(text -> !left.contains(text)).toList();
    }

    private List<Text> shuffled(List<Text> texts) {
        List<Text> copy = new ArrayList<>(texts);
        for (int i = copy.size(); i > 1; i--) {
            Collections.swap(copy, i - 1, random.nextInt(i));
        }
        return copy;
    }

    /** One character of twenty is another. */
    private String edited(String text) {
        StringBuilder edited = new StringBuilder(text);
        for (int i = 0; i < edited.length(); i++) {
            if (random.nextInt(EDITED) == 0) {
                edited.setCharAt(i, (char) ('a' + random.nextInt(26)));
            }
        }
        return edited.toString();
    }

    private static List<Text> read(Path file) {
        List<Text> texts = new ArrayList<>();
        try (TemporaryFolder unpacked = TemporaryFolder.in(Path.of(System.getProperty("java.io.tmpdir")));
                JsonlPool pool =
                        JsonlPool.builder().cacheFolder(unpacked.path()).open(List.of(file))) {
            for (int i = 0; i < pool.size(); i++) {
                texts.add(new Text(
                        pool.field(i, "source").orElse("reference"), pool.get(i).text()));
            }
        }
        return texts;
    }

    private void write(String task, List<Text> pool, List<Text> reference, Map<String, List<Text>> held) {
        Path folder = out.resolve(task);
        write(folder.resolve("pool.jsonl"), pool);
        write(folder.resolve("reference.jsonl"), reference);
        held.forEach((name, texts) -> write(folder.resolve("holdout/" + name + ".jsonl"), texts));
    }

    private static void write(Path file, List<Text> texts) {
        String name = file.getFileName().toString().replace(".jsonl", "");
        try (Writer writer = writer(file)) {
            for (int i = 0; i < texts.size(); i++) {
                Map<String, String> record = new LinkedHashMap<>();
                record.put("id", name + "-" + i);
                record.put("source", texts.get(i).source);
                record.put("text", texts.get(i).text);
                writer.write(JsonText.line(record));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Writer writer(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.newBufferedWriter(file);
    }
}
