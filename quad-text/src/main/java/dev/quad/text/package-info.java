// SPDX-License-Identifier: Apache-2.0
/**
 * Text in and out of Quad: JSONL files as a {@link dev.quad.CandidatePool}, a plain embedder, chunks for the model, and
 * the selected records written back.
 *
 * <p>Start with {@link dev.quad.text.JsonlPool}. Reading is strict: a line that is not what it should be stops the run
 * with its file and line, or is skipped and reported where {@link dev.quad.text.JsonlOptions} allow it. Memory is
 * bounded by the longest line and a few bytes a document, never by the size of the files.
 */
@NullMarked
package dev.quad.text;

import org.jspecify.annotations.NullMarked;
