// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A partition of the ordinals {@code 0 .. size() - 1} into clusters {@code 0 .. clusterCount() - 1}, none of them
 * empty. Immutable; 8 bytes an ordinal.
 *
 * <p>Clusters that got no member are dropped and the rest re-numbered in order; {@link #dropped()} says how many.
 */
public final class Clustering {
    private final int[] assignment;
    private final int[] members;
    private final int[] starts;
    private final int dropped;
    private final float @Nullable [] centres;

    private Clustering(int[] assignment, int clusters, float @Nullable [] centres) {
        if (clusters < 0) {
            throw new IllegalArgumentException("the number of clusters is " + clusters + "; allowed is 0 or more");
        }
        Objects.requireNonNull(assignment, "the assignment is null");
        int[] sizes = new int[clusters];
        for (int i = 0; i < assignment.length; i++) {
            int cluster = assignment[i];
            if (cluster < 0 || cluster >= clusters) {
                throw new IllegalArgumentException(
                        "ordinal " + i + " is assigned to cluster " + cluster + "; allowed is [0, " + clusters + ")");
            }
            sizes[cluster]++;
        }
        int[] renumbered = new int[clusters];
        int kept = 0;
        for (int c = 0; c < clusters; c++) {
            renumbered[c] = sizes[c] == 0 ? -1 : kept++;
        }
        this.assignment = new int[assignment.length];
        this.members = new int[assignment.length];
        this.starts = new int[kept + 1];
        this.dropped = clusters - kept;
        for (int c = 0; c < clusters; c++) {
            if (renumbered[c] >= 0) {
                starts[renumbered[c] + 1] = starts[renumbered[c]] + sizes[c];
            }
        }
        int[] next = Arrays.copyOf(starts, kept);
        for (int i = 0; i < assignment.length; i++) {
            int cluster = renumbered[assignment[i]];
            this.assignment[i] = cluster;
            members[next[cluster]++] = i;
        }
        this.centres = centres == null ? null : keep(centres, renumbered, kept);
    }

    private static float[] keep(float[] centres, int[] renumbered, int kept) {
        int dimension = centres.length / renumbered.length;
        float[] result = new float[kept * dimension];
        for (int c = 0; c < renumbered.length; c++) {
            if (renumbered[c] >= 0) {
                System.arraycopy(centres, c * dimension, result, renumbered[c] * dimension, dimension);
            }
        }
        return result;
    }

    /**
     * A clustering without centres.
     *
     * @param assignment the cluster of each ordinal, in {@code [0, clusters)}; copied
     * @param clusters {@code >= 0}
     */
    public static Clustering of(int[] assignment, int clusters) {
        return new Clustering(assignment, clusters, null);
    }

    /**
     * A clustering with centres.
     *
     * @param assignment the cluster of each ordinal, in {@code [0, clusters)}; copied
     * @param clusters {@code >= 1}
     * @param centres row-major, {@code clusters × dimension}, finite; copied
     * @throws NumericalException if a centre holds NaN or infinity; names it
     */
    public static Clustering of(int[] assignment, int clusters, float[] centres) {
        Objects.requireNonNull(centres, "the centres are null");
        if (clusters < 1 || centres.length % clusters != 0) {
            throw new IllegalArgumentException(
                    centres.length + " centre values do not make " + clusters + " rows of equal length");
        }
        for (int i = 0; i < centres.length; i++) {
            if (!Float.isFinite(centres[i])) {
                throw new NumericalException("the centre of cluster " + i / (centres.length / clusters)
                        + " holds the value " + centres[i] + "; allowed are finite numbers");
            }
        }
        return new Clustering(assignment, clusters, centres);
    }

    /**
     * A clustering with centres, one row a cluster.
     *
     * @param assignment the cluster of each ordinal, in {@code [0, centres.length)}; copied
     * @param centres all of one length; copied
     */
    public static Clustering of(int[] assignment, float[][] centres) {
        Objects.requireNonNull(centres, "the centres are null");
        int dimension = centres.length == 0 ? 0 : centres[0].length;
        float[] values = new float[Math.multiplyExact(centres.length, dimension)];
        for (int c = 0; c < centres.length; c++) {
            if (centres[c].length != dimension) {
                throw new IllegalArgumentException("the centre of cluster " + c + " has " + centres[c].length
                        + " values and that of cluster 0 has " + dimension + "; all must have as many");
            }
            System.arraycopy(centres[c], 0, values, c * dimension, dimension);
        }
        return of(assignment, centres.length, values);
    }

    /** {@link #of(int[], float[][])}, with centres in double precision, which are rounded to single. */
    public static Clustering of(int[] assignment, double[][] centres) {
        return of(assignment, RowEmbeddings.rounded("the centres", centres));
    }

    /** The number of ordinals. */
    public int size() {
        return assignment.length;
    }

    /** The number of clusters, all of them with members. */
    public int clusterCount() {
        return starts.length - 1;
    }

    /** The cluster of each ordinal; a copy. */
    public int[] assignment() {
        return assignment.clone();
    }

    /**
     * The cluster of an ordinal.
     *
     * @throws IndexOutOfBoundsException if there is no such ordinal
     */
    public int clusterOf(int ordinal) {
        return assignment[Items.require("ordinal", ordinal, assignment.length)];
    }

    /**
     * The number of members of a cluster, {@code >= 1}.
     *
     * @throws IndexOutOfBoundsException if there is no such cluster
     */
    public int size(int cluster) {
        Items.require("cluster", cluster, clusterCount());
        return starts[cluster + 1] - starts[cluster];
    }

    /**
     * A member of a cluster; members are in ascending order.
     *
     * @param cluster in {@code [0, clusterCount())}
     * @param index in {@code [0, size(cluster))}
     * @throws IndexOutOfBoundsException if there is no such cluster or member
     */
    public int member(int cluster, int index) {
        return members[starts[cluster] + Items.require("member", index, size(cluster))];
    }

    /** How many clusters were asked for but got no member. */
    public int dropped() {
        return dropped;
    }

    /**
     * A copy of the centre of a cluster, where the strategy has centres.
     *
     * @throws IndexOutOfBoundsException if there is no such cluster
     */
    public Optional<float[]> centre(int cluster) {
        Items.require("cluster", cluster, clusterCount());
        if (centres == null) {
            return Optional.empty();
        }
        int dimension = centres.length / clusterCount();
        return Optional.of(Arrays.copyOfRange(centres, cluster * dimension, (cluster + 1) * dimension));
    }

    /** Whether the same items are in clusters of the same numbers, with the same centres. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Clustering that
                && Arrays.equals(assignment, that.assignment)
                && dropped == that.dropped
                && Arrays.equals(centres, that.centres);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(assignment) + Arrays.hashCode(centres);
    }

    @Override
    public String toString() {
        return size() + " items in " + clusterCount() + " clusters"
                + (dropped == 0 ? "" : ", " + dropped + " empty ones dropped")
                + (centres == null ? "" : ", with centres");
    }
}
