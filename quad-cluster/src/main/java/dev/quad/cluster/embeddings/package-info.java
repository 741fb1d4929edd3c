// SPDX-License-Identifier: Apache-2.0
/**
 * Embeddings on disk, in the two formats that other tools read and write: NPY (NumPy's {@code np.save}) and
 * safetensors.
 *
 * <p>{@link dev.quad.cluster.embeddings.EmbeddingsFile} maps a file into memory, so that it may be larger than the
 * heap; {@link dev.quad.cluster.embeddings.EmbeddingsWriter} writes one while the rows are computed, and goes on after
 * a kill.
 */
@NullMarked
package dev.quad.cluster.embeddings;

import org.jspecify.annotations.NullMarked;
