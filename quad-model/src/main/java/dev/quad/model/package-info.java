// SPDX-License-Identifier: Apache-2.0
/**
 * A language model of our own: a {@link dev.quad.model.Decoder} with hand-written forward and backward passes, its
 * training by a {@link dev.quad.model.Trainer}, checkpoint folders in the Hugging Face layout, and its captures as a
 * {@link dev.quad.influence.GradientSource}.
 */
@NullMarked
package dev.quad.model;

import org.jspecify.annotations.NullMarked;
