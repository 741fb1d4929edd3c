// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which of several training sets makes a model better on documents that were held out: losses in nats a byte after
 * equal training, by two readers. Immutable.
 *
 * <p>The first reader is a model that goes on from one common model, on each set for the same number of tokens, with
 * the same seeds for the order, so that differences are paired over seeds and documents. The second is an n-gram model
 * of each set, {@link dev.quad.baselines.NgramModel}, which takes a second and has no seed. Each training leaves out
 * another part of its set, of three seeds a third, of the n-grams a tenth, the same documents where sets share them: so
 * the intervals know that other documents might have been chosen, as two random choices of one pool differ. Documents
 * that stand in a training set, up to case and white space, are left out of the measure; the common model is trained on
 * none of them.
 *
 * <p>Cost: a training for each file and seed, {@code 6} operations a weight and token, and a pass over the reference at
 * each point of the curve, {@code 2} operations; the common model once. The texts of training sets lie in a folder as
 * tokens meanwhile; memory is that of the model, of the documents measured on, and of the n-grams. The same files,
 * seeds and settings give the same losses, whatever the number of threads.
 */
public final class Evaluation {
    /** Names the tree of {@link #tree}. */
    public static final String FORMAT = "quad.evaluation.2";

    /** Enough to see how far two losses differ by chance. */
    public static final int DEFAULT_SEEDS = 3;

    /** For the common model: as many bytes as the proxy is trained on. */
    public static final long DEFAULT_COMMON_TOKENS = 500_000;

    /** Highest learning rate of trainings that go on from a model. */
    public static final double DEFAULT_LEARNING_RATE = 1e-3;

    /** Points of the curve: each costs a pass over the reference. */
    public static final int DEFAULT_POINTS = 8;

    /** For the n-grams: more say better how much documents matter, and each costs a count of the set. */
    private static final int NGRAM_PARTS = 10;

    private final List<Path> files;
    private final String start;
    private final long tokens;
    private final long firstSeed;
    private final int against;
    private final List<Reading> readings;
    private final Reading ngrams;
    private final double[][] curves;

    Evaluation(Builder settings, long tokens, List<Reading> readings, Reading ngrams, double[][] curves) {
        this.files = settings.train;
        this.start = settings.start();
        this.tokens = tokens;
        this.firstSeed = settings.firstSeed;
        this.against = settings.against;
        this.readings = List.copyOf(readings);
        this.ngrams = ngrams;
        this.curves = curves;
    }

    /**
     * Starts from the defaults.
     *
     * @param train training sets to compare, at least one, each a file, a folder or a pattern
     * @param reference files with the documents to measure the loss on, which no selection should have seen
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

    /** What trainings begin with, in words. */
    public String start() {
        return start;
    }

    /** How many tokens each training was on. */
    public long tokens() {
        return tokens;
    }

    /** The first seed; the others follow it. */
    public long firstSeed() {
        return firstSeed;
    }

    /** Which file the others are compared with. */
    public int against() {
        return against;
    }

    /** Losses on the reference by the model. */
    public Reading model() {
        return readings.get(0);
    }

    /** Losses on the reference by n-grams. */
    public Reading ngrams() {
        return ngrams;
    }

    /** Losses of the model on each set of {@link Builder#forget}. */
    public List<Reading> forgotten() {
        return readings.subList(1, readings.size());
    }

    /** Loss of a byte of the reference on the way, in nats, the mean of the seeds, after each of {@link #points}. */
    public double[] curve(int file) {
        return curves[file].clone();
    }

    /** The tokens after which {@link #curve} was measured; the last are all. */
    public long[] points() {
        long[] points = new long[curves[0].length];
        Arrays.setAll(points, i -> point(i, points.length, tokens));
        return points;
    }

    static long point(int index, int points, long tokens) {
        return (long) Math.ceil((double) tokens * (index + 1) / points);
    }

