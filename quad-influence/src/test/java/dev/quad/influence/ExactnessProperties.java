// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/**
 * Where K-FAC and EK-FAC are no approximations (the cases of f-dangel/curvlinops; Eschenhagen et al., 2023), against
 * the curvature in plain loops; and where the same claim would be false.
 */
class ExactnessProperties {
    private static final int[] ROWS = {1, 3, 2, 4};

    private static Mlp deepLinear(long seed, boolean bias) {
        return Mlp.random(seed, bias, 4, 3, 3, 2).withoutTanh().withSquares();
    }

    private static void assertExact(Curvature curvature, int layer, double[] dense) {
        assertThat(Recomposed.distance(Recomposed.of(curvature, layer), dense)).isLessThan(1e-10);
    }

    /** Weight sharing over the tokens of an item, expanded: each has a loss. */
    @Property(tries = 5)
    void kfac_deepLinearNetwork_isTheGaussNewtonMatrix(@ForAll @LongRange(max = 99) long seed, @ForAll boolean bias) {
        Mlp network = deepLinear(seed, bias);
        List<Mlp.Item> items = network.items(seed, ROWS);
        Fisher fisher = Fisher.exact(4, 2);
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(network, items, fisher).batchTokens(5);
        KroneckerFactors factors = fit.factors();
        for (int l = 0; l < network.layers().size(); l++) {
            double[] dense = network.dense(l, items, fisher);

            assertExact(Curvature.kfacOfSequences(factors), l, dense);
            assertExact(fit.ekfac(factors), l, dense);
        }
    }

    /**
     * Hands over one row an item: the mean input and the summed output gradient, which makes K-FAC that of "reduce".
     */
    private record Reduced(Mlp network) implements GradientSource<Mlp.Item> {
        @Override
        public List<LayerShape> layers() {
            return network.layers();
        }

        @Override
        public dev.quad.Precision precision() {
            return network.precision();
        }

        @Override
        public String fingerprint() {
            return network.fingerprint();
        }

        @Override
        public int tokens(Mlp.Item item) {
            return network.tokens(item);
        }

        @Override
        public BatchLosses capture(List<? extends Mlp.Item> batch, Targets targets, CaptureSink sink) {
            new Rows(layers(), precision())
                    .capture(
                            batch.stream()
                                    .map(item -> reduced(network.pass(item, targets)))
                                    .toList(),
                            sink);
            return network.capture(batch, targets, capture -> {});
        }

        private static Rows.Item reduced(Rows.Item pass) {
            double[][][] x = new double[pass.x().length][1][];
            double[][][] delta = new double[pass.x().length][1][];
            for (int l = 0; l < x.length; l++) {
                x[l][0] = Dense.scaled(sum(pass.x()[l]), 1.0 / pass.rows());
                delta[l][0] = sum(pass.delta()[l]);
            }
            return new Rows.Item(x, delta);
        }

        private static double[] sum(double[][] rows) {
            return Stream.of(rows).reduce(Dense::sum).orElseThrow();
        }
    }

    /** Weight sharing, reduced: the outputs are averaged before one loss. Factors over tokens are then not exact. */
    @Property(tries = 5)
    void kfac_deepLinearNetworkOfMeans_isExactFromReducedRowsOnly(
            @ForAll @LongRange(max = 99) long seed, @ForAll boolean bias) {
        Mlp network = deepLinear(seed, bias).withPooling();
        List<Mlp.Item> items = network.items(seed, ROWS);
        Fisher fisher = Fisher.exact(1, 2);
        KroneckerFactors reduced = KroneckerFactors.fit(new Reduced(network), items, fisher);
        KroneckerFactors expanded = KroneckerFactors.fit(network, items, fisher);
        for (int l = 0; l < network.layers().size(); l++) {
            double[] dense = network.dense(l, items, fisher);

            assertExact(Curvature.kfac(reduced), l, dense);
            assertThat(Recomposed.distance(Recomposed.of(Curvature.kfacOfSequences(expanded), l), dense))
                    .isGreaterThan(1e-3);
            Shown.counterExample(
                    "K-FAC of tokens is exact for a deep linear network that averages its outputs",
                    "seed %d, layer %d, bias %s: off by %.2f of the norm",
                    seed,
                    l,
                    bias,
                    Recomposed.distance(Recomposed.of(Curvature.kfacOfSequences(expanded), l), dense));
        }
    }

