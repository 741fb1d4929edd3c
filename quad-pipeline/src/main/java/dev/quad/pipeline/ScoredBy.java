// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.files.Words;
import dev.quad.influence.GradientSource;
import dev.quad.influence.Layers;
import dev.quad.influence.UpdateRule;
import dev.quad.linalg.Owned;
import dev.quad.model.AdamMoments;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The model whose gradients are the scores, or several. */
sealed interface ScoredBy {
    /** Of models that are refused, before they are opened, where moments are asked for. */
    Supplier<UpdateRule.AdamState> NO_MOMENTS = () -> {
        throw new IllegalStateException("no moments");
    };

    /** For one run, by one thread, in which what is large is read once. */
    default ScoredBy forRun() {
        return this;
    }

    /** Adds what is out of range. */
    default void check(List<String> problems) {}

    /** What turns texts into what the model takes. */
    Tokenizer tokenizer();

    /** What the manifest says of it; may read the whole model. */
    String identity(ScoreSettings settings);

    /** The settings by name, as they hold of this. */
    default Map<String, String> describe(ScoreSettings settings) {
        return settings.describe();
    }

    /** The most tokens that go through it at once. Refuses settings that do not go with it. */
    int maxTokens(ScoreSettings settings);

    /** What scores are summed over. */
    List<Part> parts();

    /** A model, and the weight of its scores. */
    record Part(One model, double weight) {}

    /** One model. */
    sealed interface One extends ScoredBy {
        /** The model, open. */
        Model open(ScoreSettings settings, Training training);

        @Override
        default List<Part> parts() {
            return List.of(new Part(this, 1));
        }
    }

    /**
     * A model that is open.
     *
     * @param source its gradients
     * @param measured those of what is asked of the reference
     * @param update what the optimiser makes of the first
     * @param owned what is to be closed after them
     */
    record Model(
            GradientSource<TokenSequence> source,
            GradientSource<TokenSequence> measured,
            UpdateRule update,
            Optional<Decoder> owned)
            implements AutoCloseable {
        static Model of(Decoder decoder, ScoreSettings settings, Supplier<UpdateRule.AdamState> moments) {
            try (Owned parts = new Owned()) {
                parts.add(decoder);
                UpdateRule update = settings.gradient().rule(moments);
                return parts.release(new Model(
                        Scoring.source(decoder, settings),
                        Scoring.source(decoder, settings, settings.measure()),
                        update,
                        Optional.of(decoder)));
            }
        }

        @Override
        public void close() {
            owned.ifPresent(Decoder::close);
        }
    }

    /** What a model that is trained first is made from. */
    record Training(
            CandidatePool<Document> pool,
            IntPredicate eligible,
            Seed seed,
            Optional<WorkFolder> folder,
            Stages stages) {}

    /** A small model on bytes, trained on so many tokens of the pool. */
    record Trained(long tokens) implements One {
        @Override
        public void check(List<String> problems) {
            if (tokens < 1) {
                problems.add("the proxy is trained on " + tokens + " tokens; allowed is 1 or more");
            }
        }

        @Override
        public Tokenizer tokenizer() {
            return Tokenizer.bytes();
        }

        @Override
        public String identity(ScoreSettings settings) {
            return "proxy of " + tokens + " tokens";
        }

        @Override
        public int maxTokens(ScoreSettings settings) {
            if (settings.gradient() == GradientRule.ADAM_STATE) {
                throw new InputException(
                        "the gradient is adam-state, and a proxy keeps no moments; give a model whose folder has "
                                + AdamMoments.FILE
                                + ", as quad train --keep-optimizer writes it, or the gradient adam");
            }
            settings.requireRoom(Proxy.CONFIG);
            return Proxy.CONFIG.maxLength();
        }

        @Override
        public Model open(ScoreSettings settings, Training training) {
            Optional<Path> kept = training.folder().map(folder -> folder.proxy().resolve("config.json"));
            Decoder decoder = Stages.keep(
                    kept,
                    file -> Decoder.read(folder(file), Proxy.CONFIG),
                    () -> train(training),
                    (made, file) -> training.folder().orElseThrow().put(folder(file), made::write));
            return Model.of(decoder, settings, NO_MOMENTS);
        }

        private static Path folder(Path file) {
            return file.resolveSibling("");
        }

        private Decoder train(Training training) {
            Chunker chunker = Chunker.builder(tokenizer())
                    .length(Proxy.CONFIG.maxLength())
                    .build();
            List<TokenSequence> data = TokenSample.ofPool(
                    training.pool(), training.eligible(), chunker, tokens, training.seed().stream("proxy.sample"));
            Optional<Path> checkpoint = training.folder().map(WorkFolder::training);
            return Proxy.train(training.stages(), "training the proxy", data, tokens, training.seed(), checkpoint);
        }
    }

