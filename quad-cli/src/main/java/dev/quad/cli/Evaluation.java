// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.influence.BatchLosses;
import dev.quad.model.Decoder;
import dev.quad.text.Chunker;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import dev.quad.text.SequenceFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reference losses after equal training on different files: the same small model, the same start, the same number of
 * tokens and the same seeds, so that differences are paired.
 */
final class Evaluation {
    static final String FORMAT = "quad.evaluation.1";

    private static final int BATCH = 16;
    private static final int VOCABULARY = Tokenizer.bytes().vocabularySize();

    private final List<Path> files;
    private final double[][] losses;
    private final long tokens;
    private final long firstSeed;
    private final Taken taken;

    private Evaluation(List<Path> files, double[][] losses, long tokens, long firstSeed, Taken taken) {
        this.taken = taken;
        this.files = files;
        this.losses = losses;
        this.tokens = tokens;
        this.firstSeed = firstSeed;
    }

    /**
     * Trains and measures.
     *
     * @param work folder for the sequences of all files, and for the text of packed ones meanwhile
     */
    static Evaluation run(
            Path work,
            List<Path> train,
            List<Path> reference,
            long tokens,
            int seeds,
            long firstSeed,
            JsonlOptions options,
            ReadListener listener,
            Progress progress)
            throws IOException {
        Chunker chunker = Chunker.builder(Tokenizer.bytes())
                .length(Proxy.CONFIG.maxLength())
                .maxChunks(Integer.MAX_VALUE)
                .build();
        Taken taken = new Taken(progress);
        taken.use("tokenizer", "bytes of UTF-8");
        List<SequenceFile> data = new ArrayList<>();
        double[][] losses = new double[train.size()][seeds];
        long count = tokens;
        try (SequenceFile target = SequenceFile.create(work.resolve("reference.ids"), VOCABULARY)) {
            read(reference, target, chunker, options, taken.listening("reference", listener), work);
            for (Path file : train) {
                SequenceFile sequences = SequenceFile.create(work.resolve(data.size() + ".ids"), VOCABULARY);
                data.add(sequences);
                ReadListener said = taken.listening("train " + file, listener);
                read(List.of(file), sequences, chunker, options, said, work);
            }
            if (count == 0) {
                count = data.stream().mapToLong(SequenceFile::tokens).min().orElseThrow();
            }
            for (int s = 0; s < seeds; s++) {
                for (int f = 0; f < train.size(); f++) {
                    String stage = "seed " + (firstSeed + s) + ", file " + (f + 1) + " of " + train.size();
                    Seed seed = new Seed(firstSeed + s);
                    try (Decoder decoder = Proxy.train(stage, data.get(f), count, seed, Optional.empty(), progress)) {
                        losses[f][s] = loss(decoder, target);
                    }
                }
            }
        } finally {
            data.forEach(SequenceFile::close);
        }
        return new Evaluation(List.copyOf(train), losses, count, firstSeed, taken);
    }

    private static void read(
            List<Path> files,
            SequenceFile sequences,
            Chunker chunker,
            JsonlOptions options,
            ReadListener listener,
            Path work)
            throws IOException {
        Jsonl.forEach(
                files, options, listener, work.resolve("text"), document -> sequences.append(chunker.chunks(document)));
        sequences.complete();
        if (sequences.isEmpty()) {
            throw new InputException("no document of " + files + " is long enough to be learnt; give longer texts");
        }
    }

    /** Mean loss of a token of the reference, in nats. */
    private static double loss(Decoder decoder, SequenceFile target) {
        double sum = 0;
        for (int from = 0; from < target.size(); from += BATCH) {
            List<TokenSequence> some = List.copyOf(target.subList(from, Math.min(target.size(), from + BATCH)));
            BatchLosses batch = decoder.losses(some);
            for (int i = 0; i < batch.items(); i++) {
                sum += batch.sum(i);
            }
        }
        return sum / target.tokens();
    }

    /** Mean reference loss of a file over the seeds, in nats a byte. */
    double mean(int file) {
        return Arrays.stream(losses[file]).average().orElseThrow();
    }

    private double[] differences(int file) {
        double[] result = new double[losses[file].length];
        for (int s = 0; s < result.length; s++) {
            result[s] = losses[file][s] - losses[0][s];
        }
        return result;
    }

    void print(PrintStream out) {
        int width = Math.max(
                10,
                files.stream().mapToInt(file -> file.toString().length()).max().orElse(0));
        out.printf(
                Locale.ROOT,
                "reference loss in nats a byte after %,d tokens, seeds %d to %d%n",
                tokens,
                firstSeed,
                firstSeed + losses[0].length - 1);
        out.printf("%-" + width + "s  %8s  %8s  %8s  %s%n", "train", "mean", "min", "max", "difference to the first");
        for (int f = 0; f < files.size(); f++) {
            String difference = "";
            if (f > 0) {
                double[] d = differences(f);
                difference = String.format(
                        Locale.ROOT,
                        "%+.4f (%+.4f to %+.4f)",
                        Arrays.stream(d).average().orElseThrow(),
                        Arrays.stream(d).min().orElseThrow(),
                        Arrays.stream(d).max().orElseThrow());
            }
            out.printf(
                    Locale.ROOT,
                    "%-" + width + "s  %8.4f  %8.4f  %8.4f  %s%n",
                    files.get(f),
                    mean(f),
                    Arrays.stream(losses[f]).min().orElseThrow(),
                    Arrays.stream(losses[f]).max().orElseThrow(),
                    difference);
        }
    }

    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("tokens", tokens);
        tree.put("firstSeed", firstSeed);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int f = 0; f < files.size(); f++) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("train", files.get(f).toString());
            row.put("mean", mean(f));
            row.put("min", Arrays.stream(losses[f]).min().orElseThrow());
            row.put("max", Arrays.stream(losses[f]).max().orElseThrow());
            row.put("losses", Arrays.stream(losses[f]).boxed().toList());
            row.put("differences", Arrays.stream(differences(f)).boxed().toList());
            rows.add(row);
        }
        tree.put("files", rows);
        tree.put("taken", taken.tree());
        return tree;
    }
}
