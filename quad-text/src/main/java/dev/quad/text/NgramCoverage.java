// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Fingerprint;
import dev.quad.Objective;
import dev.quad.ReferenceSet;
import dev.quad.SetFunction;
import java.io.Serializable;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How much a set of documents teaches of a reference, by the runs of bytes that both have:
 *
 * <p>{@code f(S) = Σ_w r(w) ln(1 + c_S(w) / (m e(w)))}, in nats,
 *
 * <p>where w are the reference's runs of a number of bytes, r(w) is the share of w among them, c_S(w) how often w
 * stands in the documents of S, and e(w) how often it would stand in a random choice from the pool of the size of the
 * budget. It is what the mean log-likelihood of the reference's runs gains when a model that counts runs, begun with m
 * budgets of random text, goes on to learn S, {@code ln(m e + c_S) − ln(m e)}, but for what the length of S takes from
 * it, which the budget fixes. So it is the cross-entropy that "cynical" selection lowers (Axelrod, 2017), as a
 * feature-based function (Kirchhoff and Bilmes, 2014): <b>monotone and submodular</b>, for a sum of concave functions
 * of counts with weights {@code >= 0}.
 *
 * <p>Its first order is the influence of Quad for such a model. With the rate λ(w) of each run and the loss {@code L_r
 * = −Σ r ln λ} the gradient of the reference is −r/λ, that of a document, up to what all share, −c_z/λ, the curvature
 * of Poisson counts is the diagonal 1/λ, and {@code ∇L_rᵀ H⁻¹ ∇L_z = Σ_w r(w) c_z(w) / λ(w)} at {@code λ = m e + c_S}:
 * the gain, before the logarithm. As documents are taken λ grows where they teach, so that what is known already, a
 * copy, a saturated domain, gains less and less, and each domain of a reference of several is served.
 *
 * <p>Gains are {@code >= 0}; a document that shares no run has 0. Cost: a reading of at most 64 MiB of the pool for e,
 * then of each document whose gain is asked for; memory: some 60 bytes for each different run of the reference, and 8
 * for each set that grows, with 128 MiB at most for what is asked for again. The same for any number of threads;
 * several serve {@link SetFunction.Growing#gains}. Texts are read as UTF-8. Immutable.
 */
public final class NgramCoverage implements Objective<Document> {
    /** About a word of English, three letters of Greek, two characters of Chinese. */
    public static final int DEFAULT_LENGTH = 6;

    /** A hundredth of the budget: what one document teaches of a run that is rare is much of what there is to learn. */
    public static final double DEFAULT_MASS = 0.01;

    private static final long SAMPLE_CHARS = 64L << 20;
    /** 128 MiB of runs and how often they stand in documents that are valued again. */
    private static final int KEPT_NUMBERS = 32 << 20;

    private final ReferenceSet<Document> reference;
    private final int length;
    private final double mass;
    private final double[] weights;

    private NgramCoverage(ReferenceSet<Document> reference, int length, double mass, double[] weights) {
        this.reference = reference;
        this.length = length;
        this.mass = mass;
        this.weights = weights;
    }

    /** With the defaults, and the weights of the reference, which must be those of {@link #weights}. */
    public static NgramCoverage of(ReferenceSet<Document> reference) {
        Objects.requireNonNull(reference, "the reference is null");
        double[] weights = IntStream.range(0, reference.items().size())
                .mapToDouble(reference::weight)
                .toArray();
        return new NgramCoverage(reference, DEFAULT_LENGTH, DEFAULT_MASS, weights).weights(weights);
    }

    /**
     * The same with runs of another length.
     *
     * @param bytes in {@code [1, 7]}
     */
    public NgramCoverage runs(int bytes) {
        if (bytes < 1 || bytes > KnownRuns.LONGEST) {
            throw new IllegalArgumentException(
                    "the runs have " + bytes + " bytes; allowed are 1 to " + KnownRuns.LONGEST);
        }
        return new NgramCoverage(reference, bytes, mass, weights);
    }

    /**
     * The same with another prior.
     *
     * @param budgets m, the random text that the model has learnt before, in budgets, {@code > 0} and finite: small for
     *     variety, large for scores that hardly diminish
     */
    public NgramCoverage prior(double budgets) {
        if (!(budgets > 0 && budgets < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "the prior is " + budgets + " budgets; allowed is more than 0, and finite");
        }
        return new NgramCoverage(reference, length, budgets, weights);
    }

    /**
     * The same with documents of the reference that count more than others: r(w) is {@code Σ v c(w) / Σ v n} over them,
     * with c(w) how often w stands in one, n the number of its runs and v its weight. With a part's share over its
     * bytes as the weight of its documents, the parts of a reference count by their shares and not by their sizes.
     *
     * @param ofDocuments one for each, in their order, {@code >= 0}, finite and not all 0; 1 each unless set
     */
    public NgramCoverage weights(double... ofDocuments) {
        double[] values =
                Objects.requireNonNull(ofDocuments, "the weights are null").clone();
        if (values.length != reference.items().size()) {
            throw new IllegalArgumentException("there are " + values.length + " weights for the "
                    + reference.items().size() + " documents of the reference; give one for each");
        }
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= 0 && values[i] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("the weight of document " + i + " of the reference is " + values[i]
                        + "; allowed is 0 or more, and finite");
            }
        }
        if (Arrays.stream(values).noneMatch(value -> value > 0)) {
            throw new IllegalArgumentException("all weights are 0; give some document of the reference more");
        }
        return new NgramCoverage(reference, length, mass, values);
    }

    /**
     * {@inheritDoc}
     *
     * @throws dev.quad.InputException if no text of the reference is as long as a run
     */
    @Override
    public SetFunction over(CandidatePool<Document> pool, Budget budget) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(budget, "the budget is null");
        KnownRuns runs = KnownRuns.of(reference.items(), length, weights);
        return new Function(pool, budget, new RunsOfTexts(runs), expected(pool, budget, runs));
    }

    /** m e(w), by documents that stand at equal distances in the pool. */
    private double[] expected(CandidatePool<Document> pool, Budget budget, KnownRuns runs) {
        long stock = 0;
        for (int ordinal = 0; ordinal < pool.size(); ordinal++) {
            stock += budget.cost(pool.tokens(ordinal));
        }
        long[] seen = new long[runs.size()];
        double part = sample(pool, runs, seen);
        double share = stock == 0 ? 1 : Math.min(1, (double) budget.limit() / stock);
        double[] expected = new double[runs.size()];
        for (int run = 0; run < expected.length; run++) {
            expected[run] = mass * share * (seen[run] + 0.5) / part;
        }
        return expected;
    }

    /** Counts the runs in a part of the pool, and returns how large a part. */
    private static double sample(CandidatePool<Document> pool, KnownRuns runs, long[] seen) {
        if (pool.size() == 0) {
            return 1;
        }
        int probe = Math.min(pool.size(), 256);
        long[] chars = new long[1];
        DocumentFunctions.map(pool, spread(probe, pool.size()), NgramCoverage::chars, some -> chars[0] += some);
        double all = (double) Math.max(1, chars[0]) / probe * pool.size();
        int count = (int) Math.max(probe, Math.min(pool.size(), pool.size() * (SAMPLE_CHARS / all)));
        DocumentFunctions.map(pool, spread(count, pool.size()), new RunsOfTexts(runs)::sums, sums -> {
            for (int j = 0; j < sums.length; j += 2) {
                seen[sums[j]] += sums[j + 1];
            }
        });
        return (double) count / pool.size();
    }

    /** So many ordinals at equal distances. */
    private static int[] spread(int count, int size) {
        return IntStream.range(0, count)
                .map(i -> (int) ((long) i * size / count))
                .toArray();
    }

    private static long chars(List<Document> documents) {
        return documents.stream()
                .mapToLong(document -> document.text().length())
                .sum();
    }

    @Override
    public String fingerprint() {
        Fingerprint digest = Fingerprint.of("n-gram coverage").add(length);
        digest.add(Double.doubleToLongBits(mass));
        reference.items().forEach(document -> digest.add(document.text()));
        if (Arrays.stream(weights).anyMatch(weight -> weight != 1)) {
            for (double weight : weights) {
                digest.add(Double.doubleToLongBits(weight));
            }
        }
        return digest.hex();
    }

    @Override
    public String toString() {
        return "coverage of the runs of " + length + " bytes of a " + reference;
    }

    private static final class Function implements SetFunction {
        private final CandidatePool<Document> pool;
        private final Budget budget;
        private final RunsOfTexts runs;
        private final double[] expected;

        Function(CandidatePool<Document> pool, Budget budget, RunsOfTexts runs, double[] expected) {
            this.pool = pool;
            this.budget = budget;
            this.runs = runs;
            this.expected = expected;
        }

        @Override
        public int size() {
            return pool.size();
        }

        @Override
        public double value(BitSet set) {
            Objects.requireNonNull(set, "the set is null");
            return start().addAll(set).value();
        }

        @Override
        public boolean isSubmodular() {
            return true;
        }

        @Override
        public boolean isMonotone() {
            return true;
        }

        @Override
        public Growing start() {
            return new Covered(this);
        }

        @Override
        public String toString() {
            return "coverage of " + runs.known().size() + " runs by " + size() + " documents";
        }
    }

    /** What documents add to runs that are known so well. */
    private static final class Gains implements Serializable {
        private static final long serialVersionUID = 1;

        private final RunsOfTexts runs;
        private final double[] known;

        Gains(RunsOfTexts runs, double[] known) {
            this.runs = runs;
            this.known = known;
        }

        double of(int... counts) {
            double sum = 0;
            for (int i = 0; i < counts.length; i += 2) {
                sum += runs.known().share(counts[i]) * Math.log(1 + counts[i + 1] / known[counts[i]]);
            }
            return sum;
        }

        double[] ofEach(List<Document> documents) {
            return documents.stream()
                    .mapToDouble(document -> of(runs.of(document)))
                    .toArray();
        }
    }

    private static final class Covered implements SetFunction.Growing {
        private final Function function;
        private final Gains known;
        private final Optional<FetchedRuns> fetched;
        private final RecentRuns recent = new RecentRuns(KEPT_NUMBERS);
        private boolean hasGrown;

        Covered(Function function) {
            this.function = function;
            this.known = new Gains(function.runs, function.expected.clone());
            this.fetched = function.pool instanceof ScatteredPool scattered
                    ? Optional.of(new FetchedRuns(scattered, function.budget, function.runs, known::ofEach))
                    : Optional.empty();
        }

        @Override
        public double[] gains(int... items) {
            Objects.requireNonNull(items, "the items are null");
            if (fetched.isPresent() && !hasGrown) {
                return Arrays.stream(items)
                        .mapToDouble(fetched.get()::firstGain)
                        .toArray();
            }
            fetched.ifPresent(from -> from.fetch(items));
            double[] gains = new double[items.length];
            Workers.forEach(items.length, () -> gains, (own, i) -> own[i] = gain(items[i]));
            return gains;
        }

        @Override
        public double gain(int item) {
            return known.of(runs(item));
        }

        @Override
        public void add(int item) {
            int[] runs = runs(item);
            for (int i = 0; i < runs.length; i += 2) {
                known.known[runs[i]] += runs[i + 1];
            }
            hasGrown = true;
        }

        /** Each run that the document has, and how often; kept of those that are asked for again and again. */
        private int[] runs(int item) {
            if (fetched.isPresent()) {
                return fetched.get().runs(item);
            }
            int[] kept = hasGrown ? recent.get(item) : null;
            if (kept != null) {
                return kept;
            }
            int[] runs = function.runs.of(function.pool.get(item));
            if (hasGrown) {
                recent.put(item, runs);
            }
            return runs;
        }

        @Override
        public double value() {
            double sum = 0;
            for (int run = 0; run < known.known.length; run++) {
                sum += function.runs.known().share(run) * Math.log(known.known[run] / function.expected[run]);
            }
            return sum;
        }
    }
}
