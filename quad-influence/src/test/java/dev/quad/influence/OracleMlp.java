// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;

/** {@code W₂ tanh(W₁ x + b₁) + b₂} with a softmax loss; an item is one token, and it has a label. */
final class OracleMlp extends OracleNetwork {
    private static final List<Layer> LAYERS = List.of(new Layer("fc1", 5, 6, true), new Layer("fc2", 6, 4, true));

    OracleMlp() {
        super("mlp");
    }

    @Override
    List<Layer> layers() {
        return LAYERS;
    }

    private double[][] hidden(String set, int item) {
        double[][] hidden = linear("fc1", new double[][] {tensor(set + "/x", item)});
        for (int i = 0; i < hidden[0].length; i++) {
            hidden[0][i] = Math.tanh(hidden[0][i]);
        }
        return hidden;
    }

    @Override
    double[][] logits(String set, int item) {
        return linear("fc2", hidden(set, item));
    }

    @Override
    Pass backward(String set, int item, double[][] logitGradients) {
        double[][] hidden = hidden(set, item);
        double[][] d = linearBack("fc2", logitGradients);
        for (int i = 0; i < d[0].length; i++) {
            d[0][i] *= 1 - hidden[0][i] * hidden[0][i];
        }
        double[][] x = {tensor(set + "/x", item)};
        return new Pass(LAYERS, new double[][][] {x, hidden}, new double[][][] {d, logitGradients});
    }
}
