// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.random.RandomGenerator;

/** What {@link KMeans} does with a cluster that has lost all its members during training. */
public abstract sealed class EmptyClusterPolicy {
    private static final EmptyClusterPolicy SPLIT_BIGGEST = new SplitBiggest();
    private static final EmptyClusterPolicy DROP = new Drop();

    private EmptyClusterPolicy() {}

    /**
     * Gives the empty cluster a part of the biggest one, as FAISS does, but so that the objective cannot rise: the big
     * cluster's centre stays, and the empty one's is put a little way from it towards a random member. A cluster whose
     * members are all equal is not split; where there is no other, the empty cluster is dropped.
     */
    public static EmptyClusterPolicy splitBiggest() {
        return SPLIT_BIGGEST;
    }

    /** Leaves it empty; it may win members back, else the answer has fewer clusters. */
    public static EmptyClusterPolicy drop() {
        return DROP;
    }

    /**
     * Repairs what can be.
     *
     * @param centres {@code clusters × dimension}, changed in place
     * @return how many empty clusters got a new centre
     */
    abstract int repair(ClusterMembers members, Rows rows, Floats centres, Distance distance, RandomGenerator random);

    @Override
    public abstract String toString();

    /** See {@link #splitBiggest}. */
    private static final class SplitBiggest extends EmptyClusterPolicy {
        /** Small, so that the plane between the two centres passes near the old one and cuts the cluster in halves. */
        private static final float STEP = 1 / 16f;

        @Override
        int repair(ClusterMembers members, Rows rows, Floats centres, Distance distance, RandomGenerator random) {
            int[] expected = new int[members.count()];
            for (int cluster = 0; cluster < expected.length; cluster++) {
                expected[cluster] = members.size(cluster);
            }
            int split = 0;
            for (int cluster = 0; cluster < expected.length; cluster++) {
                if (members.size(cluster) == 0 && split(cluster, expected, members, rows, centres, distance, random)) {
                    split++;
                }
            }
            return split;
        }

        private static boolean split(
                int empty,
                int[] expected,
                ClusterMembers members,
                Rows rows,
                Floats centres,
                Distance distance,
                RandomGenerator random) {
            int dimension = rows.dimension();
            float[] centre = new float[dimension];
            float[] member = new float[dimension];
            for (int donor = biggest(expected); expected[donor] > 1; donor = biggest(expected)) {
                centres.get(donor * dimension, centre, 0, dimension);
                int size = members.size(donor);
                int start = random.nextInt(size);
                for (int i = 0; i < size; i++) {
                    rows.get(members.member(donor, (start + i) % size), member);
                    if (step(centre, member, distance)) {
                        centres.set(empty * dimension, member, 0, dimension);
                        expected[donor] /= 2;
                        return true;
                    }
                }
                expected[donor] = 0;
            }
            return false;
        }

        /**
         * Moves {@code point} to a place near the centre on the way to it; false if it does not differ from the centre.
         */
        private static boolean step(float[] centre, float[] point, Distance distance) {
            double[] sum = new double[centre.length];
            double gap = 0;
            for (int j = 0; j < sum.length; j++) {
                double difference = (double) point[j] - centre[j];
                gap += difference * difference;
                sum[j] = centre[j] + STEP * difference;
            }
            if (!distance.counts(Distance.squaredNorm(point)) || gap <= 1e-10 * Distance.squaredNorm(centre)) {
                return false;
            }
            distance.centre(sum, 1, point);
            return true;
        }

        private static int biggest(int[] sizes) {
            int biggest = 0;
            for (int i = 1; i < sizes.length; i++) {
                if (sizes[i] > sizes[biggest]) {
                    biggest = i;
                }
            }
            return biggest;
        }

        @Override
        public String toString() {
            return "splitBiggest";
        }
    }

    /** See {@link #drop}. */
    private static final class Drop extends EmptyClusterPolicy {
        @Override
        int repair(ClusterMembers members, Rows rows, Floats centres, Distance distance, RandomGenerator random) {
            return 0;
        }

        @Override
        public String toString() {
            return "drop";
        }
    }
}
