// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Beside the formula in dense matrices, and beside trainings that were really done, all in double precision. */
class UnrollingTest {
    private static final Mlp START = Mlp.random(1, true, 4, 2).withSquares();
    private static final List<Mlp.Item> TRAIN = START.items(2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    private static final List<Mlp.Item> REFERENCE = START.items(3, 1, 1, 1);
    private static final double RATE = 0.02;
    private static final int STEPS = 40;

    /** Gradient descent on the mean loss, one item counting for more; the model at every step and at the end. */
    private static List<Mlp> trained(Mlp start, double rate, int steps, int item, double more) {
        List<Mlp> path = new ArrayList<>(List.of(start));
        for (int step = 0; step < steps; step++) {
            Mlp now = path.get(step);
            double[] gradient = mean(now, TRAIN);
            gradient = Dense.sum(gradient, Dense.scaled(gradient(now, TRAIN.get(item)), more));
            path.add(now.moved(-rate, List.of(gradient)));
        }
        return path;
    }

    private static double[] gradient(Mlp model, Mlp.Item item) {
        return model.gradient(0, item, Targets.observed());
    }

    private static double[] mean(Mlp model, List<Mlp.Item> items) {
        double[] sum = new double[model.layers().get(0).weights()];
        for (Mlp.Item item : items) {
            sum = Dense.sum(sum, Dense.scaled(gradient(model, item), 1.0 / items.size()));
        }
        return sum;
    }

    /** Of a loss that is a square, the Hessian, which is a Kronecker product. */
    private static KroneckerFactors factors(Mlp model) {
        return KroneckerFactors.fit(model, TRAIN, Fisher.exact(1, 2));
    }

    private static Unrolling.Segment<Mlp.Item> segment(List<Mlp> checkpoints, double rate, int steps) {
        Curvature curvature = Curvature.kfac(KroneckerFactors.average(
                checkpoints.stream().map(UnrollingTest::factors).toList()));
        return new Unrolling.Segment<>(List.copyOf(checkpoints), curvature, rate, steps);
    }

    private static double[] scores(List<Unrolling.Segment<Mlp.Item>> segments, Mlp end) {
        try (ReferenceDirection gradient = ReferenceDirection.gradient(end, ReferenceSet.of(REFERENCE));
                InfluenceEstimator<Mlp.Item> estimator = Unrolling.of(segments, gradient)) {
            InfluenceScores found = estimator.score(TRAIN);
            return IntStream.range(0, found.size()).mapToDouble(found::value).toArray();
        }
    }

    /** By their series: {@code e^(−tH) x} with the shift 0, {@code (I − e^(−tH)) H⁻¹ x} with 1. */
    private static double[] series(double[] hessian, double time, double[] x, int shift) {
        double[] sum = new double[x.length];
        double[] term = Dense.scaled(x, shift == 0 ? 1 : time);
        for (int k = 1; k < 60; k++) {
            sum = Dense.sum(sum, term);
            double[] product = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                for (int j = 0; j < x.length; j++) {
                    product[i] += hessian[i * x.length + j] * term[j];
                }
            }
            term = Dense.scaled(product, -time / (k + shift));
        }
        return sum;
    }

    @Test
    void score_ofTwoSegments_isTheFormulaInDenseMatrices() {
        List<Mlp> path = trained(START, RATE, STEPS, 0, 0);
        Mlp end = path.get(STEPS);
        List<Mlp> first = List.of(path.get(0), path.get(10));
        List<Mlp> second = List.of(path.get(20), path.get(30));

        double[] found = scores(List.of(segment(first, RATE, 20), segment(second, RATE, 20)), end);

        double[] hessian = START.dense(0, TRAIN, Fisher.exact(1, 2));
        double[] query = mean(end, REFERENCE);
        double[] last = series(hessian, RATE * 20, query, 1);
        double[] before = series(hessian, RATE * 20, series(hessian, RATE * 20, query, 0), 1);
        for (int z = 0; z < found.length; z++) {
            Mlp.Item item = TRAIN.get(z);
            ToDoubleFunction<Mlp> late = model -> Dense.dot(last, gradient(model, item)) / 2;
            ToDoubleFunction<Mlp> early = model -> Dense.dot(before, gradient(model, item)) / 2;
            double expected = second.stream().mapToDouble(late).sum()
                    + first.stream().mapToDouble(early).sum();
            assertThat(found[z]).isCloseTo(expected, within(1e-12)); // time times eigenvalue is below 3
        }
    }

