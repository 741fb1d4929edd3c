// SPDX-License-Identifier: Apache-2.0
/**
 * Clustering algorithms of the Smile library as strategies, to compare with.
 *
 * <p>Smile 2.6.0 ({@code com.github.haifengl:smile-core}, LGPL-3.0) is an optional dependency: who uses this package
 * adds it. It works on arrays of doubles on the heap, so each strategy estimates what a run would take and refuses one
 * that would not end in reasonable time; {@link dev.quad.cluster.KMeans} is there for those sizes.
 */
@NullMarked
package dev.quad.cluster.smile;

import org.jspecify.annotations.NullMarked;
