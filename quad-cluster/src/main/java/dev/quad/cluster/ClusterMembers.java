// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

/** The members of each cluster in ascending order, by a counting sort; unlike a Clustering, clusters may be empty. */
final class ClusterMembers {
    private final int[] starts;
    private final int[] members;

    ClusterMembers(int[] assignment, int count) {
        this(assignment, 0, assignment.length, count);
    }

    /** Of the rows {@code [from, from + length)}, whose members are counted from {@code from}. */
    ClusterMembers(int[] assignment, int from, int length, int count) {
        starts = new int[count + 1];
        members = new int[length];
        for (int row = 0; row < length; row++) {
            starts[assignment[from + row] + 1]++;
        }
        for (int cluster = 0; cluster < count; cluster++) {
            starts[cluster + 1] += starts[cluster];
        }
        int[] next = starts.clone();
        for (int row = 0; row < length; row++) {
            members[next[assignment[from + row]]++] = row;
        }
    }

    /** All members, by cluster; not a copy. */
    int[] all() {
        return members;
    }

    int count() {
        return starts.length - 1;
    }

    int size(int cluster) {
        return starts[cluster + 1] - starts[cluster];
    }

    int member(int cluster, int index) {
        return members[starts[cluster] + index];
    }
}
