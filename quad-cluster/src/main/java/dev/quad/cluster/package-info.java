// SPDX-License-Identifier: Apache-2.0
/**
 * Groups the documents of a pool by their embeddings.
 *
 * <p>{@link dev.quad.cluster.KMeans} is the strategy to use; {@link dev.quad.cluster.HierarchicalKMeans} is faster for
 * many thousands of clusters and makes their sizes even; {@link dev.quad.cluster.Partitions} holds the controls and
 * groupings that are given. {@link dev.quad.cluster.Centres} are what training gives, to save and to assign new documents
 * to; {@link dev.quad.cluster.PartialSums} let another engine run the same step over parts of the data.
 * {@link dev.quad.cluster.report} tells what came of it.
 *
 * <p><b>Precision.</b> Where {@link dev.quad.linalg.Int8#isFast}, rows and centres are rounded to eight bits, each with a
 * step of its own, to be multiplied four times as fast as in single precision. What the rounding can be wrong by is
 * bounded, {@code |x·c − x̂·ĉ| ≤ ‖x̂‖·‖c − ĉ‖ + ‖x − x̂‖·‖c‖} (Cauchy and Schwarz), and the few centres that it leaves in
 * doubt are compared as they are, at last in double precision: so each row goes to its nearest centre, the same with
 * eight bits and without. Where rows leave too many in doubt, as beside a column that is far larger than the others,
 * products are in single precision. The system property {@code quad.int8=false} has them so always.
 *
 * <p>Native memory of k-means: {@code 4·d·(256·k + k)} bytes for the training sample and the centres, a quarter more for
 * them rounded, and about 2 MB for each thread at 768 dimensions; heap: {@code 8·k·d} bytes for the sums, 12 bytes a training row and 8 bytes a document.
 * Embeddings in a file ({@link dev.quad.cluster.embeddings}) take none of it.
 */
@NullMarked
package dev.quad.cluster;

import org.jspecify.annotations.NullMarked;
