// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Assume;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Claims of {@code docs/laws.md} beyond {@link SelectionProperties}; the false ones with the world that breaks them.
 */
class PaperProperties {

    private static World world(long key) {
        World world = World.random(key);
        Assume.that(!world.mayHaveEmptyPilot());
        return world;
    }

    private static Set<Integer> chosen(World world) {
        Set<Integer> ordinals = new HashSet<>();
        world.select().choices().stream().map(Choice::ordinal).forEach(ordinals::add);
        return ordinals;
    }

    /** Prints the first world of which a claim is false, and what happens there. */
    private static void falsified(String claim, LongFunction<Optional<String>> counterExample) {
        String found = LongStream.range(0, 2000)
                .mapToObj(key -> counterExample.apply(key).map(shown -> "in world " + key + " " + shown))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no counter-example was found to: " + claim));
        System.out.println(claim + " is false: " + found);
    }

    /** What is in the first and not in the second, if anything is. */
    private static Optional<String> lost(Set<Integer> first, Set<Integer> second, String change) {
        Set<Integer> lost = new TreeSet<>(first);
        lost.removeAll(second);
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of("it chooses " + new TreeSet<>(first) + ", and " + change + " no more " + lost);
    }

    /** T2: the printed loop, with clusters that never end and no score above the threshold, does not end. */
    @Property(tries = 50)
    void printedLoop_nothingGoodEnough_neverEnds(
            @ForAll long key, @ForAll @IntRange(min = 1, max = 9) int arms, @ForAll @IntRange(min = 1, max = 4) int k) {
        double tau = 0.5;
        ArmTable table = new ArmTable(arms, arm -> 10, arm -> 10);
        RandomGenerator random = new Seed(key).stream("printed");
        int steps = 0;
        for (int chosen = 0; chosen < 3 && steps < 2_000; steps++) {
            for (int arm : Ucb1.absolute(1).select(table, k, random)) {
                double score = tau - random.nextInt(3) * random.nextDouble();
                table.start(arm);
                table.reward(arm, score);
                chosen += score > tau ? 1 : 0;
            }
        }
        assertThat(steps).isEqualTo(2_000);
    }

    /** T4: without neighbours ΣT is the number of pulls. */
    @Property(tries = 100)
    void trials_withoutNeighbours_areThePulls(@ForAll long key) {
        RandomGenerator random = new Seed(key).stream("trials");
        ArmTable table = new ArmTable(4, arm -> 9, arm -> 9);
        for (int i = 0; i < random.nextInt(50); i++) {
            int arm = random.nextInt(4);
            table.start(arm);
            table.reward(arm, random.doubles(random.nextInt(3)).toArray());
        }
        assertThat(IntStream.range(0, 4).mapToDouble(table::trials).sum())
                .isEqualTo((double) table.totalPulls())
                .isEqualTo(table.totalTrials());
    }

    /** T5: overshoot is below the blocks of one round. */
    @Property(tries = 200)
    void overshoot_isBelowOneRound(
            @ForAll long key,
            @ForAll @IntRange(min = 1, max = 6) int block,
            @ForAll @IntRange(min = 1, max = 4) int arms) {
        World any = World.random(key);
        Budget budget = Budget.documents(1 + Math.floorMod(key, 60));
        World world = any.with(SelectionOptions.builder()
                        .blockSize(BlockSize.documents(block))
                        .armsPerRound(arms)
                        .threshold(Threshold.none())
                        .overshoot(true)
                        .build())
                .with(budget);
        assertThat((long) world.select().choices().size())
                .isLessThanOrEqualTo(budget.limit() + (long) arms * block - 1);
    }

    /** T8: m items above τ lower a loss of curvature β by (m/n)τ − (β/2)(m/n)²G²/λ² at least. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void lossDecrease_itemsAboveThreshold_isBounded(@ForAll long key) {
        Quadratic loss = new Quadratic(new Seed(key).stream("bound"));
        double slack = 1e-9 * (1 + Math.abs(loss.bound()));
        assertThat(loss.decrease(true)).isGreaterThanOrEqualTo(loss.bound() - slack);
    }

    /** T8 without the condition. */
    @Test
    void lossDecrease_itemsBelowThreshold_isNotBounded() {
        falsified("the loss falls by the bound whatever the items are", key -> {
            Quadratic loss = new Quadratic(new Seed(key).stream("bound"));
            return loss.decrease(false) >= loss.bound() - 1e-9
                    ? Optional.empty()
                    : Optional.of("the loss falls by " + loss.decrease(false) + ", the bound is " + loss.bound());
        });
    }

