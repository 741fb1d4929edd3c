// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.influence.BatchLosses;
import dev.quad.linalg.Owned;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Conditional loss reduction (CoLoR-Filter; Brandfonbrener et al., 2024), which is the difference of cross-entropies of
 * Moore and Lewis (2010) by two small transformers: one that is trained on the pool, and the same when it has gone on
 * with the reference. The score of a document is what its loss falls by from the first to the second, {@code (−ln
 * p_pool(z) + ln p_ref(z)) / n} in nats a token, over the n predicted tokens of at most
 * {@value ScoreSettings#DEFAULT_CHUNKS_PER_DOCUMENT} chunks; positive where the reference taught to read it.
 *
 * <p>The models are those of {@link QuadPipeline}'s proxy, of bytes. The second goes {@value #PASSES} times over the
 * reference, of which at most {@value ScoreSettings#DEFAULT_REFERENCE_TOKENS} tokens are drawn. Documents too short for
 * a chunk are flagged. Cost: 6 operations a weight and token trained on, and 4 for each token that is scored. Several
 * threads take turns; what is learned owns native memory, and is to be closed.
 */
public final class ColorFilter implements DocumentScorer<Document> {
    private static final int PASSES = 2;

    private final long tokens;
    private final DecoderConfig config;

    private ColorFilter(long tokens, DecoderConfig config) {
        this.tokens = tokens;
        this.config = config;
    }

    /** With a first model of {@link QuadPipeline#DEFAULT_PROXY_TOKENS} tokens of the pool. */
    public static ColorFilter ofProxies() {
        return ofProxies(QuadPipeline.DEFAULT_PROXY_TOKENS);
    }

    /**
     * With a first model of so many.
     *
     * @param tokens of the pool to train on, {@code >= 1}
     */
    public static ColorFilter ofProxies(long tokens) {
        return of(tokens, Proxy.CONFIG);
    }

    /** With models of another size. */
    static ColorFilter of(long tokens, DecoderConfig config) {
        if (tokens < 1) {
            throw new IllegalArgumentException(
                    "the first model is trained on " + tokens + " tokens; allowed is 1 or more");
        }
        return new ColorFilter(tokens, config);
    }

    @Override
    public String id() {
        return "color-filter(tokens=" + tokens + ", passes=" + PASSES + ")";
    }

    @Override
    public FittedScorer<Document> fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(reference, "the reference is null");
        Objects.requireNonNull(seed, "the seed is null");
        long start = System.nanoTime();
        Chunker chunker =
                Chunker.builder(Tokenizer.bytes()).length(config.maxLength()).build();
        List<TokenSequence> usual =
                TokenSample.of(pool, ordinal -> true, chunker, tokens, seed.stream("color-filter.pool"));
        List<TokenSequence> wanted = TokenSample.of(
                CandidatePool.of(List.copyOf(reference), document -> 0, "reference"),
                ordinal -> true,
                chunker,
                ScoreSettings.DEFAULT_REFERENCE_TOKENS,
                seed.stream("color-filter.reference"));
        if (usual.isEmpty() || wanted.isEmpty()) {
            throw new IllegalArgumentException((usual.isEmpty() ? "the pool" : "the reference")
                    + " has no document of " + Chunker.DEFAULT_MIN_TOKENS
                    + " tokens or more, which color-filter learns from; give longer texts");
        }
        long more = PASSES * TokenSample.tokens(wanted);
        try (Owned parts = new Owned()) {
            Decoder first = parts.add(Proxy.train(
                    config,
                    new Stages(PipelineListener.NONE),
                    "training the first model",
                    usual,
                    tokens,
                    seed,
                    Optional.empty()));
            Decoder second = parts.add(first.copy());
            TrainingOptions options = TrainingOptions.builder(more)
                    .learningRate(Evaluation.DEFAULT_LEARNING_RATE)
                    .build();
            new Trainer(options, seed).train(second, wanted);
            return parts.release(new Models(id(), first, second, tokens + more, System.nanoTime() - start));
        }
    }

    @Override
    public String toString() {
        return id();
    }

    /** What two models make of a document. */
    static final class Models implements FittedScorer<Document> {
        private static final int MODELS = 2;

        private final String id;
        private final Decoder first;
        private final Decoder second;
        private final long trainedOn;
        private final long nanos;
        private final String fingerprint;
        private final Chunker chunker;

        Models(String id, Decoder first, Decoder second, long trainedOn, long nanos) {
            this.id = id;
            this.first = first;
            this.second = second;
            this.trainedOn = trainedOn;
            this.nanos = nanos;
            this.chunker = Chunker.builder(Tokenizer.bytes())
                    .length(first.config().maxLength())
                    .maxChunks(ScoreSettings.DEFAULT_CHUNKS_PER_DOCUMENT)
                    .build();
            this.fingerprint = Fingerprint.of("color-filter")
                    .add(first.fingerprint())
                    .add(second.fingerprint())
                    .add(id)
                    .hex();
        }

        /** Of the pool, and of the reference after it. */
        List<Decoder> decoders() {
            return List.of(first, second);
        }

        /** The chunks that are read of a document. */
        List<TokenSequence> chunks(Document document) {
            return chunker.chunks(document);
        }

        @Override
        public synchronized InfluenceScores score(List<? extends Document> documents) {
            Objects.requireNonNull(documents, "the documents are null");
            InfluenceScores.Builder scores = InfluenceScores.builder();
            for (Document document : documents) {
                List<TokenSequence> chunks = chunks(document);
                if (chunks.isEmpty()) {
                    scores.flag("it has fewer than " + Chunker.DEFAULT_MIN_TOKENS + " tokens");
                } else {
                    long tokens = TokenSample.tokens(chunks);
                    scores.countTokens(tokens).add((loss(first, chunks) - loss(second, chunks)) / tokens);
                }
            }
            return scores.build();
        }

        /** Of a document alone, since the bits of several together may depend on how many they are. */
        private static double loss(Decoder decoder, List<TokenSequence> chunks) {
            BatchLosses losses = decoder.losses(chunks);
            double sum = 0;
            for (int i = 0; i < losses.items(); i++) {
                sum += losses.sum(i);
            }
            return sum;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public String fingerprint() {
            return fingerprint;
        }

        @Override
        public Duration fitTime() {
            return Duration.ofNanos(nanos);
        }

        @Override
        public OptionalDouble fitFlops() {
            return OptionalDouble.of(6.0 * first.config().productWeights() * trainedOn);
        }

        @Override
        public OptionalDouble flopsPerToken() {
            return OptionalDouble.of(2.0 * MODELS * first.config().productWeights());
        }

        @Override
        public synchronized void close() {
            first.close();
            second.close();
        }

        @Override
        public String toString() {
            return id;
        }
    }
}
