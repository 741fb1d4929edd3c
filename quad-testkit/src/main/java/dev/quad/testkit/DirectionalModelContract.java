// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.GradientSource;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DirectionalModel} promises: moved along a direction, its losses change as the gradients say. Needs
 * {@code quad-influence}, which who implements the interface has.
 *
 * @param <T> what an item is to the model
 */
public abstract class DirectionalModelContract<T> {
    private static final int CALLS = 320;

    /** A new model, always the same. */
    protected abstract DirectionalModel<T> model();

    /** The gradients of that model, which {@link GradientSourceContract} tests. */
    protected abstract GradientSource<T> source();

    /** At least three items, of which two can be scored. */
    protected abstract List<T> items();

    /** How far the model is moved, as a share of the norm of its parameters; 1e-2 unless overridden. */
    protected double step() {
        return 1e-2;
    }

    /** The relative error allowed; 1e-2 unless overridden, and 1e-6 or so in double precision. */
    protected double tolerance() {
        return 1e-2;
    }

    private <R> R along(Function<ReferenceDirection, R> work) {
        GradientSource<T> source = source();
        List<T> scored =
                items().stream().filter(item -> source.tokens(item) > 0).toList();
        try (ReferenceDirection v = ReferenceDirection.gradient(source, ReferenceSet.of(scored))) {
            return work.apply(v);
        }
    }

    private double[] losses(DirectionalModel<T> model, ReferenceDirection v, double step, List<T> items) {
        try (DirectionalModel.Moved<T> moved = model.moved(v, step)) {
            return sums(moved.losses(items));
        }
    }

    private static double[] sums(BatchLosses losses) {
        return IntStream.range(0, losses.items()).mapToDouble(losses::sum).toArray();
    }

