// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/** How many documents one pull draws. The last block of an arm is what is left of it. */
public sealed interface BlockSize {

    /**
     * The documents of a block.
     *
     * @param armSize documents that could be drawn from the arm at the start, {@code >= 1}
     * @return {@code >= 1}
     */
    int of(int armSize);

    /**
     * The same share of every cluster, γ of the paper: rounded, at least one document.
     *
     * @param gamma in {@code (0, 1]}
     */
    static BlockSize share(double gamma) {
        return new Share(gamma);
    }

    /**
     * The same number of documents from every cluster.
     *
     * @param count {@code >= 1}
     */
    static BlockSize documents(int count) {
        return new Documents(count);
    }

    /** See {@link #share}. */
    record Share(double gamma) implements BlockSize {
        /** Checks γ. */
        public Share {
            if (!(gamma > 0 && gamma <= 1)) {
                throw new IllegalArgumentException(
                        "the block's share of a cluster is " + gamma + "; allowed is (0, 1]");
            }
        }

        @Override
        public int of(int armSize) {
            return (int) Math.max(1, Math.round(gamma * armSize));
        }
    }

    /** See {@link #documents}. */
    record Documents(int count) implements BlockSize {
        /** Checks the count. */
        public Documents {
            if (count < 1) {
                throw new IllegalArgumentException("the block has " + count + " documents; allowed is 1 or more");
            }
        }

        @Override
        public int of(int armSize) {
            return Math.min(count, armSize);
        }
    }
}
