// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;

/** Some tokens, of which minus the margin counts in the place of the loss: see {@link DecoderGradients#margin}. */
record MarginOn(LossMask mask) implements LossMask {
    @Override
    public boolean counts(TokenSequence sequence, int position) {
        return mask.counts(sequence, position);
    }
}
