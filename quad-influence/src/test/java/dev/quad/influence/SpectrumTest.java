// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Beside sums over the eigenvalues that a curvature hands out. */
class SpectrumTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 6, 4), new LayerShape("two", 3, 5, true)));
    private static final List<ArraySource.Item> ITEMS =
            IntStream.range(0, 9).mapToObj(i -> SOURCE.random(7, i)).toList();

    private static void requireSums(Curvature curvature, double part) {
        List<Spectrum> spectra = curvature.spectra(Damping.relative(part));
        assertThat(spectra).extracting(Spectrum::layer).containsExactly("one", "two");
        for (int l = 0; l < spectra.size(); l++) {
            double[] values = curvature.eigenvalues(l);
            double lambda = part * curvature.meanEigenvalue(l);
            double largest = Arrays.stream(values).max().orElseThrow();
            double smallest = Arrays.stream(values).min().orElseThrow();
            Spectrum found = spectra.get(l);
            assertThat(found.eigenvalues()).isEqualTo(values.length);
            assertThat(found.largest()).isCloseTo(largest, within(1e-12 * largest));
            assertThat(found.smallest()).isEqualTo(smallest);
            assertThat(found.mean()).isEqualTo(curvature.meanEigenvalue(l));
            assertThat(found.roundings())
                    .isEqualTo(Arrays.stream(values)
                            .filter(value -> value <= found.rounding())
                            .count());
            assertThat(found.stableRank())
                    .isCloseTo(Arrays.stream(values).sum() / largest, within(1e-12 * (double) values.length));
            assertThat(found.effectiveDimension())
                    .isCloseTo(
                            Arrays.stream(values)
                                    .map(value -> value / (value + lambda))
                                    .sum(),
                            within(1e-12 * (double) values.length));
            assertThat(found.damping()).isCloseTo(lambda, within(1e-12 * lambda));
            assertThat(found.describe())
                    .containsEntry("damping", found.damping())
                    .hasSize(11);
            double condition = (largest + lambda) / (smallest + lambda);
            assertThat(found.condition()).isCloseTo(condition, within(1e-10 * condition));
        }
    }

    @Test
    void spectra_ofEveryKind_areSumsOverTheEigenvalues() {
        CurvatureFit<ArraySource.Item> fit = CurvatureFit.of(SOURCE, ITEMS, Fisher.empirical());
        KroneckerFactors factors = fit.factors();
        for (Curvature curvature : List.of(
                Curvature.kfac(factors), Curvature.kfacOfSequences(factors), fit.ekfac(factors), fit.diagonal())) {
            requireSums(curvature, 0.1);
            requireSums(curvature, 10);
        }
    }

    @Test
    void spectrum_ofTheIdentity_isFlat() {
        for (Spectrum flat :
                CurvatureFit.of(SOURCE, ITEMS, Fisher.empirical()).identity().spectra(Damping.DEFAULT)) {
            assertThat(flat.stableRank()).isEqualTo((double) flat.eigenvalues());
            assertThat(flat.effectiveDimension()).isEqualTo((double) flat.eigenvalues());
            assertThat(flat.condition()).isEqualTo(1);
            assertThat(flat.roundings()).isZero();
        }
    }

    /** Three rows of six inputs: half of the eigenvalues of A are nothing but rounding. */
    @Test
    void roundings_ofTooLittleData_areCounted() {
        ArraySource one = new ArraySource(List.of(new LayerShape("one", 6, 4)));
        KroneckerFactors factors = CurvatureFit.of(one, List.of(one.random(3, 1)), Fisher.empirical())
                .factors();

        Spectrum found = Curvature.kfac(factors).spectra(Damping.DEFAULT).get(0);

        assertThat(found.roundings()).isEqualTo(24 - 3 * 3);
        assertThat(found.stableRank()).isBetween(1.0, 9.0);
        assertThat(found.effectiveDimension()).isLessThan(9);
    }

    /** Nothing is left to the data, and nothing fails. */
    @Test
    void spectrum_ofALayerWithoutGradient_isNothing() {
        ArraySource one = new ArraySource(List.of(new LayerShape("one", 6, 4)));
        KroneckerFactors factors = CurvatureFit.of(one, List.of(one.random(3, 1).scaled(0)), Fisher.empirical())
                .factors();

        Spectrum found = Curvature.kfac(factors).spectra(Damping.DEFAULT).get(0);

        assertThat(found.stableRank()).isZero();
        assertThat(found.effectiveDimension()).isZero();
        assertThat(found.condition()).isEqualTo(1);
    }
}
