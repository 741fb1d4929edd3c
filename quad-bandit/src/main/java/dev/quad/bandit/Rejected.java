// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/** What becomes of a block of which nothing was wanted. */
public sealed interface Rejected {

    /** It is spent: neither chosen nor drawn again. */
    static Rejected spent() {
        return new Spent();
    }

    /**
     * Its documents without a score are drawn again once the cluster has come to its end, in other blocks and judged by
     * other documents, so often at most. What was scored is spent.
     *
     * @param times {@code >= 1}
     */
    static Rejected retried(int times) {
        return new Retried(times);
    }

    /** How often a document may be drawn again. */
    int retries();

    /** See {@link #spent}. */
    record Spent() implements Rejected {
        @Override
        public int retries() {
            return 0;
        }
    }

    /** See {@link #retried}. */
    record Retried(int times) implements Rejected {
        /** Checks the number. */
        public Retried {
            if (times < 1) {
                throw new IllegalArgumentException(
                        "rejected blocks are retried " + times + " times; allowed is 1 or more");
            }
        }

        @Override
        public int retries() {
            return times;
        }
    }
}
