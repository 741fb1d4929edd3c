// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of curvature, and what each keeps of a layer. */
enum CurvatureKind {
    /** K-FAC with the scale of a token. */
    KFAC("kfac", Of.PRODUCT),
    /** K-FAC with the scale of a sequence. */
    KFAC_OF_SEQUENCES("kfac of sequences", Of.PRODUCT),
    /** Eigenvalues measured in the basis of K-FAC. */
    EKFAC("ekfac", Of.GRID_IN_BASIS),
    /** Eigenvalues measured without a basis. */
    DIAGONAL("diagonal", Of.GRID),
    /** None: the gradient as it is. */
    IDENTITY("identity", Of.NOTHING),
    /** The whole matrix of each layer. */
    BLOCKS("block", Of.MATRIX),
    /** One matrix over all layers. */
    WHOLE("whole", Of.MATRIX);

    private enum Of {
        PRODUCT,
        GRID_IN_BASIS,
        GRID,
        NOTHING,
        MATRIX
    }

    private final String label;
    private final Of of;

    CurvatureKind(String label, Of of) {
        this.label = label;
        this.of = of;
    }

    /** Its name in files, messages and manifests. */
    String label() {
        return label;
    }

    /** Whether a layer is a product of two factors with a scale, in the unit of a token's loss. */
    boolean isProduct() {
        return of == Of.PRODUCT;
    }

    /** Whether a layer has measured eigenvalues, the mean over items. */
    boolean isMeasured() {
        return of == Of.GRID_IN_BASIS || of == Of.GRID;
    }

    /** Whether a layer has a Kronecker eigenbasis. */
    boolean hasBasis() {
        return of == Of.PRODUCT || of == Of.GRID_IN_BASIS;
    }

    /** Whether it can be written to a file. */
    boolean isKept() {
        return isProduct() || isMeasured();
    }

    /** The kind that a file names, if it is one that files hold. */
    static Optional<CurvatureKind> kept(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.isKept() && kind.label.equals(label))
                .findFirst();
    }

    /** Those that files hold, for messages. */
    static String allKept() {
        return Arrays.stream(values())
                .filter(CurvatureKind::isKept)
                .map(CurvatureKind::label)
                .collect(Collectors.joining(", "));
    }
}