    /** L(θ) = ½Σ a_i θ_i² + bᵀθ at θ = 0, H diagonal, one step along the mean of the preconditioned gradients. */
    private static final class Quadratic {
        private static final int D = 4;
        private final double[] a;
        private final double[] b;
        private final double[] h;
        private final double[][] items;
        private final double lambda;
        private final double n;
        private final double tau;

        Quadratic(RandomGenerator random) {
            a = random.doubles(D, 0, 3).toArray();
            b = random.doubles(D, -1, 1).toArray();
            h = random.doubles(D, 0, 2).toArray();
            lambda = 0.05 + random.nextDouble();
            items = new double[20][];
            Arrays.setAll(items, i -> random.doubles(D, -1, 1).toArray());
            n = 20 + random.nextInt(200);
            tau = 0.3 * random.nextDouble();
        }

        private double utility(double[] item) {
            return IntStream.range(0, D)
                    .mapToDouble(i -> b[i] * item[i] / (h[i] + lambda))
                    .sum();
        }

        private double[][] taken(boolean above) {
            return Arrays.stream(items)
                    .filter(item -> utility(item) >= tau == above)
                    .toArray(double[][]::new);
        }

        double decrease(boolean above) {
            double[] theta = new double[D];
            for (double[] item : taken(above)) {
                Arrays.setAll(theta, i -> theta[i] - item[i] / (h[i] + lambda) / n);
            }
            return -IntStream.range(0, D)
                    .mapToDouble(i -> 0.5 * a[i] * theta[i] * theta[i] + b[i] * theta[i])
                    .sum();
        }

        double bound() {
            double beta = Arrays.stream(a).max().orElseThrow();
            double g2 = Arrays.stream(items)
                    .mapToDouble(item -> Arrays.stream(item).map(x -> x * x).sum())
                    .max()
                    .orElseThrow();
            double share = taken(true).length / n;
            return share * tau - 0.5 * beta * share * share * g2 / (lambda * lambda);
        }
    }

    /**
     * T9: of M blocks accepted by the mean of B scores in [0, 1], all have a true mean above τ − √(ln(M/δ)/2B), but
     * with probability δ. Here all blocks lie just below that, which is the worst case. Of 400 runs, with five standard
     * deviations of room, so that of all tries together less than one in 50,000 is wrong by chance.
     */
    @Property(tries = 30)
    void acceptedBlocks_trueMeans_areAboveThresholdMinusHoeffding(
            @ForAll long key,
            @ForAll @IntRange(min = 1, max = 40) int blocks,
            @ForAll @IntRange(min = 2, max = 60) int scores,
            @ForAll @DoubleRange(min = 0.02, max = 0.5) double delta,
            @ForAll @DoubleRange(min = 0.3, max = 0.95) double tau) {
        double mean = Math.max(0, tau - Math.sqrt(Math.log(blocks / delta) / (2 * scores)) - 1e-9);
        RandomGenerator random = new Seed(key).stream("hoeffding");
        int runs = 400;
        int failures = 0;
        for (int run = 0; run < runs; run++) {
            boolean failed = false;
            for (int block = 0; block < blocks; block++) {
                double[] values = new double[scores];
                Arrays.setAll(values, i -> random.nextDouble() < mean ? 1 : 0);
                failed |= !Acceptance.blockMean()
                        .wanted(1000, InfluenceScores.of(values), tau)
                        .isEmpty();
            }
            failures += failed ? 1 : 0;
        }
        assertThat((double) failures / runs).isLessThanOrEqualTo(delta + 5 * Math.sqrt(delta * (1 - delta) / runs));
    }

    private static World renamed(World world, SelectionOptions options, boolean rename) {
        int[] names = IntStream.range(0, world.clustering.clusterCount()).toArray();
        if (rename) {
            DrawOrder.shuffle(names, new Seed(9).stream("names"));
        }
        int[] clusters = IntStream.range(0, world.pool.size())
                .map(i -> names[world.clustering.clusterOf(i)])
                .toArray();
        return new World(
                world.utilities,
                world.tokens,
                Clustering.of(clusters, names.length),
                Budget.documents(Math.max(1, world.pool.size() / 3)),
                options,
                world.seed);
    }

    private static World distinct(long key) {
        RandomGenerator random = new Seed(key).stream("distinct");
        int n = 40 + random.nextInt(80);
        int[] clusters = random.ints(n, 0, 6).toArray();
        double[] utilities = new double[n];
        Arrays.setAll(utilities, i -> clusters[i] / 3.0 - 1 + random.nextGaussian());
        return new World(
                utilities,
                new long[n],
                Clustering.of(clusters, 6),
                Budget.documents(1),
                SelectionOptions.defaults(),
                new Seed(key));
    }

