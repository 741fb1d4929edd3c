// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Factors, curvatures and directions that people have as arrays, and the Kronecker inverse of such. */
class GivenArraysTest {
    private static final Mlp MODEL = Mlp.random(1, true, 3, 4, 2);
    private static final List<Mlp.Item> ITEMS = MODEL.items(2, 2, 1, 3, 2, 1, 3);
    private static final Offset<Double> ROUNDING = within(1e-14);

    @TempDir
    private Path folder;

    /** {@code (4G + I)⁻¹ = [[9, 4], [4, 9]]⁻¹ = 1/65·[[9, −4], [−4, 9]]}. */
    @Test
    void solve_twoByOne_isAsByHand() {
        double[][] g = {{2, 1}, {1, 2}};
        double[][] a = {{4}};
        try (KroneckerInverse inverse = KroneckerInverse.of(g, a, Damping.absolute(1))) {
            double[][] x = inverse.solve(new double[][] {{1}, {0}});

            assertThat(x[0][0]).isEqualTo(9 / 65.0, ROUNDING);
            assertThat(x[1][0]).isEqualTo(-4 / 65.0, ROUNDING);
            assertThat(inverse.solve(new double[] {1, 0})).containsExactly(x[0][0], x[1][0]);
        }
        try (KroneckerInverse inverse = KroneckerInverse.of(floats(g), floats(a), Damping.absolute(1))) {
            assertThat(inverse.solve(new float[][] {{1}, {0}})[1][0]).isEqualTo(-4 / 65f, within(1e-6f));
        }
    }

    /** G acts on rows and A on columns: with λ = 0 the solution is {@code G⁻¹·V·A⁻¹}. */
    @Test
    void solve_diagonal_dividesRowsByGAndColumnsByA() {
        try (KroneckerInverse inverse = KroneckerInverse.of(
                new double[][] {{2, 0}, {0, 5}},
                new double[][] {{1, 0, 0}, {0, 10, 0}, {0, 0, 100}},
                Damping.absolute(0))) {
            double[][] x = inverse.solve(new double[][] {{2, 20, 200}, {5, 50, 500}});

            assertThat(Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray())
                    .containsExactly(new double[] {1, 1, 1, 1, 1, 1}, ROUNDING);
        }
    }

    @Test
    void factors_givenAsArrays_areThoseThatWereFitted() {
        KroneckerFactors fitted = KroneckerFactors.fit(MODEL, ITEMS, Fisher.empirical());

        assertThat(given(fitted).fingerprint()).isEqualTo(fitted.fingerprint());
        assertThat(KroneckerFactors.merge(List.of(given(fitted), fitted)).items())
                .isEqualTo(2 * fitted.items());
        assertThat(fitted).hasToString("Kronecker factors of 2 layers, empirical Fisher, 6 items");
    }

    private static KroneckerFactors given(KroneckerFactors fitted) {
        return KroneckerFactors.builder(MODEL)
                .outputCovariance("layer 1", fitted.outputCovariance(1))
                .outputCovariance("layer 0", RowMajor.rows(fitted.outputCovariance(0), 4))
                .inputCovariance("layer 0", RowMajor.rows(fitted.inputCovariance(0), 4))
                .inputCovariance("layer 1", fitted.inputCovariance(1))
                .counts(fitted.tokens(), fitted.items())
                .fisher(Fisher.empirical())
                .build();
    }

