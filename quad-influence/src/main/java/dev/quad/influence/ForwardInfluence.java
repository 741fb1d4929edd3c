// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Experimental;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Utilities from forward passes and no backward pass: the derivative of an item's loss along the preconditioned
 * reference direction v,
 *
 * <pre>{@code
 * U(z) = ⟨v, ∇L(θ,z)⟩ = d/ds L(θ + s·v, z) at s = 0
 *                     ≈ (L(θ + s·v, z) − L(θ − s·v, z)) / 2s
 * }</pre>
 *
 * <p>with L the mean loss of z. The derivative ({@link #of}), by a model that computes it
 * ({@link DirectionalModel#along}), is what {@link Influence} gives to the rounding of its precision, for about as many
 * operations, but keeps no activation. The central difference ({@link #calibrate}), by any model that can be moved,
 * takes two passes, the least of all ways, to the error that {@link #error()} tells: too long a step bends, too short a
 * one drowns in rounding, and which is which depends on the model; so the step is not fixed but found by halving until
 * scores of a few items move least from one step to the next. For use by one thread. Owns what it makes of the model:
 * close it.
 *
 * @param <T> what an item is
 */
@Experimental
public final class ForwardInfluence<T> implements InfluenceEstimator<T> {
    private static final Logger LOG = LoggerFactory.getLogger(ForwardInfluence.class);
    private static final double LONGEST = 1e-2;
    private static final int HALVINGS = 16;

    private final DirectionalModel<T> model;
    private final Change<T> change;
    private final String modelFingerprint;
    private final double step;
    private final double error;
    private final int batchTokens;
    private final String fingerprint;
    private boolean closed;

    /** By how much the summed losses of a batch change along the direction. */
    private interface Change<T> extends AutoCloseable {
        BatchLosses of(List<? extends T> batch);

        OptionalDouble flopsPerToken();

        @Override
        void close();
    }

    private ForwardInfluence(
            DirectionalModel<T> model,
            Change<T> change,
            ReferenceDirection direction,
            double step,
            double error,
            int batchTokens) {
        this.model = model;
        this.change = change;
        this.modelFingerprint = model.fingerprint();
        this.step = step;
        this.error = error;
        this.batchTokens = batchTokens;
        this.fingerprint = Fingerprint.of("quad.forward-influence.1")
                .add(direction.fingerprint())
                .add(Double.doubleToLongBits(step))
                .hex();
    }

    /** The derivative, by the model. */
    private record Derivative<T>(DirectionalModel.Tangent<T> tangent) implements Change<T> {
        @Override
        public BatchLosses of(List<? extends T> batch) {
            return CapturePass.ofEach(tangent.derivatives(batch), batch.size());
        }

        @Override
        public OptionalDouble flopsPerToken() {
            return tangent.flopsPerToken();
        }

        @Override
        public void close() {
            tangent.close();
        }
    }

    /** The central difference. */
    private static final class Difference<T> implements Change<T> {
        private final OptionalDouble pass;
        private final double step;
        private final DirectionalModel.Moved<T> forth;
        private final DirectionalModel.Moved<T> back;

        Difference(DirectionalModel<T> model, ReferenceDirection direction, double step) {
            this.pass = model.forwardFlopsPerToken();
            this.step = step;
            this.forth = model.moved(direction, step);
            DirectionalModel.Moved<T> other = null;
            try {
                other = model.moved(direction, -step);
            } finally {
                if (other == null) {
                    forth.close();
                }
            }
            this.back = other;
        }

        @Override
        public BatchLosses of(List<? extends T> batch) {
            BatchLosses up = CapturePass.ofEach(forth.losses(batch), batch.size());
            BatchLosses down = CapturePass.ofEach(back.losses(batch), batch.size());
            double[] change = new double[batch.size()];
            Arrays.setAll(change, i -> (up.sum(i) - down.sum(i)) / (2 * step));
            return new BatchLosses(
                    change, IntStream.range(0, change.length).map(up::tokens).toArray());
        }

        @Override
        public OptionalDouble flopsPerToken() {
            return pass.isPresent() ? OptionalDouble.of(2 * pass.getAsDouble()) : pass;
        }

        @Override
        public void close() {
            forth.close();
            back.close();
        }
    }

    /**
     * The estimator of derivatives, exact to rounding.
     *
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @throws dev.quad.MismatchException if the direction belongs to another model
     * @throws IllegalArgumentException if the model computes none: {@link #calibrate} takes differences
     */
    public static <T> ForwardInfluence<T> of(DirectionalModel<T> model, ReferenceDirection direction, int batchTokens) {
        Objects.requireNonNull(model, "the model is null");
        Objects.requireNonNull(direction, "the direction is null");
        Batches.requireTokens(batchTokens);
        direction.requireModel(model.fingerprint(), model.layers());
        DirectionalModel.Tangent<T> tangent = model.along(direction)
                .orElseThrow(() -> new IllegalArgumentException("the model " + model
                        + " computes no derivatives along a direction; use calibrate, which takes differences"));
        return new ForwardInfluence<>(model, new Derivative<>(tangent), direction, 0, 0, batchTokens);
    }

    /**
     * The estimator of differences: finds the step. Costs {@value #HALVINGS} times two passes over the sample.
     *
     * @param sample some items that can be scored, of the kind to be scored, at least one; ten or twenty are enough
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @throws dev.quad.MismatchException if the direction belongs to another model
     * @throws IllegalArgumentException if the direction is zero, or no item of the sample can be scored
     */
    public static <T> ForwardInfluence<T> calibrate(
            DirectionalModel<T> model, ReferenceDirection direction, List<? extends T> sample, int batchTokens) {
        Objects.requireNonNull(model, "the model is null");
        Objects.requireNonNull(direction, "the direction is null");
        Objects.requireNonNull(sample, "the sample is null");
        Batches.requireTokens(batchTokens);
        direction.requireModel(model.fingerprint(), model.layers());
        double norm = direction.norm();
        if (!(norm > 0)) {
            throw new IllegalArgumentException("the reference direction is zero, so that every score is");
        }
        double longest = LONGEST * model.parameterNorm() / norm;
        double[] before = {};
        double best = Double.POSITIVE_INFINITY;
        double step = longest;
        for (int k = 0; k < HALVINGS; k++) {
            double tried = longest * Math.scalb(1.0, -k);
            double[] scores = scores(model, direction, tried, sample, batchTokens);
            double moved = difference(scores, before);
            if (moved < best) {
                best = moved;
                step = tried;
            }
            before = scores;
        }
        if (best == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("none of the " + sample.size()
                    + " items to find the step with has a finite score; give others, or check the model");
        }
        LOG.debug("step {} of at most {}, scores within {}", step, longest, best);
        return new ForwardInfluence<>(
                model, new Difference<>(model, direction, step), direction, step, best, batchTokens);
    }

    private static <T> double[] scores(
            DirectionalModel<T> model,
            ReferenceDirection direction,
            double step,
            List<? extends T> items,
            int batchTokens) {
        try (ForwardInfluence<T> estimator = new ForwardInfluence<>(
                model, new Difference<>(model, direction, step), direction, step, 0, batchTokens)) {
            InfluenceScores scores = estimator.score(items);
            double[] result = new double[scores.size()];
            for (int i = 0; i < result.length; i++) {
                result[i] = scores.isScored(i) ? scores.value(i) : Double.NaN;
            }
            return result;
        }
    }

    /** The largest difference over the largest score; infinite where there is nothing to compare. */
    private static double difference(double[] a, double[] b) {
        double largest = 0;
        double furthest = 0;
        for (int i = 0; i < b.length; i++) {
            if (Double.isFinite(a[i]) && Double.isFinite(b[i])) {
                largest = Math.max(largest, Math.abs(a[i]));
                furthest = Math.max(furthest, Math.abs(a[i] - b[i]));
            }
        }
        return largest > 0 ? furthest / largest : Double.POSITIVE_INFINITY;
    }

    /** The step s that was found; 0 for derivatives, which have none. */
    public double step() {
        return step;
    }

    /**
     * How far the scores of the sample moved from the step before to this one, over the largest of them; 0 for
     * derivatives, which are off by rounding only.
     */
    public double error() {
        return error;
    }

    /** The largest difference to exact scores of some items, over the largest of those. */
    public double errorAgainst(InfluenceEstimator<T> exact, List<? extends T> items) {
        Objects.requireNonNull(exact, "the exact estimator is null");
        Objects.requireNonNull(items, "the items are null");
        InfluenceScores expected = exact.score(items);
        InfluenceScores found = score(items);
        List<Double> a = new ArrayList<>();
        List<Double> b = new ArrayList<>();
        for (int i = 0; i < expected.size(); i++) {
            if (expected.isScored(i) && found.isScored(i)) {
                a.add(expected.value(i));
                b.add(found.value(i));
            }
        }
        return difference(
                a.stream().mapToDouble(Double::doubleValue).toArray(),
                b.stream().mapToDouble(Double::doubleValue).toArray());
    }

    @Override
    public InfluenceScores score(List<? extends T> items) {
        Objects.requireNonNull(items, "the items are null");
        if (closed) {
            throw new IllegalStateException("the ForwardInfluence was closed; make another estimator");
        }
        if (!modelFingerprint.equals(model.fingerprint())) {
            throw new MismatchException("the estimator was made from model " + modelFingerprint + ", which is now "
                    + model.fingerprint() + "; make another one, with a direction of the model as it is");
        }
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (List<? extends T> batch : Batches.<T>of(items, model::rows, batchTokens)) {
            BatchLosses changes = change.of(batch);
            for (int i = 0; i < batch.size(); i++) {
                int tokens = changes.tokens(i);
                scores.countTokens(tokens);
                double score = changes.sum(i) / tokens;
                if (tokens == 0) {
                    scores.flag("it has no token to predict");
                } else if (!Double.isFinite(score)) {
                    scores.flag("its loss, or the change of it along the direction, is not finite: " + score);
                } else {
                    scores.add(score);
                }
            }
        }
        return scores.build();
    }

    /** Those of two forward passes, and for derivatives of the products with the direction. */
    @Override
    public OptionalDouble flopsPerToken() {
        return change.flopsPerToken();
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public void close() {
        closed = true;
        change.close();
    }
}
