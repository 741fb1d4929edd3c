// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link GradientSource} promises: the gradients are those of the loss, whatever an item is batched with.
 * Give it a small model, of some hundred weights and of some randomness, since a model that is sure of all its labels
 * draws no others. Asks one source about many batches, about equal items in other objects, after a sink or a batch that
 * failed, beside another model in another thread, and where the machine speaks other languages, for which the default
 * {@link java.util.Locale} is set and put back. Needs {@code quad-influence}, which who implements the interface has.
 *
 * @param <T> what an item is to the model
 */
public abstract class GradientSourceContract<T> {
    private static final int DIRECTIONS = 6;
    private static final int DRAWS = 400;
    private static final int SEEDS = 200;
    private static final int LARGE = 100;
    private static final int BATCHES = 60;
    private static final int LONGEST_PERIOD = 200;
    private static final int CALLS = 320;
    private static final int BESIDE = 50;
    private static final int ITEMS_OF_DRAWS = 5;
    private static final Targets OBSERVED = Targets.observed();

    /** The other model is first, for what all models keep to be of that one. */
    @BeforeEach
    public void otherModel_isFirst() {
        Gradients.of(another(), given(), OBSERVED);
    }

    /** A new source, always of the same model. */
    protected abstract GradientSource<T> source();

    private GradientSource<T> tested() {
        return Answers.made("source()", source());
    }

    /**
     * A source of the same layers of another model, such as one with a single weight changed; what is kept for the one
     * must not be taken for the other.
     */
    protected abstract GradientSource<T> other();

    private GradientSource<T> another() {
        return Answers.made("other()", other());
    }

    /**
     * At least three different items that can be scored, and any others. Where the model knows items of different
     * sizes, give some of different and two of the same size; where they are of several parts, such as tokens, two of
     * the same size that begin alike. Give new objects with each call: the labels that are drawn for an item are to
     * depend on what it holds, and not on which object it is.
     */
    protected abstract List<T> items();

    private List<T> given() {
        return Answers.items("items()", 3, items());
    }

    /**
     * The loss of an item with its observed labels, summed over its tokens, in nats, of a model with other weights; by
     * forward passes alone, and as exactly as can be.
     *
     * @param layer index into {@link GradientSource#layers()}
     * @param change what is added to the weights of the layer, row-major, {@code outputs × columns}: the bias, where
     *     there is one, is the last column
     */
    protected abstract double loss(T item, int layer, double[] change);

    /**
     * How long a change of the weights is, for central differences; 1e-2 unless overridden: shorter where the loss
     * bends.
     */
    protected double step() {
        return 1e-2;
    }

    /**
     * The relative error of a central difference allowed; 1e-2 unless overridden, and 1e-6 or so for a source in double
     * precision. What an item is batched with may change a tenth of that.
     */
    protected double tolerance() {
        return 1e-2;
    }

    /** Whether the source draws labels, see {@link Targets#sampled}; true unless overridden. */
    protected boolean samples() {
        return true;
    }

    /**
     * Changes weights of the model of a source in place, as training does, and says so; the fingerprint and the
     * gradients must then be others, and, where it changes those of two sources alike, the same for one that was used
     * before and one that was not. Called for sources of {@link #source()} at the end of a test: where all have one
     * model, put it back before the next. False unless overridden: not tested.
     */
    protected boolean train(GradientSource<T> source) {
        return false;
    }

    /**
     * How many labels a position has, for sources that take {@link Targets.Single}; the sum over them is then compared
     * with drawn labels. Give then such items that each supervised token moves some weight. 0 unless overridden: not
     * tested.
     */
    protected int labels() {
        return 0;
    }

    /** Runs the items at these places as one batch. */
    private Gradients at(GradientSource<T> source, Targets targets, int... places) {
        List<T> items = given();
        return Gradients.of(source, IntStream.of(places).mapToObj(items::get).toList(), targets);
    }

    /** Runs equal items in other objects, as far as their class can be copied. */
    private Gradients copies(GradientSource<T> source, Targets targets, int... places) {
        List<T> items = given();
        return Gradients.of(
                source,
                IntStream.of(places).mapToObj(i -> Copies.of(items.get(i))).toList(),
                targets);
    }

    private int[] all() {
        return IntStream.range(0, given().size()).toArray();
    }

