// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.NumericalException;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One bad value in the captures of one item, and who is blamed. */
class NotFiniteTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 3, 2), new LayerShape("two", 4, 3)), "small", true);
    private static final Map<String, Function<CurvatureFit<ArraySource.Item>, Object>> FITS = Map.of(
            "factors", CurvatureFit::factors,
            "diagonal", CurvatureFit::diagonal,
            "ekfac", CurvatureFit::ekfac,
            "block", CurvatureFit::block,
            "whole", CurvatureFit::whole);

    @ParameterizedTest
    @ValueSource(strings = {"factors", "diagonal", "ekfac", "block", "whole"})
    void fit_oneBadValue_namesLayerItemAndValue(String kind) {
        long before = Floats.liveBytes();
        for (int item = 0; item < 5; item++) {
            List<ArraySource.Item> items = new ArrayList<>();
            for (int seed = 0; seed < 5; seed++) {
                items.add(SOURCE.random(2, seed));
            }
            items.get(item).gradients()[1][4] = Float.NaN;
            for (int batch : new int[] {1, 4, 100}) {
                assertThatThrownBy(() -> FITS.get(kind)
                                .apply(new CurvatureFit<>(SOURCE, items, Fisher.empirical()).batchTokens(batch)))
                        .as("batches of %d tokens", batch)
                        .isInstanceOf(NumericalException.class)
                        .hasMessageContaining("output gradients of layer two hold NaN at item " + item + ";");
            }
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"factors", "diagonal", "ekfac", "block", "whole"})
    void fit_squaresOverflow_namesLayerAndItems(String kind) {
        ArraySource.Item item = SOURCE.random(2, 1);
        item.inputs()[0][1] = 1e30f;
        item.gradients()[0][0] = 1e30f;
        assertThatThrownBy(() -> FITS.get(kind)
                        .apply(new CurvatureFit<>(SOURCE, List.of(SOURCE.random(2, 2), item), Fisher.empirical())))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("layer one")
                .hasMessageContaining("overflow");
    }
}