    /**
     * With a segment a step it is the derivative of a training by the weight of an item, but for e^(−ηℓ) in the place
     * of 1 − ηℓ: off by less than ηℓ at each step, ℓ being at most 6.
     */
    @Test
    void score_ofASegmentAStep_isWhatTheTrainingDoes() {
        double rate = 1e-3;
        int steps = 60;
        List<Mlp> path = trained(START, rate, steps, 0, 0);
        List<Unrolling.Segment<Mlp.Item>> segments = path.subList(0, steps).stream()
                .map(model -> segment(List.of(model), rate, 1))
                .toList();
        double[] found = scores(segments, path.get(steps));
        double largest = Arrays.stream(found).map(Math::abs).max().orElseThrow();

        for (int z = 0; z < found.length; z++) {
            double more = loss(trained(START, rate, steps, z, 1e-4).get(steps));
            double less = loss(trained(START, rate, steps, z, -1e-4).get(steps));
            assertThat(found[z]).isCloseTo(-(more - less) / 2e-4, within(6 * rate * largest));
        }
    }

    private static double loss(Mlp model) {
        return model.loss(REFERENCE) / REFERENCE.size();
    }

    /** Short, it is the plain product for so long; long, the inverse. */
    @Test
    void score_ofOneSegment_isBetweenTheProductAndTheInverse() {
        Curvature curvature = Curvature.kfac(factors(START));
        double[] brief = scores(List.of(new Unrolling.Segment<>(List.of(START), curvature, 1e-9, 10)), START);
        double[] endless = scores(List.of(new Unrolling.Segment<>(List.of(START), curvature, 1e6, 1000)), START);

        try (ReferenceDirection gradient = ReferenceDirection.gradient(START, ReferenceSet.of(REFERENCE));
                ReferenceDirection solved = gradient.precondition(curvature, Damping.absolute(0));
                InfluenceEstimator<Mlp.Item> product =
                        Influence.of(START).direction(gradient).estimator();
                InfluenceEstimator<Mlp.Item> inverse =
                        Influence.of(START).direction(solved).estimator()) {
            for (int z = 0; z < TRAIN.size(); z++) {
                double plain = product.score(TRAIN).value(z);
                assertThat(brief[z] / 1e-8).isCloseTo(plain, within(1e-6));
                assertThat(endless[z]).isCloseTo(inverse.score(TRAIN).value(z), within(1e-9));
            }
        }
    }

    @Test
    void segment_thatIsNone_isRefused() {
        Curvature none = CurvatureFit.of(START, TRAIN, Fisher.empirical()).identity();
        Curvature kfac = Curvature.kfac(factors(START));
        Mlp other = Mlp.random(1, true, 3, 2);

        assertThatThrownBy(() -> new Unrolling.Segment<>(List.of(START), none, 0.1, 1))
                .hasMessageContaining("the identity, which is that of no loss");
        assertThatThrownBy(() -> new Unrolling.Segment<>(List.of(START), kfac, 0.1, 0))
                .hasMessageContaining("the segment has 0 steps with the learning rate 0.1");
        assertThatThrownBy(() -> new Unrolling.Segment<>(List.of(other), kfac, 0.1, 1))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("and a checkpoint has");
        try (ReferenceDirection gradient = ReferenceDirection.gradient(START, ReferenceSet.of(REFERENCE));
                ReferenceDirection solved = gradient.precondition(kfac, Damping.DEFAULT)) {
            assertThatThrownBy(() -> Unrolling.of(List.of(segment(List.of(START), 0.1, 1)), solved))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the direction is preconditioned already");
        }
    }

    /** TracIn: what a step at each checkpoint takes from the loss of the reference there, to first order. */
    @Test
    void sum_overCheckpoints_isTheFallOfTheLossAtEach() {
        Mlp network = Mlp.random(4, true, 4, 5, 3);
        List<Mlp> checkpoints =
                List.of(network, network.moved(0.3, network.weights()), network.moved(-0.2, network.weights()));
        double[] rates = {0.3, 0.2, 0.1};
        List<Mlp.Item> reference = network.items(5, 2, 3);
        List<Mlp.Item> items = network.items(6, 1, 4, 2);
        List<InfluenceEstimator<Mlp.Item>> parts = new ArrayList<>();
        for (Mlp checkpoint : checkpoints) {
            ReferenceDirection gradient = ReferenceDirection.gradient(checkpoint, ReferenceSet.of(reference));
            parts.add(Influence.of(checkpoint).direction(gradient).estimator().onClose(gradient::close));
        }
        try (InfluenceEstimator<Mlp.Item> sum = InfluenceEstimator.sum(parts, rates)) {
            InfluenceScores found = sum.score(items);
            for (int z = 0; z < items.size(); z++) {
                double expected = 0;
                for (int c = 0; c < rates.length; c++) {
                    Mlp model = checkpoints.get(c);
                    Mlp.Item item = items.get(z);
                    List<double[]> step = List.of(
                            model.gradient(0, item, Targets.observed()), model.gradient(1, item, Targets.observed()));
                    double h = 1e-5;
                    double slope = (model.moved(h, step).loss(reference)
                                    - model.moved(-h, step).loss(reference))
                            / (2 * h);
                    expected += rates[c] * slope / 5 / item.x().length; // by rows of the reference, and of the item
                }
                assertThat(found.value(z)).isCloseTo(expected, within(1e-8));
            }
        }
    }
}