    private static double product(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }

    private static double norm(double[] a) {
        return Math.sqrt(product(a, a));
    }

    private static double[] unit(double[] a) {
        double norm = norm(a);
        return Arrays.stream(a).map(value -> value / norm).toArray();
    }

    /** The layers have names of their own, and neither they nor the fingerprint change or depend on the instance. */
    @Test
    public void layers_ofEqualSources_areEqual() {
        GradientSource<T> source = tested();
        List<LayerShape> layers = List.copyOf(Answers.given("layers()", source.layers()));
        String fingerprint = source.fingerprint();
        assertThat(layers).as("the layers").isNotEmpty();
        assertThat(layers.stream().map(LayerShape::name))
                .as("the names of the layers")
                .doesNotHaveDuplicates();
        assertThat(fingerprint).as("the fingerprint").isNotBlank();
        OptionalDouble flops = Answers.given("flopsPerToken()", source.flopsPerToken());
        assertThat(flops.orElse(0))
                .as("flopsPerToken(), operations a token")
                .isFinite()
                .isNotNegative();
        IdentityHash.requireNone("the fingerprint", fingerprint);
        at(source, OBSERVED, all());
        GradientSource<T> other = tested();
        assertThat(source.layers()).as("the layers after use").isEqualTo(layers);
        assertThat(other.layers()).as("the layers of another instance").isEqualTo(layers);
        assertThat(source.fingerprint()).as("the fingerprint after use").isEqualTo(fingerprint);
        assertThat(other.fingerprint())
                .as("the fingerprint of another instance")
                .isEqualTo(fingerprint);
        assertThat(source.precision()).as("the precision after use").isEqualTo(other.precision());
        assertThat(source.flopsPerToken()).as("flopsPerToken() after use").isEqualTo(flops);
        assertThat(other.flopsPerToken())
                .as("flopsPerToken() of another instance")
                .isEqualTo(flops);
        for (T item : given()) {
            assertThat(source.tokens(item)).as("tokens of %s, after use", item).isEqualTo(other.tokens(item));
            assertThat(source.rows(item)).as("rows of %s, after use", item).isEqualTo(other.rows(item));
        }
    }

    /** Another model has another fingerprint, and both are used side by side. */
    @Test
    public void fingerprint_ofAnotherModel_differs() {
        GradientSource<T> source = tested();
        GradientSource<T> other = another();
        assertThat(other.layers()).as("the layers of the other model").isEqualTo(source.layers());
        assertThat(other.fingerprint())
                .as("the fingerprint of the other model")
                .isNotBlank()
                .isNotEqualTo(source.fingerprint());
        Gradients before = at(source, OBSERVED, all());
        double[] others = at(other, OBSERVED, all()).flat();
        assertThat(others).as("gradients of the other model").isNotEqualTo(before.flat());
        same("after another model was used", before, at(source, OBSERVED, all()), all());
    }

    /**
     * Each layer comes once, its memory holds its rows, all numbers are finite, and tokens are counted as they are
     * announced.
     */
    @Test
    public void capture_allItems_isWhole() {
        GradientSource<T> source = tested();
        List<T> items = given();
        Gradients gradients = at(source, OBSERVED, all());
        for (int i = 0; i < items.size(); i++) {
            int tokens = source.tokens(items.get(i));
            assertThat(gradients.losses().tokens(i))
                    .as("tokens of item %s in the losses of capture, which are to be those of tokens(item)", i)
                    .isEqualTo(tokens);
            assertThat(tokens).as("tokens of item %s, of its rows", i).isBetween(0, source.rows(items.get(i)));
            if (tokens > 0) {
                assertThat(gradients.losses().sum(i))
                        .as("the loss of item %s", i)
                        .isFinite();
            } else {
                for (int layer = 0; layer < source.layers().size(); layer++) {
                    assertThat(norm(gradients.of(i, layer)))
                            .as("the gradient of item %s, which has no token", i)
                            .isZero();
                }
            }
        }
        assertThat(IntStream.range(0, items.size())
                        .filter(i -> source.tokens(items.get(i)) > 0)
                        .count())
                .as("items that can be scored")
                .isGreaterThanOrEqualTo(3);
    }

