// SPDX-License-Identifier: Apache-2.0
/**
 * From captures to scores: a {@link dev.quad.influence.GradientSource} yields what the linear layers of a model saw,
 * {@link dev.quad.influence.KroneckerFactors} are fitted from it, the gradient of the reference loss is preconditioned
 * into a {@link dev.quad.influence.ReferenceDirection}, and {@link dev.quad.influence.DirectionInfluence} takes inner
 * products with it.
 */
@NullMarked
package dev.quad.influence;

import org.jspecify.annotations.NullMarked;
