// SPDX-License-Identifier: Apache-2.0
/**
 * The set functions behind "submodularity of the influence function", and how to maximise them.
 *
 * <p>The paper's appendix has a proof of that title whose text could not be had. Every reading that we know is a class
 * here, with what is true of it: {@link dev.quad.bandit.submodular.InfluenceSum} (modular: true, and says nothing about
 * diversity), {@link dev.quad.bandit.submodular.RefitGain} (false), {@link dev.quad.bandit.submodular.SecondOrderGain}
 * (true exactly under a condition that it checks), {@link dev.quad.bandit.submodular.ClusterSaturation} (true for
 * weights of one sign) and {@link dev.quad.bandit.submodular.PullCounts} (true of the cluster score).
 * {@link dev.quad.bandit.submodular.Greedy} maximises any {@link dev.quad.SetFunction} and says what is guaranteed.
 */
@Experimental
@NullMarked
package dev.quad.bandit.submodular;

import dev.quad.Experimental;
import org.jspecify.annotations.NullMarked;
