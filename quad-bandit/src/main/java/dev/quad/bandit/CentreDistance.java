// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Clustering;

/** {@link ArmDistance} between centres. */
final class CentreDistance implements ArmDistance {
    static final String COSINE = "cosine of centres";

    private final float[][] centres;
    private final boolean cosine;

    CentreDistance(Clustering clustering, boolean cosine) {
        this.cosine = cosine;
        this.centres = new float[clustering.clusterCount()][];
        for (int cluster = 0; cluster < centres.length; cluster++) {
            centres[cluster] = clustering
                    .centre(cluster)
                    .orElseThrow(
                            () -> new IllegalArgumentException(
                                    "the clustering has no centres to measure distances between; give an ArmDistance of your own"));
        }
    }

    @Override
    public double between(int a, int b) {
        float[] x = centres[a];
        float[] y = centres[b];
        double dot = 0;
        double xx = 0;
        double yy = 0;
        double far = 0;
        for (int i = 0; i < x.length; i++) {
            dot += (double) x[i] * y[i];
            xx += (double) x[i] * x[i];
            yy += (double) y[i] * y[i];
            far += ((double) x[i] - y[i]) * ((double) x[i] - y[i]);
        }
        if (!cosine) {
            return Math.sqrt(far);
        }
        return xx == 0 || yy == 0 ? 1 : Math.max(0, 1 - dot / Math.sqrt(xx * yy));
    }

    /** The centres follow from the clustering, whose digest is in the manifest. */
    @Override
    public String id() {
        return cosine ? COSINE : "euclidean of centres";
    }
}
