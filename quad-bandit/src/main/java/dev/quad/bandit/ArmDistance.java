// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Clustering;
import java.util.Objects;

/** How far two arms are from each other. Symmetric, 0 for an arm and itself; the same answer every time. */
public interface ArmDistance {

    /** The distance, {@code >= 0}. */
    double between(int a, int b);

    /** Names the measure and what it measures; goes into the manifest. */
    String id();

    /**
     * Between the centres of clusters, in a straight line.
     *
     * @throws IllegalArgumentException if the clustering has no centres
     */
    static ArmDistance euclidean(Clustering clustering) {
        Objects.requireNonNull(clustering, "the clustering is null");
        return new CentreDistance(clustering, false);
    }

    /**
     * One minus the cosine between the centres of clusters, in {@code [0, 2]}; 1 where a centre is zero.
     *
     * @throws IllegalArgumentException if the clustering has no centres
     */
    static ArmDistance cosine(Clustering clustering) {
        Objects.requireNonNull(clustering, "the clustering is null");
        return new CentreDistance(clustering, true);
    }
}