    /**
     * One weight matrix at two places, side by side: {@code f = [W x₁, W x₂]}, both uses in the rows of one capture.
     */
    @Property(tries = 5)
    void kfac_weightUsedTwiceSideBySide_isExact(@ForAll @LongRange(max = 99) long seed, @ForAll boolean bias) {
        Mlp network = Mlp.random(seed, bias, 4, 3).withoutTanh().withSquares();
        List<Mlp.Item> items = network.items(seed, 2, 2, 2, 2);
        Fisher fisher = Fisher.exact(2, 3);

        assertExact(
                Curvature.kfacOfSequences(KroneckerFactors.fit(network, items, fisher)),
                0,
                network.dense(0, items, fisher));
    }

    /**
     * One matrix, one after the other: {@code f = W W x}. The gradient sums both uses, and their product is in no
     * factor.
     */
    @Property(tries = 5)
    void kfac_weightUsedTwiceInARow_isNotExactButTheBlockIs(@ForAll @LongRange(max = 99) long seed) {
        Tied tied = new Tied(Mlp.random(seed, false, 3, 3, 3).withoutTanh().withSquares());
        List<Mlp.Item> items = tied.network().items(seed, 1, 1, 1, 1, 1);
        Fisher fisher = Fisher.exact(1, 3);
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(tied, items, fisher);
        double[] dense = tied.dense(items, fisher);
        double off = Recomposed.distance(Recomposed.of(Curvature.kfacOfSequences(fit.factors()), 0), dense);

        assertExact(fit.block(), 0, dense);
        assertThat(off).isGreaterThan(1e-3);
        Shown.counterExample("K-FAC is exact for f = W W x", "seed %d: off by %.2f of the norm", seed, off);
    }

    /** One row, any network, any Fisher: it is a Kronecker product. */
    @Property(tries = 5)
    void kfacAndEkfac_ofOneRow_areExact(
            @ForAll @LongRange(max = 99) long seed, @ForAll boolean bias, @ForAll boolean squares) {
        Mlp tanh = Mlp.random(seed, bias, 4, 5, 3);
        Mlp network = squares ? tanh.withSquares() : tanh;
        List<Mlp.Item> one = network.items(seed, 1);
        for (Fisher fisher : List.of(Fisher.empirical(), Fisher.sampled(new Seed(seed), 3), Fisher.exact(1, 3))) {
            CurvatureFit<Mlp.Item> fit = CurvatureFit.of(network, one, fisher);
            for (int l = 0; l < 2; l++) {
                double[] dense = network.dense(l, one, fisher);

                assertExact(Curvature.kfac(fit.factors()), l, dense);
                assertExact(fit.ekfac(), l, dense);
            }
        }
    }

    /** The mean over many draws of labels is the exact Fisher, to 0.1 of its norm. */
    @Example
    void sampledFisher_ofManyDraws_isTheExactOne() {
        for (Mlp network : List.of(
                Mlp.random(1, true, 4, 5, 3), Mlp.random(1, true, 4, 5, 3).withSquares())) {
            List<Mlp.Item> items = network.items(1, 1, 2, 3);
            CurvatureFit<Mlp.Item> sampled = CurvatureFit.of(network, items, Fisher.sampled(new Seed(7), 4000));
            CurvatureFit<Mlp.Item> exact = CurvatureFit.of(network, items, Fisher.exact(3, 3));
            for (int l = 0; l < 2; l++) {
                assertThat(Recomposed.distance(Recomposed.of(sampled.block(), l), Recomposed.of(exact.block(), l)))
                        .isLessThan(0.1);
                assertThat(Recomposed.distance(Recomposed.of(sampled.factors(), l), Recomposed.of(exact.factors(), l)))
                        .isLessThan(0.1);
            }
        }
    }

    /** A draw belongs to an item and a position: neither order nor batches nor company change it. */
    @Property(tries = 5)
    void sampledFisher_otherBatches_isTheSame(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = Mlp.random(seed, true, 4, 5, 3);
        List<Mlp.Item> items = network.items(seed, ROWS);
        Fisher fisher = Fisher.sampled(new Seed(3), 2);
        double[] whole = CurvatureFit.of(network, items, fisher).diagonal().eigenvalues(0);
        double[] parts = CurvatureFit.of(
                        network, List.of(items.get(2), items.get(0), items.get(3), items.get(1)), fisher)
                .batchTokens(1)
                .diagonal()
                .eigenvalues(0);

        assertThat(Dense.distance(parts, whole)).isLessThan(1e-12 * Dense.largest(whole));
    }
}
