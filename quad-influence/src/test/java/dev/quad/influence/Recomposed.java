// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.SymmetricEigen;

/** Curvatures written out as dense matrices over the weights of a layer. */
final class Recomposed {
    private Recomposed() {}

    /** H of a layer: its eigenvalues in its eigenbasis. */
    static double[] of(Curvature curvature, int layer) {
        return of(basis(curvature, layer), curvature.eigenvalues(layer));
    }

    /** {@code Q diag(values) Qᵀ}, the columns of Q being eigenvectors. */
    static double[] of(double[] q, double[] values) {
        int n = values.length;
        double[] result = new double[n * n];
        double[] column = new double[n];
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < n; i++) {
                column[i] = q[i * n + k];
            }
            Dense.addOuter(result, values[k], column);
        }
        return result;
    }

    /** Q over the weights of a layer: {@code Q_G ⊗ Q_A}, or what stands in its place. */
    static double[] basis(Curvature curvature, int layer) {
        int weights = curvature.layers().get(layer).weights();
        return switch (curvature.kind()) {
            case "identity", "diagonal" -> Dense.plusDiagonal(new double[weights * weights], weights, 1);
            case "block" -> curvature.inputSide(layer).vectors();
            default -> {
                SymmetricEigen outputs = curvature.outputSide(layer);
                SymmetricEigen inputs = curvature.inputSide(layer);
                yield Dense.kron(outputs.vectors(), outputs.size(), inputs.vectors(), inputs.size());
            }
        };
    }

    /** {@code G ⊗ A} of the factors themselves. */
    static double[] of(KroneckerFactors factors, int layer) {
        LayerShape shape = factors.layers().get(layer);
        return Dense.kron(
                factors.outputCovariance(layer), shape.outputs(), factors.inputCovariance(layer), shape.columns());
    }

    /** {@code |H₁ − H₂|} over {@code |H₂|}, Frobenius. */
    static double distance(double[] found, double[] expected) {
        return Dense.norm(Dense.sum(found, Dense.scaled(expected, -1))) / Dense.norm(expected);
    }
}
