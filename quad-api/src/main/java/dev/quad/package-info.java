// SPDX-License-Identifier: Apache-2.0
/**
 * The contracts of Quad and the values that cross its modules. Nothing computes here.
 *
 * <p>The way of the data: a {@link dev.quad.CandidatePool} is embedded by an {@link dev.quad.Embedder} and grouped by a
 * {@link dev.quad.ClusterStrategy}; an {@link dev.quad.InfluenceEstimator}, made for a {@link dev.quad.ReferenceSet},
 * scores what a {@link dev.quad.DataSelector} draws from the clusters that its {@link dev.quad.ArmSelector} prefers.
 * Other selectors are a {@link dev.quad.DocumentScorer} of all documents and a {@link dev.quad.Draw} by the scores.
 *
 * <p>Scores have one sign everywhere: positive means that training on the document is predicted to lower the loss on
 * the reference set.
 */
@NullMarked
package dev.quad;

import org.jspecify.annotations.NullMarked;
