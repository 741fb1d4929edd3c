// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * What a run would take, roughly.
 *
 * @param proxyTokens tokens that a proxy is trained on; 0 without one
 * @param curvatureTokens tokens that the curvature is estimated from
 * @param referenceTokens tokens of the reference that are used
 * @param scoredTokens tokens of documents that are scored: all of them, or what a run of the defaults usually needs
 * @param flops floating-point operations of all these; empty where the model is given
 * @param bytes of memory
 */
public record Estimate(
        long proxyTokens,
        long curvatureTokens,
        long referenceTokens,
        long scoredTokens,
        OptionalDouble flops,
        long bytes) {
    /** Checks that all is there. */
    public Estimate {
        Objects.requireNonNull(flops, "the flops are null; allowed is an empty number");
    }
}
