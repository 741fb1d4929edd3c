// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A format, sound files of it, and a command that reads them.
 *
 * @param name of the format
 * @param weight how many mutants of all are of it
 * @param template the folder with a sound case, which is copied for each mutant
 * @param what the file in it that is damaged; {@link #NAME} and {@link #ARGUMENT} are no files
 * @param command in which {@code @} stands for the folder and {@link #ARGUMENT} for what is damaged
 */
record FuzzTarget(String name, int weight, Path template, String what, List<String> command) {
    /** The name of the file {@code pool.jsonl} is what is damaged. */
    static final String NAME = "<name>";
    /** A value of an option is. */
    static final String ARGUMENT = "<argument>";

    static FuzzTarget of(String name, int weight, Path template, String what, String command) {
        return new FuzzTarget(name, weight, template, what, List.of(command.split(" ")));
    }

    /** Writes a mutant to a folder and returns the command for it. */
    String[] prepare(Path folder, RandomGenerator random, FuzzTarget other) throws IOException {
        copy(template, folder);
        Mutation mutation = new Mutation(random);
        String argument = "";
        if (what.equals(NAME)) {
            rename(folder.resolve("pool.jsonl"), mutation);
        } else if (what.equals(ARGUMENT)) {
            argument = mutation.text().replace("\0", "");
        } else {
            byte[] sound = Files.readAllBytes(template.resolve(what));
            byte[] spliced = other.sound().orElse(sound);
            Files.write(folder.resolve(what), mutation.of(sound, spliced.length == 0 ? sound : spliced));
        }
        String given = argument;
        return command.stream()
                .map(part -> part.startsWith("@") ? folder + part.substring(1) : part.replace(ARGUMENT, given))
                .toArray(String[]::new);
    }

    private Optional<byte[]> sound() throws IOException {
        Path file = template.resolve(what);
        return Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
    }

    private static void rename(Path file, Mutation mutation) throws IOException {
        String name = "a" + mutation.text().replace("\0", "").replace("/", "") + "b.jsonl";
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        try {
            Files.move(
                    file,
                    file.resolveSibling(
                            new String(Arrays.copyOf(bytes, Math.min(bytes.length, 200)), StandardCharsets.UTF_8)));
        } catch (InvalidPathException e) {
            // no file can be called so here
        }
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    /** All targets whose files are there. */
    static List<FuzzTarget> in(Path seeds) {
        String run = " --pool @/pool.jsonl --reference @/reference.jsonl --out @/out --threads 1 --clusters 3";
        String select = "select --no-report --model @/model --factor-tokens 300 --budget-tokens 300" + run;
        String train = "train --data @/pool.jsonl --out @/out --tokens 150 --batch-tokens 50 --threads 1";
        String embed = "embed --pool @/pool.jsonl --threads 1 --out @/rows.npy --embedder @/sentence";
        String cluster = "cluster --out @/out --clusters 3 --threads 1 --embeddings ";
        List<FuzzTarget> all = new ArrayList<>();
        for (String pool : List.of(
                "jsonl 30 pool.jsonl",
                "gzip 20 pool.jsonl.gz",
                "zstd 20 pool.jsonl.zst",
                "parquet 30 pool.parquet",
                "text 5 pool.txt",
                "html 3 pool.jsonl",
                "lfs 3 pool.jsonl",
                "arrow 5 pool.jsonl")) {
            String[] words = pool.split(" ", -1);
            Path template = seeds.resolve(words[0]);
            int weight = Integer.parseInt(words[1]);
            String file = " @/" + words[2];
            all.add(of(words[0], weight, template, words[2], "inspect" + file));
            all.add(of(words[0], weight, template, words[2], "inspect --near-duplicates --json @/out.json" + file));
            all.add(of(
                    words[0],
                    weight,
                    template,
                    words[2],
                    "sample --skip-bad-lines --rejects @/bad --budget-tokens 300 --out @/out.parquet --output-format parquet"
                            + " --pool" + file));
            all.add(of(
                    words[0],
                    weight,
                    template,
                    words[2],
                    "sample --budget-tokens 300 --out @/out.jsonl --pool" + file));
        }
        all.add(of("npy", 40, seeds.resolve("npy"), "rows.npy", cluster + "@/rows.npy"));
        all.add(of("embeddings", 40, seeds.resolve("embeddings"), "rows.safetensors", cluster + "@/rows.safetensors"));
        all.add(of("centres", 10, seeds.resolve("clustered"), "out/centres.safetensors", cluster + "@/rows.npy"));
        Path given = seeds.resolve("given");
        all.add(of("ids", 10, given, "ids.txt", select + " --embeddings @/rows.npy --embeddings-ids @/ids.txt"));
        all.add(of("column", 10, given, "rows.jsonl", select + " --embeddings @/rows.jsonl --id-field id"));
        String scored =
                "select --pool @/pool.jsonl --out @/out --threads 1 --clusters 3 --budget-tokens 300 --scores @/";
        all.add(of("scores", 10, given, "scores.jsonl", scored + "scores.jsonl"));
        all.add(of("scores", 5, given, "scores.meta.json", scored + "scores.jsonl"));
        all.add(of("scores", 10, given, "scores.parquet", scored + "scores.parquet"));
        Path checkpoint = seeds.resolve("checkpoint");
        all.add(of("config", 40, checkpoint, "model/config.json", train + " --model @/model"));
        all.add(of("model", 40, checkpoint, "model/model.safetensors", train + " --model @/model"));
        all.add(of(
                "index",
                40,
                seeds.resolve("sharded"),
                "model/model.safetensors.index.json",
                train + " --model @/model"));
        for (String kind : List.of("words", "bytes", "pieces", "unigram")) {
            String tokenizer =
                    train + " --tokenizer @/tokenizer --width 8 --layers 1 --heads 1 --mlp-width 8 --length 16";
            Path template = seeds.resolve("tokenizer-" + kind);
            all.add(of("tokenizer", 25, template, "tokenizer/tokenizer.json", tokenizer));
            all.add(of("tokenizer-config", 3, template, "tokenizer/tokenizer_config.json", tokenizer));
        }
        for (String kind : List.of("sentence", "sentence-beside")) {
            Path template = seeds.resolve(kind);
            all.add(of("onnx", 30, template, "sentence/model.onnx", embed));
            all.add(of("onnx", 5, template, "sentence/model.onnx_data", embed));
            all.add(of("pooling", 5, template, "sentence/1_Pooling/config.json", embed));
            all.add(of("limits", 5, template, "sentence/sentence_bert_config.json", embed));
        }
        Path yaml = seeds.resolve("yaml");
        all.add(of("yaml", 40, yaml, "run.yaml", "select --dry-run --config @/run.yaml" + run));
        all.add(of(
                "yaml",
                10,
                yaml,
                "train.yaml",
                "train --tokens 500 --data @/pool.jsonl --out @/out --config @/train.yaml"));
        Path stopped = seeds.resolve("select");
        for (String file : List.of(
                "manifest.json",
                "rounds.jsonl",
                "work/clusters/assignment.npy",
                "work/clusters/centres.safetensors",
                "work/direction.safetensors",
                "work/embeddings.safetensors",
                "work/factors.safetensors")) {
            all.add(of("run", 6, stopped, "out/" + file, select + " --resume"));
        }
        Path training = seeds.resolve("train");
        for (String file : List.of("manifest.json", "training.jsonl", "work/training.safetensors")) {
            all.add(of("training", 6, training, "out/" + file, train.replace("150", "4000") + " --resume"));
        }
        Path names = seeds.resolve("jsonl");
        all.add(of("names", 10, names, NAME, "inspect @/"));
        all.add(of("names", 10, names, NAME, "sample --budget-tokens 300 --out @/out.jsonl --pool @/"));
        for (String option : List.of("--text-field", "--id-field", "--budget-tokens", "--output-format")) {
            all.add(new FuzzTarget(
                    "arguments",
                    4,
                    names,
                    ARGUMENT,
                    List.of("sample", "--pool", "@/pool.jsonl", "--out", "@/out.jsonl", option + "=" + ARGUMENT)));
        }
        all.add(new FuzzTarget("arguments", 4, names, ARGUMENT, List.of("inspect", ARGUMENT)));
        all.add(new FuzzTarget("arguments", 4, names, ARGUMENT, List.of(ARGUMENT, "@/pool.jsonl")));
        return all.stream()
                .filter(target -> target.what().startsWith("<")
                        || Files.isRegularFile(target.template().resolve(target.what())))
                .toList();
    }

    /** One of many, by weight. */
    static FuzzTarget pick(Collection<FuzzTarget> targets, RandomGenerator random) {
        int left = random.nextInt(targets.stream().mapToInt(FuzzTarget::weight).sum());
        for (FuzzTarget target : targets) {
            left -= target.weight();
            if (left < 0) {
                return target;
            }
        }
        throw new AssertionError("the weights are summed above");
    }
}
