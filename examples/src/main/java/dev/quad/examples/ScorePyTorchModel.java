// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.influence.CaptureFolder;
import dev.quad.influence.Curvature;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.ScoreFile;
import java.nio.file.Path;
import java.util.List;

/**
 * A model in PyTorch, scores from Java: {@code examples/python/score_model.py} captures what its linear layers saw,
 * this fits the curvature and writes the direction, and the script scores along it by forward passes. Where the pool
 * was captured too, its scores are here at once.
 */
public final class ScorePyTorchModel {
    private ScorePyTorchModel() {}

    /** From {@code sample} and {@code reference} in a folder, makes {@code direction.safetensors} in it. */
    public static void writeDirection(Path folder) {
        CaptureFolder sample = CaptureFolder.open(folder.resolve("sample"));
        CaptureFolder reference = CaptureFolder.open(folder.resolve("reference"));
        // the script drew two sets of labels with the seed 7
        KroneckerFactors factors = KroneckerFactors.fit(sample, sample.items(), Fisher.sampled(new Seed(7), 2));
        try (ReferenceDirection gradient = ReferenceDirection.gradient(reference, ReferenceSet.of(reference.items()));
                ReferenceDirection direction =
                        gradient.precondition(Curvature.kfacOfSequences(factors), Damping.relative(0.1))) {
            direction.write(folder.resolve("direction.safetensors"));
        }
    }

    /** The scores of {@code pool} in the folder, from its captures. */
    public static InfluenceScores scoreCaptures(Path folder) {
        CaptureFolder pool = CaptureFolder.open(folder.resolve("pool"));
        try (ReferenceDirection direction = ReferenceDirection.read(folder.resolve("direction.safetensors"));
                InfluenceEstimator<Integer> influence =
                        Influence.of(pool).direction(direction).estimator()) {
            return influence.score(pool.items());
        }
    }

    /** The scores of some ids, from {@code scores.safetensors} that the script wrote. */
    public static InfluenceScores readScores(Path folder, List<String> ids) {
        try (ReferenceDirection direction = ReferenceDirection.read(folder.resolve("direction.safetensors"));
                ScoreFile scores = ScoreFile.open(folder.resolve("scores.safetensors"), direction)) {
            return scores.score(ids);
        }
    }

    /** Takes the folder that the script wrote to. */
    public static void main(String[] arguments) {
        writeDirection(Path.of(arguments[0]));
        System.out.println(scoreCaptures(Path.of(arguments[0])));
    }
}
