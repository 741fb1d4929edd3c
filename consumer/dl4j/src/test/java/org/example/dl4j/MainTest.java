// SPDX-License-Identifier: Apache-2.0
package org.example.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class MainTest {
    @Test
    void scores_ofWrongLabels_areTheLowest() {
        assertThat(Main.wrongAmongTheWorst()).isGreaterThanOrEqualTo(7);
    }

    /** An array in 'f' order holds its numbers column by column, and its rows are rows all the same. */
    @Test
    void clusters_ofAnArrayInEitherOrder_areTheTwoGroups() {
        var rows = Nd4j.create(new double[][] {{0, 0}, {9, 9}, {0, 1}, {9, 8}});
        int[] clusters = Main.clusters(rows).toIntVector();

        assertThat(clusters[0]).isEqualTo(clusters[2]).isNotEqualTo(clusters[1]);
        assertThat(clusters[1]).isEqualTo(clusters[3]);
        assertThat(Main.clusters(rows.dup('f')).toIntVector()).isEqualTo(clusters);
    }
}
