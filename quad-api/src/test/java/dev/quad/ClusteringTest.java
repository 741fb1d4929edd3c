// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ClusteringTest {
    @Property
    void clustering_any_isAPartition(@ForAll @Size(max = 60) List<@IntRange(max = 9) Integer> clusters) {
        int[] assignment = clusters.stream().mapToInt(Integer::intValue).toArray();
        Clustering clustering = Clustering.of(assignment, 10);

        assertThat(clustering.size()).isEqualTo(assignment.length);
        assertThat(clustering.clusterCount() + clustering.dropped()).isEqualTo(10);
        assertThat((long) clustering.clusterCount())
                .isEqualTo(Arrays.stream(assignment).distinct().count());
        boolean[] seen = new boolean[assignment.length];
        for (int c = 0; c < clustering.clusterCount(); c++) {
            assertThat(clustering.size(c)).isPositive();
            for (int i = 0; i < clustering.size(c); i++) {
                int member = clustering.member(c, i);
                assertThat(seen[member]).isFalse();
                seen[member] = true;
                assertThat(clustering.clusterOf(member)).isEqualTo(c);
                assertThat(i == 0 || clustering.member(c, i - 1) < member).isTrue();
            }
        }
        assertThat(seen).doesNotContain(false);
        for (int i = 0; i < assignment.length; i++) {
            for (int j = 0; j < i; j++) {
                assertThat(Integer.compare(clustering.clusterOf(i), clustering.clusterOf(j)))
                        .isEqualTo(Integer.compare(assignment[i], assignment[j]));
            }
        }
    }

    @Test
    void centres_ofEmptyClusters_goWithThem() {
        Clustering clustering = Clustering.of(new int[] {2, 0, 2}, 3, new float[] {1, 2, 3, 4, 5, 6});

        assertThat(clustering.dropped()).isEqualTo(1);
        assertThat(clustering.centre(0)).contains(new float[] {1, 2});
        assertThat(clustering.centre(1)).contains(new float[] {5, 6});
        assertThat(Clustering.of(new int[] {0}, 1).centre(0)).isEmpty();
    }

    @Test
    void arguments_wrong_areNamed() {
        assertThatThrownBy(() -> Clustering.of(new int[] {0, 3}, 3))
                .hasMessage("ordinal 1 is assigned to cluster 3; allowed is [0, 3)");
        assertThatThrownBy(() -> Clustering.of(new int[] {0}, 2, new float[3]))
                .hasMessage("3 centre values do not make 2 rows of equal length");
        Clustering two = Clustering.of(IntStream.range(0, 6).map(i -> i % 2).toArray(), 2);
        assertThatThrownBy(() -> two.member(0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
