// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Laws of the curvatures, in double precision on the networks of the oracle. Names in front are those of
 * {@code docs/laws.md}.
 */
class CurvatureTest {
    private static final OracleSource MLP = source(new OracleMlp());
    private static final OracleSource TRANSFORMER = source(new OracleTransformer());
    private static final List<Damping> DAMPINGS = List.of(
            Damping.absolute(1e-3),
            Damping.relative(0.1),
            Damping.factored(Damping.relative(0.1)),
            Damping.tikhonov(0.1),
            Damping.pseudoInverse(0.01));

    private long before;

    private static OracleSource source(OracleNetwork network) {
        return new OracleSource(network, network.layers(), pass -> pass, Precision.DOUBLE);
    }

    private static CurvatureFit<OracleSource.Item> fit(OracleSource source, Fisher fisher) {
        return CurvatureFit.of(source, source.items("train"), fisher);
    }

    /** A curvature with the source it is of. */
    record Case(String name, OracleSource source, Supplier<Curvature> curvature) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> curvatures() {
        return Stream.of(MLP, TRANSFORMER)
                .flatMap(source -> Stream.of(
                        new Case(
                                "diagonal",
                                source,
                                () -> fit(source, Fisher.empirical()).diagonal()),
                        new Case(
                                "kfac",
                                source,
                                () -> Curvature.kfac(
                                        fit(source, Fisher.empirical()).factors())),
                        new Case(
                                "kfac of sequences",
                                source,
                                () -> Curvature.kfacOfSequences(
                                        fit(source, Fisher.empirical()).factors())),
                        new Case(
                                "ekfac",
                                source,
                                () -> fit(source, Fisher.empirical()).ekfac()),
                        new Case(
                                "block",
                                source,
                                () -> fit(source, Fisher.empirical()).block())));
    }

    @BeforeEach
    void count() {
        before = Floats.liveBytes() + Doubles.liveBytes();
    }

    @AfterEach
    void memory_isGivenBack() {
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }

    private static double[] random(int length, String name) {
        return Dense.gaussian(1, name, length);
    }

    private static double[] solve(Curvature curvature, int layer, Damping damping, double... v) {
        try (LayerInverse inverse = curvature.inverse(layer, damping, Precision.DOUBLE);
                Reals matrix = Reals.of(Precision.DOUBLE, v);
                Reals solved = inverse.solve(matrix)) {
            return solved.toDoubles();
        }
    }

    private static List<Damping> dampings(Case c) {
        return DAMPINGS.stream()
                .filter(damping -> c.name().startsWith("kfac") || !(damping instanceof Damping.Factored))
                .toList();
    }

    /** K2: linear, symmetric, positive. */
    @ParameterizedTest
    @MethodSource("curvatures")
    void inverse_ofAnyKind_isSymmetricAndPositive(Case c) {
        Curvature curvature = c.curvature().get();
        for (Damping damping : dampings(c)) {
            for (int l = 0; l < c.source().layers().size(); l++) {
                int weights = c.source().layers().get(l).weights();
                double[] u = random(weights, "u");
                double[] v = random(weights, "v");
                double[] pu = solve(curvature, l, damping, u);
                double[] pv = solve(curvature, l, damping, v);
                double[] both = solve(curvature, l, damping, Dense.sum(u, Dense.scaled(v, -2)));

                assertThat(Dense.distance(both, Dense.sum(pu, Dense.scaled(pv, -2))))
                        .isLessThan(1e-9 * (1 + Dense.largest(pu) + Dense.largest(pv)));
                assertThat(Math.abs(Dense.dot(u, pv) - Dense.dot(pu, v)))
                        .isLessThan(1e-9 * Math.sqrt(Dense.dot(u, u) * Dense.dot(pv, pv)));
                assertThat(Dense.dot(v, pv)).isGreaterThanOrEqualTo(0);
            }
        }
    }

    /** K7: a large λ leaves 1/λ of the gradient. */
    @ParameterizedTest
    @MethodSource("curvatures")
    void damping_large_leavesTheGradient(Case c) {
        Curvature curvature = c.curvature().get();
        double lambda = 1e12;
        for (int l = 0; l < c.source().layers().size(); l++) {
            double[] v = random(c.source().layers().get(l).weights(), "v");

            assertThat(Dense.distance(Dense.scaled(solve(curvature, l, Damping.absolute(lambda), v), lambda), v))
                    .isLessThan(1e-6);
        }
    }

