// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** {@code Q_G [(Q_Gᵀ V Q_A) ⊘ grid] Q_Aᵀ} in ND4J. */
final class Nd4jCase {
    private final INDArray v;
    private final INDArray outputVectors;
    private final INDArray inputVectors;
    private final INDArray grid;

    Nd4jCase(int outputs, int inputs, float[] v, float[] outputVectors, float[] inputVectors, float[] grid) {
        this.v = Nd4j.createFromArray(v).reshape(outputs, inputs);
        this.outputVectors = Nd4j.createFromArray(outputVectors).reshape(outputs, outputs);
        this.inputVectors = Nd4j.createFromArray(inputVectors).reshape(inputs, inputs);
        this.grid = Nd4j.createFromArray(grid).reshape(outputs, inputs);
    }

    INDArray solve() {
        INDArray rotated = outputVectors.transpose().mmul(v).mmul(inputVectors);
        rotated.divi(grid);
        return outputVectors.mmul(rotated).mmul(inputVectors.transpose());
    }
}
