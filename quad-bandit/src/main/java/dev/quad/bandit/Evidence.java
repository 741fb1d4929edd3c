// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/** Which documents are scored to judge a block. */
public enum Evidence {
    /** A fair sample of the block itself. */
    OF_BLOCK,
    /**
     * As in the paper's code: pull number p of a cluster scores the documents at the places {@code p·B … p·B + B − 1}
     * of its order, and what is accepted is the first block of the order that was not accepted yet. So the documents
     * taken are not those that spoke for them. For comparisons only; needs {@link BlockSize#wholeDocuments} not below
     * the sample.
     */
    OF_PREFIX
}
