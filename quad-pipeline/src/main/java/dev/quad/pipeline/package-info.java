// SPDX-License-Identifier: Apache-2.0
/**
 * The whole way from documents to a selection, for Java: what the command does is done here.
 * {@link dev.quad.pipeline.QuadPipeline} is the entrance, {@code quad select}; {@link dev.quad.pipeline.ModelTraining}
 * is {@code quad train}, {@link dev.quad.pipeline.EmbeddingSource} {@code quad embed},
 * {@link dev.quad.pipeline.EmbeddingClusters} {@code quad cluster}, {@link dev.quad.pipeline.Evaluation} {@code quad
 * evaluate}, {@link dev.quad.pipeline.Comparison} {@code quad compare}, {@link dev.quad.pipeline.PoolInspection}
 * {@code quad inspect}.
 *
 * <p>What can be set: {@link dev.quad.pipeline.ScoreSettings}, what a score is;
 * {@link dev.quad.bandit.SelectionOptions}, how is chosen; a {@link dev.quad.pipeline.Preset} has both.
 * {@link dev.quad.pipeline.DuplicatePolicy} and {@link dev.quad.pipeline.EmbeddingSource} say what is left out, and
 * what documents are clustered by. Clusters, scores, or the gradients of a model of one's own can be given instead.
 * {@link dev.quad.pipeline.SelectionFile} writes what was chosen; {@link dev.quad.pipeline.Evaluation} tells whether it
 * trains better.
 *
 * <p>Inside, in reading order: {@code PipelineSession} is the way, stage by stage; {@code Stages} times, tells and
 * keeps each; {@code ScoredBy} is the model; {@code Scoring} makes curvature, direction and scores; {@code WorkFolder}
 * knows where everything is kept. {@code Referee} is the way of an evaluation.
 */
@NullMarked
package dev.quad.pipeline;

import org.jspecify.annotations.NullMarked;