    private static SelectionOptions deterministic(ArmSelectorKind kind, Prior prior) {
        SelectionOptions.Builder options = SelectionOptions.builder()
                .armsPerRound(1)
                .order(Order.pool())
                .prior(prior)
                .blockSize(BlockSize.documents(3))
                .threshold(Threshold.absolute(0))
                .acceptance(Acceptance.items());
        return options.armSelector(
                        kind == ArmSelectorKind.CODE
                                ? Ucb1.absolute(1e-4)
                                        .plusOne()
                                        .firstPull(FirstPull.optimistic(0))
                                        .tiesByNumber()
                                : Ucb1.standardised(0.5))
                .build();
    }

    private enum ArmSelectorKind {
        OURS,
        CODE
    }

    /** T10: names of clusters do not matter where nothing is tied; the prior knows the clusters by their content. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void clusters_renamed_chooseTheSame(@ForAll long key) {
        World world = distinct(key);
        for (boolean rename : new boolean[] {false, true}) {
            World named = renamed(world, SelectionOptions.defaults(), rename);
            int k = named.clustering.clusterCount();
            double[] weights = new double[k];
            double[] means = new double[k];
            Arrays.fill(weights, 1);
            Arrays.setAll(means, arm -> world.utilities[named.clustering.member(arm, 0)]);
            SelectionOptions options = deterministic(ArmSelectorKind.OURS, Prior.of(weights, means));
            World played = renamed(world, options, rename);
            if (rename) {
                assertThat(chosen(played)).isEqualTo(first);
            } else {
                first = chosen(played);
            }
        }
    }

    private Set<Integer> first = Set.of();

    /** T10 of the code, which begins with the clusters of the lowest numbers. */
    @Test
    void code_clustersRenamed_choosesOthers() {
        falsified("the code does not depend on the names of clusters", key -> {
            SelectionOptions code = deterministic(ArmSelectorKind.CODE, Prior.none());
            return lost(
                    chosen(renamed(distinct(key), code, false)),
                    chosen(renamed(distinct(key), code, true)),
                    "under other names");
        });
    }