    /** K3: (G + √λ/π I) ⊗ (A + π√λ I) has terms that G ⊗ A + λI has not. */
    @Test
    void damping_factored_isNotTheExactOne() {
        Curvature kfac = Curvature.kfac(fit(MLP, Fisher.empirical()).factors());
        double[] v = random(MLP.layers().get(0).weights(), "v");
        double[] exact = solve(kfac, 0, Damping.relative(0.1), v);
        double[] factored = solve(kfac, 0, Damping.factored(Damping.relative(0.1)), v);

        assertThat(Dense.distance(exact, factored)).isGreaterThan(0.1 * Dense.largest(exact));
        assertThat(Dense.dot(v, factored)).isLessThan(Dense.dot(v, exact)); // it adds more than λ
    }

    /** K5 and, for more than one, K4: one token's Fisher is a Kronecker product, the mean over several is not. */
    @Test
    void kfac_ofOneToken_isExact() {
        List<OracleSource.Item> one = MLP.items("train").subList(3, 4);
        CurvatureFit<OracleSource.Item> fit = CurvatureFit.of(MLP, one, Fisher.empirical());
        Curvature kfac = Curvature.kfac(fit.factors());
        Curvature block = fit.block();
        CurvatureFit<OracleSource.Item> all = fit(MLP, Fisher.empirical());
        for (int l = 0; l < MLP.layers().size(); l++) {
            double[] v = random(MLP.layers().get(l).weights(), "v");
            Damping damping = Damping.absolute(1e-3);
            double[] exact = solve(block, l, damping, v);

            assertThat(Dense.distance(solve(kfac, l, damping, v), exact)).isLessThan(1e-8 * Dense.largest(exact));
            double[] exactOfAll = solve(all.block(), l, damping, v);
            assertThat(Dense.distance(solve(Curvature.kfac(all.factors()), l, damping, v), exactOfAll))
                    .isGreaterThan(1e-2 * Dense.largest(exactOfAll));
        }
    }

    /** K6: measured eigenvalues are never further from the exact block than those of the factors. */
    @Test
    void ekfac_isNearerToTheBlockThanKfac() {
        for (OracleSource source : List.of(MLP, TRANSFORMER)) {
            CurvatureFit<OracleSource.Item> fit = fit(source, Fisher.empirical());
            KroneckerFactors factors = fit.factors();
            Curvature block = fit.block();
            Curvature kfac = Curvature.kfacOfSequences(factors);
            Curvature ekfac = fit.ekfac(factors);
            for (int l = 0; l < source.layers().size(); l++) {
                double[] exact = Recomposed.of(block, l);
                double far = Dense.norm(Dense.sum(Recomposed.of(kfac, l), Dense.scaled(exact, -1)));
                double near = Dense.norm(Dense.sum(Recomposed.of(ekfac, l), Dense.scaled(exact, -1)));

                assertThat(near).isLessThan(far * (1 + 1e-12)).isPositive();
            }
        }
    }

    /** A layer used twice in one pass: squares are of the sum over both uses. */
    @Test
    void layer_usedTwice_isSummedBeforeSquaring() {
        ArraySource source = new ArraySource(List.of(new LayerShape("shared", 5, 4)));
        ArraySource.Item first = source.random(3, 1);
        ArraySource.Item second = source.random(2, 2);
        ArraySource.Item both =
                new ArraySource.Item(1, 5, new float[][] {join(first.inputs()[0], second.inputs()[0])}, new float[][] {
                    join(first.gradients()[0], second.gradients()[0])
                });
        double[] summed = CurvatureFit.of(source, List.of(both), Fisher.empirical())
                .diagonal()
                .eigenvalues(0);
        double[] apart = CurvatureFit.of(source, List.of(first, second), Fisher.empirical())
                .diagonal()
                .eigenvalues(0);
        double[] d1 = source.gradient(0, first);
        double[] d2 = source.gradient(0, second);
        double[] expected = IntStream.range(0, d1.length)
                .mapToDouble(i -> (d1[i] + d2[i]) * (d1[i] + d2[i]))
                .toArray();

        assertThat(Dense.distance(summed, expected)).isLessThan(1e-4 * Dense.largest(expected));
        assertThat(Dense.distance(Dense.scaled(apart, 2), expected)).isGreaterThan(0.1 * Dense.largest(expected));
    }

