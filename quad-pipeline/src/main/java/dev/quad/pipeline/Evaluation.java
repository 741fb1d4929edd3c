// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reference losses after equal training on different files: the same small model on bytes, the same start, the same
 * number of tokens and the same seeds, so that differences are paired. Immutable.
 *
 * <p>Cost: a training for each file and seed, {@code 5·10⁶} operations a token, and a pass over the reference after
 * each. The texts lie in a folder as tokens meanwhile; memory is that of the model. The same files, seeds and number of
 * tokens give the same losses, whatever the number of threads.
 */
public final class Evaluation {
    /** Names the tree of {@link #tree}. */
    public static final String FORMAT = "quad.evaluation.1";

    /** Enough to see how far two losses differ by chance. */
    public static final int DEFAULT_SEEDS = 3;

    private static final int BATCH = 16;
    private static final int VOCABULARY = Tokenizer.bytes().vocabularySize();

    private final List<Path> files;
    private final double[][] losses;
    private final long tokens;
    private final long firstSeed;

    private Evaluation(List<Path> files, double[][] losses, long tokens, long firstSeed) {
        this.files = files;
        this.losses = losses;
        this.tokens = tokens;
        this.firstSeed = firstSeed;
    }

    /**
     * Starts from the defaults.
     *
     * @param train training sets to compare, at least one, each a file, a folder or a pattern; the first is what the
     *     others are compared with
     * @param reference files with the documents to measure the loss on
     */
    public static Builder builder(List<Path> train, List<Path> reference) {
        Objects.requireNonNull(train, "the files of the training are null; give files, folders or patterns");
        Objects.requireNonNull(reference, "the reference is null");
        return new Builder(train, reference);
    }

    /** The training sets. */
    public List<Path> files() {
        return files;
    }

    /** How many tokens each training was on. */
    public long tokens() {
        return tokens;
    }

    /** The first seed; the others follow it. */
    public long firstSeed() {
        return firstSeed;
    }

    /** Mean loss of a byte of the reference for each seed, in nats, after training on a file. */
    public double[] losses(int file) {
        return losses[file].clone();
    }

    /** Mean of {@link #losses} over the seeds. */
    public double mean(int file) {
        return Arrays.stream(losses[file]).average().orElseThrow();
    }

    /** {@link #losses} less those of the first file, seed by seed: below 0 where this file trains better. */
    public double[] differences(int file) {
        double[] result = new double[losses[file].length];
        for (int s = 0; s < result.length; s++) {
            result[s] = losses[file][s] - losses[0][s];
        }
        return result;
    }

    /** All of it, as a tree for JSON. */
    public Map<String, Object> tree() {
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
        return tree;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d files, %,d tokens each, %d seeds from %d on",
                files.size(),
                tokens,
                losses[0].length,
                firstSeed);
    }

    /** Collects what an evaluation is made of. */
    public static final class Builder {
        private final List<Path> train;
        private final List<Path> reference;
        private long tokens;
        private int seeds = DEFAULT_SEEDS;
        private long firstSeed = 1;
        private JsonlOptions options = JsonlOptions.defaults();
        private Optional<JsonlOptions> referenceOptions = Optional.empty();
        private Function<String, ReadListener> reading = purpose -> ReadListener.NONE;
        private PipelineListener listener = PipelineListener.NONE;

        private Builder(List<Path> train, List<Path> reference) {
            this.train = List.copyOf(train);
            this.reference = List.copyOf(reference);
            if (train.isEmpty() || reference.isEmpty()) {
                throw new IllegalArgumentException("there are " + train.size() + " training sets and "
                        + reference.size() + " files of the reference; allowed is one or more of each");
            }
        }

        /** Tokens to train on; smaller files are repeated. 0, as unless set, for those of the smallest file. */
        public Builder tokens(long value) {
            tokens = atLeast("tokens", value, 0);
            return this;
        }

        /** How many seeds, {@code >= 1}; {@value #DEFAULT_SEEDS} unless set. */
        public Builder seeds(int count) {
            seeds = (int) atLeast("seeds", count, 1);
            return this;
        }

        /** The first seed; 1 unless set. */
        public Builder firstSeed(long value) {
            firstSeed = value;
            return this;
        }

        /** How files are read. */
        public Builder options(JsonlOptions value) {
            options = Objects.requireNonNull(value, "options is null; leave it out for the default");
            return this;
        }

        /** How the files of the reference are read; as all others unless set. */
        public Builder referenceOptions(JsonlOptions value) {
            referenceOptions = Optional.of(
                    Objects.requireNonNull(value, "referenceOptions is null; leave it out for the default"));
            return this;
        }

        /** Who hears of the reading, for each purpose: {@code reference}, or {@code train} and the name of a file. */
        public Builder reading(Function<String, ReadListener> listeners) {
            reading = Objects.requireNonNull(listeners, "reading is null; leave it out for the default");
            return this;
        }

        /** Who follows the trainings, each a stage. */
        public Builder listener(PipelineListener value) {
            listener = Objects.requireNonNull(value, "listener is null; leave it out for the default");
            return this;
        }

        private static long atLeast(String name, long value, long least) {
            if (value < least) {
                throw new IllegalArgumentException(name + " is " + value + "; allowed is " + least + " or more");
            }
            return value;
        }

        /**
         * Trains and measures.
         *
         * @param work folder for the tokens of all files, and for the text of packed ones meanwhile; they stay in it
         * @throws InputException if a file cannot be read, or has no text that is long enough
         */
        public Evaluation run(Path work) {
            Objects.requireNonNull(work, "the folder of the work is null");
            List<SequenceFile> data = new ArrayList<>();
            double[][] losses = new double[train.size()][seeds];
            long count = tokens;
            Stages stages = new Stages(listener);
            try (SequenceFile target = read(
                    reference, referenceOptions.orElse(options), "reference", work.resolve("reference.ids"), work)) {
                for (Path file : train) {
                    Path ids = work.resolve(data.size() + ".ids");
                    data.add(read(List.of(file), options, "train " + file, ids, work));
                }
                if (count == 0) {
                    count = data.stream().mapToLong(SequenceFile::tokens).min().orElseThrow();
                }
                for (int s = 0; s < seeds; s++) {
                    for (int f = 0; f < train.size(); f++) {
                        String stage = "seed " + (firstSeed + s) + ", file " + (f + 1) + " of " + train.size();
                        Seed seed = new Seed(firstSeed + s);
                        try (Decoder decoder = Proxy.train(stages, stage, data.get(f), count, seed, Optional.empty())) {
                            losses[f][s] = loss(decoder, target);
                        }
                    }
                }
            } finally {
                data.forEach(SequenceFile::close);
            }
            return new Evaluation(train, losses, count, firstSeed);
        }

        private SequenceFile read(List<Path> files, JsonlOptions how, String purpose, Path ids, Path work) {
            Chunker chunker = Chunker.builder(Tokenizer.bytes())
                    .length(Proxy.CONFIG.maxLength())
                    .maxChunks(Integer.MAX_VALUE)
                    .build();
            SequenceFile sequences = SequenceFile.create(ids, VOCABULARY);
            boolean whole = false;
            try {
                Jsonl.forEach(
                        files,
                        how,
                        reading.apply(purpose),
                        work.resolve("text"),
                        document -> sequences.append(chunker.chunks(document)));
                sequences.complete();
                if (sequences.isEmpty()) {
                    throw new InputException(
                            "no document of " + files + " is long enough to be learnt; give longer texts");
                }
                whole = true;
                return sequences;
            } finally {
                if (!whole) {
                    sequences.close();
                }
            }
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
}
