// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

/** What near means in {@link KMeans}. */
public abstract sealed class Distance {
    private static final Distance EUCLIDEAN = new Euclidean();
    private static final Distance SPHERICAL = new Spherical();

    private Distance() {}

    /** Squared Euclidean distance; the centre of a cluster is its mean. */
    public static Distance euclidean() {
        return EUCLIDEAN;
    }

    /**
     * Cosine distance (Dhillon and Modha, "Concept decompositions for large sparse text data", 2001): rows are scaled
     * to length 1, and the centre of a cluster is its mean scaled to length 1. A row of zeros is equally far from all
     * centres; so it joins cluster 0, and weighs nothing.
     */
    public static Distance spherical() {
        return SPHERICAL;
    }

    /** The distance of a name that {@link #toString} gives. */
    static Distance named(String name) {
        for (Distance distance : new Distance[] {EUCLIDEAN, SPHERICAL}) {
            if (distance.toString().equals(name)) {
                return distance;
            }
        }
        throw new dev.quad.InputException("the distance is \"" + name + "\"; allowed are euclidean and spherical");
    }

    /** The point that rows are moved by before anything else, given the mean of the training rows. */
    abstract float[] origin(double[] mean);

    /** What no value of a prepared row passes in magnitude, by column. */
    abstract double[] reach(RowBlocks.Extent raw);

    /** Puts a row into the form that is clustered. */
    abstract void prepare(float[] row, float[] origin);

    /** Whether a prepared row can be told from another by its distances. */
    abstract boolean counts(double squaredNorm);

    /** What to subtract from {@code x·c} so that the largest difference belongs to the nearest centre. */
    abstract double offset(float[] centre);

    /** What a centre's square adds to a squared distance beyond twice the {@link #offset}. */
    abstract double rest();

    /** Sets a centre from the sum of its members; leaves it where the sum does not determine one. */
    abstract void centre(double[] sum, long members, float[] centre);

    @Override
    public abstract String toString();

    /** The inner product of a row with what stands from {@code at} on, in double precision. */
    static double dot(float[] row, float[] values, int at) {
        double s0 = 0; // four chains, which the processor overlaps
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j + 3 < row.length; j += 4) {
            s0 += (double) row[j] * values[at + j];
            s1 += (double) row[j + 1] * values[at + j + 1];
            s2 += (double) row[j + 2] * values[at + j + 2];
            s3 += (double) row[j + 3] * values[at + j + 3];
        }
        for (; j < row.length; j++) {
            s0 += (double) row[j] * values[at + j];
        }
        return (s0 + s1) + (s2 + s3);
    }

    static double squaredNorm(float[] row) {
        return dot(row, row, 0);
    }

    /**
     * See {@link #euclidean}. Rows are moved to their mean: then {@code ‖x‖² − 2x·c + ‖c‖²} loses least to
     * cancellation.
     */
    private static final class Euclidean extends Distance {
        @Override
        float[] origin(double[] mean) {
            float[] result = new float[mean.length];
            for (int j = 0; j < result.length; j++) {
                result[j] = (float) mean[j];
            }
            return result;
        }

        @Override
        double[] reach(RowBlocks.Extent raw) {
            double[] result = raw.largest.clone();
            for (int j = 0; j < result.length; j++) {
                result[j] += Math.abs(raw.mean[j]);
            }
            return result;
        }

        @Override
        void prepare(float[] row, float[] origin) {
            for (int j = 0; j < row.length; j++) {
                row[j] -= origin[j];
            }
        }

        @Override
        boolean counts(double squaredNorm) {
            return true;
        }

        @Override
        double offset(float[] centre) {
            return 0.5 * squaredNorm(centre);
        }

        @Override
        double rest() {
            return 0;
        }

        @Override
        void centre(double[] sum, long members, float[] centre) {
            for (int j = 0; j < centre.length; j++) {
                centre[j] = (float) (sum[j] / members);
            }
        }

        @Override
        public String toString() {
            return "euclidean";
        }
    }

    /** See {@link #spherical}. */
    private static final class Spherical extends Distance {
        @Override
        float[] origin(double[] mean) {
            return new float[mean.length];
        }

        @Override
        double[] reach(RowBlocks.Extent raw) {
            double[] result = new double[raw.mean.length];
            java.util.Arrays.fill(result, 1);
            return result;
        }

        @Override
        void prepare(float[] row, float[] origin) {
            double norm = Math.sqrt(squaredNorm(row));
            if (norm > 0) {
                for (int j = 0; j < row.length; j++) {
                    row[j] = (float) (row[j] / norm);
                }
            }
        }

        @Override
        boolean counts(double squaredNorm) {
            return squaredNorm > 0;
        }

        @Override
        double offset(float[] centre) {
            return 0;
        }

        @Override
        double rest() {
            return 1;
        }

        @Override
        void centre(double[] sum, long members, float[] centre) {
            double square = 0;
            for (double x : sum) {
                square += x * x;
            }
            double norm = Math.sqrt(square);
            if (norm > 1e-6 * members) {
                for (int j = 0; j < centre.length; j++) {
                    centre[j] = (float) (sum[j] / norm);
                }
            }
        }

        @Override
        public String toString() {
            return "spherical";
        }
    }
}