    /** The loss is the sum over the tokens. */
    @Test
    public void losses_observedLabels_areThoseOfTheModel() {
        GradientSource<T> source = tested();
        Gradients gradients = at(source, OBSERVED, all());
        double[] nothing = new double[source.layers().get(0).weights()];
        for (int i = 0; i < given().size(); i++) {
            if (source.tokens(given().get(i)) > 0) {
                double loss = loss(given().get(i), 0, nothing);
                assertThat(gradients.losses().sum(i))
                        .as("the summed loss of item %s", i)
                        .isCloseTo(loss, within(tolerance() * Math.abs(loss) + 1e-300));
            }
        }
    }

    /** ⟨v, ∇L⟩ = (L(θ + s·v) − L(θ − s·v)) / 2s, layer by layer, for v along the gradient and for random v. */
    @Test
    public void gradients_anyDirection_areCentralDifferences() {
        GradientSource<T> source = tested();
        List<LayerShape> layers = source.layers();
        Gradients gradients = at(source, OBSERVED, all());
        double largest = 0;
        for (int layer = 0; layer < layers.size(); layer++) {
            for (int i : all()) {
                largest = Math.max(largest, norm(gradients.of(i, layer)));
            }
        }
        assertThat(largest).as("the largest gradient of any item and layer").isPositive();
        for (int layer = 0; layer < layers.size(); layer++) {
            for (int i : all()) {
                if (source.tokens(given().get(i)) == 0) {
                    continue;
                }
                double[] gradient = gradients.of(i, layer);
                double allowed = tolerance() * (norm(gradient) + 1e-3 * largest);
                for (double[] v : directions(gradient, layers.get(layer))) {
                    assertThat(product(v, gradient))
                            .as(
                                    "⟨v, ∇L⟩ of item %s in layer %s, %s",
                                    i, layers.get(layer), norm(gradient) == 0 ? "where the gradient is 0" : "by v")
                            .isCloseTo(derivative(given().get(i), layer, v), within(allowed));
                }
            }
        }
    }

    /** Along the gradient, any, and such as move the first or last row or column alone: the last is that of a bias. */
    private static List<double[]> directions(double[] gradient, LayerShape shape) {
        List<double[]> directions = new ArrayList<>();
        if (norm(gradient) > 0) {
            directions.add(unit(gradient));
        }
        RandomGenerator random = Numbers.of(gradient.length);
        int columns = shape.columns();
        for (IntPredicate moves : List.<IntPredicate>of(
                j -> j < columns,
                j -> j >= gradient.length - columns,
                j -> j % columns == 0,
                j -> j % columns == columns - 1)) {
            double[] v = new double[gradient.length];
            Arrays.setAll(v, j -> moves.test(j) ? random.nextGaussian() : 0);
            directions.add(unit(v));
        }
        for (int k = 0; k < DIRECTIONS; k++) {
            double[] v = new double[gradient.length];
            Arrays.setAll(v, j -> random.nextGaussian());
            directions.add(unit(v));
        }
        return directions;
    }

    /** The central difference at the step and at half of it, extrapolated (Richardson). */
    private double derivative(T item, int layer, double[] v) {
        return (4 * difference(item, layer, v, step() / 2) - difference(item, layer, v, step())) / 3;
    }

    private double difference(T item, int layer, double[] v, double step) {
        double[] forth = Arrays.stream(v).map(value -> step * value).toArray();
        double[] back = Arrays.stream(v).map(value -> -step * value).toArray();
        return (loss(item, layer, forth) - loss(item, layer, back)) / (2 * step);
    }

    private void same(String how, Gradients expected, Gradients found, int... places) {
        for (int k = 0; k < places.length; k++) {
            int i = places[k];
            assertThat(found.losses().tokens(k))
                    .as("tokens of item %s, %s", i, how)
                    .isEqualTo(expected.losses().tokens(i));
            if (expected.losses().tokens(i) == 0) {
                continue;
            }
            double loss = expected.losses().sum(i);
            assertThat(found.losses().sum(k))
                    .as("the loss of item %s, %s", i, how)
                    .isCloseTo(loss, within(tolerance() / 10 * Math.abs(loss) + 1e-300));
            for (int layer = 0; layer < expected.layers(); layer++) {
                double[] one = expected.of(i, layer);
                double[] other = found.of(k, layer);
                double apart = norm(IntStream.range(0, one.length)
                        .mapToDouble(j -> one[j] - other[j])
                        .toArray());
                assertThat(apart)
                        .as("how far the gradient of item %s in layer %s is from what it was, %s", i, layer, how)
                        .isLessThanOrEqualTo(tolerance() / 10 * norm(one) + 1e-300);
            }
        }
    }

