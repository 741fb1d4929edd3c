// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmptyClusterPolicyTest {
    private static final int ROWS = 1000;

    @Test
    void splitBiggest_emptyCluster_getsAboutHalfOfTheBiggest() {
        ClusterMembers after = iterateTwice(Planted.gaussian(ROWS, 6, 1, 1, 1), EmptyClusterPolicy.splitBiggest());
        assertThat(after.size(0)).isBetween(ROWS / 4, 3 * ROWS / 4);
        assertThat(after.size(1)).isEqualTo(ROWS - after.size(0));
    }

    @Test
    void splitBiggest_equalRows_leavesTheClusterEmpty() {
        ClusterMembers after = iterateTwice(Planted.gaussian(ROWS, 6, 1, 0, 2), EmptyClusterPolicy.splitBiggest());
        assertThat(after.size(1)).isZero();
    }

    @Test
    void drop_emptyCluster_leavesItEmpty() {
        ClusterMembers after = iterateTwice(Planted.gaussian(ROWS, 6, 1, 1, 3), EmptyClusterPolicy.drop());
        assertThat(after.size(1)).isZero();
    }

    /** Two centres, of which the second is too far away for any row. */
    private static ClusterMembers iterateTwice(Planted data, EmptyClusterPolicy policy) {
        Distance distance = Distance.euclidean();
        try (RowBlocks rows = RowBlocks.read(
                        Embeddings.of(data.values(), 6),
                        IntStream.range(0, ROWS).toArray());
                Floats centres = Floats.allocate(2, 6)) {
            rows.prepare(distance, distance.origin(RowBlocks.extent(rows).mean));
            centres.set(6, 100);
            try (Lloyd lloyd = new Lloyd(rows, RowBlocks.extent(rows).largest, centres, distance, policy)) {
                lloyd.iterate(1, new Seed(1).stream("test"));
            }
            int[] assignment = new int[ROWS];
            try (NearestCentres nearest = new NearestCentres(centres, 2, distance, false)) {
                for (int block = 0; block < rows.blockCount(); block++) {
                    nearest.assign(rows.block(block), rows.rowsIn(block), assignment, block * RowBlocks.BLOCK);
                }
            }
            return new ClusterMembers(assignment, 2);
        }
    }
}
