// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.dl4j.MultiLayerGradients;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * A network of DL4J, trained on points some of which have the wrong label; the influence on a few clean points tells
 * which.
 */
public final class ScoreDl4jNetwork {
    private ScoreDl4jNetwork() {}

    /** The share of wrong labels among the points with the lowest scores, as many as there are wrong ones. */
    public static double run() {
        RandomGenerator random = new Seed(1).stream("points");
        List<DataSet> points = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            points.add(point(random, i < 20)); // the first 20 are wrong
        }
        List<DataSet> reference = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            reference.add(point(random, false));
        }
        MultiLayerNetwork network = trained(DataSet.merge(points));

        MultiLayerGradients source = new MultiLayerGradients(network);
        var ekfac =
                CurvatureFit.of(source, points, Fisher.sampled(new Seed(2), 1)).ekfac();
        try (var gradient = ReferenceDirection.gradient(source, ReferenceSet.of(reference));
                var direction = gradient.precondition(ekfac, Damping.relative(0.1));
                var influence = Influence.of(source).direction(direction).estimator()) {
            var scores = influence.score(points);
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < points.size(); i++) {
                order.add(i);
            }
            order.sort(java.util.Comparator.comparingDouble(scores::value));
            return order.subList(0, 20).stream().filter(i -> i < 20).count() / 20.0;
        }
    }

    /** Inside or outside a circle. */
    private static DataSet point(RandomGenerator random, boolean wrong) {
        float x = (float) random.nextGaussian();
        float y = (float) random.nextGaussian();
        boolean inside = (x * x + y * y < 1.4) != wrong;
        INDArray label = Nd4j.createFromArray(new float[][] {{inside ? 1 : 0, inside ? 0 : 1}});
        return new DataSet(Nd4j.createFromArray(new float[][] {{x, y}}), label);
    }

    private static MultiLayerNetwork trained(DataSet data) {
        MultiLayerConfiguration conf = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.02))
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(2)
                        .nOut(16)
                        .activation(Activation.TANH)
                        .build())
                .layer(new DenseLayer.Builder()
                        .nIn(16)
                        .nOut(16)
                        .activation(Activation.TANH)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(16)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build();
        MultiLayerNetwork network = new MultiLayerNetwork(conf);
        network.init();
        for (int epoch = 0; epoch < 60; epoch++) {
            network.fit(data);
        }
        return network;
    }
}