    /** T12: killed after 50 random bytes of its journal, in any world, a run ends as if nothing had happened. */
    @Property(tries = 50)
    void resume_anyWorldAnyByte_isIdentical(@ForAll long key) {
        World world = world(key);
        try {
            Path folder = Files.createTempDirectory("quad-resume");
            Path whole = folder.resolve("whole");
            Selection expected = world.select(world.estimator(), whole);
            byte[] bytes = Files.readAllBytes(whole);
            int cut = new Seed(key).stream("cut").nextInt(bytes.length + 1);
            Path part = folder.resolve("part");
            Files.write(part, Arrays.copyOf(bytes, cut));
            assertThat(world.select(world.estimator(), part)).isEqualTo(expected);
            assertThat(Files.readAllBytes(part)).isEqualTo(bytes);
            Files.delete(whole);
            Files.delete(part);
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** 4.3: with rewards shifted by τ, a higher threshold does not choose a subset. */
    @Test
    void code_thresholdRaised_doesNotChooseASubset() {
        falsified("the code chooses less at a higher threshold", key -> {
            World world = distinct(key).with(Budget.documents(1000));
            return lost(chosen(world.with(shifted(0.5))), chosen(world.with(shifted(0.2))), "at the lower threshold");
        });
    }

    private static SelectionOptions shifted(double tau) {
        return SelectionOptions.builder()
                .armSelector(Ucb1.absolute(1e-4).plusOne().firstPull(FirstPull.optimistic(tau)))
                .armsPerRound(1)
                .maxRounds(8)
                .blockSize(BlockSize.documents(3))
                .threshold(Threshold.absolute(tau))
                .acceptance(Acceptance.items())
                .build();
    }

    private static World moved(long key, double factor, double shift) {
        World world = distinct(key);
        double[] utilities =
                Arrays.stream(world.utilities).map(u -> factor * u + shift).toArray();
        return new World(
                utilities,
                world.tokens,
                world.clustering,
                Budget.documents(world.pool.size() / 4),
                world.options,
                world.seed);
    }

    private static SelectionOptions plain(Ucb1 policy, double tau) {
        return SelectionOptions.builder()
                .armSelector(policy)
                .armsPerRound(2)
                .blockSize(BlockSize.documents(3))
                .acceptance(Acceptance.blockMean())
                .threshold(Threshold.absolute(tau))
                .build();
    }

    /** 4.4: rewards, τ and α times c choose the same. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void scale_ofRewardsThresholdAndAlpha_doesNotMatter(
            @ForAll long key, @ForAll @IntRange(min = -30, max = 30) int power) {
        double c = Math.scalb(1.0, power);
        assertThat(chosen(moved(key, c, 0).with(plain(Ucb1.absolute(0.3 * c), 0.25 * c))))
                .isEqualTo(chosen(moved(key, 1, 0).with(plain(Ucb1.absolute(0.3), 0.25))));
    }

    /** 4.4: rewards and τ plus b choose the same where each arm is first tried once. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void shift_ofRewardsAndThreshold_doesNotMatter(@ForAll long key, @ForAll @IntRange(min = -8, max = 8) int b) {
        assertThat(chosen(moved(key, 1, b).with(plain(Ucb1.absolute(0.3), 0.25 + b))))
                .isEqualTo(chosen(moved(key, 1, 0).with(plain(Ucb1.absolute(0.3), 0.25))));
        assertThat(chosen(moved(key, 1, b).with(plain(Ucb1.standardised(0.3), 0.25 + b))))
                .isEqualTo(chosen(moved(key, 1, 0).with(plain(Ucb1.standardised(0.3), 0.25))));
    }

    /** 4.4: it does for the code, to which an unknown arm is worth 0. */
    @Test
    void code_shifted_choosesOthers() {
        Ucb1 code = Ucb1.absolute(0.3).plusOne().firstPull(FirstPull.optimistic(0));
        falsified(
                "a shift of rewards and threshold does not matter to the code",
                key -> lost(
                        chosen(moved(key, 1, 0).with(plain(code, 0.25))),
                        chosen(moved(key, 1, 3).with(plain(code, 3.25))),
                        "with 3 added to all scores and the threshold"));
    }

    /** 4.4: α = 0 and known means take the best clusters one after the other. */
    @Property(tries = 50, edgeCases = EdgeCasesMode.NONE)
    void alphaZero_knownMeans_takesTheBestClusters(@ForAll long key) {
        World world = distinct(key);
        int k = world.clustering.clusterCount();
        double[] weights = new double[k];
        double[] means = new double[k];
        Arrays.fill(weights, 1e15);
        Arrays.setAll(means, arm -> new Seed(key).stream("means", arm).nextDouble());
        Selection selection = world.with(SelectionOptions.builder()
                        .armSelector(Ucb1.absolute(0))
                        .prior(Prior.of(weights, means))
                        .armsPerRound(1)
                        .acceptance(Acceptance.blockMean())
                        .threshold(Threshold.none())
                        .build())
                .with(Budget.documents(1000))
                .select();
        List<Integer> order =
                selection.choices().stream().map(Choice::arm).distinct().toList();
        assertThat(order)
                .isEqualTo(IntStream.range(0, k)
                        .boxed()
                        .sorted((a, b) -> Double.compare(means[b], means[a]))
                        .toList());
    }

    /** 4.4: exploration overrides a gap Δ of an arm with T pulls exactly from N = exp(TΔ²/2α²) on. */
    @Property(tries = 200)
    void gap_isOverriddenAfterExponentiallyManyPulls(
            @ForAll @DoubleRange(min = 0.01, max = 10) double alpha,
            @ForAll @DoubleRange(min = 0.5, max = 9) double gapsInAlpha,
            @ForAll @IntRange(min = 1, max = 5) int pulls) {
        double gap = alpha * gapsInAlpha;
        double needed = Math.exp(pulls * gapsInAlpha * gapsInAlpha / 2);
        for (double n : new double[] {0.99 * needed, 1.01 * needed}) {
            // one arm known for all N pulls but those of the other, at the higher mean
            ArmTable table = new ArmTable(
                    2,
                    arm -> 1,
                    arm -> 1,
                    Memory.forever(),
                    Prior.of(new double[] {Math.max(0, n - pulls), pulls}, new double[] {gap, 0}));
            if (n > pulls + 1) {
                assertThat(Ucb1.absolute(alpha).index(table, 1) > gap).isEqualTo(n > needed);
            }
        }
    }

    /** With the published α and gaps of a thousandth that is never. */
    @Test
    void gap_publishedAlpha_isNeverOverridden() {
        double ratio = 1e-3 / Presets.PUBLISHED_ALPHA;
        assertThat(ratio * ratio / 2 / Math.log(10)).isCloseTo(21.7, within(0.05));
    }
}
