// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.Tokenizer;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.model.AdamMoments;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Chunker;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import dev.quad.text.SequenceFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From documents to a model folder, as {@code quad train} does it. The folder holds the model in the Hugging Face
 * layout, {@code training.jsonl} with the loss of every step, and {@code manifest.json}. What a killed training goes on
 * from stays in {@code work/} until the model is written; called again it ends with the same weights.
 *
 * <p>Cost: {@code 6} operations a weight and token; the texts lie in the folder as tokens meanwhile, and memory is four
 * times that of the weights and that of a step. It runs on the current fork-join pool, or the common one. The same
 * files, settings and seed give the same weights, whatever the number of threads. Immutable; one training at a time in
 * a folder.
 */
public final class ModelTraining {
    /** Of documents: enough to see a loss by, little to learn less from. */
    public static final double DEFAULT_HELD_OUT_SHARE = 0.02;
    /** The file in the folder with the loss of every step. */
    public static final String LOG = "training.jsonl";

    /** Of the files of a model it is written last. */
    private static final String FINISHED = "config.json";

    private final List<Path> data;
    private final List<Path> heldOut;
    private final double share;
    private final Optional<Path> start;
    private final ModelTokenizer tokenizer;
    private final ModelSizes sizes;
    private final TrainingOptions.Builder options;
    private final long tokens;
    private final boolean keepOptimizer;
    private final Seed seed;
    private final JsonlOptions input;
    private final Function<String, ReadListener> reading;
    private final PipelineListener listener;

    private ModelTraining(Builder b) {
        this.data = b.data;
        this.heldOut = b.heldOut;
        this.share = b.share;
        this.start = b.start;
        this.tokenizer = b.tokenizer;
        this.sizes = b.sizes;
        this.options = b.options;
        this.tokens = b.tokens;
        this.keepOptimizer = b.keepOptimizer;
        this.seed = b.seed;
        this.input = b.input;
        this.reading = b.reading;
        this.listener = b.listener;
    }

    /**
     * Starts from the defaults: the sizes of the proxy, a token is a byte.
     *
     * @param data what to learn from, each a file, a folder or a pattern
     */
    public static Builder builder(List<Path> data) {
        return new Builder(data);
    }

    /**
     * Trains.
     *
     * @param out a folder that is new, empty, or that of this training
     * @return whether there was anything left to do
     * @throws MismatchException if the folder holds another run, or this was begun with other kernels of OpenBLAS
     * @throws InputException if texts are too short to learn from, or the sizes are too large
     */
    public boolean run(Path out) {
        WorkFolder folder = WorkFolder.open(out);
        try (OutputLock lock = OutputLock.ofFolder(out)) {
            try {
                return run(folder, lock, () -> {});
            } finally {
                folder.leaveUnclaimed();
            }
        }
    }

    /**
     * As the other, in a folder that the caller holds, and {@linkplain WorkFolder#leaveUnclaimed leaves}.
     *
     * @param onClaimed called when the documents are read, and the folder is known to be of this training
     */
    public boolean run(WorkFolder folder, OutputLock lock, Runnable onClaimed) {
        Objects.requireNonNull(folder, "the folder is null");
        Objects.requireNonNull(lock, "the lock of the folder is null");
        Objects.requireNonNull(onClaimed, "onClaimed is null; give () -> {} to do nothing");
        try (Decoder decoder = decoder()) {
            Tokenizer ids = start.isPresent() ? tokenizer.forModel(decoder, start.get()) : tokenizer.tokenizer();
            Chunker chunker = Chunker.builder(ids)
                    .length(decoder.config().maxLength())
                    .maxChunks(Integer.MAX_VALUE)
                    .build();
            folder.makeWork();
            Stages stages = new Stages(listener);
            try (SequenceFile train = SequenceFile.create(folder.work().resolve("training.ids"), ids.vocabularySize());
                    SequenceFile held =
                            SequenceFile.create(folder.work().resolve("heldout.ids"), ids.vocabularySize())) {
                read(stages, chunker, train, held, folder.work().resolve("text"));
                TrainingOptions built =
                        options.tokens(tokens > 0 ? tokens : train.tokens()).build();
                requireBatch(built);
                folder.claim(identity(decoder, built, chunker, train.complete(), held.complete()));
                onClaimed.run();
                if (isFinished(folder, decoder.config())) {
                    finish(folder, lock);
                    return false;
                }
                folder.requireSameKernels();
                listener.onNote(String.format(
                        Locale.ROOT,
                        "%,d weights, %,d %ss to learn from, %,d held out",
                        decoder.parameterCount(),
                        train.tokens(),
                        tokenizer.unit(),
                        held.tokens()));
                train(stages, folder, decoder, built, train, held);
            }
            folder.put(folder.path(), made -> {
                decoder.write(made);
                if (keepOptimizer) {
                    AdamMoments.write(folder.training(), decoder, made);
                }
                tokenizer.copyTo(made);
            });
            finish(folder, lock);
            return true;
        }
    }

