// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every strategy, damping, Fisher kind and view of the oracle, in both precisions, to what rounding and the condition
 * of the problem allow ({@link OracleScores#tolerance}), on any processor. The oracle was computed by a NumPy program
 * and agrees with kronfluence; its definitions are in {@link OracleFisher}. The folder is that of the property
 * {@code quad.oracle}, or the test resources; what is compared is what it holds.
 */
class OracleScoresTest {
    private static final List<OracleScores> CASES = Stream.of(Precision.values())
            .flatMap(precision -> OracleScores.all(precision).stream())
            .toList();

    static Stream<Arguments> tensors() {
        return CASES.stream().flatMap(c -> c.names().map(tensor -> Arguments.of(c, tensor)));
    }

    @ParameterizedTest
    @MethodSource("tensors")
    void tensor_computedAnew_agrees(OracleScores c, String tensor) {
        double[] expected = c.expected(tensor);

        assertThat(Dense.distance(c.found(tensor), expected)).isLessThan(c.tolerance(tensor) * Dense.largest(expected));
    }

    /** The bounds are not so wide that a fault fits in: captures in half precision are seen in four tensors of five. */
    @Test
    void tensors_ofCapturesInHalfPrecision_disagree() {
        OracleScores half = OracleScores.rounded(11);
        List<String> tensors = half.names().toList();
        List<String> unseen = tensors.stream()
                .filter(tensor -> {
                    double[] expected = half.expected(tensor);
                    return Dense.distance(half.found(tensor), expected)
                            < half.tolerance(tensor) * Dense.largest(expected);
                })
                .toList();

        assertThat(unseen).hasSizeLessThan(tensors.size() / 4);
    }

    /** No tensor with a score in its path, nor a preconditioned query, is left unread in either precision. */
    @Test
    void tensors_ofTheFolder_areAllCompared() {
        for (Precision precision : Precision.values()) {
            for (String file : List.of("mlp", "transformer")) {
                Set<String> compared = CASES.stream()
                        .filter(c -> c.name.equals(file) && c.source.precision() == precision)
                        .flatMap(OracleScores::names)
                        .collect(Collectors.toSet());
                Set<String> stored = OracleFiles.open(file).names().stream()
                        .filter(tensor -> tensor.contains("score") || tensor.contains("preconditioned"))
                        .collect(Collectors.toSet());

                assertThat(compared).containsAll(stored);
                assertThat(stored).hasSizeGreaterThan(80);
            }
        }
    }

    @Test
    void tensor_ofAnUnknownKind_isAnErrorAndNotPassedOver() {
        for (String unknown : List.of("empirical/score/shampoo_heur", "guess/score/kfac_heur", "mc/score/kfac_d2")) {
            assertThatThrownBy(() -> CASES.get(0).found(unknown)).hasMessageContaining("no test knows");
        }
    }

    @ParameterizedTest
    @MethodSource("separate")
    void productsOfStoredGradients_agree(OracleScores c, @TempDir Path folder) {
        double[] expected = c.expected("projection/score_dot");

        assertThat(Dense.distance(c.ofStoredProjections(folder), expected))
                .isLessThan(Math.scalb(1000.0, -24) * Dense.largest(expected));
    }

    static Stream<OracleScores> separate() {
        return CASES.stream().filter(c -> !c.fused);
    }
}