    /**
     * After how many tokens a file has the loss that the file it is compared with ends at; lines are drawn between the
     * points of the curve. On the way the learning rate is higher than at the end, so that it is rather fewer. Empty
     * where it never has.
     */
    public OptionalLong tokensToReach(int file) {
        double[] other = curves[against];
        double wanted = other[other.length - 1];
        OptionalDouble before = model().before();
        if (before.isPresent() && before.getAsDouble() <= wanted) {
            return OptionalLong.of(0);
        }
        long[] points = points();
        double[] curve = curves[file];
        for (int i = 0; i < curve.length; i++) {
            if (curve[i] <= wanted) {
                if (i == 0 && before.isEmpty()) {
                    return OptionalLong.of(points[0]);
                }
                double above = i == 0 ? before.getAsDouble() : curve[i - 1];
                long from = i == 0 ? 0 : points[i - 1];
                return OptionalLong.of(Math.round(from + (points[i] - from) * (above - wanted) / (above - curve[i])));
            }
        }
        return OptionalLong.empty();
    }

    /** What both readers tell of a file, in words; empty for the one that the others are compared with. */
    public String verdict(int file) {
        if (file == against) {
            return "";
        }
        Difference.Verdict byModel = model().difference(file).verdict();
        Difference.Verdict byNgrams = ngrams.difference(file).verdict();
        if (byModel == byNgrams) {
            return byModel == Difference.Verdict.UNDECIDED ? "not told apart" : word(byModel) + " by both";
        }
        if (byNgrams == Difference.Verdict.UNDECIDED) {
            return word(byModel) + " by the model alone";
        }
        return byModel == Difference.Verdict.UNDECIDED ? word(byNgrams) + " by n-grams alone" : "the readers disagree";
    }

    private static String word(Difference.Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }

    /** All of it, as a tree for JSON. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("start", start);
        tree.put("tokens", tokens);
        tree.put("firstSeed", firstSeed);
        tree.put("seeds", model().trainings());
        tree.put("against", files.get(against).toString());
        tree.put("reference", model().tree());
        tree.put("forget", forgotten().stream().map(Reading::tree).toList());
        tree.put("points", Arrays.stream(points()).boxed().toList());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int f = 0; f < files.size(); f++) {
            int file = f;
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("train", files.get(f).toString());
            row.put("model", model().tree(f));
            row.put("ngrams", ngrams.tree(f));
            row.put("verdict", verdict(f));
            row.put("curve", Arrays.stream(curves[f]).boxed().toList());
            tokensToReach(f).ifPresent(reached -> row.put("tokensToReach", reached));
            row.put("forget", forgotten().stream().map(set -> set.tree(file)).toList());
            rows.add(row);
        }
        tree.put("files", rows);
        return tree;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d files, %,d tokens each from %s, %d seeds from %d on",
                files.size(),
                tokens,
                start,
                model().trainings(),
                firstSeed);
    }

    /** Collects what an evaluation is made of. */
    public static final class Builder {
        final List<Path> train;
        final List<Path> reference;
        List<Path> forget = List.of();
        int against;
        Optional<Path> from = Optional.empty();
        ModelTokenizer tokenizer = ModelTokenizer.bytes();
        boolean scratch;
        List<Path> common = List.of();
        long commonTokens = DEFAULT_COMMON_TOKENS;
        OptionalDouble learningRate = OptionalDouble.empty();
        long tokens;
        boolean whole;
        int seeds = DEFAULT_SEEDS;
        long firstSeed = 1;
        int points = DEFAULT_POINTS;
        Optional<Path> keep = Optional.empty();
        JsonlOptions options = JsonlOptions.defaults();
        Optional<JsonlOptions> referenceOptions = Optional.empty();
        Function<String, ReadListener> reading = purpose -> ReadListener.NONE;
        PipelineListener listener = PipelineListener.NONE;

        private Builder(List<Path> train, List<Path> reference) {
            this.train = List.copyOf(train);
            this.reference = List.copyOf(reference);
            if (train.isEmpty() || reference.isEmpty()) {
                throw new IllegalArgumentException("there are " + train.size() + " training sets and "
                        + reference.size() + " files of the reference; allowed is one or more of each");
            }
        }

        /** How many parts of each set there are to leave out, one for each seed; 1 where the whole is trained on. */
        int parts() {
            return whole ? 1 : seeds;
        }

        int ngramParts() {
            return parts() == 1 ? 1 : NGRAM_PARTS;
        }

        private String start() {
            if (from.isPresent()) {
                return from.get().toString();
            }
            return scratch
                    ? "random weights"
                    : String.format(
                            Locale.ROOT,
                            "a common model, trained on %,d tokens of %s",
                            commonTokens,
                            common.isEmpty()
                                    ? "all training sets"
                                    : common.stream().map(Path::toString).collect(Collectors.joining(" ")));
        }

