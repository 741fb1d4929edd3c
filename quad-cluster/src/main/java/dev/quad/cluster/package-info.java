// SPDX-License-Identifier: Apache-2.0
/**
 * Groups the documents of a pool by their embeddings.
 *
 * <p>{@link KMeans} is the strategy to use; {@link HierarchicalKMeans} is faster for many thousands of clusters and
 * makes their sizes even. {@link dev.quad.cluster.report} tells what came of it. The classes, in reading order:
 *
 * <p>Strategies, what they take and what they give
 *
 * <ul>
 *   <li>{@link KMeans}: draws the training rows, seeds, trains, assigns all rows; resumes in a folder
 *   <li>{@link HierarchicalKMeans}: k-means, and k-means in each of its clusters; resampled to spread centres evenly
 *   <li>{@link Partitions}: groups that are given, and controls: one cluster, a random partition, one for each label
 *   <li>{@link KMeansOptions}: the defaults and why; {@link ClusterCount} suggests how many clusters
 *   <li>{@link Distance}: Euclidean or spherical; prepares rows so that the nearest centre has the largest score
 *   <li>{@link Seeding}: where training begins
 *   <li>{@link Algorithm}: how it goes on
 *   <li>{@link EmptyClusterPolicy}: what becomes of clusters without rows
 *   <li>{@link KMeansListener}: hears of iterations and assigned rows
 *   <li>{@link Centres}: what training gives; saved, loaded, and new rows assigned to them
 *   <li>{@link PartialSums}: an iteration over parts of the data, for another engine
 * </ul>
 *
 * <p>Training, inside
 *
 * <ul>
 *   <li>{@code KMeansPlusPlus}: greedy k-means++; {@code SeedingBlock} measures rows against {@code Candidates}
 *   <li>{@code KMeansParallel}: k-means‖, which ends with k-means++
 *   <li>{@code KMeansTrainer}: an iteration a call; {@code MiniBatch} or
 *   <li>{@code Lloyd}: <b>begin here</b>: its Javadoc tells an iteration and the files in the order of the work
 *   <li>{@code AssignmentStep}: each row's cluster and score; cuts rows into blocks of alike ones
 *   <li>{@code Bounds}: which centres a block can pass over
 *   <li>{@code BlockPass}: multiplies a block with the others
 *   <li>{@code CentreScores}: reads products as scores
 *   <li>{@code NearestSoFar}: the best centre of each row and its rivals; decides between them
 *   <li>{@code NearestCentres}: scores in every precision; assigns where there are no bounds
 *   <li>{@code RunningSums}: sums that follow rows from cluster to cluster, each a {@code ReproducibleSum}
 * </ul>
 *
 * <p>What they stand on
 *
 * <ul>
 *   <li>{@code Rows}: prepared rows, in memory ({@code RowBlocks}) or read again each time ({@code StreamedRows})
 *   <li>{@code Permutation}: moves rows in memory, so that a block lies together
 *   <li>{@code Vectors}: what is multiplied, as it is or as {@code QuantizedVectors} of eight bits with a bounded error
 *   <li>{@code ClusterMembers}: the members of each cluster, sorted by counting
 *   <li>{@code BufferPool}: native memory that tasks borrow in turn
 *   <li>{@code Subset}: some rows of a matrix
 *   <li>{@code CentresFile}, {@code TwoLevelFolder}: what is kept of a run
 * </ul>
 *
 * <p><b>Precision.</b> Where {@link dev.quad.linalg.Int8#isFast}, rows and centres are rounded to eight bits, each with
 * a step of its own, to be multiplied four times as fast as in single precision. What the rounding can be wrong by is
 * bounded, {@code |x·c − x̂·ĉ| ≤ ‖x̂‖·‖c − ĉ‖ + ‖x − x̂‖·‖c‖} (Cauchy and Schwarz), and the few centres that it leaves
 * in doubt are compared as they are, at last in double precision: so each row goes to its nearest centre, the same with
 * eight bits and without. Where rows leave too many in doubt, as beside a column that is far larger than the others,
 * products are in single precision. The system property {@code quad.int8=false} has them so always.
 *
 * <p>Native memory of k-means: {@code 4·d·(256·k + k)} bytes for the training sample and the centres, a quarter more
 * for them rounded, and about 2 MB for each thread at 768 dimensions; heap: {@code 8·k·d} bytes for the sums, 12 bytes
 * a training row and 8 bytes a document. Embeddings in a file ({@link dev.quad.cluster.embeddings}) take none of it.
 */
@NullMarked
package dev.quad.cluster;

import org.jspecify.annotations.NullMarked;
