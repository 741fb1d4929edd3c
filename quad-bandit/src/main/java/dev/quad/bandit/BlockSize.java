// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/** How many documents one pull draws. */
public sealed interface BlockSize {

    /**
     * The documents of a block; at the end of an arm what is left of it.
     *
     * @param armSize documents that could be drawn from the arm at the start, {@code >= 1}
     * @param remaining documents that can still be drawn from it, {@code >= 1}
     * @return {@code >= 1}
     */
    int of(int armSize, int remaining);

    /**
     * Whether a last block may be smaller. Where not, what is left of an arm stays undrawn, and small arms altogether.
     */
    default boolean takesRest() {
        return true;
    }

    /** The most documents that a block has; no bound where that depends on the arm or the pool. */
    default int largest() {
        return Integer.MAX_VALUE;
    }

    /**
     * The same share of every cluster, γ of the paper: rounded, at least one document.
     *
     * @param gamma in {@code (0, 1]}
     */
    static BlockSize share(double gamma) {
        return new Share(gamma);
    }

    /**
     * A share of what is left of the cluster, so that blocks shrink: rounded, at least one document.
     *
     * @param gamma in {@code (0, 1]}
     */
    static BlockSize shareOfRest(double gamma) {
        return new ShareOfRest(gamma);
    }

    /**
     * The same number of documents from every cluster.
     *
     * @param count {@code >= 1}
     */
    static BlockSize documents(int count) {
        return new Documents(count);
    }

    /**
     * Exactly this number of documents, as in the paper's code: clusters with fewer are never drawn from.
     *
     * @param count {@code >= 1}
     */
    static BlockSize wholeDocuments(int count) {
        return new WholeDocuments(count);
    }

    /**
     * {@link #wholeDocuments} of which so many make a mean cluster: {@code documents / (parts · clusters)}, at least
     * one. The session, which knows both, fills it in.
     *
     * @param parts {@code >= 1}
     * @param most documents of a block at most, {@code >= 1}
     */
    static BlockSize partOfMeanCluster(int parts, int most) {
        return new PartOfMeanCluster(parts, most);
    }

    /**
     * This size for a pool; itself unless it depends on that.
     *
     * @param documents documents that can be drawn, {@code >= 0}
     * @param clusters {@code >= 1}
     */
    default BlockSize forPool(int documents, int clusters) {
        return this;
    }

    private static double checkShare(double gamma) {
        if (!(gamma > 0 && gamma <= 1)) {
            throw new IllegalArgumentException("the block's share of a cluster is " + gamma + "; allowed is (0, 1]");
        }
        return gamma;
    }

    private static int checkCount(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("the block has " + count + " documents; allowed is 1 or more");
        }
        return count;
    }

    /** See {@link #share}. */
    record Share(double gamma) implements BlockSize {
        /** Checks γ. */
        public Share {
            checkShare(gamma);
        }

        @Override
        public int of(int armSize, int remaining) {
            return (int) Math.max(1, Math.round(gamma * armSize));
        }
    }

    /** See {@link #shareOfRest}. */
    record ShareOfRest(double gamma) implements BlockSize {
        /** Checks γ. */
        public ShareOfRest {
            checkShare(gamma);
        }

        @Override
        public int of(int armSize, int remaining) {
            return (int) Math.max(1, Math.round(gamma * remaining));
        }
    }

    /** See {@link #documents}. */
    record Documents(int count) implements BlockSize {
        /** Checks the count. */
        public Documents {
            checkCount(count);
        }

        @Override
        public int of(int armSize, int remaining) {
            return Math.min(count, armSize);
        }
    }

    /** See {@link #wholeDocuments}. */
    record WholeDocuments(int count) implements BlockSize {
        /** Checks the count. */
        public WholeDocuments {
            checkCount(count);
        }

        @Override
        public int of(int armSize, int remaining) {
            return count;
        }

        @Override
        public int largest() {
            return count;
        }

        @Override
        public boolean takesRest() {
            return false;
        }
    }

    /** See {@link #partOfMeanCluster}. */
    record PartOfMeanCluster(int parts, int most) implements BlockSize {
        /** Checks both. */
        public PartOfMeanCluster {
            checkCount(most);
            if (parts < 1) {
                throw new IllegalArgumentException(
                        "the block is one of " + parts + " parts of a cluster; allowed is 1 or more");
            }
        }

        @Override
        public BlockSize forPool(int documents, int clusters) {
            long part = documents / ((long) parts * clusters);
            return new WholeDocuments((int) Math.max(1, Math.min(most, part)));
        }

        @Override
        public int of(int armSize, int remaining) {
            throw new IllegalStateException("the size depends on the pool; ask what forPool gives");
        }

        @Override
        public boolean takesRest() {
            return false;
        }
    }
}