    /**
     * A model folder.
     *
     * @param read the moments, once they are asked for
     */
    record InFolder(Path folder, Tokenizer tokenizer, AtomicReference<UpdateRule.@Nullable AdamState> read)
            implements One {
        InFolder(Path folder, Tokenizer tokenizer) {
            this(folder, tokenizer, new AtomicReference<>());
        }

        @Override
        public InFolder forRun() {
            return new InFolder(folder, tokenizer);
        }

        private Decoder map() {
            return Stages.uninterrupted(() -> Decoder.map(folder));
        }

        @Override
        public String identity(ScoreSettings settings) {
            try (Decoder decoder = map()) {
                String moments = settings.gradient() == GradientRule.ADAM_STATE
                        ? " and the moments "
                                + UpdateRule.adam(moments(decoder, settings)).fingerprint()
                        : "";
                return decoder.fingerprint() + " with " + tokenizer.id() + moments;
            }
        }

        @Override
        public int maxTokens(ScoreSettings settings) {
            try (Decoder decoder = map()) {
                DecoderConfig config = decoder.config();
                if (tokenizer.vocabularySize() > config.vocabulary()) {
                    throw new InputException("the model in " + folder + " knows " + config.vocabulary()
                            + " tokens, and the tokenizer has " + tokenizer.vocabularySize()
                            + "; give the tokenizer that it was trained with");
                }
                settings.requireRoom(config);
                if (settings.gradient() == GradientRule.ADAM_STATE) {
                    moments(decoder, settings);
                }
                return config.maxLength();
            }
        }

        private UpdateRule.AdamState moments(Decoder decoder, ScoreSettings settings) {
            UpdateRule.AdamState found = read.get();
            if (found == null) {
                found = readMoments(decoder, settings);
                read.set(found);
            }
            return found;
        }

        private UpdateRule.AdamState readMoments(Decoder decoder, ScoreSettings settings) {
            Path file = folder.resolve(AdamMoments.FILE);
            if (!Files.isRegularFile(file)) {
                throw new InputException("the gradient is adam-state, and there is no file " + file
                        + "; write it with quad train --keep-optimizer, or from PyTorch as docs/captures.md tells");
            }
            // the settings go with no other gradients
            return AdamMoments.read(file, (DecoderGradients) Scoring.source(decoder, settings));
        }

        @Override
        public Model open(ScoreSettings settings, Training training) {
            Decoder decoder = map();
            return Model.of(decoder, settings, () -> moments(decoder, settings));
        }
    }

    /** Checkpoints of a training, each with a weight. */
    record Checkpoints(List<InFolder> models, List<Double> weights, Tokenizer tokenizer) implements ScoredBy {
        /** One of weight 1 is the model itself. */
        static ScoredBy of(List<Path> folders, List<Double> weights, Tokenizer tokenizer) {
            Objects.requireNonNull(folders, "the folders of the checkpoints are null");
            Objects.requireNonNull(weights, "the weights of the checkpoints are null");
            Objects.requireNonNull(tokenizer, "the tokenizer of the checkpoints is null");
            List<InFolder> models = folders.stream()
                    .map(folder -> new InFolder(folder, tokenizer))
                    .toList();
            return models.size() == 1 && weights.equals(List.of(1.0))
                    ? models.get(0)
                    : new Checkpoints(models, List.copyOf(weights), tokenizer);
        }

        @Override
        public ScoredBy forRun() {
            return new Checkpoints(models.stream().map(InFolder::forRun).toList(), weights, tokenizer);
        }

        @Override
        public void check(List<String> problems) {
            if (models.isEmpty() || models.size() != weights.size()) {
                problems.add("there are " + models.size() + " checkpoints with " + weights.size()
                        + " weights; give one or more, and a weight for each");
            }
            if (!weights.stream().allMatch(Double::isFinite)) {
                problems.add("the weights of checkpoints are " + weights + "; allowed are finite numbers");
            }
        }

        @Override
        public String identity(ScoreSettings settings) {
            return parts().stream()
                    .map(part -> part.weight() + " of " + part.model().identity(settings))
                    .collect(Collectors.joining(", "));
        }

        @Override
        public int maxTokens(ScoreSettings settings) {
            return models.stream()
                    .mapToInt(model -> model.maxTokens(settings))
                    .min()
                    .orElseThrow();
        }

        @Override
        public List<Part> parts() {
            return IntStream.range(0, models.size())
                    .mapToObj(i -> new Part(models.get(i), weights.get(i)))
                    .toList();
        }
    }

    /** A model of the caller's. */
    record Given(GradientSource<TokenSequence> source, Tokenizer tokenizer, int length) implements One {
        @Override
        public void check(List<String> problems) {
            if (length < 2) {
                problems.add("the model takes " + length + " tokens at once; allowed is 2 or more");
            }
        }

        @Override
        public String identity(ScoreSettings settings) {
            return source.fingerprint() + " with " + tokenizer.id();
        }

        @Override
        public int maxTokens(ScoreSettings settings) {
            if (settings.passes() != ScoreSettings.Passes.BACKWARD || settings.gradient() == GradientRule.ADAM_STATE) {
                throw new IllegalArgumentException("passes is " + Words.of(settings.passes()) + " and gradient is "
                        + Words.of(settings.gradient())
                        + ", and the model was given by its gradients; give a model folder, or"
                        + " leave out passes forward and gradient adam-state");
            }
            if (settings.measure() != ScoreSettings.Measure.LOSS) {
                throw new IllegalArgumentException("measure is " + Words.of(settings.measure())
                        + ", and the model was given by its gradients, which are those of a loss; give a model folder, or"
                        + " leave out measure");
            }
            if (!settings.takesAllLayers() || settings.qkv() != ScoreSettings.Qkv.JOINT) {
                throw new IllegalArgumentException("layers is " + Words.of(settings.layers()) + " and qkv is "
                        + Words.of(settings.qkv()) + ", by the names of layers that only a model folder has; leave them"
                        + " out, and give what Layers.only and Layers.split make of the gradients");
            }
            return length;
        }

        @Override
        public Map<String, String> describe(ScoreSettings settings) {
            Map<String, String> entries = settings.describe();
            entries.put("layers", Words.of(ScoreSettings.LayerGroup.ALL));
            return entries;
        }

        @Override
        public Model open(ScoreSettings settings, Training training) {
            boolean without = settings.biases() == ScoreSettings.Biases.IGNORE;
            UpdateRule update = settings.gradient().rule(NO_MOMENTS);
            GradientSource<TokenSequence> counted = without ? Layers.withoutBiases(source) : source;
            return new Model(counted, counted, update, Optional.empty());
        }
    }
}
