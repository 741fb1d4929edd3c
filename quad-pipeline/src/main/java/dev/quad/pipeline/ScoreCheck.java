// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Experimental;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.files.Ranks;
import dev.quad.linalg.Blas;
import dev.quad.model.Decoder;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Do scores predict what training does? The linear datamodeling score (Ilyas et al., 2022; Park et al., 2023): a model
 * goes on to train on random halves of some documents of a pool, and the rank correlation is that, over the halves, of
 * what their scores add up to with how far the loss of the reference fell.
 *
 * <pre>{@code LDS = ρ_s(½)( Σ_{z∈s} n_z U(z) / Σ_{z∈s} n_z ,  −L_r(θ after s) )}</pre>
 *
 * <p>with n_z the tokens of z, since scores are per token and every half is trained on for as many. 1 is perfect, 0 is
 * chance, below 0 is worse. The interval of 95 % is of draws of halves with replacement: it speaks of these documents
 * and this model. Immutable; the same for any number of threads.
 *
 * @param score in {@code [−1, 1]}
 * @param low of the interval
 * @param high of the interval
 * @param documents how many the halves are of
 * @param predicted by half
 * @param gains by half, how far the mean loss of a reference token fell, in nats
 */
@Experimental
public record ScoreCheck(
        double score, double low, double high, int documents, List<Double> predicted, List<Double> gains) {
    /** Enough that a score of 0.5 is told from 0. */
    public static final int DEFAULT_DOCUMENTS = 200;

    /** An interval of some ±0.25. */
    public static final int DEFAULT_HALVES = 40;

    /** Below it scores are of no use, whatever they rank by. */
    public static final double USELESS = 0.1;

    private static final int EPOCHS = 3;
    private static final int DRAWS = 1000;
    private static final String FORMAT = "quad.score-check.1";

    /** Copies the lists. */
    public ScoreCheck {
        predicted = List.copyOf(Objects.requireNonNull(predicted, "predicted is null"));
        gains = List.copyOf(Objects.requireNonNull(gains, "gains is null"));
    }

    /**
     * What is compared.
     *
     * @param scores of documents of the pool; stay with the caller
     * @param reference whose loss is measured, none of which is trained on: better documents that no score is made of
     */
    public static Builder of(
            CandidatePool<Document> pool, InfluenceEstimator<? super Document> scores, List<Document> reference) {
        return new Builder(
                Objects.requireNonNull(pool, "the pool is null"),
                Objects.requireNonNull(scores, "the scores are null"),
                List.copyOf(Objects.requireNonNull(reference, "the reference is null")));
    }

    /** From what was measured. */
    static ScoreCheck of(int documents, double[] predicted, double[] gains, Seed seed) {
        double score = correlation(predicted, gains);
        RandomGenerator random = seed.stream("check.draws");
        double[] drawn = new double[DRAWS];
        for (int d = 0; d < DRAWS; d++) {
            int[] at = random.ints(gains.length, 0, gains.length).toArray();
            drawn[d] = correlation(at(predicted, at), at(gains, at));
        }
        Arrays.sort(drawn);
        return new ScoreCheck(
                score,
                drawn[DRAWS / 40],
                drawn[DRAWS - 1 - DRAWS / 40],
                documents,
                Arrays.stream(predicted).boxed().toList(),
                Arrays.stream(gains).boxed().toList());
    }

    /** Where one of the two is all equal there is nothing that predicts. */
    private static double correlation(double[] a, double[] b) {
        double found = Ranks.correlation(a, b);
        return Double.isNaN(found) ? 0 : found;
    }

    private static double[] at(double[] values, int... at) {
        return Arrays.stream(at).mapToDouble(i -> values[i]).toArray();
    }

    /** In words, what it comes to. */
    public String verdict() {
        String interval = String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", score, low, high);
        if (score < USELESS) {
            return "WARNING: the scores predict next to nothing of what training does: " + interval;
        }
        return low > 0
                ? "the scores predict what training does: " + interval
                : "that the scores predict anything cannot be told from so few halves: " + interval;
    }

    /** For a file. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("datamodelingScore", score);
        tree.put("low", low);
        tree.put("high", high);
        tree.put("documents", documents);
        tree.put("halves", gains.size());
        tree.put("predicted", predicted);
        tree.put("gains", gains);
        tree.put("verdict", verdict());
        return tree;
    }

    /** The format of {@link #tree}. */
    public static String format() {
        return FORMAT;
    }

    /** Collects how; what is not set is as in {@code quad check-scores}. */
    public static final class Builder {
        private final CandidatePool<Document> pool;
        private final InfluenceEstimator<? super Document> scores;
        private final List<Document> reference;
        private int documents = DEFAULT_DOCUMENTS;
        private int halves = DEFAULT_HALVES;
        private boolean perDocument;
        private double learningRate = Evaluation.DEFAULT_LEARNING_RATE;
        private Seed seed = new Seed(1);
        private Optional<Path> keep = Optional.empty();
        private PipelineListener listener = PipelineListener.NONE;

        private Builder(
                CandidatePool<Document> pool, InfluenceEstimator<? super Document> scores, List<Document> reference) {
            this.pool = pool;
            this.scores = scores;
            this.reference = reference;
        }

        /** How many documents of the pool the halves are of, {@code >= 4}, and how many halves, {@code >= 8}. */
        public Builder size(int ofDocuments, int ofHalves) {
            if (ofDocuments < 4 || ofHalves < 8) {
                throw new IllegalArgumentException(ofHalves + " halves of " + ofDocuments
                        + " documents are asked for; allowed are 8 or more of 4 or more");
            }
            documents = ofDocuments;
            halves = ofHalves;
            return this;
        }

        /** Says that a score is of the whole document, and not per token, as those of {@link MethodScores}. */
        public Builder perDocument() {
            perDocument = true;
            return this;
        }

        /** The highest learning rate, in {@code (0, 1)}. */
        public Builder learningRate(double value) {
            if (!(value > 0 && value < 1)) {
                throw new IllegalArgumentException("the learning rate is " + value + "; allowed is (0, 1)");
            }
            learningRate = value;
            return this;
        }

        /** Draws documents, halves and orders. */
        public Builder seed(Seed value) {
            seed = Objects.requireNonNull(value, "the seed is null");
            return this;
        }

        /** Keeps the losses of each training, so that the same call goes on, and other scores are compared at once. */
        public Builder keep(Path folder) {
            keep = Optional.of(Objects.requireNonNull(folder, "the folder is null"));
            return this;
        }

        /** Who follows. */
        public Builder listener(PipelineListener value) {
            listener = Objects.requireNonNull(value, "listener is null; leave it out for the default");
            return this;
        }

        /**
         * Trains and compares. Cost: a training on half of the documents, {@value #EPOCHS} times over, for each half.
         *
         * @param model a folder; trainings go on from it
         * @param tokenizer that of the model
         * @throws InputException if there are too few documents with a score, or the reference is too short
         */
        public ScoreCheck run(Path model, ModelTokenizer tokenizer) {
            Objects.requireNonNull(model, "the model is null");
            Objects.requireNonNull(tokenizer, "the tokenizer is null");
            try (Decoder start = Decoder.read(model)) {
                Chunker chunker = Chunker.builder(tokenizer.forModel(start, model))
                        .length(Math.min(start.config().maxLength(), Chunker.DEFAULT_LENGTH))
                        .build();
                HeldOut measured = new HeldOut(List.of(), reference, 0, chunker);
                if (measured.documents().isEmpty()) {
                    throw new InputException("no reference document is long enough to have a loss; give longer texts");
                }
                return compare(start, sample(chunker), measured);
            }
        }

        /** A document that may be trained on. */
        private record Item(List<TokenSequence> chunks, double score) {
            long tokens() {
                return TokenSample.tokens(chunks);
            }
        }

        private List<Item> sample(Chunker chunker) {
            Set<String> measured = reference.stream().map(Duplicates::key).collect(Collectors.toSet());
            int[] order = order(pool.size(), seed.stream("check.documents"));
            List<Item> items = new ArrayList<>();
            for (int i = 0; i < order.length && items.size() < documents; i++) {
                Document document = pool.get(order[i]);
                List<TokenSequence> chunks = chunker.chunks(document);
                if (!chunks.isEmpty() && !measured.contains(Duplicates.key(document))) {
                    InfluenceScores found = scores.score(List.of(document));
                    if (found.isScored(0)) {
                        items.add(new Item(chunks, found.value(0)));
                    }
                }
            }
            if (items.size() < 4) {
                throw new InputException("only " + items.size()
                        + " documents of the pool have a score, are long enough to train on, and do not stand in the"
                        + " reference; needed are 4 or more");
            }
            return items;
        }

        private static int[] order(int size, RandomGenerator random) {
            int[] order = new int[size];
            for (int i = 0; i < size; i++) {
                int j = random.nextInt(i + 1);
                order[i] = order[j];
                order[j] = i;
            }
            return order;
        }

        private ScoreCheck compare(Decoder start, List<Item> items, HeldOut measured) {
            long all = items.stream().mapToLong(Item::tokens).sum();
            TrainingOptions options = TrainingOptions.builder(Math.max(1, EPOCHS * all / 2))
                    .learningRate(learningRate)
                    .build();
            double tokens = measured.tokens();
            double before = Arrays.stream(measured.losses(start)).sum() / tokens;
            String begins = Fingerprint.of("quad.check-losses.1")
                    .add(start.fingerprint())
                    .add(options.toString())
                    .add(seed.value())
                    .add(measured.digest())
                    .add(Blas.core())
                    .hex();
            double[] predicted = new double[halves];
            double[] gains = new double[halves];
            new Stages(listener)
                    .run(
                            "trainings",
                            "training on halves",
                            halves,
                            "trainings",
                            at -> {
                                for (int h = 0; h < halves; h++) {
                                    int[] order = order(items.size(), seed.stream("check.halves", h));
                                    List<TokenSequence> data = new ArrayList<>();
                                    Fingerprint digest = Fingerprint.of(begins).add(h);
                                    double sum = 0;
                                    long weight = 0;
                                    for (int i = 0; i < items.size() / 2; i++) {
                                        Item item = items.get(order[i]);
                                        data.addAll(item.chunks());
                                        sum += (perDocument ? 1 : item.tokens()) * item.score();
                                        weight += item.tokens();
                                    }
                                    data.forEach(chunk -> digest.add(chunk.toString()));
                                    predicted[h] = sum / weight;
                                    Seed own = new Seed(seed.value() + h);
                                    Losses found = Losses.keep(keep, digest.hex(), () -> {
                                        try (Decoder model = start.copy()) {
                                            new Trainer(options, own).train(model, data);
                                            return new Losses(List.of(measured.losses(model)), List.of());
                                        }
                                    });
                                    gains[h] =
                                            before - Arrays.stream(found.last()).sum() / tokens;
                                    at.accept(h + 1);
                                }
                                return halves;
                            },
                            done -> done + " trainings on " + items.size() / 2 + " documents each");
            return ScoreCheck.of(items.size(), predicted, gains, seed);
        }
    }
}