    /**
     * Whether the folder holds the model, whole; of a training that has a state to go on from, its end tells.
     *
     * @throws InputException if it is not the model that was written
     */
    private static boolean isFinished(WorkFolder folder, DecoderConfig config) {
        if (!Files.exists(folder.path().resolve(FINISHED)) || Files.exists(folder.training())) {
            return false;
        }
        Decoder.read(folder.path(), config).close();
        return true;
    }

    /** Removes what only an interrupted run needs, and what a killed one left half written. */
    private static void finish(WorkFolder folder, OutputLock lock) {
        MarkedFolder.remove(folder.work());
        folder.clean(
                lock,
                Stream.concat(ModelTokenizer.MODEL_FILES.stream(), Stream.of(AdamMoments.FILE))
                        .map(folder.path()::resolve)
                        .toList());
    }

    private void train(
            Stages stages,
            WorkFolder folder,
            Decoder decoder,
            TrainingOptions built,
            SequenceFile train,
            SequenceFile held) {
        String unit = tokenizer.unit();
        stages.run(
                "training",
                "training",
                built.tokens(),
                "tokens",
                at -> {
                    Path file = folder.path().resolve(LOG);
                    try (TrainingLog log = new TrainingLog(file, at, listener, unit)) {
                        new Trainer(built, seed, log, Optional.of(folder.training())).train(decoder, train, held);
                        return log.result();
                    }
                },
                loss -> String.format(Locale.ROOT, "%,d tokens, loss %.4f nats a %s", built.tokens(), loss, unit));
    }

    private Decoder decoder() {
        if (start.isPresent()) {
            return Decoder.read(start.get());
        }
        DecoderConfig config = sizes.with(tokenizer.tokenizer().vocabularySize());
        try {
            return Decoder.random(config, seed);
        } catch (IllegalArgumentException e) { // the layout of the weights
            throw new InputException(
                    String.format(
                            Locale.ROOT,
                            "a model of %,d blocks of width %,d, with MLPs of %,d, has too many weights; allowed are"
                                    + " %,d: take fewer layers, or a smaller width or mlp-width",
                            config.layers(),
                            config.width(),
                            config.mlpWidth(),
                            Integer.MAX_VALUE),
                    e);
        }
    }

