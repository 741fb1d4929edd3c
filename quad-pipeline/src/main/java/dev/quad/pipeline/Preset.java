// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.bandit.Credit;
import dev.quad.bandit.Presets;
import dev.quad.bandit.SelectionOptions;
import dev.quad.influence.Damping;
import java.util.OptionalInt;

/** Where the settings of a run start from: what a score is, and how is chosen. */
public enum Preset {
    /** The defaults: what {@code quad select} does. */
    QUAD {
        @Override
        public ScoreSettings.Builder scores() {
            return ScoreSettings.builder();
        }

        @Override
        public SelectionOptions.Builder selection() {
            return SelectionOptions.builder();
        }
    },
    /**
     * The formulas of the paper (Zhang et al., ICLR 2025): α in the unit of the scores, blocks taken whole by their
     * means. The paper does not give its α; this is that of its code.
     */
    PAPER {
        @Override
        public ScoreSettings.Builder scores() {
            return ScoreSettings.builder().layers(ScoreSettings.LayerGroup.ALL);
        }

        @Override
        public SelectionOptions.Builder selection() {
            return Presets.paper(Presets.PUBLISHED_ALPHA);
        }
    },
    /** What the paper's public code does (October 2024), but for its errors in linear algebra. */
    PUBLIC_CODE {
        @Override
        public ScoreSettings.Builder scores() {
            return ScoreSettings.builder()
                    .kind(ScoreSettings.Kind.MEAN_COSINE)
                    .projection(OptionalInt.of(PUBLISHED_SIGNS))
                    .curvature(ScoreSettings.CurvatureKind.EKFAC)
                    .labels(ScoreSettings.Labels.EMPIRICAL)
                    .factorData(ScoreSettings.FactorData.REFERENCE)
                    .damping(Damping.absolute(PUBLISHED_DAMPING))
                    .layers(ScoreSettings.LayerGroup.ALL_AND_HEAD)
                    .biases(ScoreSettings.Biases.IGNORE)
                    .qkv(ScoreSettings.Qkv.SEPARATE)
                    .chunkMean(ScoreSettings.ChunkMean.CHUNKS)
                    .shortDocuments(ShortDocuments.ZERO);
        }

        @Override
        public SelectionOptions.Builder selection() {
            return Presets.publicCode()
                    .credit(Credit.pulls()
                            .sharedWithin(Presets.PUBLISHED_RADIUS)
                            .countingWhole(Presets.PUBLISHED_THRESHOLD));
        }
    },
    /**
     * Scores of LESS (Xia et al., 2024) but for its projection, which only approximates them: cosines of what Adam
     * makes of the gradient of a document, from the moments in the model's folder, with those of the reference, of all
     * layers. With the best of several tasks, {@link PoolScores#alongBest}, and the checkpoints of a training by their
     * learning rates, {@code checkpoints(…)}, that is all of it; there every document is scored, and the best are
     * taken. Rounds are the defaults.
     */
    LESS {
        @Override
        public ScoreSettings.Builder scores() {
            return ScoreSettings.builder()
                    .kind(ScoreSettings.Kind.MEAN_COSINE)
                    .gradient(GradientRule.ADAM_STATE)
                    .layers(ScoreSettings.LayerGroup.ALL);
        }

        @Override
        public SelectionOptions.Builder selection() {
            return SelectionOptions.builder();
        }
    };

    /** Dimensions that the paper's public code projects to. */
    private static final int PUBLISHED_SIGNS = 8192;

    private static final double PUBLISHED_DAMPING = 0.001;

    /** What a score is. */
    public abstract ScoreSettings.Builder scores();

    /** How the rounds choose. */
    public abstract SelectionOptions.Builder selection();
}