        /**
         * Other sets, each a file, a folder or a pattern, on which the model may lose what it gains; none unless set.
         */
        public Builder forget(List<Path> sets) {
            forget = List.copyOf(Objects.requireNonNull(sets, "forget is null; leave it out for the default"));
            return this;
        }

        /** The training set, by its place in the list, that all are compared with; the first, 0, unless set. */
        public Builder against(int file) {
            if (file < 0 || file >= train.size()) {
                throw new IllegalArgumentException(
                        "against is " + file + "; allowed is 0 to " + (train.size() - 1) + ", a training set");
            }
            against = file;
            return this;
        }

        /**
         * Goes on from a model of yours.
         *
         * @param model its folder
         * @param value the model's own; stays with the caller, who closes it
         */
        public Builder from(Path model, ModelTokenizer value) {
            from = Optional.of(Objects.requireNonNull(model, "the folder of the model is null"));
            tokenizer = Objects.requireNonNull(value, "the tokenizer is null; give ModelTokenizer.of(model)");
            return this;
        }

        /** Begins with random weights, those of the seed, as the small model of {@link QuadPipeline} does. */
        public Builder fromScratch() {
            scratch = true;
            return this;
        }

        /**
         * What the common model, of bytes, is trained on where none is given.
         *
         * @param files what it is drawn from at random, such as the pool that all was chosen from; empty, as unless
         *     set, for as many tokens of each training set
         * @param count tokens to train on, {@code >= 1}; {@value #DEFAULT_COMMON_TOKENS} unless set
         */
        public Builder common(List<Path> files, long count) {
            common = List.copyOf(Objects.requireNonNull(files, "the files of the common model are null"));
            commonTokens = atLeast("the number of tokens of the common model", count, 1);
            return this;
        }

        /**
         * Highest learning rate; {@value #DEFAULT_LEARNING_RATE} unless set, or where trainings begin with random
         * weights that of the proxy.
         */
        public Builder learningRate(double value) {
            if (!(value > 0 && value < 1)) {
                throw new IllegalArgumentException("the learning rate is " + value + "; allowed is (0, 1)");
            }
            learningRate = OptionalDouble.of(value);
            return this;
        }

        /** Tokens to train on; what is smaller is repeated. 0, as unless set, for those of the smallest part. */
        public Builder tokens(long value) {
            tokens = atLeast("tokens", value, 0);
            return this;
        }

        /** How many seeds, {@code >= 1}; {@value #DEFAULT_SEEDS} unless set. */
        public Builder seeds(int count) {
            seeds = (int) atLeast("seeds", count, 1);
            return this;
        }

        /**
         * Trains on the whole of each set with each seed, so that intervals speak of these sets alone, and not of
         * others that might have been drawn or chosen as these were: two random choices of one pool may well differ
         * then.
         */
        public Builder whole() {
            whole = true;
            return this;
        }

        /** The first seed; 1 unless set. */
        public Builder firstSeed(long value) {
            firstSeed = value;
            return this;
        }

        /** Points of the curve, {@code >= 1}; {@value #DEFAULT_POINTS} unless set. */
        public Builder points(int count) {
            points = (int) atLeast("points", count, 1);
            return this;
        }

        /**
         * A folder that is there, for the common model and for the losses of each training as it ends, by what they are
         * of: the next evaluation that needs the same takes them from there. Nothing is kept unless set.
         */
        public Builder keep(Path folder) {
            keep = Optional.of(Objects.requireNonNull(folder, "the folder is null; leave it out to keep nothing"));
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

        /**
         * Who hears of the reading, for each purpose: {@code reference}, {@code common model}, or {@code train} or
         * {@code forget} and the name of a file.
         */
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
         * @throws InputException if a file cannot be read, has no text that is long enough, or if all documents of the
         *     reference stand in training sets
         * @throws IllegalArgumentException if it is to begin with a model and with random weights
         */
        public Evaluation run(Path work) {
            Objects.requireNonNull(work, "the folder of the work is null");
            if (scratch && from.isPresent()) {
                throw new IllegalArgumentException("the trainings are to go on from " + from.get()
                        + " and to begin with random weights; take one");
            }
            return new Referee(this, work).run();
        }
    }
}
