// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

/** How many clusters to make where the user has not said. */
public final class ClusterCount {
    /** Fewer arms give the bandit nothing to choose from. */
    public static final int FEWEST = 8;
    /** The number that the Quad paper uses for some hundred million documents. */
    public static final int MOST = 10_000;

    private ClusterCount() {}

    /**
     * {@code √(n/2)}, held to {@code [}{@link #FEWEST}{@code , }{@link #MOST}{@code ]} and to the number of documents.
     *
     * @param documents {@code >= 1}
     */
    public static int suggest(long documents) {
        if (documents < 1) {
            throw new IllegalArgumentException(
                    "there are " + documents + " documents to cluster; allowed is 1 or more");
        }
        long root = Math.round(Math.sqrt(documents / 2.0));
        return (int) Math.min(documents, Math.max(FEWEST, Math.min(MOST, root)));
    }
}