    private void sameInAnyBatch(Targets targets) {
        GradientSource<T> source = tested();
        int n = given().size();
        Gradients expected = at(source, targets, all());
        same("asked twice", expected, at(source, targets, all()), all());
        for (int i = 0; i < n; i++) {
            same("alone", expected, at(source, targets, i), i);
        }
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("in the reverse order", expected, at(source, targets, reversed), reversed);
        int[] twice = {0, 0, 1, 0};
        same("with equal items", expected, at(source, targets, twice), twice);
        int[] many = IntStream.range(0, LARGE).map(i -> i % n).toArray();
        same("in a batch of " + LARGE, expected, at(source, targets, many), many);
        same("of equal items in other objects", expected, copies(source, targets, all()), all());
        same("from another instance", expected, at(tested(), targets, all()), all());
        same("from another instance, in the reverse order", expected, at(tested(), targets, reversed), reversed);
    }

    /** The thread and the number of threads change nothing. */
    @Test
    public void capture_otherThreads_isTheSame() {
        List<Targets> kinds = samples() ? List.of(OBSERVED, Targets.sampled(new Seed(3), 1)) : List.of(OBSERVED);
        for (Targets targets : kinds) {
            Gradients expected = at(tested(), targets, all());
            for (int threads : new int[] {1, 3}) {
                same(
                        "in a pool of " + threads + " threads",
                        expected,
                        Threads.in(threads, () -> at(tested(), targets, all())),
                        all());
            }
        }
    }

    /** What an item is batched with, and what was run before, changes nothing. */
    @Test
    public void capture_anyBatch_isTheSame() {
        sameInAnyBatch(OBSERVED);
    }

    /** Nor do many batches of all sizes and orders before, for whatever targets. */
    @Test
    public void capture_afterAnyBatches_isTheSame() {
        GradientSource<T> source = tested();
        int n = given().size();
        List<Targets> kinds = samples()
                ? List.of(OBSERVED, Targets.sampled(new Seed(2), 0), Targets.sampled(new Seed(3), 7))
                : List.of(OBSERVED);
        List<Gradients> expected =
                kinds.stream().map(targets -> at(tested(), targets, all())).toList();
        for (int batch = 0; batch < BATCHES; batch++) {
            RandomGenerator random = Numbers.of(batch);
            int kind = random.nextInt(kinds.size());
            int[] places = random.ints(1 + random.nextInt(2 * n), 0, n).toArray();
            same(
                    "with " + kinds.get(kind) + " labels, after " + batch + " other batches",
                    expected.get(kind),
                    at(source, kinds.get(kind), places),
                    places);
        }
    }

    /** What a sink throws comes out, and a pass that ended so, or for an item that cannot be read, leaves nothing. */
    @Test
    public void capture_afterAFailure_isTheSame() {
        GradientSource<T> source = tested();
        Gradients expected = at(tested(), OBSERVED, all());
        List<T> items = given();
        int[] reversed =
                IntStream.range(0, items.size()).map(i -> items.size() - 1 - i).toArray();
        for (int layer = 0; layer < source.layers().size(); layer++) {
            int[] captures = {layer};
            assertThatThrownBy(
                            () -> source.capture(items, OBSERVED, capture -> {
                                if (captures[0]-- == 0) {
                                    throw new IllegalStateException("refused: the contract tries what comes after");
                                }
                            }),
                            "the pass whose sink throws at capture %s, which is to come out",
                            layer)
                    .isNotNull();
            same(
                    "in the reverse order, after a sink threw at capture " + layer,
                    expected,
                    at(source, OBSERVED, reversed),
                    reversed);
            same("after a sink threw at capture " + layer, expected, at(source, OBSERVED, all()), all());
        }
        for (int place : new int[] {0, items.size() - 1}) {
            try {
                source.capture(new FailingList<>(items, place), OBSERVED, capture -> {});
            } catch (RuntimeException e) {
                // as it should; one that does not read the item cannot know
            }
            same(
                    "in the reverse order, after item " + place + " could not be read",
                    expected,
                    at(source, OBSERVED, reversed),
                    reversed);
            same("after item " + place + " could not be read", expected, at(source, OBSERVED, all()), all());
        }
    }

