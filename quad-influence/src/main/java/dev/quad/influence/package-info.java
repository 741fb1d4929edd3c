// SPDX-License-Identifier: Apache-2.0
/**
 * From captures to scores: a {@link GradientSource} yields what the linear layers of a model saw,
 * {@link KroneckerFactors} are fitted from it, the gradient of the reference loss is preconditioned into a
 * {@link ReferenceDirection}, and {@link Influence} takes inner products with it. The classes, in the order of the way:
 *
 * <p>What a model gives
 *
 * <ul>
 *   <li>{@link GradientSource}: runs batches, for {@link Targets}, and tells a {@link CaptureSink}; gives
 *       {@link BatchLosses}; a {@link DirectionalModel} can be moved along a direction too
 *   <li>{@link LayerCapture}: the inputs and output gradients of a layer of some {@link LayerShape}
 *   <li>{@link Layers}: other views of them: {@code SplitLayers} by {@link LayerPart}, {@code JoinedLayers},
 *       {@code UnbiasedLayers}, each a {@code LayerView}
 *   <li>{@code Batches}, {@code Sources}, {@code CapturePass}, {@code NotFinite}: what all passes have in common
 * </ul>
 *
 * <p>The curvature
 *
 * <ul>
 *   <li>{@link Fisher}: whose labels it is of
 *   <li>{@link KroneckerFactors}: <b>begin here</b>: the factors A and G of K-FAC, sums of outer products in
 *       {@code Covariance}
 *   <li>{@link CurvatureFit}: what needs each item's gradient: EK-FAC, a diagonal, blocks, all of a layer
 *   <li>{@link Curvature}: what both give, a {@code LayerCurvature} a layer in its {@code Eigenbasis}; on disk by
 *       {@code CurvatureFile}
 *   <li>{@link Damping}, {@code LayerInverse}: its inverse, where eigenvalues are small; {@code KroneckerCholesky} is
 *       another way to it, to measure ours against
 *   <li>{@link LayerPartition}: layers in groups, where all do not fit in memory
 * </ul>
 *
 * <p>Directions and scores
 *
 * <ul>
 *   <li>{@link ReferenceDirection}: {@code v = (H+λI)⁻¹ ∇L}, from a {@code ReferenceGradient}; on disk by
 *       {@code DirectionFile}; {@link MeanDirection} gives every part of the reference the same say
 *   <li>{@link Influence}: one score an item, by {@code DirectionInfluence}, {@code CosineInfluence},
 *       {@code UpdateInfluence} with an {@link UpdateRule}, or {@code TaskInfluence}
 *   <li>{@link DirectionScores}: several directions, by layer or token, as a {@link ScorePlan} has it;
 *       {@code GradientProducts} does the arithmetic, {@code FiniteInfluence} finds out the {@code ItemNotFinite}
 *   <li>{@link Unrolling}: through the segments of a training, in the place of its end
 *   <li>{@link ForwardInfluence}: without a backward pass; {@link SelfInfluence}: of an item on itself
 *   <li>{@link GradientStore}: projected gradients in a file ({@code GradientStoreWriter}), in a {@link RowForm}, by a
 *       {@link Projection}: {@link KroneckerProjection} or {@link RandomProjection}; {@code Best} ranks them
 * </ul>
 *
 * <p>Exchange with other programs: {@link CaptureFolder} of {@code CaptureShard}s ({@code CaptureShardWriter}),
 * {@link ScoreFile}; {@code LayerTensors} and {@code LayerNames} are how layers stand in files.
 */
@NullMarked
package dev.quad.influence;

import org.jspecify.annotations.NullMarked;
