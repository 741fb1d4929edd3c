// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.InfluenceEstimator;
import dev.quad.testkit.InfluenceEstimatorContract;
import java.util.List;
import java.util.Optional;

class SharedWordsTest extends InfluenceEstimatorContract<String> {
    @Override
    protected InfluenceEstimator<String> estimator() {
        return new SharedWords(List.of("two and two is four"));
    }

    @Override
    protected List<String> items() {
        return List.of("two and three is five", "", "the sea is wide");
    }

    @Override
    protected Optional<InfluenceEstimator<String>> other() {
        return Optional.of(new SharedWords(List.of("the sea")));
    }
}
