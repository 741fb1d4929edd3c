// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Selection;
import org.junit.jupiter.api.Test;

class OwnArmSelectorTest {
    @Test
    void run_usefulnessRisesWithCluster_choosesUsefulClusters() {
        Selection selection = OwnArmSelector.run();

        assertThat(selection.choices()).hasSize(200);
        double mean = selection.choices().stream()
                .mapToInt(Selection.Choice::arm)
                .average()
                .orElseThrow();
        assertThat(mean).isGreaterThan(7);
    }
}
