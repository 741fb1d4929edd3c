// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

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

    /** What a new model has, but for its vocabulary. */
    record DecoderSizes(int width, int layers, int heads, int keyValueHeads, int mlpWidth, int length, boolean untied) {
        DecoderConfig with(int vocabulary) {
            return new DecoderConfig(
                    vocabulary, width, layers, heads, keyValueHeads, mlpWidth, length, 10_000, 1e-5, !untied);
        }
    }

    /** Runs, and returns the exit code. */
    int run(Progress progress, PrintStream print) throws IOException {
        RunFolder folder = RunFolder.open(out, resume, OutputOptions.DEFAULT_FORMAT);
        try (RejectFile rejects = new RejectFile(rejectFile.orElse(folder.rejects()));
                ModelTokenizer tokens = ModelTokenizer.of(start.isPresent() ? start : tokenizer);
                Decoder decoder = decoder(tokens)) {
            Chunker chunker = Chunker.builder(tokens.tokenizer())
                    .length(decoder.config().maxLength())
                    .maxChunks(Integer.MAX_VALUE)
                    .build();
            List<TokenSequence> train = new ArrayList<>();
            List<TokenSequence> held = new ArrayList<>();
            read(chunker, train, held, progress, rejects);
            long count = tokens() > 0 ? tokens() : Sample.tokens(train);
            TrainingOptions built = options.tokens(count).build();
            folder.claim(identity(decoder, built, chunker, train, held));
            rejects.commit();
            if (Files.exists(out.resolve("model.safetensors"))) {
                folder.finish();
                progress.say("the training in " + folder + " is finished already");
                return Quad.DONE;
            }
            Files.createDirectories(folder.work());
            progress.say(String.format(
                    Locale.ROOT,
                    "%,d weights, %,d %ss to learn from, %,d held out",
                    decoder.parameterCount(),
                    Sample.tokens(train),
                    tokens.unit(),
                    Sample.tokens(held)));
            TrainingLog log = new TrainingLog(out.resolve(LOG), progress, tokens.unit());
            progress.start("training", count, "tokens");
            new Trainer(built, new Seed(seed), log, Optional.of(folder.training())).train(decoder, train, held);
            tokens.copyTo(out);
            decoder.write(out);
            String result = log.result().isPresent()
                    ? String.format(Locale.ROOT, "%.4f", log.result().getAsDouble())
                    : "known from before:";
            progress.finish(String.format(Locale.ROOT, "%,d tokens, loss %s nats a %s", count, result, tokens.unit()));
            folder.finish();
            print.println(out);
            return Quad.DONE;
        }
    }

    private Decoder decoder(ModelTokenizer tokens) throws IOException {
        if (start.isPresent()) {
            Decoder decoder = Decoder.read(start.get());
            tokens.check(decoder, start.get());
            return decoder;
        }
        return Decoder.random(sizes.with(tokens.tokenizer().vocabularySize()), new Seed(seed));
    }

    private void read(
            Chunker chunker, List<TokenSequence> train, List<TokenSequence> held, Progress progress, RejectFile rejects)
            throws IOException {
        progress.start("reading", 0, "documents");
        RandomGenerator random = new Seed(seed).stream("training.heldout");
        int documents = 0;
        for (Document document : Jsonl.read(data, jsonl, listener(progress, rejects))) {
            boolean out = heldOut.isEmpty() && random.nextDouble() < share;
            (out ? held : train).addAll(chunker.chunks(document));
            progress.at(++documents);
        }
        if (!heldOut.isEmpty()) {
            for (Document document : Jsonl.read(heldOut, jsonl, listener(progress, rejects))) {
                held.addAll(chunker.chunks(document));
            }
        }
        if (train.isEmpty() || (held.isEmpty() && !heldOut.isEmpty())) {
            throw new InputException("no document of " + (train.isEmpty() ? data : heldOut)
                    + " is long enough to be learnt; give longer texts");
        }
        progress.finish(String.format(Locale.ROOT, "%,d documents", documents));
    }

    private static ReadListener listener(Progress progress, RejectFile rejects) {
        return new ReadListener() {
            @Override
            public void onBadLine(dev.quad.text.BadLine line) {
                rejects.onBadLine(line);
                progress.say("skipped " + line.message());
            }
        };
    }

    /** Everything that determines the result. */
    private Map<String, String> identity(
            Decoder decoder,
            TrainingOptions built,
            Chunker chunker,
            List<TokenSequence> train,
            List<TokenSequence> held) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("start", decoder.fingerprint());
        identity.put("training", built.toString());
        identity.put("chunks", chunker.id());
        identity.put("data", digest(train));
        identity.put("heldOut", digest(held));
        identity.put("seed", Long.toString(seed));
        return identity;
    }

    private static String digest(List<TokenSequence> sequences) {
        Fingerprint digest = Fingerprint.of("quad.sequences");
        for (TokenSequence sequence : sequences) {
            digest.add(sequence.length());
            for (int i = 0; i < sequence.length(); i++) {
                digest.add((long) sequence.id(i));
            }
        }
        return digest.hex();
    }
}
