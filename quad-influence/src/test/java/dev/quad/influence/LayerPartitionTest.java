// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ReferenceSet;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayerPartitionTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("a", 8, 6), new LayerShape("b", 5, 9), new LayerShape("c", 4, 4)));
    private static final List<ArraySource.Item> ITEMS =
            IntStream.range(0, 12).mapToObj(i -> SOURCE.random(5 + i, i)).toList();

    private static Curvature ekfac(GradientSource<ArraySource.Item> view) {
        return CurvatureFit.of(view, ITEMS, Fisher.empirical()).ekfac();
    }

    // 28·(i² + o²) + 8·i·o: 3184, 3328, 1024 bytes

    @Test
    void of_memory_makesGroupsOfConsecutiveLayersThatFit() {
        assertThat(LayerPartition.of(SOURCE, 1_000_000).groups()).hasSize(1);
        LayerPartition<ArraySource.Item> two = LayerPartition.of(SOURCE, 4400);
        assertThat(two.groups())
                .containsExactly(SOURCE.layers().subList(0, 1), SOURCE.layers().subList(1, 3));
        assertThat(two.toString().split("\\R")).hasSize(3);
        assertThat(two.toString()).contains("in 2 passes").contains("2 layers, b to c");
    }

    @Test
    void of_layerThatNeverFits_isNamedWithItsNeed() {
        assertThatThrownBy(() -> LayerPartition.of(SOURCE, 3200))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer b")
                .hasMessageContaining("3,328")
                .hasMessageContaining("3,200")
                .hasMessageContaining("Layers.split");
    }

    @Test
    void direction_byParts_hasTheBitsOfTheWhole() {
        ReferenceSet<ArraySource.Item> reference = ReferenceSet.of(ITEMS.subList(0, 3));
        long before = Floats.liveBytes() + Doubles.liveBytes();
        List<Long> told = new ArrayList<>();
        try (ReferenceDirection gradient = ReferenceDirection.gradient(SOURCE, reference, 20, done -> {});
                ReferenceDirection whole = gradient.precondition(ekfac(SOURCE), Damping.DEFAULT);
                ReferenceDirection parts = LayerPartition.of(SOURCE, 3400)
                        .direction(reference, LayerPartitionTest::ekfac, Damping.DEFAULT, 20, told::add)) {
            for (int l = 0; l < 3; l++) {
                assertThat(parts.values(l)).containsExactly(whole.values(l));
            }
            assertThat(new DirectionScores<>(SOURCE, List.of(parts), 50).total(ITEMS))
                    .isDeepEqualTo(new DirectionScores<>(SOURCE, List.of(whole), 50).total(ITEMS));
        }
        assertThat(told).containsExactly(1L, 2L, 3L);
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }

    @Test
    void direction_fitThatFails_leavesNoMemory() {
        long before = Floats.liveBytes() + Doubles.liveBytes();
        List<GradientSource<ArraySource.Item>> seen = new ArrayList<>();
        assertThatThrownBy(() -> LayerPartition.of(SOURCE, 3400)
                        .direction(
                                ReferenceSet.of(ITEMS),
                                view -> {
                                    seen.add(view);
                                    if (seen.size() == 2) {
                                        throw new IllegalStateException("stop");
                                    }
                                    return ekfac(view);
                                },
                                Damping.DEFAULT,
                                20,
                                done -> {}))
                .hasMessage("stop");
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }
}