    /**
     * Two models do not meet: a pass of the other one, in another thread, changes neither; at any layer of a pass,
     * where its items are read, or at any time, and for the same targets or others.
     */
    @Test
    public void capture_besideAnotherModel_isTheSame() {
        GradientSource<T> source = tested();
        GradientSource<T> other = another();
        int n = given().size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        Gradients expected = at(source, OBSERVED, all());
        Gradients others = at(other, OBSERVED, all());
        List<FutureTask<Gradients>> passes = new ArrayList<>();
        List<T> items = given();
        Gradients found = Gradients.of(source, items, OBSERVED, () -> {
            if (passes.stream().allMatch(FutureTask::isDone)) { // one at a time of a source
                FutureTask<Gradients> pass = new FutureTask<>(() -> at(other, OBSERVED, reversed));
                passes.add(pass);
                Threads.start(pass);
            }
        });
        passes.forEach(pass -> same("while another model ran", others, Threads.result(pass), reversed));
        same("while another model ran in another thread", expected, found, all());
        Targets targets = samples() ? Targets.sampled(new Seed(3), 1) : OBSERVED;
        Gradients sampled = at(other, targets, reversed);
        int[] same = all();
        for (int place : new int[] {0, n - 1}) {
            FutureTask<Gradients> pass = new FutureTask<>(() -> at(other, targets, reversed));
            found = Gradients.of(source, new WatchedList<>(items, place, () -> Threads.start(pass)), OBSERVED);
            pass.run(); // where the list was not looked at
            same("while another model ran for other targets, begun at item " + place, expected, found, all());
            same("while another model read item " + place, sampled, Threads.result(pass), same);
        }
        Threads.together(
                BESIDE,
                () -> same("beside another model, for other targets", expected, at(source, OBSERVED, all()), all()),
                () -> same("by other(), for other targets", sampled, at(other, targets, reversed), same));
    }

    /** The default locale and time zone of the machine change neither gradients nor labels nor the fingerprint. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void capture_otherLanguages_isTheSame() {
        List<Targets> kinds = samples() ? List.of(OBSERVED, Targets.sampled(new Seed(3), 1)) : List.of(OBSERVED);
        String fingerprint = tested().fingerprint();
        for (Targets targets : kinds) {
            Gradients expected = at(tested(), targets, all());
            Elsewhere.each(where -> {
                GradientSource<T> source = tested();
                same(where, expected, at(source, targets, all()), all());
                assertThat(source.fingerprint()).as("the fingerprint %s", where).isEqualTo(fingerprint);
            });
        }
    }

    /** Once the weights are others, so are the fingerprint and the gradients, of the same instance. */
    @Test
    public void fingerprint_afterTraining_isAnother() {
        GradientSource<T> source = tested();
        String fingerprint = source.fingerprint();
        double[] before = at(source, OBSERVED, all()).flat();
        if (train(source)) {
            assertThat(source.fingerprint())
                    .as("the fingerprint after the weights were changed")
                    .isNotBlank()
                    .isNotEqualTo(fingerprint);
            assertThat(at(source, OBSERVED, all()).flat())
                    .as("the gradients after the weights were changed")
                    .isNotEqualTo(before);
        }
    }

    /** Nothing is left of the weights before in a source that was used and then trained. */
    @Test
    public void capture_afterTraining_isThatOfTheNewWeights() {
        List<Targets> kinds = samples() ? List.of(OBSERVED, Targets.sampled(new Seed(3), 1)) : List.of(OBSERVED);
        GradientSource<T> used = tested();
        for (Targets targets : kinds) {
            at(used, targets, all());
            at(used, targets, 0);
        }
        GradientSource<T> unused = tested();
        if (train(used) && train(unused) && used.fingerprint().equals(unused.fingerprint())) {
            for (Targets targets : kinds) {
                same(
                        "with " + targets + " labels, of a source that was used before its weights were changed and of"
                                + " one that was not",
                        at(unused, targets, all()),
                        at(used, targets, all()),
                        all());
            }
        }
    }

