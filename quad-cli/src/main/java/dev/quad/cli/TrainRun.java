// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.ModelFolder;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.pipeline.WorkFolder;
import dev.quad.text.Chunker;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import dev.quad.text.SequenceFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * {@code quad train}: documents to a model folder. What a killed run goes on from stays in {@code work/} until the model
 * is written.
 *
 * @param start model folder to go on from; empty to start from random weights of the given sizes
 * @param tokenizer folder with the tokenizer of a new model; empty for bytes
 * @param tokens tokens to train on; 0 for each of the data once
 * @param share share of the documents to hold out where no files are given
 */
record TrainRun(
        List<Path> data,
        List<Path> heldOut,
        double share,
        Path out,
        Optional<Path> start,
        Optional<Path> tokenizer,
        DecoderSizes sizes,
        TrainingOptions.Builder options,
        long tokens,
        long seed,
        boolean resume,
        JsonlOptions jsonl,
        Optional<Path> rejectFile) {
    static final String LOG = "training.jsonl";

    /** Of the files of a model it is written last. */
    private static final String FINISHED = "config.json";

    /** What a new model has, but for its vocabulary. */
    record DecoderSizes(int width, int layers, int heads, int keyValueHeads, int mlpWidth, int length, boolean untied) {
        DecoderConfig with(int vocabulary) {
            return new DecoderConfig(
                    vocabulary, width, layers, heads, keyValueHeads, mlpWidth, length, 10_000, 1e-5, !untied);
        }
    }

    /** Runs, and returns the exit code. */
    int run(Progress progress, PrintStream print) throws IOException {
        WorkFolder folder = SelectRun.open(out, resume);
        try (OutputLock kept = OutputLock.ofFolder(out)) {
            try {
                return run(folder, kept, progress, print);
            } finally {
                folder.leaveUnclaimed();
            }
        }
    }

    private int run(WorkFolder folder, OutputLock kept, Progress progress, PrintStream print) throws IOException {
        try (RejectFile rejects = new RejectFile(rejectFile.orElse(folder.rejects()));
                ModelTokenizer tokens = ModelTokenizer.of(start.isPresent() ? start : tokenizer);
                Decoder decoder = decoder(tokens)) {
            Chunker chunker = Chunker.builder(tokens.tokenizer())
                    .length(decoder.config().maxLength())
                    .maxChunks(Integer.MAX_VALUE)
                    .build();
            folder.makeWork();
            int vocabulary = tokens.tokenizer().vocabularySize();
            try (SequenceFile train = SequenceFile.create(folder.work().resolve("training.ids"), vocabulary);
                    SequenceFile held = SequenceFile.create(folder.work().resolve("heldout.ids"), vocabulary)) {
                read(chunker, train, held, folder.work(), progress, rejects);
                TrainingOptions built =
                        options.tokens(tokens() > 0 ? tokens() : train.tokens()).build();
                requireBatch(built);
                folder.claim(identity(decoder, built, chunker, train.complete(), held.complete()));
                rejects.commit();
                if (Files.exists(out.resolve(FINISHED))) {
                    finish(folder, kept);
                    progress.say("the training in " + folder + " is finished already");
                    return Quad.DONE;
                }
                folder.requireSameKernels();
                Taken taken = new Taken(progress);
                taken.use("tokenizer", tokens.toString());
                if (start.isPresent()) {
                    taken.model(ModelFolder.of(start.get()));
                }
                progress.say(String.format(
                        Locale.ROOT,
                        "%,d weights, %,d %ss to learn from, %,d held out",
                        decoder.parameterCount(),
                        train.tokens(),
                        tokens.unit(),
                        held.tokens()));
                train(folder, decoder, built, train, held, tokens.unit(), progress);
            }
            tokens.copyTo(out);
            decoder.write(out);
            finish(folder, kept);
            print.println(out);
            return Quad.DONE;
        }
    }

    /** Removes what only an interrupted run needs, and what a killed one left half written. */
    private void finish(WorkFolder folder, OutputLock kept) {
        MarkedFolder.remove(folder.work());
        folder.clean(kept, ModelTokenizer.MODEL_FILES.stream().map(out::resolve).toList());
    }

    private void train(
            WorkFolder folder,
            Decoder decoder,
            TrainingOptions built,
            SequenceFile train,
            SequenceFile held,
            String unit,
            Progress progress)
            throws IOException {
        progress.start("training", built.tokens(), "tokens");
        try (TrainingLog log = new TrainingLog(out.resolve(LOG), progress, unit)) {
            new Trainer(built, new Seed(seed), log, Optional.of(folder.training())).train(decoder, train, held);
            progress.finish(
                    String.format(Locale.ROOT, "%,d tokens, loss %.4f nats a %s", built.tokens(), log.result(), unit));
        }
    }

    private Decoder decoder(ModelTokenizer tokens) throws IOException {
        if (start.isPresent()) {
            Decoder decoder = Decoder.read(start.get());
            tokens.check(decoder, start.get());
            return decoder;
        }
        DecoderConfig config = sizes.with(tokens.tokenizer().vocabularySize());
        try {
            return Decoder.random(config, new Seed(seed));
        } catch (IllegalArgumentException e) { // the layout of the weights
            throw new InputException(
                    String.format(
                            Locale.ROOT,
                            "a model of %,d blocks of width %,d, with MLPs of %,d, has too many weights; allowed are"
                                    + " %,d: lower --layers, --width or --mlp-width",
                            config.layers(),
                            config.width(),
                            config.mlpWidth(),
                            Integer.MAX_VALUE),
                    e);
        }
    }

    /** A step takes its batch from as many repetitions of the data as that needs, so that it must not be beyond all bounds. */
    private static void requireBatch(TrainingOptions built) {
        long most = Math.max(built.tokens(), TrainingOptions.DEFAULT_BATCH_TOKENS);
        if (built.batchTokens() > most) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "--batch-tokens is %,d, and the training has %,d tokens in all; allowed is up to %,d",
                    built.batchTokens(),
                    built.tokens(),
                    most));
        }
    }

    /** Writes the sequences of the documents to files. The text of packed files lies in a folder meanwhile. */
    private void read(
            Chunker chunker, SequenceFile train, SequenceFile held, Path work, Progress progress, RejectFile rejects)
            throws IOException {
        progress.start("reading", 0, "documents");
        RandomGenerator random = new Seed(seed).stream("training.heldout");
        Taken taken = new Taken(progress);
        ReadListener listener = listener(taken, rejects);
        Path text = work.resolve("text");
        int documents = Jsonl.forEach(data, jsonl, taken.listening("data", listener), text, document -> {
            boolean out = heldOut.isEmpty() && random.nextDouble() < share;
            (out ? held : train).append(chunker.chunks(document));
            progress.add(1);
        });
        if (!heldOut.isEmpty()) {
            Jsonl.forEach(
                    heldOut,
                    jsonl,
                    taken.listening("held out", listener),
                    text,
                    document -> held.append(chunker.chunks(document)));
        }
        if (train.isEmpty() || (held.isEmpty() && !heldOut.isEmpty())) {
            throw new InputException("no document of "
                    + (train.isEmpty() ? data : heldOut)
                            .stream().map(Path::toString).collect(Collectors.joining(", "))
                    + " is long enough to be learnt; give longer texts");
        }
        progress.finish(String.format(Locale.ROOT, "%,d documents", documents));
    }

    private static ReadListener listener(Taken taken, RejectFile rejects) {
        return new ReadListener() {
            @Override
            public void onBadLine(dev.quad.text.BadLine line) {
                rejects.onBadLine(line);
                taken.skipped(line);
            }
        };
    }

    /** Everything that determines the result. */
    private Map<String, String> identity(
            Decoder decoder, TrainingOptions built, Chunker chunker, String train, String held) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("start", decoder.fingerprint());
        identity.put("training", built.toString());
        identity.put("chunks", chunker.id());
        identity.put("data", train);
        identity.put("heldOut", held);
        identity.put("seed", Long.toString(seed));
        return identity;
    }
}
