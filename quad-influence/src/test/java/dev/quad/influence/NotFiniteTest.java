// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.NumericalException;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One bad value in the captures of one item, and who is blamed. */
class NotFiniteTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 3, 2), new LayerShape("two", 4, 3)), "small", true);

    enum Fit {
        FACTORS(CurvatureFit::factors),
        DIAGONAL(CurvatureFit::diagonal),
        EKFAC(CurvatureFit::ekfac),
        BLOCK(CurvatureFit::block),
        WHOLE(CurvatureFit::whole);

        @SuppressWarnings("ImmutableEnumChecker") // method references
        private final Consumer<CurvatureFit<ArraySource.Item>> run;

        Fit(Consumer<CurvatureFit<ArraySource.Item>> run) {
            this.run = run;
        }

        void run(List<ArraySource.Item> items, int batch) {
            run.accept(CurvatureFit.of(SOURCE, items, Fisher.empirical()).batchTokens(batch));
        }
    }

    @ParameterizedTest
    @EnumSource
    void fit_oneBadValue_namesLayerItemAndValue(Fit fit) {
        long before = Floats.liveBytes();
        for (int item = 0; item < 5; item++) {
            List<ArraySource.Item> items = new ArrayList<>();
            for (int seed = 0; seed < 5; seed++) {
                items.add(SOURCE.random(2, seed));
            }
            items.get(item).gradients()[1][4] = Float.NaN;
            for (int batch : new int[] {1, 4, 100}) {
                assertThatThrownBy(() -> fit.run(items, batch))
                        .as("batches of %d tokens", batch)
                        .isInstanceOf(NumericalException.class)
                        .hasMessageContaining("output gradients of layer two hold NaN at item " + item + ",");
            }
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** Factors are sums in double precision, which hold them. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FACTORS")
    void fit_squaresOverflow_namesLayerAndItems(Fit fit) {
        ArraySource.Item item = SOURCE.random(2, 1);
        item.inputs()[0][1] = 1e30f;
        item.gradients()[0][0] = 1e30f;
        assertThatThrownBy(() -> fit.run(List.of(SOURCE.random(2, 2), item), 100))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("layer one")
                .hasMessageContaining("overflow");
    }
}
