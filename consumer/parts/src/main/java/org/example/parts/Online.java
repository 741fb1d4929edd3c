// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.bandit.StagedSelector;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import java.util.List;

/** Scores by a model that learns from what was chosen. */
public final class Online {
    private Online() {}

    /** Scores by the influence on the loss of a reference, through K-FAC. */
    public static InfluenceEstimator<Point> scoredBy(TinyMlp model, List<Point> reference) {
        var factors = KroneckerFactors.fit(model, reference, Fisher.sampled(new Seed(2), 4));
        try (var gradient = ReferenceDirection.gradient(model, ReferenceSet.of(reference))) {
            var direction = gradient.precondition(factors, Damping.relative(0.1));
            return Influence.of(model).direction(direction).estimator().onClose(direction::close);
        }
    }

    /** Two rounds a stage; before each the model is trained on all that was chosen so far. */
    public static DataSelector<Point> selector(CandidatePool<Point> pool, Clustering clusters, List<Point> reference) {
        return StagedSelector.<Point>builder(clusters, (stage, chosen) -> {
                    TinyMlp model = TinyMlp.random(new Seed(1));
                    model.train(
                            chosen.stream()
                                    .map(choice -> pool.get(choice.ordinal()))
                                    .toList(),
                            50,
                            0.5);
                    return scoredBy(model, reference);
                })
                .rounds(2)
                .build();
    }
}
