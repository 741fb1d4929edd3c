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
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link DirectionalModel} promises: moved along a direction, its losses change as the gradients say, along
 * any direction of all layers or of one, several in turn, and after a batch that failed; where it has tangents, these
 * say so too. Needs {@code quad-influence}, which who implements the interface has.
 *
 * @param <T> what an item is to the model
 */
public abstract class DirectionalModelContract<T> {
    private static final int CALLS = 320;
    private static final int TURNS = 60;

    /** A new model, always the same. */
    protected abstract DirectionalModel<T> model();

    private DirectionalModel<T> tested() {
        return Answers.made("model()", model());
    }

    /** The gradients of that model, which {@link GradientSourceContract} tests. */
    protected abstract GradientSource<T> source();

    private GradientSource<T> givenSource() {
        return Answers.made("source()", source());
    }

    /** At least three items, of which two can be scored. */
    protected abstract List<T> items();

    private List<T> given() {
        return Answers.items("items()", 3, items());
    }

    /** How far the model is moved, as a share of the norm of its parameters; 1e-2 unless overridden. */
    protected double step() {
        return 1e-2;
    }

    /** The relative error allowed; 1e-2 unless overridden, and 1e-6 or so in double precision. */
    protected double tolerance() {
        return 1e-2;
    }

    /**
     * The Euclidean norm of the parameters of the layers, as it can be worked out without the model. Empty unless
     * overridden: not tested.
     */
    protected OptionalDouble norm() {
        return OptionalDouble.empty();
    }

    private <R> R along(Function<ReferenceDirection, R> work) {
        GradientSource<T> source = givenSource();
        List<T> scored =
                given().stream().filter(item -> source.tokens(item) > 0).toList();
        try (ReferenceDirection v = ReferenceDirection.gradient(source, ReferenceSet.of(scored))) {
            return work.apply(v);
        }
    }

    private double[] losses(DirectionalModel<T> model, ReferenceDirection v, double step, List<T> items) {
        try (DirectionalModel.Moved<T> moved = Answers.given("moved(v, " + step + ")", model.moved(v, step))) {
            return losses(moved, items);
        }
    }

