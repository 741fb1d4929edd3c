// SPDX-License-Identifier: Apache-2.0
package org.example.dl4j;

import dev.quad.InfluenceEstimator;
import dev.quad.Seed;
import dev.quad.testkit.InfluenceEstimatorContract;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;

class NetworkTest extends InfluenceEstimatorContract<DataSet> {
    private static final List<DataSet> POINTS = Network.points(6, 1, new Seed(1));
    private static final MultiLayerNetwork NETWORK = Network.trained(POINTS);

    @Override
    protected InfluenceEstimator<DataSet> estimator() {
        return Network.scoredBy(NETWORK, Network.points(8, 0, new Seed(2)));
    }

    @Override
    protected List<DataSet> items() {
        return POINTS;
    }

    @Override
    protected Optional<InfluenceEstimator<DataSet>> other() {
        return Optional.of(Network.scoredBy(NETWORK, Network.points(8, 0, new Seed(3))));
    }
}
