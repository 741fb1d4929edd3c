// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.smile;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import smile.clustering.CentroidClustering;
import smile.clustering.PartitionClustering;
import smile.data.DataFrame;
import smile.data.type.DataType;
import smile.data.type.StructField;
import smile.math.matrix.Matrix;

/**
 * Data of Smile 2.6.0 as embeddings and clusterings, and back. Values are copied, once; {@code double} is rounded to
 * {@code float} on the way in. For {@code double[][]} there is {@link Embeddings#of(double[][])}.
 */
public final class SmileData {
    private SmileData() {}

    /**
     * The rows of a frame.
     *
     * @param frame of numbers in all columns, without missing values; text, dates and categories are for its own
     *     {@code toArray} to encode
     * @throws IllegalArgumentException if a column holds something else or a value is missing; names it
     * @throws dev.quad.NumericalException if a finite value is too large for single precision; names its place
     */
    public static Embeddings embeddings(DataFrame frame) {
        Objects.requireNonNull(frame, "the frame is null");
        for (int column = 0; column < frame.ncols(); column++) {
            StructField field = frame.schema().field(column);
            if (!isNumber(field.type)) {
                throw new IllegalArgumentException("column " + field.name + " of the frame is of type " + field.type
                        + "; allowed are numbers: drop it, or encode it with DataFrame.toArray and give the array");
            }
            for (int row = 0; row < frame.nrows(); row++) {
                if (frame.isNullAt(row, column)) {
                    throw new IllegalArgumentException("column " + field.name + " of the frame has no value in row "
                            + row + "; impute it, or leave the row out");
                }
            }
        }
        return Embeddings.of(frame.toArray());
    }

    private static boolean isNumber(DataType type) {
        return type.isFloating() || (type.isIntegral() && !type.isChar());
    }

    /**
     * The rows of a matrix, in whichever order it is held.
     *
     * @throws dev.quad.NumericalException if a finite value is too large for single precision; names its place
     */
    public static Embeddings embeddings(Matrix matrix) {
        Objects.requireNonNull(matrix, "the matrix is null");
        return Embeddings.of(matrix.toArray());
    }

    /** A matrix with the embeddings, one in each row. */
    public static Matrix matrix(Embeddings embeddings) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        return new Matrix(rows(embeddings));
    }

    /** A frame with the embeddings, one in each row; columns of {@code double} named V1, V2 and so on. */
    public static DataFrame frame(Embeddings embeddings) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        return DataFrame.of(rows(embeddings));
    }

    /** The embeddings as most algorithms of Smile take them. */
    public static double[][] rows(Embeddings embeddings) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        double[][] rows = new double[embeddings.rows()][embeddings.dimension()];
        FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
        for (int i = 0; i < rows.length; i++) {
            embeddings.readFully(i, 1, row.clear());
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = row.get(j);
            }
        }
        return rows;
    }

    /**
     * What an algorithm of Smile found, with its centres where it has some. Rows that it calls outliers, the noise of
     * DBSCAN, form one more cluster, the last; clusters without rows are dropped.
     */
    public static Clustering clustering(PartitionClustering found) {
        Objects.requireNonNull(found, "what Smile found is null");
        int[] clusters = found.y.clone();
        for (int i = 0; i < clusters.length; i++) {
            clusters[i] = clusters[i] == PartitionClustering.OUTLIER ? found.k : clusters[i];
        }
        boolean noise = Arrays.stream(clusters).anyMatch(cluster -> cluster == found.k);
        if (!noise
                && found instanceof CentroidClustering<?, ?> centroids
                && centroids.centroids instanceof double[][] centres) {
            return Clustering.of(clusters, finite(centres));
        }
        return Clustering.of(clusters, noise ? found.k + 1 : found.k);
    }

    /** With 0 in the centres of clusters without rows, which are dropped. */
    private static double[][] finite(double[][] centres) {
        return Arrays.stream(centres)
                .map(centre -> Arrays.stream(centre)
                        .map(value -> Double.isFinite(value) ? value : 0)
                        .toArray())
                .toArray(double[][]::new);
    }
}
