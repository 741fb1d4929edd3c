// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.MismatchException;
import java.util.List;

/**
 * What a direction was made by: nothing but the gradient, a curvature under a damping, or the mean of several.
 *
 * @param words as it stands in files and fingerprints
 */
record DirectionOrigin(String words) {
    /** The gradient as it is. */
    static final DirectionOrigin GRADIENT = new DirectionOrigin(CurvatureKind.IDENTITY.label());

    private static final String EXACT = "mean of unit directions, ";
    private static final String PROJECTED = "mean of unit directions through projection ";

    static DirectionOrigin solved(Curvature curvature, Damping damping) {
        return new DirectionOrigin(curvature.kind() + " " + damping + " " + curvature.fingerprint());
    }

    /**
     * A {@link MeanDirection}.
     *
     * @param projection the fingerprint of the one that lengths were taken through; empty for none
     * @param counted the number of directions
     */
    static DirectionOrigin mean(String projection, Curvature curvature, Damping damping, int counted) {
        return new DirectionOrigin(mean(projection) + curvature.kind() + " " + damping + " "
                + Fingerprint.of("quad.mean-direction.1")
                        .add(curvature.fingerprint())
                        .add(counted)
                        .hex());
    }

    private static String mean(String projection) {
        return projection.isEmpty() ? EXACT : PROJECTED + projection + ", ";
    }

    /** Of numbers that were made elsewhere and hold a curvature already. */
    static DirectionOrigin given(String by) {
        return new DirectionOrigin("given, " + by);
    }

    /** Of layers that come from several directions. */
    static DirectionOrigin joined(List<DirectionOrigin> parts) {
        Fingerprint digest = Fingerprint.of("quad.joined-directions.1");
        parts.forEach(part -> digest.add(part.words));
        return new DirectionOrigin("parts " + digest.hex());
    }

    /** The same cut to a rank. */
    DirectionOrigin cut(int rank) {
        return new DirectionOrigin(words + " rank " + rank);
    }

    /** Whether no curvature was applied yet. */
    boolean isGradient() {
        return equals(GRADIENT);
    }

    /**
     * Checks that lengths in a mean were taken as those of gradients will be.
     *
     * @param projection its fingerprint; empty for none
     */
    void requireLengths(String projection) {
        if ((words.startsWith(EXACT) || words.startsWith(PROJECTED)) && !words.startsWith(mean(projection))) {
            throw new MismatchException(
                    "the reference direction is a " + words + ", and the lengths of gradients would be taken "
                            + (projection.isEmpty() ? "without a projection" : "through projection " + projection)
                            + "; make both with the same one, of one seed, width and layers");
        }
    }
}
