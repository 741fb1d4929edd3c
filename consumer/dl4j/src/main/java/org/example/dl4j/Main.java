// SPDX-License-Identifier: Apache-2.0
package org.example.dl4j;

import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.influence.dl4j.NdArrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Scores a network, and clusters an INDArray; prints a line for each. */
public final class Main {
    private Main() {}

    /** Runs them. */
    public static void main(String[] args) {
        System.out.println("DL4J: " + wrongAmongTheWorst() + " of the 10 lowest scores have the wrong label");
        INDArray rows = Nd4j.createFromArray(new float[][] {{0, 0}, {9, 9}, {0, 1}, {9, 8}});
        System.out.println("INDArray: clusters " + clusters(rows.dup('f')));
    }

    /** Of 10 wrong labels among 100. */
    static long wrongAmongTheWorst() {
        List<DataSet> points = Network.points(100, 10, new Seed(1));
        try (InfluenceEstimator<DataSet> influence =
                Network.scoredBy(Network.trained(points), Network.points(40, 0, new Seed(2)))) {
            InfluenceScores scores = influence.score(points);
            return IntStream.range(0, points.size())
                    .boxed()
                    .sorted(Comparator.comparingDouble(scores::value))
                    .limit(10)
                    .filter(i -> i < 10)
                    .count();
        }
    }

    /** The cluster of each row, of two. */
    static INDArray clusters(INDArray rows) {
        Clustering clusters = KMeans.of(2).cluster(NdArrays.embeddings(rows), new Seed(1));
        return Nd4j.createFromArray(clusters.assignment());
    }
}