    /** Nor does it that the source was used many times. */
    @Test
    public void capture_overAndOver_isTheSame() {
        GradientSource<T> source = tested();
        Gradients expected = at(source, OBSERVED, 0);
        for (int call = 0; call < CALLS; call++) {
            same("asked over and over", expected, at(source, OBSERVED, 0), 0);
        }
    }

    /** The list of the caller is only looked at. */
    @Test
    public void capture_list_staysAsItWas() {
        List<T> items = new ArrayList<>(given());
        List<T> copy = List.copyOf(items);
        Gradients.of(tested(), items, OBSERVED);
        assertThat(items).as("the list of the caller after a pass").isEqualTo(copy);
    }

    /** A list that the caller fills anew is another batch. */
    @Test
    public void capture_listFilledAnew_isAnotherBatch() {
        GradientSource<T> source = tested();
        Gradients expected = at(tested(), OBSERVED, all());
        List<T> batch = new ArrayList<>(given());
        Gradients.of(source, batch, OBSERVED);
        Collections.reverse(batch);
        int n = batch.size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("in a list that held others before", expected, Gradients.of(source, batch, OBSERVED), reversed);
    }

    /** The label of a position depends on seed, draw, item and position, and on nothing else. */
    @Test
    public void sampled_anyBatch_isTheSame() {
        if (samples()) {
            for (int draw = 0; draw < 8; draw++) {
                sameInAnyBatch(Targets.sampled(new Seed(11), draw));
            }
        }
    }

