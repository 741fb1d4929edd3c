// SPDX-License-Identifier: Apache-2.0
/**
 * Tests for implementations of one's own: extend the contract of the interface, give it an instance, and run it with
 * JUnit.
 *
 * <p>{@link dev.quad.testkit.ArmSelectorContract}, {@link dev.quad.testkit.ClusterStrategyContract},
 * {@link dev.quad.testkit.InfluenceEstimatorContract}, {@link dev.quad.testkit.DataSelectorContract},
 * {@link dev.quad.testkit.DocumentScorerContract}, {@link dev.quad.testkit.DrawContract},
 * {@link dev.quad.testkit.GradientSourceContract}, {@link dev.quad.testkit.DirectionalModelContract},
 * {@link dev.quad.testkit.EmbedderContract}, {@link dev.quad.testkit.EmbeddingsContract},
 * {@link dev.quad.testkit.CandidatePoolContract}, {@link dev.quad.testkit.TokenizerContract} and
 * {@link dev.quad.testkit.SetFunctionContract} check what every implementation promises.
 * {@link dev.quad.testkit.MonotoneProperties}, {@link dev.quad.testkit.SubmodularProperties} and
 * {@link dev.quad.testkit.GreedyProperties} search for sets that break a claim about a set function, with jqwik;
 * {@link dev.quad.testkit.MonotoneContract} and {@link dev.quad.testkit.SubmodularContract} do with JUnit alone.
 * {@link dev.quad.testkit.QuadArbitraries} generates the inputs of the interfaces for properties of one's own, and
 * {@link dev.quad.testkit.SetFunctionLaws} are the laws as plain methods, for any other test engine.
 *
 * <p>Let the names of your classes end with {@code Test}: Maven's Surefire finds these by itself, and no
 * {@code *Properties}.
 */
@NullMarked
package dev.quad.testkit;

import org.jspecify.annotations.NullMarked;
