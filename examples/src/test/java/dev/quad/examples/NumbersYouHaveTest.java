// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import smile.clustering.HierarchicalClustering;
import smile.clustering.linkage.WardLinkage;
import smile.data.DataFrame;

/** Compared with what a pencil says. */
class NumbersYouHaveTest {
    private static final double[][] ROWS = {{0, 0}, {0, 1}, {9, 9}, {9, 8}};
    private static final double[][] G = {{2, 1}, {1, 2}};
    private static final double[][] A = {{4}};
    private static final double[][] V = {{1}, {0}};

    /** A model of one layer, of which nothing but its shape is asked here. */
    private static final class Head implements GradientSource<String> {
        @Override
        public List<LayerShape> layers() {
            return List.of(new LayerShape("head", 1, 2));
        }

        @Override
        public String fingerprint() {
            return "head 1";
        }

        @Override
        public int tokens(String item) {
            return 1;
        }

        @Override
        public BatchLosses capture(List<? extends String> batch, Targets targets, CaptureSink sink) {
            throw new UnsupportedOperationException("numbers are given, none are captured");
        }
    }

    @Test
    void clusters_ofArraysOfAllKinds_areTheTwoGroups() {
        for (int[] assignment : List.of(
                NumbersYouHave.cluster(ROWS),
                NumbersYouHave.clusterNd4j(Nd4j.create(ROWS).dup('f')).toIntVector(),
                NumbersYouHave.clusterSmile(DataFrame.of(ROWS)).assignment(),
                NumbersYouHave.foundBySmile(Embeddings.of(ROWS)).assignment(),
                NumbersYouHave.partitionedBySmile(HierarchicalClustering.fit(WardLinkage.of(ROWS)), 2)
                        .assignment())) {
            assertThat(assignment[0]).isEqualTo(assignment[1]).isNotEqualTo(assignment[2]);
            assertThat(assignment[2]).isEqualTo(assignment[3]);
        }
        Clustering given =
                NumbersYouHave.clustersFromElsewhere(new int[] {0, 0, 1, 1}, new double[][] {{0, 0.5}, {9, 8.5}});
        assertThat(given.centre(1)).hasValue(new float[] {9, 8.5f});
    }

    /** {@code (4G + I)⁻¹ = 1/65·[[9, −4], [−4, 9]]}. */
    @Test
    void solve_withArraysOfAllKinds_isAsByHand() {
        double[][] x = NumbersYouHave.solve(G, A, V, 1);
        INDArray nd = NumbersYouHave.solveNd4j(Nd4j.create(G), Nd4j.create(A), Nd4j.create(V), 1);

        assertThat(x[0][0]).isEqualTo(9 / 65.0, within(1e-14));
        assertThat(x[1][0]).isEqualTo(-4 / 65.0, within(1e-14));
        assertThat(nd.toDoubleMatrix()).isDeepEqualTo(x);
    }

    /**
     * The eigenvalues of {@code G ⊗ A} are 12 and 4, a tenth of their mean is 0.8, and {@code (4G + 0.8·I)⁻¹ =
     * 1/61.44·[[8.8, −4], [−4, 8.8]]}. In single precision, which is the model's.
     */
    @Test
    void direction_ofArrays_isPreconditionedAsByHand() {
        double[][] direction = NumbersYouHave.direction(new Head(), A, G, V);

        assertThat(direction[0][0]).isEqualTo(8.8 / 61.44, within(1e-6));
        assertThat(direction[1][0]).isEqualTo(-4 / 61.44, within(1e-6));
        try (ReferenceDirection plain = NumbersYouHave.directionNd4j(new Head(), Nd4j.create(V))) {
            assertThat(plain.rows(0)).isDeepEqualTo(V);
        }
        assertThat(NumbersYouHave.adam(new Head(), new float[][] {{3}, {4}}).eigenvalues(0))
                .containsExactly(3, 4);
    }
}