    private static float[] join(float[] a, float[] b) {
        float[] result = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, result, a.length, b.length);
        return result;
    }

    @Test
    void fit_anyBatchOrOrder_isTheSame() {
        List<OracleSource.Item> items = TRANSFORMER.items("train");
        List<OracleSource.Item> backwards = new java.util.ArrayList<>(items);
        java.util.Collections.reverse(backwards);
        Fisher fisher = Fisher.sampled(new Seed(1), 1);
        for (int l = 0; l < TRANSFORMER.layers().size(); l++) {
            double[] whole = CurvatureFit.of(TRANSFORMER, items, fisher).ekfac().eigenvalues(l);
            double[] parts = CurvatureFit.of(TRANSFORMER, backwards, fisher)
                    .batchTokens(3)
                    .ekfac()
                    .eigenvalues(l);

            assertThat(Math.abs(
                            Arrays.stream(parts).sum() - Arrays.stream(whole).sum()))
                    .isLessThan(1e-9 * Arrays.stream(whole).sum());
        }
    }

    /** Many dampings in one pass through the eigenbasis. */
    @ParameterizedTest
    @MethodSource("curvatures")
    void precondition_withSeveralDampings_isThatOfEach(Case c) {
        Curvature curvature = c.curvature().get();
        List<Damping> dampings = dampings(c);
        try (ReferenceDirection gradient = ReferenceDirection.gradient(
                c.source(), ReferenceSet.of(c.source().items("query")))) {
            List<ReferenceDirection> together = gradient.precondition(curvature, dampings);
            for (int d = 0; d < dampings.size(); d++) {
                try (ReferenceDirection one = gradient.precondition(curvature, dampings.get(d));
                        ReferenceDirection other = together.get(d)) {
                    assertThat(other.fingerprint()).isEqualTo(one.fingerprint());
                }
            }
            assertThat(together).hasSameSizeAs(dampings);
        }
    }

    @Test
    void errors_nameWhatIsWrong() {
        CurvatureFit<OracleSource.Item> fit = fit(MLP, Fisher.empirical());
        Curvature ekfac = fit.ekfac();
        assertThatThrownBy(() -> solve(ekfac, 0, Damping.factored(Damping.relative(0.1)), random(36, "v")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use K-FAC, or relative damping");
        assertThatThrownBy(() -> solve(ekfac, 1, Damping.absolute(0), random(28, "v")))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("layer fc2 is singular with its damping too: its smallest eigenvalue")
                .hasMessageContaining(
                        "use a larger damping or more data for the factors, and where all are 0 check the")
                .hasMessageNotContaining("Absolute");
        try (ReferenceDirection gradient = ReferenceDirection.gradient(MLP, ReferenceSet.of(MLP.items("query")))) {
            assertThatThrownBy(() -> gradient.precondition(ekfac, List.of(Damping.relative(0.1), Damping.absolute(0))))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("layer fc2 is singular");
        }
        assertThatThrownBy(() -> fit.ekfac(fit.block()))
                .hasMessageContaining("a curvature of the kind block has no Kronecker eigenbasis");
        assertThatThrownBy(() ->
                        CurvatureFit.of(MLP, List.of(), Fisher.empirical()).diagonal())
                .hasMessageContaining("none of the 0 items");
        assertThatThrownBy(() -> Fisher.sampled(new Seed(1), 0)).hasMessageContaining("draws is 0");
        assertThatThrownBy(() -> Fisher.exact(0, 3)).hasMessageContaining("0 positions");
        assertThatThrownBy(() -> Damping.factored(Damping.tikhonov(1))).hasMessageContaining("cannot be split");
        ArraySource wide = new ArraySource(List.of(new LayerShape("wide", 100, 100)));
        assertThatThrownBy(() -> CurvatureFit.of(wide, List.of(wide.random(2, 1)), Fisher.empirical())
                        .block())
                .hasMessageContaining("layer wide has 10000 weights")
                .hasMessageContaining("use EK-FAC");
        try (ReferenceDirection other =
                ReferenceDirection.gradient(TRANSFORMER, ReferenceSet.of(TRANSFORMER.items("query")))) {
            assertThatThrownBy(() -> other.precondition(ekfac, Damping.DEFAULT))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("fc1");
        }
    }
}
