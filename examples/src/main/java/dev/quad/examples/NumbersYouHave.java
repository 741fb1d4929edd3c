// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.smile.SmileData;
import dev.quad.influence.Curvature;
import dev.quad.influence.Damping;
import dev.quad.influence.GradientSource;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.KroneckerInverse;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.dl4j.NdArrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import smile.clustering.DBSCAN;
import smile.clustering.HierarchicalClustering;
import smile.data.DataFrame;

/** Arrays of Java, of ND4J and of Smile: in and out. */
public final class NumbersYouHave {
    private NumbersYouHave() {}

    /** Clusters of rows, and their numbers and centres as arrays again. */
    public static int[] cluster(double[][] rows) {
        // tag::cluster[]
        Clustering clusters = KMeans.of(2).cluster(Embeddings.of(rows), new Seed(1));
        int[] assignment = clusters.assignment();
        float[] centre = clusters.centre(assignment[0]).orElseThrow();
        // end::cluster[]
        return centre.length == rows[0].length ? assignment : new int[0];
    }

    /** The clusters that another program found. */
    public static Clustering clustersFromElsewhere(int[] assignment, double[][] centres) {
        // tag::clustering[]
        return Clustering.of(assignment, centres);
        // end::clustering[]
    }

    /** The formula alone. */
    public static double[][] solve(double[][] g, double[][] a, double[][] v, double lambda) {
        // tag::solve[]
        try (var inverse = KroneckerInverse.of(g, a, Damping.absolute(lambda))) {
            return inverse.solve(v);
        }
        // end::solve[]
    }

    /** A reference gradient and factors of another program, for a model of one layer; preconditioned. */
    public static double[][] direction(GradientSource<?> source, double[][] a, double[][] g, double[][] gradient) {
        // tag::direction[]
        var factors = KroneckerFactors.builder(source)
                .inputCovariance("head", a) // E[x xᵀ], columns × columns
                .outputCovariance("head", g) // E[δ δᵀ], outputs × outputs
                .build();
        try (var v = ReferenceDirection.builder(source).layer("head", gradient).build();
                var direction = v.precondition(factors, Damping.relative(0.1))) {
            return direction.rows(0);
        }
        // end::direction[]
    }

    /** The second moments of Adam as the curvature. */
    public static Curvature adam(GradientSource<?> source, float[][] secondMoments) {
        // tag::diagonal[]
        return Curvature.diagonal(source).layer("head", secondMoments).build();
        // end::diagonal[]
    }

    /** Clusters of the rows of an INDArray. */
    public static INDArray clusterNd4j(INDArray rows) {
        // tag::nd4jCluster[]
        Clustering clusters = KMeans.of(2).cluster(NdArrays.embeddings(rows), new Seed(1));
        return Nd4j.createFromArray(clusters.assignment());
        // end::nd4jCluster[]
    }

    /** The formula alone, with INDArrays. */
    public static INDArray solveNd4j(INDArray g, INDArray a, INDArray v, double lambda) {
        // tag::nd4jSolve[]
        try (var inverse = KroneckerInverse.of(NdArrays.rows(g), NdArrays.rows(a), Damping.absolute(lambda))) {
            return Nd4j.create(inverse.solve(NdArrays.rows(v)));
        }
        // end::nd4jSolve[]
    }

    /** A reference gradient in INDArrays. */
    public static ReferenceDirection directionNd4j(GradientSource<?> source, INDArray gradient) {
        // tag::nd4jDirection[]
        return ReferenceDirection.builder(source)
                .layer("head", NdArrays.rows(gradient))
                .build();
        // end::nd4jDirection[]
    }

    /** Clusters of a frame of numbers. */
    public static Clustering clusterSmile(DataFrame frame) {
        // tag::smileCluster[]
        return KMeans.of(2).cluster(SmileData.embeddings(frame), new Seed(1));
        // end::smileCluster[]
    }

    /** What an algorithm of Smile found, as arms of the bandit. */
    public static Clustering foundBySmile(Embeddings embeddings) {
        // tag::smileFound[]
        return SmileData.clustering(DBSCAN.fit(SmileData.rows(embeddings), 1, 2.0));
        // end::smileFound[]
    }

    /** What one of its algorithms found that gives numbers only. */
    public static Clustering partitionedBySmile(HierarchicalClustering tree, int clusters) {
        // tag::smilePartition[]
        return Clustering.of(tree.partition(clusters), clusters);
        // end::smilePartition[]
    }
}