    private double[] losses(DirectionalModel.Moved<T> moved, List<T> items) {
        BatchLosses losses = Answers.given("losses of " + items.size() + " items", moved.losses(items));
        assertThat(losses.items()).as("losses of %s items", items.size()).isEqualTo(items.size());
        return sums(losses);
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

    private static List<Object> what(DirectionalModel<?> model) {
        return List.of(model.fingerprint(), List.copyOf(model.layers()), model.parameterNorm());
    }

    private static void isStill(List<Object> before, DirectionalModel<?> model, String how) {
        assertThat(what(model))
                .as("the fingerprint, the layers and the norm of the parameters of a model that was %s", how)
                .isEqualTo(before);
    }

    /** It is the model of the gradients: layers, fingerprint, tokens. */
    @Test
    public void model_isThatOfTheGradients() {
        DirectionalModel<T> model = tested();
        GradientSource<T> source = givenSource();
        assertThat(model.layers()).as("the layers, those of the gradients").isEqualTo(source.layers());
        assertThat(model.fingerprint())
                .as("the fingerprint, that of the gradients")
                .isEqualTo(source.fingerprint());
        for (T item : given()) {
            assertThat(model.tokens(item)).as("tokens of %s", item).isEqualTo(source.tokens(item));
        }
        for (T item : given()) {
            assertThat(model.rows(item))
                    .as("rows of %s, of which some are its tokens; those of the gradients", item)
                    .isGreaterThanOrEqualTo(model.tokens(item))
                    .isEqualTo(tested().rows(item))
                    .isEqualTo(source.rows(item));
        }
        assertThat(model.parameterNorm())
                .as("the norm of the parameters, of another instance the same")
                .isFinite()
                .isPositive()
                .isEqualTo(tested().parameterNorm());
        norm().ifPresent(norm -> assertThat(model.parameterNorm())
                .as("the norm of the parameters")
                .isCloseTo(norm, within(tolerance() * norm)));
    }

    /** What a token costs is not known, or a number of operations, always the same, and no more than with gradients. */
    @Test
    public void forwardFlopsPerToken_whereKnown_isANumber() {
        DirectionalModel<T> model = tested();
        OptionalDouble flops = Answers.given("forwardFlopsPerToken()", model.forwardFlopsPerToken());
        assertThat(flops.orElse(0))
                .as("forwardFlopsPerToken(), operations a token")
                .isFinite()
                .isNotNegative();
        givenSource()
                .flopsPerToken()
                .ifPresent(both -> assertThat(flops.orElse(0))
                        .as("forwardFlopsPerToken(), of which flopsPerToken() of the gradients has those backward too")
                        .isLessThan(Math.max(both, Double.MIN_VALUE)));
        along(v -> losses(model, v, 0, given()));
        assertThat(model.forwardFlopsPerToken())
                .as("forwardFlopsPerToken() after use")
                .isEqualTo(flops);
        assertThat(tested().forwardFlopsPerToken())
                .as("forwardFlopsPerToken() of another instance")
                .isEqualTo(flops);
    }

    /** A direction that is drawn, the caller's to close: of all layers, or of the one of this index alone. */
    private ReferenceDirection drawn(long key, int layer) {
        GradientSource<T> source = givenSource();
        RandomGenerator random = Numbers.of(key);
        ReferenceDirection.Builder builder = ReferenceDirection.builder(source);
        for (int l = 0; l < source.layers().size(); l++) {
            double[] v = new double[source.layers().get(l).weights()];
            boolean moves = layer < 0 || l == layer;
            Arrays.setAll(v, j -> moves ? random.nextGaussian() : 0);
            builder.layer(source.layers().get(l).name(), v);
        }
        return builder.build();
    }

    /** A step that moves each weight by about as much, however many the direction moves. */
    private double step(ReferenceDirection v, int layer) {
        List<LayerShape> layers = v.layers();
        double all = layers.stream().mapToInt(LayerShape::weights).sum();
        double moved = layer < 0 ? all : layers.get(layer).weights();
        return step() * tested().parameterNorm() / v.norm() * Math.sqrt(moved / all);
    }

    /** (L(θ + s·v) − L(θ − s·v)) / 2s = ⟨v, ∇L⟩ for v that are drawn, of all layers and of each alone. */
    @Test
    public void losses_movedAnyWay_changeAsTheGradientsSay() {
        DirectionalModel<T> model = tested();
        Gradients gradients = Gradients.of(givenSource(), given(), Targets.observed());
        for (int layer = -1; layer < gradients.layers(); layer++) {
            try (ReferenceDirection v = drawn(layer, layer)) {
                double s = step(v, layer);
                double[] full = difference(model, v, s);
                double[] half = difference(model, v, s / 2);
                for (int i = 0; i < full.length; i++) {
                    double product = 0;
                    double square = 0;
                    for (int l = 0; l < gradients.layers(); l++) {
                        double[] g = gradients.of(i, l);
                        double[] values = v.values(l);
                        for (int j = 0; j < g.length; j++) {
                            product += g[j] * values[j];
                            square += g[j] * g[j];
                        }
                    }
                    if (gradients.losses().tokens(i) > 0) {
                        assertThat((4 * half[i] - full[i]) / 3)
                                .as(
                                        "the central difference of the loss of item %s, %s",
                                        i, layer < 0 ? "all layers moved" : "layer " + layer + " moved alone")
                                .isCloseTo(product, within(tolerance() * Math.sqrt(square) * v.norm() + 1e-300));
                    }
                }
            }
        }
    }

    /** Twice the direction and half the step is the same place. */
    @Test
    public void moved_twiceTheDirection_isTwiceAsFar() {
        GradientSource<T> source = givenSource();
        along(v -> {
            ReferenceDirection.Builder builder = ReferenceDirection.builder(source);
            for (int l = 0; l < v.layers().size(); l++) {
                builder.layer(
                        v.layers().get(l).name(),
                        Arrays.stream(v.values(l)).map(value -> 2 * value).toArray());
            }
            double s = step(v, -1);
            double[] expected = losses(tested(), v, s, given());
            try (ReferenceDirection twice = builder.build()) {
                close(
                        "moved by twice the direction and half the step",
                        expected,
                        losses(tested(), twice, s / 2, given()));
            }
            return v;
        });
    }

    /** Directions, steps and batches in any order: each as from a model of its own. */
    @Test
    public void losses_inAnyOrder_areTheSame() {
        int n = given().size();
        double[] factors = {1, -1, 0, 0.5, 3};
        try (ReferenceDirection one = drawn(1, -1);
                ReferenceDirection other = drawn(2, -1)) {
            ReferenceDirection[] directions = {one, other};
            double s = step(one, -1);
            double[][][] expected = new double[2][factors.length][];
            for (int v = 0; v < 2; v++) {
                for (int f = 0; f < factors.length; f++) {
                    expected[v][f] = losses(tested(), directions[v], factors[f] * s, given());
                }
            }
            DirectionalModel<T> model = tested();
            for (int call = 0; call < TURNS; call++) {
                RandomGenerator random = Numbers.of(call);
                int v = random.nextInt(2);
                int f = random.nextInt(factors.length);
                int[] places = random.ints(1 + random.nextInt(2 * n), 0, n).toArray();
                close(
                        "direction " + v + ", step " + factors[f] + ", after " + call + " others",
                        IntStream.of(places).mapToDouble(i -> expected[v][f][i]).toArray(),
                        losses(
                                model,
                                directions[v],
                                factors[f] * s,
                                IntStream.of(places).mapToObj(given()::get).toList()));
            }
        }
    }

    /** A batch that could not be read leaves nothing behind; and once closed, a moved model fails or is still right. */
    @Test
    public void losses_afterAFailureOrClose_areNotWrong() {
        along(v -> {
            DirectionalModel<T> model = tested();
            double s = step(v, -1);
            double[] expected = losses(tested(), v, s, given());
            DirectionalModel.Moved<T> moved = model.moved(v, s);
            try {
                for (int place : new int[] {0, given().size() - 1}) {
                    try {
                        moved.losses(new FailingList<>(given(), place));
                    } catch (RuntimeException e) {
                        // as it should; one that does not read the item cannot know
                    }
                    close("after item " + place + " could not be read", expected, losses(moved, given()));
                }
            } finally {
                moved.close();
            }
            close("moved again after a failure", expected, losses(model, v, s, given()));
            BatchLosses late;
            try {
                late = moved.losses(given());
            } catch (RuntimeException | AssertionError e) {
                return v;
            }
            close("once closed: fail, or give the right ones", expected, sums(late));
            return v;
        });
    }

    /** Once its direction is closed, a moved model fails or is still right. */
    @Test
    public void losses_directionClosed_areNotWrong() {
        ReferenceDirection v = drawn(3, -1);
        double s = step(v, -1);
        double[] expected = losses(tested(), v, s, given());
        DirectionalModel<T> model = tested();
        try (DirectionalModel.Moved<T> moved = model.moved(v, s)) {
            v.close();
            double[] late;
            try {
                late = losses(moved, given());
            } catch (RuntimeException e) {
                return;
            }
            close("once the direction was closed: fail, or give the right ones", expected, late);
        }
    }

    /** The default locale and time zone of the machine change neither the losses nor the fingerprint. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void losses_otherLanguages_areTheSame() {
        along(v -> {
            double s = step(v, -1);
            double[] expected = losses(tested(), v, s, given());
            String fingerprint = tested().fingerprint();
            Elsewhere.each(where -> {
                assertThat(tested().fingerprint())
                        .as("the fingerprint %s", where)
                        .isEqualTo(fingerprint);
                close(where, expected, losses(tested(), v, s, given()));
            });
            return v;
        });
    }

    /** Not moved, it has the losses of the gradients. */
    @Test
    public void losses_stepZero_areThoseOfTheGradients() {
        BatchLosses expected = givenSource().capture(given(), Targets.observed(), capture -> {});
        along(v -> {
            try (DirectionalModel.Moved<T> moved = tested().moved(v, 0)) {
                BatchLosses found = moved.losses(given());
                for (int i = 0; i < given().size(); i++) {
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
            DirectionalModel<T> model = tested();
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
                    assertThat((4 * half[i] - full[i]) / 3 / model.tokens(given().get(i)))
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
                Influence.of(givenSource()).direction(v).estimator()) {
            return estimator.score(given());
        }
    }

    private double[] difference(DirectionalModel<T> model, ReferenceDirection v, double step) {
        double[] forth = losses(model, v, step, given());
        double[] back = losses(model, v, -step, given());
        return IntStream.range(0, forth.length)
                .mapToDouble(i -> (forth[i] - back[i]) / (2 * step))
                .toArray();
    }

    /** Where the model computes derivatives along v, they are ⟨v, ∇L⟩, in any batch. */
    @Test
    public void derivatives_whereGiven_areTheProducts() {
        along(v -> {
            tangent(tested(), v).ifPresent(given -> {
                try (DirectionalModel.Tangent<T> tangent = given) {
                    InfluenceScores products = products(v);
                    areProducts("in one batch", tangent, products);
                    for (int i = 0; i < products.size(); i++) {
                        areProducts("alone", tangent, products, i, i + 1);
                    }
                }
            });
            return v;
        });
    }

    private static <T> Optional<DirectionalModel.Tangent<T>> tangent(DirectionalModel<T> model, ReferenceDirection v) {
        return Answers.given("along(v)", model.along(v));
    }

    private void areProducts(String how, DirectionalModel.Tangent<T> tangent, InfluenceScores products) {
        areProducts(how, tangent, products, 0, products.size());
    }

    /** Of the items from one place to another. */
    private void areProducts(
            String how, DirectionalModel.Tangent<T> tangent, InfluenceScores products, int from, int to) {
        List<T> items = given().subList(from, to);
        BatchLosses found = Answers.given("derivatives of " + items.size() + " items", tangent.derivatives(items));
        assertThat(found.items()).as("derivatives, %s", how).isEqualTo(items.size());
        double largest = IntStream.range(0, products.size())
                .filter(products::isScored)
                .mapToDouble(i -> Math.abs(products.value(i)))
                .max()
                .orElse(0);
        for (int i = from; i < to; i++) {
            int tokens = tested().tokens(items.get(i - from));
            assertThat(found.tokens(i - from))
                    .as("tokens of item %s, %s", i, how)
                    .isEqualTo(tokens);
            if (products.isScored(i)) {
                assertThat(found.sum(i - from))
                        .as("the derivative of the loss of item %s, %s", i, how)
                        .isCloseTo(products.value(i) * tokens, within(tolerance() * largest * tokens));
            }
        }
    }

    /**
     * Tangents along two directions at once do not know of each other, also after a batch that could not be read, and
     * leave the model and the directions as they are; what a token costs is not known, or a number of operations.
     */
    @Test
    public void derivatives_severalAtOnce_areIndependent() {
        try (ReferenceDirection v = drawn(1, -1);
                ReferenceDirection w = drawn(2, -1)) {
            DirectionalModel<T> model = tested();
            InfluenceScores alongV = products(v);
            InfluenceScores alongW = products(w);
            List<Object> before = what(model);
            double s = step(v, -1);
            double[] moved = losses(tested(), v, s, given());
            for (int time = 0; time < 2; time++) {
                Optional<DirectionalModel.Tangent<T>> given = tangent(model, v);
                if (given.isEmpty()) {
                    return;
                }
                try (DirectionalModel.Tangent<T> one = given.get()) {
                    try (DirectionalModel.Tangent<T> other = tangent(model, w).orElseThrow()) {
                        areProducts("while there is a tangent along another direction", one, alongV);
                        areProducts("along a second direction", other, alongW);
                        for (int place : new int[] {0, given().size() - 1}) {
                            try {
                                one.derivatives(new FailingList<>(given(), place));
                            } catch (RuntimeException e) {
                                // as it should; one that does not read the item cannot know
                            }
                            areProducts("after item " + place + " could not be read", one, alongV);
                            areProducts("after another could not read item " + place, other, alongW);
                        }
                    }
                    areProducts("after another tangent was closed", one, alongV);
                    OptionalDouble flops = Answers.given("flopsPerToken()", one.flopsPerToken());
                    assertThat(flops.orElse(0))
                            .as("flopsPerToken() of a tangent, operations a token")
                            .isFinite()
                            .isNotNegative();
                }
                isOpen(v);
                isOpen(w);
                close("moved after tangents", moved, losses(model, v, s, given()));
            }
            isStill(before, model, "asked for tangents");
        }
    }

    private static void isOpen(ReferenceDirection v) {
        try {
            v.values(0);
        } catch (RuntimeException e) {
            throw new AssertionError(
                    "the direction cannot be read once a tangent along it was closed: it is the caller's to close", e);
        }
    }

    /** Moving leaves the model as it is, moved ones do not know of each other, and closing one closes no other. */
    @Test
    public void moved_severalAtOnce_areIndependent() {
        along(v -> {
            DirectionalModel<T> model = tested();
            List<Object> before = what(model);
            double s = step() * model.parameterNorm() / v.norm();
            double[] alone = losses(tested(), v, s, given());
            try (DirectionalModel.Moved<T> one = model.moved(v, s)) {
                try (DirectionalModel.Moved<T> other = model.moved(v, -2 * s)) {
                    close("while another is moved", alone, losses(one, given()));
                    other.losses(given());
                    close("after another was used", alone, losses(one, given()));
                }
                close("after another was closed", alone, losses(one, given()));
            }
            close("moved again", alone, losses(model, v, s, given()));
            isStill(before, model, "moved three times");
            return v;
        });
    }

    /** Neither the thread nor the caller's list matters. */
    @Test
    public void losses_otherThread_areTheSame() {
        along(v -> {
            List<T> batch = new ArrayList<>(given());
            List<T> before = List.copyOf(batch);
            double s = step() * tested().parameterNorm() / v.norm();
            double[] expected = losses(tested(), v, s, batch);
            assertThat(batch).as("the list of the caller").isEqualTo(before);
            close("in another thread", expected, Threads.in(1, () -> losses(tested(), v, s, given())));
            return v;
        });
    }

    /** A list that the caller fills anew is another batch. */
    @Test
    public void losses_listFilledAnew_areOfTheNewItems() {
        along(v -> {
            double s = step() * tested().parameterNorm() / v.norm();
            double[] expected = losses(tested(), v, s, given());
            int n = expected.length;
            List<T> batch = new ArrayList<>(given());
            try (DirectionalModel.Moved<T> moved = tested().moved(v, s)) {
                losses(moved, batch);
                Collections.reverse(batch);
                close(
                        "in a list that held others before",
                        IntStream.range(0, n)
                                .mapToDouble(i -> expected[n - 1 - i])
                                .toArray(),
                        losses(moved, batch));
            }
            return v;
        });
    }

    /** Being moved and asked many times changes nothing. */
    @Test
    public void losses_overAndOver_areTheSame() {
        along(v -> {
            DirectionalModel<T> model = tested();
            double s = step() * model.parameterNorm() / v.norm();
            List<T> one = given().subList(0, 1);
            double[] expected = losses(tested(), v, s, one);
            List<Object> before = what(model);
            for (int call = 0; call < CALLS; call++) {
                close("moved and asked over and over", expected, losses(model, v, s, one));
            }
            isStill(before, model, "moved " + CALLS + " times");
            return v;
        });
    }

    /** What an item is batched with changes nothing. */
    @Test
    public void losses_anyBatch_areTheSame() {
        along(v -> {
            DirectionalModel<T> model = tested();
            double s = step() * model.parameterNorm() / v.norm();
            double[] expected = losses(model, v, s, given());
            int n = expected.length;
            for (int i = 0; i < n; i++) {
                close("alone", new double[] {expected[i]}, losses(model, v, s, List.of(given().get(i))));
            }
            int[] places = IntStream.concat(IntStream.range(0, n).map(i -> n - 1 - i), IntStream.of(0, 0))
                    .toArray();
            close(
                    "in another order, some twice",
                    IntStream.of(places).mapToDouble(i -> expected[i]).toArray(),
                    losses(
                            tested(),
                            v,
                            s,
                            IntStream.of(places).mapToObj(given()::get).toList()));
            return v;
        });
    }
}