    /** A seed may be any number, none of which means another one each time. */
    @Test
    public void sampled_anySeed_isTheSame() {
        GradientSource<T> source = tested();
        for (long seed : samples() ? new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE} : new long[0]) {
            for (int draw = 0; draw < 4; draw++) {
                Targets targets = Targets.sampled(new Seed(seed), draw);
                Gradients expected = at(tested(), targets, all());
                same("with " + targets + " labels, of another instance", expected, at(source, targets, all()), all());
            }
        }
    }

    /** Other draws and other seeds give other labels, the observed ones stay those of the loss. */
    @Test
    public void sampled_otherDrawsAndSeeds_differ() {
        if (samples()) {
            GradientSource<T> source = tested();
            List<double[]> draws = new ArrayList<>();
            List<double[]> seeds = new ArrayList<>();
            for (int k = 0; k < 16; k++) {
                draws.add(at(source, Targets.sampled(new Seed(1), k), all()).flat());
                seeds.add(at(source, Targets.sampled(new Seed(k), 0), all()).flat());
            }
            notAllTheSame("draws of seed 1", draws);
            notAllTheSame("seeds from 0 on, draw 0", seeds);
            List<double[]> wide = new ArrayList<>();
            List<double[]> late = new ArrayList<>();
            List<double[]> together = new ArrayList<>();
            for (int k = 1; k <= 16; k++) {
                wide.add(at(source, Targets.sampled(new Seed((long) k << 32), 0), all())
                        .flat());
                late.add(
                        at(source, Targets.sampled(new Seed(1), k << 16), all()).flat());
                together.add(at(source, Targets.sampled(new Seed(k), k), all()).flat());
            }
            notAllTheSame("seeds that are multiples of 2^32, draw 0", wide);
            notAllTheSame("draws that are multiples of 65536, of seed 1", late);
            notAllTheSame("seeds from 1 on, each with the draw of its number", together);
            assertThat(IntStream.range(1, 16)
                            .allMatch(k -> Arrays.equals(
                                    at(source, Targets.sampled(new Seed(0), k), all())
                                            .flat(),
                                    seeds.get(k))))
                    .as("whether the gradients of each draw k of seed 0, of 15, are those of draw 0 of seed k")
                    .isFalse();
            BatchLosses observed = at(source, OBSERVED, all()).losses();
            BatchLosses sampled =
                    at(source, Targets.sampled(new Seed(1), 0), all()).losses();
            for (int i : all()) {
                assertThat(sampled.sum(i))
                        .as("the loss of item %s, which is that of the observed labels", i)
                        .isCloseTo(observed.sum(i), within(tolerance() * Math.abs(observed.sum(i)) + 1e-300));
            }
        }
    }

    private static void notAllTheSame(String what, List<double[]> gradients) {
        assertThat(gradients.stream().allMatch(flat -> Arrays.equals(flat, gradients.get(0))))
                .as("whether the gradients of all %s %s are the same", gradients.size(), what)
                .isFalse();
    }

    /** Labels come from the model's own prediction, and are independent over items and tokens. */
    @Test
    public void sampled_manyDraws_areOfThePrediction() {
        sampled("draws of seed 5", DRAWS, true, draw -> Targets.sampled(new Seed(5), draw));
    }

    /** So they are in the first draws of many seeds. */
    @Test
    public void sampled_manySeeds_areOfThePrediction() {
        sampled("draws 0 of the seeds from 0", SEEDS, false, seed -> Targets.sampled(new Seed(seed), 0));
    }

    /**
     * Each item has draws of its own, and so has each of its tokens: over many draws the gradients have mean 0, and
     * those of two items go together no more than chance has it; nor do those of two rows of an item in a layer that is
     * seen to end in a softmax. Bounds are of five standard errors, for fixed seeds.
     */
    private void sampled(String what, int count, boolean isExact, IntFunction<Targets> targets) {
        if (!samples()) {
            return;
        }
        GradientSource<T> source = tested();
        int[] scored = Arrays.stream(all())
                .filter(i -> source.tokens(given().get(i)) > 0)
                .limit(ITEMS_OF_DRAWS)
                .toArray();
        List<Gradients> draws = IntStream.range(0, count)
                .mapToObj(draw -> at(source, targets.apply(draw), scored))
                .toList();
        double[][] flat = draws.stream().map(Gradients::flat).toArray(double[][]::new);
        for (int period = 1; period <= Math.min(LONGEST_PERIOD, count / 2); period++) {
            int later = period;
            assertThat(IntStream.range(0, count - period).allMatch(k -> Arrays.equals(flat[k], flat[k + later])))
                    .as("whether each of the %s is that of %s draws later", what, period)
                    .isFalse();
        }
        for (int a = 0; a < scored.length; a++) {
            int one = a;
            double[][] gradients = draws.stream().map(g -> g.ofItem(one)).toArray(double[][]::new);
            double square = Arrays.stream(gradients)
                    .mapToDouble(g -> product(g, g))
                    .average()
                    .orElseThrow();
            double[] mean = new double[gradients[0].length];
            Arrays.stream(gradients).forEach(g -> Arrays.setAll(mean, j -> mean[j] + g[j] / count));
            assertThat(norm(mean))
                    .as(
                            "the mean gradient of item %s over %s %s, of length %s each",
                            scored[a], count, what, Math.sqrt(square))
                    .isLessThanOrEqualTo(5 * Math.sqrt(square / count));
            for (int b = 0; b < a; b++) {
                int other = b;
                noMoreThanChance(
                        "of items " + scored[a] + " and " + scored[b] + ", " + what,
                        draws.stream().mapToDouble(g -> product(g.ofItem(one), g.ofItem(other))));
            }
            if (isExact && labels() > 0) {
                double exact = exact(source, scored[a]);
                double[] squares = Arrays.stream(gradients)
                        .mapToDouble(g -> product(g, g) - exact)
                        .toArray();
                assertThat(Math.abs(Arrays.stream(squares).average().orElseThrow()))
                        .as(
                                "the mean square of the gradient of item %s less that over all labels, %s, %s",
                                scored[a], exact, what)
                        .isLessThanOrEqualTo(5 * norm(squares) / count + tolerance() * exact);
            }
        }
        for (int layer = 0; layer < source.layers().size(); layer++) {
            int head = layer;
            if (draws.stream().allMatch(g -> endsInSoftmax(g, head))) {
                for (int i = 0; i < scored.length; i++) {
                    rowsAreIndependent(draws, i, layer, "of item " + scored[i] + " in layer " + layer + ", " + what);
                }
            }
        }
    }

    private static void noMoreThanChance(String what, DoubleStream products) {
        double[] each = products.toArray();
        assertThat(Math.abs(Arrays.stream(each).average().orElseThrow()))
                .as("the mean product of the gradients %s: each has labels of its own", what)
                .isLessThanOrEqualTo(5 * norm(each) / each.length + 1e-300);
    }

    /** Whether each δ that is not 0 is a prediction less one label. */
    private static boolean endsInSoftmax(Gradients gradients, int layer) {
        return IntStream.range(0, gradients.losses().items())
                .mapToObj(i -> gradients.deltas(i, layer))
                .flatMap(Arrays::stream)
                .filter(delta -> norm(delta) > 0)
                .allMatch(delta -> Math.abs(Arrays.stream(delta).sum()) < 1e-4 * norm(delta)
                        && Arrays.stream(delta).filter(value -> value < 0).count() == 1);
    }

    private static void rowsAreIndependent(List<Gradients> draws, int item, int layer, String where) {
        int rows = draws.get(0).deltas(item, layer).length;
        for (int row = 1; row < rows; row++) {
            for (int before = 0; before < row; before++) {
                int one = row;
                int other = before;
                noMoreThanChance(
                        "at the outputs of rows " + before + " and " + row + " " + where,
                        draws.stream().map(g -> g.deltas(item, layer)).mapToDouble(d -> product(d[one], d[other])));
                int later = row - before;
                noMoreThanChance(
                        "at the outputs of rows " + row + " and " + before + ", " + later + " draws later, " + where,
                        IntStream.range(0, draws.size() - later)
                                .mapToDouble(k -> product(
                                        draws.get(k).deltas(item, layer)[one],
                                        draws.get(k + later).deltas(item, layer)[other])));
            }
        }
    }

    /** The expected square of the gradient, label by label. */
    private double exact(GradientSource<T> source, int item) {
        double sum = 0;
        for (int position = 0; position < source.rows(given().get(item)); position++) {
            for (int label = 0; label < labels(); label++) {
                double[] gradient =
                        at(source, new Targets.Single(position, label), item).ofItem(0);
                sum += product(gradient, gradient);
            }
        }
        return sum;
    }

    /**
     * Of all positions of an item those of its supervised tokens have a gradient for some label, and no others; the
     * losses are those of the observed labels.
     */
    @Test
    public void single_allPositions_areThoseOfTheTokens() {
        GradientSource<T> source = tested();
        for (int i = 0; i < given().size() && labels() > 0; i++) {
            int tokens = source.tokens(given().get(i));
            double loss = at(source, OBSERVED, i).losses().sum(0);
            List<Integer> moved = new ArrayList<>();
            for (int position = 0; position <= source.rows(given().get(i)); position++) {
                boolean moves = false;
                for (int label = 0; label < labels(); label++) {
                    Targets.Single single = new Targets.Single(position, label);
                    Gradients gradients = at(source, single, i);
                    moves |= norm(gradients.ofItem(0)) > 0;
                    movesItsRow(gradients, i, source.rows(given().get(i)), single);
                    assertThat(gradients.losses().tokens(0))
                            .as("tokens of item %s in the losses, with the labels %s; those of tokens(item)", i, single)
                            .isEqualTo(tokens);
                    assertThat(gradients.losses().sum(0))
                            .as("the loss of item %s with the labels %s, which is that of the observed ones", i, single)
                            .isCloseTo(loss, within(tolerance() * Math.abs(loss) + 1e-300));
                }
                if (moves) {
                    moved.add(position);
                }
            }
            assertThat(moved)
                    .as("positions of item %s with a gradient under Targets.Single, one for each of its tokens", i)
                    .hasSize(tokens);
        }
    }

    /** Where a layer that ends in a softmax has a row for each position, it is that of the position alone. */
    private static void movesItsRow(Gradients gradients, int item, int positions, Targets.Single single) {
        for (int layer = 0; layer < gradients.layers(); layer++) {
            double[][] deltas = gradients.deltas(0, layer);
            if (deltas.length == positions && endsInSoftmax(gradients, layer)) {
                assertThat(IntStream.range(0, positions).filter(row -> norm(deltas[row]) > 0))
                        .as(
                                "rows of item %s with a gradient in layer %s under %s, whose position counts all that go"
                                        + " through the model, masked or not",
                                item, layer, single)
                        .allMatch(row -> row == single.position());
            }
        }
    }

    /** In a batch each item has the gradients of the position that is counted in itself; one without it has none. */
    @Test
    public void single_anyBatch_isTheSame() {
        if (labels() > 0) {
            GradientSource<T> source = tested();
            int longest = given().stream().mapToInt(source::rows).max().orElseThrow();
            for (int position = 0; position < longest; position++) {
                sameInAnyBatch(new Targets.Single(position, position % labels()));
            }
        }
    }
}
