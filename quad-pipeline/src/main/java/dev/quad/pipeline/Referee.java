// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.files.MarkedFolder;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Owned;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingListener;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import dev.quad.text.SequenceFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/** Trains on each set with each seed, and measures: the work of an {@link Evaluation}, stage by stage. */
final class Referee {
    private final Evaluation.Builder settings;
    private final Path work;
    private final Stages stages;
    /** Of the same training, which is done once. */
    private final Map<String, Losses> known = new HashMap<>();

    Referee(Evaluation.Builder settings, Path work) {
        this.settings = settings;
        this.work = work;
        this.stages = new Stages(settings.listener);
    }

    Evaluation run() {
        Path text = work.resolve("text");
        MarkedFolder.make(text);
        try (Owned parts = new Owned()) {
            Optional<Decoder> given = settings.from.map(folder -> parts.add(Decoder.read(folder)));
            Chunker chunker = chunker(given);
            List<List<Document>> measured = new ArrayList<>();
            measured.add(Jsonl.read(
                    settings.reference,
                    settings.referenceOptions.orElse(settings.options),
                    settings.reading.apply("reference")));
            for (Path set : settings.forget) {
                measured.add(Jsonl.read(List.of(set), settings.options, settings.reading.apply("forget " + set)));
            }
            Set<String> keys = new HashSet<>();
            measured.forEach(documents -> documents.forEach(document -> keys.add(Duplicates.key(document))));
            Set<String> trainedOn = new HashSet<>();
            List<TrainingSet> data = new ArrayList<>();
            for (Path file : settings.train) {
                JsonlPool pool = parts.add(open(List.of(file), "train " + file, text));
                SequenceFile sequences = parts.add(SequenceFile.create(
                        work.resolve(data.size() + ".ids"),
                        given.map(Decoder::config).orElse(Proxy.CONFIG).vocabulary()));
                data.add(new TrainingSet(file, pool, sequences, chunker, key -> {
                    if (keys.contains(key)) {
                        trainedOn.add(key);
                    }
                }));
            }
            List<HeldOut> sets = new ArrayList<>();
            sets.add(heldOut("the reference", settings.reference, measured.get(0), trainedOn, chunker));
            for (int i = 0; i < settings.forget.size(); i++) {
                List<Path> named = List.of(settings.forget.get(i));
                sets.add(heldOut("what may be forgotten", named, measured.get(i + 1), trainedOn, chunker));
            }
            long tokens = tokens(data);
            Optional<Decoder> start = given;
            if (start.isEmpty() && !settings.scratch) {
                List<JsonlPool> common = settings.common.isEmpty()
                        ? data.stream().map(TrainingSet::pool).toList()
                        : List.of(parts.add(open(settings.common, "common model", text)));
                List<TokenSequence> sample = CommonModel.sample(
                        common, document -> keys.contains(Duplicates.key(document)), chunker, settings.commonTokens);
                start = Optional.of(parts.add(CommonModel.of(sample, settings.commonTokens, stages, settings.keep)));
            }
            return trained(start, sets, data, tokens);
        } finally {
            MarkedFolder.remove(text);
        }
    }

    /** As many as are asked for, or as the smallest part has. */
    private long tokens(List<TrainingSet> data) {
        long least = Long.MAX_VALUE;
        for (TrainingSet set : data) {
            for (int part = 0; part < settings.parts(); part++) {
                least = Math.min(least, set.tokens(part, settings.parts()));
            }
        }
        return settings.tokens > 0 ? settings.tokens : least;
    }

    private Chunker chunker(Optional<Decoder> given) {
        Tokenizer ids = given.map(decoder -> settings.tokenizer.forModel(decoder, settings.from.orElseThrow()))
                .orElseGet(Tokenizer::bytes);
        DecoderConfig config = given.map(Decoder::config).orElse(Proxy.CONFIG);
        return Chunker.builder(ids)
                .length(Math.min(config.maxLength(), TrainingOptions.DEFAULT_BATCH_TOKENS))
                .maxChunks(Integer.MAX_VALUE)
                .build();
    }

    private JsonlPool open(List<Path> files, String purpose, Path text) {
        return JsonlPool.builder()
                .options(settings.options)
                .listener(settings.reading.apply(purpose))
                .cacheFolder(text)
                .open(files);
    }

