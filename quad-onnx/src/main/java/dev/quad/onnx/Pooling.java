// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

/** How the vectors of the tokens of a text become the vector of the text, before it is scaled to length 1. */
public enum Pooling {
    /** The vector of the first token, {@code [CLS]}: the BGE and GTE families. */
    CLS {
        @Override
        float[] pool(float[][] tokens) {
            return tokens[0].clone();
        }
    },
    /** The mean over all tokens, those of the template included: the MiniLM, MPNet and E5 families. */
    MEAN {
        @Override
        float[] pool(float[][] tokens) {
            double[] sums = new double[tokens[0].length];
            for (float[] token : tokens) {
                for (int j = 0; j < sums.length; j++) {
                    sums[j] += token[j];
                }
            }
            float[] mean = new float[sums.length];
            for (int j = 0; j < sums.length; j++) {
                mean[j] = (float) (sums[j] / tokens.length);
            }
            return mean;
        }
    };

    abstract float[] pool(float[][] tokens);
}