    private void close(String how, double[] expected, double... found) {
        assertThat(found).as("losses, %s", how).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i])
                    .as("the loss of item %s, %s", i, how)
                    .isCloseTo(expected[i], within(1e-2 * tolerance() * Math.abs(expected[i]) + 1e-300));
        }
    }

    /** It is the model of the gradients: layers, fingerprint, tokens. */
    @Test
    public void model_isThatOfTheGradients() {
        DirectionalModel<T> model = model();
        GradientSource<T> source = source();
        assertThat(model.layers()).isEqualTo(source.layers());
        assertThat(model.fingerprint()).isEqualTo(source.fingerprint());
        for (T item : items()) {
            assertThat(model.tokens(item)).as("tokens of %s", item).isEqualTo(source.tokens(item));
        }
        assertThat(model.parameterNorm()).isFinite().isPositive().isEqualTo(model().parameterNorm());
    }

    /** Not moved, it has the losses of the gradients. */
    @Test
    public void losses_stepZero_areThoseOfTheGradients() {
        BatchLosses expected = source().capture(items(), Targets.observed(), capture -> {});
        along(v -> {
            try (DirectionalModel.Moved<T> moved = model().moved(v, 0)) {
                BatchLosses found = moved.losses(items());
                for (int i = 0; i < items().size(); i++) {
                    assertThat(found.tokens(i)).as("tokens of item %s", i).isEqualTo(expected.tokens(i));
                }
                close("at step 0", sums(expected), sums(found));
            }
            return v;
        });
    }

    /** (L(θ + s·v) − L(θ − s·v)) / 2s = ⟨v, ∇L⟩. */
    @Test
    public void losses_moved_changeAsTheGradientsSay() {
        along(v -> {
            DirectionalModel<T> model = model();
            InfluenceScores scores = products(v);
            double s = step() * model.parameterNorm() / v.norm();
            double[] full = difference(model, v, s);
            double[] half = difference(model, v, s / 2);
            double largest = 0;
            for (int i = 0; i < full.length; i++) {
                largest = Math.max(largest, scores.isScored(i) ? Math.abs(scores.value(i)) : 0);
            }
            assertThat(largest).as("the largest ⟨v, ∇L⟩").isPositive();
            for (int i = 0; i < full.length; i++) {
                if (scores.isScored(i)) {
                    assertThat((4 * half[i] - full[i]) / 3 / model.tokens(items().get(i)))
                            .as("the central difference of the mean loss of item %s, step %s", i, s)
                            .isCloseTo(scores.value(i), within(tolerance() * largest));
                }
            }
            return v;
        });
    }

    /** ⟨v, ∇L⟩ of each item. */
    private InfluenceScores products(ReferenceDirection v) {
        try (InfluenceEstimator<T> estimator =
                Influence.of(source()).direction(v).estimator()) {
            return estimator.score(items());
        }
    }

    private double[] difference(DirectionalModel<T> model, ReferenceDirection v, double step) {
        double[] forth = losses(model, v, step, items());
        double[] back = losses(model, v, -step, items());
        return IntStream.range(0, forth.length)
                .mapToDouble(i -> (forth[i] - back[i]) / (2 * step))
                .toArray();
    }

    /** Moving leaves the model as it is, moved ones do not know of each other, and closing one closes no other. */
    @Test
    public void moved_severalAtOnce_areIndependent() {
        along(v -> {
            DirectionalModel<T> model = model();
            String fingerprint = model.fingerprint();
            double norm = model.parameterNorm();
            double s = step() * norm / v.norm();
            double[] alone = losses(model(), v, s, items());
            try (DirectionalModel.Moved<T> one = model.moved(v, s)) {
                try (DirectionalModel.Moved<T> other = model.moved(v, -2 * s)) {
                    close("while another is moved", alone, sums(one.losses(items())));
                    other.losses(items());
                    close("after another was used", alone, sums(one.losses(items())));
                }
                close("after another was closed", alone, sums(one.losses(items())));
            }
            close("moved again", alone, losses(model, v, s, items()));
            assertThat(model.fingerprint()).isEqualTo(fingerprint);
            assertThat(model.parameterNorm()).isEqualTo(norm);
            return v;
        });
    }

    /** Neither the thread nor the caller's list matters. */
    @Test
    public void losses_otherThread_areTheSame() {
        along(v -> {
            List<T> batch = new ArrayList<>(items());
            double s = step() * model().parameterNorm() / v.norm();
            double[] expected = losses(model(), v, s, batch);
            assertThat(batch).as("the list of the caller").isEqualTo(items());
            close("in another thread", expected, Threads.in(1, () -> losses(model(), v, s, items())));
            return v;
        });
    }

    /** Being moved and asked many times changes nothing. */
    @Test
    public void losses_overAndOver_areTheSame() {
        along(v -> {
            DirectionalModel<T> model = model();
            double s = step() * model.parameterNorm() / v.norm();
            List<T> one = items().subList(0, 1);
            double[] expected = losses(model(), v, s, one);
            for (int call = 0; call < CALLS; call++) {
                close("moved and asked over and over", expected, losses(model, v, s, one));
            }
            return v;
        });
    }

    /** What an item is batched with changes nothing. */
    @Test
    public void losses_anyBatch_areTheSame() {
        along(v -> {
            DirectionalModel<T> model = model();
            double s = step() * model.parameterNorm() / v.norm();
            double[] expected = losses(model, v, s, items());
            int n = expected.length;
            for (int i = 0; i < n; i++) {
                close("alone", new double[] {expected[i]}, losses(model, v, s, List.of(items().get(i))));
            }
            int[] places = IntStream.concat(IntStream.range(0, n).map(i -> n - 1 - i), IntStream.of(0, 0))
                    .toArray();
            close(
                    "in another order, some twice",
                    IntStream.of(places).mapToDouble(i -> expected[i]).toArray(),
                    losses(
                            model(),
                            v,
                            s,
                            IntStream.of(places).mapToObj(items()::get).toList()));
            return v;
        });
    }
}