    /** Without what is trained on. */
    private HeldOut heldOut(String what, List<Path> files, List<Document> all, Set<String> trainedOn, Chunker chunker) {
        List<Document> rest = all.stream()
                .filter(document -> !trainedOn.contains(Duplicates.key(document)))
                .toList();
        int shared = all.size() - rest.size();
        HeldOut set = new HeldOut(files, rest, shared, chunker);
        if (set.documents().size() < 2) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "%s, %s, has %,d documents, of which %,d stand in a training set and %,d are too short to be measured;"
                            + " two or more must be left: give documents that nothing is trained on, long enough to be"
                            + " learnt",
                    what,
                    set,
                    all.size(),
                    shared,
                    rest.size() - set.documents().size()));
        }
        if (shared > 0) {
            settings.listener.onNote(String.format(
                    Locale.ROOT,
                    "%,d of %,d documents of %s stand in a training set, and are left out of the measure",
                    shared,
                    all.size(),
                    set));
        }
        return set;
    }

    private Evaluation trained(Optional<Decoder> start, List<HeldOut> sets, List<TrainingSet> data, long tokens) {
        TrainingOptions options = TrainingOptions.builder(tokens)
                .learningRate(settings.learningRate.orElse(
                        start.isPresent() ? Evaluation.DEFAULT_LEARNING_RATE : TrainingOptions.DEFAULT_LEARNING_RATE))
                .build();
        String begins = start.map(Decoder::fingerprint).orElse("scratch");
        Losses[][] losses = new Losses[data.size()][settings.seeds];
        for (int s = 0; s < settings.seeds; s++) {
            int part = s;
            for (int f = 0; f < data.size(); f++) {
                String stage = "seed " + (settings.firstSeed + s) + ", file " + (f + 1) + " of " + data.size();
                Seed seed = new Seed(settings.firstSeed + s);
                TrainingSet file = data.get(f);
                String digest = digest(begins, options, seed, file.digest(), part, sets);
                losses[f][s] = known.computeIfAbsent(
                        digest,
                        same -> Losses.keep(
                                settings.keep,
                                same,
                                () -> train(
                                        stage, start, options, seed, file.sequences(part, settings.parts()), sets)));
            }
        }
        double[][][] counted = new double[data.size()][settings.ngramParts()][];
        for (int f = 0; f < data.size(); f++) {
            TrainingSet file = data.get(f);
            double[][] parts = counted[f];
            String stage = "n-grams, file " + (f + 1) + " of " + data.size();
            stages.run(
                    stage,
                    stage,
                    parts.length,
                    "models",
                    at -> {
                        for (int part = 0; part < parts.length; part++) {
                            parts[part] = file.ngrams(part, parts.length, tokens, sets.get(0));
                            at.accept(part + 1L);
                        }
                        return parts.length;
                    },
                    models -> models == 1 ? "1 model" : models + " models");
        }
        return evaluation(start, sets, losses, counted, tokens);
    }

    private Evaluation evaluation(
            Optional<Decoder> start, List<HeldOut> sets, Losses[][] losses, double[][][] counted, long tokens) {
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < sets.size(); i++) {
            int set = i;
            double[][][] nats = Arrays.stream(losses)
                    .map(seeds -> Arrays.stream(seeds)
                            .map(one -> set == 0 ? one.last() : one.others().get(set - 1))
                            .toArray(double[][]::new))
                    .toArray(double[][][]::new);
            readings.add(new Reading(
                    sets.get(i), nats, start.map(decoder -> sets.get(set).losses(decoder)), settings));
        }
        Reading ngrams = new Reading(sets.get(0), counted, Optional.empty(), settings);
        double[][] curves = new double[losses.length][settings.points];
        for (int f = 0; f < losses.length; f++) {
            for (int p = 0; p < settings.points; p++) {
                for (Losses one : losses[f]) {
                    curves[f][p] += Arrays.stream(one.curve().get(p)).sum() / settings.seeds;
                }
                curves[f][p] /= readings.get(0).bytes();
            }
        }
        return new Evaluation(settings, tokens, readings, ngrams, curves);
    }

    private String digest(
            String begins, TrainingOptions options, Seed seed, String data, int part, List<HeldOut> sets) {
        Fingerprint digest = Fingerprint.of("quad.losses.1")
                .add(begins)
                .add(options.toString())
                .add(seed.value())
                .add(data)
                .add(settings.parts() == 1 ? 0 : part)
                .add(settings.parts())
                .add(settings.points)
                .add(Blas.core());
        sets.forEach(set -> digest.add(set.digest()));
        return digest.hex();
    }

    private Losses train(
            String stage,
            Optional<Decoder> start,
            TrainingOptions options,
            Seed seed,
            List<TokenSequence> data,
            List<HeldOut> sets) {
        try (Decoder decoder = start.map(Decoder::copy).orElseGet(() -> Decoder.random(Proxy.CONFIG, seed))) {
            Curve curve = new Curve(decoder, sets.get(0));
            stages.run(
                    stage,
                    stage,
                    options.tokens(),
                    "tokens",
                    at -> {
                        curve.at = at;
                        new Trainer(options, seed, curve, Optional.empty()).train(decoder, data);
                        return curve;
                    },
                    done -> String.format(
                            Locale.ROOT, "%,d tokens, last loss %.3f nats a token", options.tokens(), done.last));
            List<double[]> others =
                    sets.stream().skip(1).map(set -> set.losses(decoder)).toList();
            return new Losses(curve.losses, others);
        }
    }

    /** Measures at points of the training that are equally far apart in tokens. */
    private final class Curve implements TrainingListener {
        private final Decoder decoder;
        private final HeldOut set;
        private final List<double[]> losses = new ArrayList<>();
        private LongConsumer at = tokens -> {};
        private double last;

        Curve(Decoder decoder, HeldOut set) {
            this.decoder = decoder;
            this.set = set;
        }

        @Override
        public void onStep(int step, long tokens, long totalTokens, double loss) {
            at.accept(tokens);
            last = loss;
            if (tokens >= Evaluation.point(losses.size(), settings.points, totalTokens)) {
                double[] now = set.losses(decoder);
                while (losses.size() < settings.points
                        && tokens >= Evaluation.point(losses.size(), settings.points, totalTokens)) {
                    losses.add(now);
                }
            }
        }
    }
}