    @Test
    void direction_givenAsArrays_isPreconditionedAndScoresAsTheOther() {
        Curvature curvature = Curvature.kfac(KroneckerFactors.fit(MODEL, ITEMS, Fisher.empirical()));
        try (ReferenceDirection gradient = ReferenceDirection.gradient(MODEL, ReferenceSet.of(ITEMS.subList(0, 2)));
                ReferenceDirection given = ReferenceDirection.builder(MODEL)
                        .layer("layer 1", gradient.values(1))
                        .layer("layer 0", gradient.rows(0))
                        .build();
                ReferenceDirection solved = gradient.precondition(curvature, Damping.relative(0.1));
                ReferenceDirection solvedGiven = given.precondition(curvature, Damping.relative(0.1));
                ReferenceDirection given2 = ReferenceDirection.builder(MODEL)
                        .layer("layer 0", solved.rows(0))
                        .layer("layer 1", solved.rows(1))
                        .preconditioned("K-FAC of another program")
                        .build()) {
            assertThat(given.fingerprint()).isEqualTo(gradient.fingerprint());
            assertThat(solvedGiven.fingerprint()).isEqualTo(solved.fingerprint());
            assertThat(scores(given2)).isEqualTo(scores(solved));
            assertThat(given2).hasToString("direction over 2 layers, made by: given, K-FAC of another program");
            assertThatThrownBy(() -> given2.precondition(curvature, Damping.relative(0.1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("K-FAC of another program");
        }
    }

    private static Object scores(ReferenceDirection direction) {
        try (DirectionInfluence<Mlp.Item> influence = new DirectionInfluence<>(MODEL, direction, 100)) {
            return influence.score(ITEMS);
        }
    }

    @Test
    void direction_ofFloats_isRoundedInSinglePrecisionOnly() {
        float[][] ten = {{0.1f, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
        try (ReferenceDirection direction = ReferenceDirection.builder(MODEL)
                .layer("layer 0", ten)
                .layer("layer 1", new double[10])
                .build()) {
            assertThat(direction.values(0)[0]).isEqualTo((double) 0.1f);
        }
    }

    @Test
    void diagonal_givenAsArrays_isThatWhichWasFitted() throws Exception {
        Curvature fitted = CurvatureFit.of(MODEL, ITEMS, Fisher.empirical()).diagonal();
        Curvature given = Curvature.diagonal(MODEL)
                .layer("layer 0", RowMajor.rows(fitted.eigenvalues(0), 4))
                .layer("layer 1", RowMajor.floatRows(fitted.eigenvalues(1), 5))
                .count(6)
                .build();

        assertThat(given.eigenvalues(0)).isEqualTo(fitted.eigenvalues(0));
        assertThat(given.eigenvalues(1)).containsExactly(fitted.eigenvalues(1), within(1e-6));
        assertThat(given.kind()).isEqualTo(fitted.kind());
        assertThat(Curvature.merge(List.of(given, fitted)).count()).isEqualTo(12);
        given.write(folder.resolve("curvature"));
        assertThat(Curvature.read(folder.resolve("curvature")).fingerprint()).isEqualTo(given.fingerprint());
    }

    @TestFactory
    Stream<DynamicTest> arrays_thatDoNotFit_areRefused() {
        double[][] four = new double[4][4];
        double[][] jagged = {{1, 0, 0, 0}, {0, 1, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
        double[][] skew = {{1, 2, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
        double[][] infinite = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, Double.POSITIVE_INFINITY, 0}, {0, 0, 0, 1}};
        double[][] negative = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, -1}};
        return Stream.of(
                argument(
                        "a layer that is not there",
                        () -> KroneckerFactors.builder(MODEL).inputCovariance("layer 2", four),
                        "no layer layer 2",
                        "layer 0, layer 1"),
                argument(
                        "a layer twice",
                        () -> KroneckerFactors.builder(MODEL)
                                .inputCovariance("layer 0", four)
                                .inputCovariance("layer 0", four),
                        "the input covariance of layer layer 0 is given twice"),
                argument(
                        "a layer never",
                        () -> KroneckerFactors.builder(MODEL)
                                .inputCovariance("layer 0", four)
                                .build(),
                        "the input covariance is missing for layer 1"),
                argument(
                        "without the column of the bias",
                        () -> KroneckerFactors.builder(MODEL).inputCovariance("layer 0", new double[9]),
                        "has 9 values; 4 × 4 are needed"),
                argument(
                        "a row too few",
                        () -> KroneckerFactors.builder(MODEL).outputCovariance("layer 0", new double[3][4]),
                        "has 3 rows; 4 × 4"),
                argument(
                        "a jagged matrix",
                        () -> KroneckerFactors.builder(MODEL).outputCovariance("layer 0", jagged),
                        "has 3 values in row 1"),
                argument(
                        "a factor that is not symmetric",
                        () -> factors(skew),
                        "the input covariance of layer layer 0 is not symmetric",
                        "row 1, column 0"),
                argument("a negative diagonal", () -> factors(negative), "-1.0 on its diagonal, in row 3"),
                misuse(
                        "a value that is not finite",
                        () -> factors(infinite),
                        NumericalException.class,
                        "Infinity in row 2, column 2"),
                misuse(
                        "null for a matrix",
                        () -> KroneckerFactors.builder(MODEL)
                                .inputCovariance("layer 0", GivenArraysTest.<double[]>nothing()),
                        NullPointerException.class,
                        "the input covariance of layer layer 0 is null"),
                misuse(
                        "factors of a sequence without counts",
                        () -> Curvature.kfacOfSequences(factors(four)),
                        IllegalStateException.class,
                        "counts(tokens, items)"),
                misuse(
                        "factors merged without counts",
                        () -> KroneckerFactors.merge(List.of(factors(four))),
                        IllegalStateException.class,
                        "counts(tokens, items)"),
                argument(
                        "more items than tokens",
                        () -> KroneckerFactors.builder(MODEL).counts(3, 4),
                        "3 tokens of 4 items"),
                argument(
                        "a negative diagonal of a curvature",
                        () -> Curvature.diagonal(MODEL)
                                .layer("layer 0", negative)
                                .layer("layer 1", new double[10])
                                .build(),
                        "-1.0 in row 3, column 3"),
                argument(
                        "a direction the other way round",
                        () -> ReferenceDirection.builder(MODEL).layer("layer 1", new double[5][2]),
                        "has 5 rows; 2 × 5"),
                argument(
                        "a G that is not square",
                        () -> KroneckerInverse.of(new double[3], new double[4], Damping.absolute(1)),
                        "G has 3 values; allowed is a square"),
                argument(
                        "an A without values",
                        () -> KroneckerInverse.of(new double[4], new double[0], Damping.absolute(1)),
                        "A has 0 values"),
                argument(
                        "an A that is not symmetric",
                        () -> KroneckerInverse.of(four, skew, Damping.absolute(1)),
                        "A is not symmetric"),
                misuse(
                        "a G with a negative eigenvalue",
                        () -> KroneckerInverse.of(new double[][] {{1, 2}, {2, 1}}, four, Damping.absolute(1)),
                        NumericalException.class,
                        "the output factor G of layer G ⊗ A has the eigenvalue -1"),
                misuse(
                        "an A with a negative eigenvalue",
                        () -> KroneckerInverse.of(four, new double[][] {{1, 2}, {2, 1}}, Damping.absolute(1)),
                        NumericalException.class,
                        "the input factor A of layer G ⊗ A has the eigenvalue -1"),
                misuse(
                        "a singular product",
                        () -> KroneckerInverse.of(four, four, Damping.absolute(0)),
                        NumericalException.class,
                        "singular"),
                misuse(
                        "a solve after close",
                        () -> {
                            KroneckerInverse inverse = unit();
                            inverse.close();
                            inverse.solve(new double[] {1});
                        },
                        IllegalStateException.class,
                        "the inverse was closed"),
                argument("a V of another size", () -> unit().solve(new double[2]), "V has 2 values; 1 × 1"));
    }

    /** What a caller without null checks hands over. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    private static KroneckerInverse unit() {
        return KroneckerInverse.of(new double[] {1}, new double[] {1}, Damping.absolute(0), Precision.SINGLE);
    }

    private static KroneckerFactors factors(double[][] a) {
        return KroneckerFactors.builder(MODEL)
                .inputCovariance("layer 0", a)
                .inputCovariance("layer 1", new double[25])
                .outputCovariance("layer 0", new double[16])
                .outputCovariance("layer 1", new double[4])
                .build();
    }

    private static float[][] floats(double[][] matrix) {
        return RowMajor.floatRows(
                Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray(), matrix[0].length);
    }

    private static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IllegalArgumentException.class, words);
    }

    private static DynamicTest misuse(String name, ThrowingCallable call, Class<?> type, String... words) {
        return dynamicTest(
                name, () -> assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(words));
    }
}
