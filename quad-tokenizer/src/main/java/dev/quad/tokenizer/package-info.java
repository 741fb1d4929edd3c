// SPDX-License-Identifier: Apache-2.0
/**
 * Tokenizers of models that people have, read from their {@code tokenizer.json}.
 *
 * <p>Start with {@link dev.quad.tokenizer.JsonTokenizer}. The work is done by the Rust library of Hugging Face through
 * DJL; its native part is unpacked into {@code ~/.djl.ai} ({@code DJL_CACHE_DIR} names another folder). DJL is kept
 * offline: it neither fetches other builds of that library nor reports its use.
 */
@NullMarked
package dev.quad.tokenizer;

import org.jspecify.annotations.NullMarked;
