// SPDX-License-Identifier: Apache-2.0
/**
 * What one would use instead of Quad, to compare it with. Most are a {@link dev.quad.DocumentScorer}, which
 * {@link ScoredSelector} ({@code PoolScoring}) joins with a {@link dev.quad.Draw}:
 *
 * <ul>
 *   <li>by words: {@link Dsir} and {@link LinearClassifier}, whose {@link LinearScores} can be kept
 *       ({@code WordHashes}, {@code Features}, {@code LinearModel}, {@code LogisticRegression})
 *   <li>by runs of bytes: {@link MooreLewis} and {@link Perplexity}, with {@link NgramModel} ({@code NgramCounter},
 *       {@code LongTable}, {@code Run})
 *   <li>by what was judged or measured of some documents: {@link QuRating}, from pairs, and {@link Mates}, from scores
 *       ({@code Ridge})
 *   <li>by embeddings: {@link Similarity} and {@link Betr} ({@code Embedding}, {@code Rows});
 *       {@link SemanticDuplicates} are left out by them, and {@link GroupGreedy} chooses by scores what repeats the
 *       others least
 * </ul>
 *
 * <p>All learn from documents of the pool at random ({@code PoolSample}), score each document for itself
 * ({@code TextScores}), and need no model.
 */
@NullMarked
package dev.quad.baselines;

import org.jspecify.annotations.NullMarked;