    /**
     * A step takes its batch from as many repetitions of the data as that needs, so that it must not be beyond all
     * bounds.
     */
    private static void requireBatch(TrainingOptions built) {
        long most = Math.max(built.tokens(), TrainingOptions.DEFAULT_BATCH_TOKENS);
        if (built.batchTokens() > most) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "batch-tokens is %,d, and the training has %,d tokens in all; allowed is up to %,d",
                    built.batchTokens(),
                    built.tokens(),
                    most));
        }
    }

    /**
     * Writes the sequences of the documents to files.
     *
     * @param text where the text of packed files lies meanwhile
     */
    private void read(Stages stages, Chunker chunker, SequenceFile train, SequenceFile held, Path text) {
        RandomGenerator random = seed.stream("training.heldout");
        stages.run(
                "reading",
                "reading",
                0,
                "documents",
                at -> {
                    int[] read = new int[1];
                    int documents = Jsonl.forEach(data, input, reading.apply("data"), text, document -> {
                        boolean out = heldOut.isEmpty() && random.nextDouble() < share;
                        (out ? held : train).append(chunker.chunks(document));
                        at.accept(++read[0]);
                    });
                    if (!heldOut.isEmpty()) {
                        Jsonl.forEach(
                                heldOut,
                                input,
                                reading.apply("held out"),
                                text,
                                document -> held.append(chunker.chunks(document)));
                    }
                    if (train.isEmpty() || (held.isEmpty() && !heldOut.isEmpty())) {
                        throw new InputException("no document of "
                                + (train.isEmpty() ? data : heldOut)
                                        .stream().map(Path::toString).collect(Collectors.joining(", "))
                                + " is long enough to be learnt; give longer texts");
                    }
                    return documents;
                },
                documents -> String.format(Locale.ROOT, "%,d documents", documents));
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
        identity.put("seed", Long.toString(seed.value()));
        if (keepOptimizer) {
            identity.put("optimizer", "kept");
        }
        return identity;
    }

    @Override
    public String toString() {
        return "training on " + data + ", seed " + seed.value();
    }

    /** Collects what a training is made of. */
    public static final class Builder {
        private final List<Path> data;
        private List<Path> heldOut = List.of();
        private double share = DEFAULT_HELD_OUT_SHARE;
        private Optional<Path> start = Optional.empty();
        private ModelTokenizer tokenizer = ModelTokenizer.bytes();
        private ModelSizes sizes = ModelSizes.builder().build();
        private TrainingOptions.Builder options = TrainingOptions.builder(1);
        private long tokens;
        private boolean keepOptimizer;
        private Seed seed = new Seed(1);
        private JsonlOptions input = JsonlOptions.defaults();
        private Function<String, ReadListener> reading = purpose -> ReadListener.NONE;
        private PipelineListener listener = PipelineListener.NONE;

        private Builder(List<Path> data) {
            this.data = List.copyOf(Objects.requireNonNull(data, "the data is null; give files, folders or patterns"));
        }

        /** Files with documents to measure the loss on; a share of the data unless set. */
        public Builder heldOut(List<Path> files) {
            heldOut = List.copyOf(Objects.requireNonNull(files, "heldOut is null; leave it out for the default"));
            return this;
        }

        /**
         * Share of the documents to hold out where no files are given, in {@code [0, 1)};
         * {@value #DEFAULT_HELD_OUT_SHARE} unless set.
         */
        public Builder heldOutShare(double value) {
            share = value;
            return this;
        }

        /**
         * Whether the folder is to hold the moments of the optimiser too, in {@value AdamMoments#FILE}, which takes
         * twice the bytes of the weights: for scores of what Adam would do. Not unless set.
         */
        public Builder keepOptimizer(boolean value) {
            keepOptimizer = value;
            return this;
        }

        /**
         * Goes on from a model instead of random weights; its sizes are those.
         *
         * @param model its folder
         * @param value the model's own; stays with the caller, who closes it
         */
        public Builder start(Path model, ModelTokenizer value) {
            start = Optional.of(Objects.requireNonNull(model, "the folder of the model is null"));
            tokenizer = Objects.requireNonNull(value, "the tokenizer is null; give ModelTokenizer.of(model)");
            return this;
        }

        /** A new model with this tokenizer, which stays with the caller. */
        public Builder start(ModelSizes value, ModelTokenizer newTokenizer) {
            start = Optional.empty();
            sizes = Objects.requireNonNull(value, "the sizes are null");
            tokenizer = Objects.requireNonNull(newTokenizer, "the tokenizer is null; give ModelTokenizer.bytes()");
            return this;
        }

        /** How it is trained, but for {@link TrainingOptions.Builder#tokens}. */
        public Builder options(TrainingOptions.Builder value) {
            options = Objects.requireNonNull(value, "options is null; leave it out for the default");
            return this;
        }

        /** Tokens to train on; the data is repeated in another order. 0, as unless set, for those of the data, once. */
        public Builder tokens(long value) {
            tokens = value;
            return this;
        }

        /** Seed of weights and order; 1 unless set. */
        public Builder seed(Seed value) {
            seed = Objects.requireNonNull(value, "seed is null; leave it out for the default");
            return this;
        }

        /**
         * How files are read, and who hears of it.
         *
         * @param listeners for each purpose, {@code data} and {@code held out}
         */
        public Builder input(JsonlOptions value, Function<String, ReadListener> listeners) {
            input = Objects.requireNonNull(value, "input is null; leave it out for the default");
            reading = Objects.requireNonNull(listeners, "the listeners of the input are null");
            return this;
        }

        /** Who follows the training. */
        public Builder listener(PipelineListener value) {
            listener = Objects.requireNonNull(value, "listener is null; leave it out for the default");
            return this;
        }

        /**
         * The training.
         *
         * @throws IllegalArgumentException if a value is out of range
         */
        public ModelTraining build() {
            if (!(share >= 0 && share < 1)) {
                throw new IllegalArgumentException("the held-out share is " + share + "; allowed is [0, 1)");
            }
            if (tokens < 0) {
                throw new IllegalArgumentException(
                        "tokens is " + tokens + "; allowed is 1 or more, or 0 for those of the data");
            }
            options.build(); // throws
            return new ModelTraining(this);
        }
    }
}
