// SPDX-License-Identifier: Apache-2.0
/**
 * Groups the documents of a pool by their embeddings.
 *
 * <p>{@link dev.quad.cluster.KMeans} is the strategy to use; {@link dev.quad.cluster.Partitions} holds the controls and
 * groupings that are given. Native memory of k-means: {@code 4·d·(256·k + k)} bytes for the training sample and the
 * centres, and about 2 MB for each thread at 768 dimensions; heap: 8 bytes a document for the answer.
 */
@NullMarked
package dev.quad.cluster;

import org.jspecify.annotations.NullMarked;
