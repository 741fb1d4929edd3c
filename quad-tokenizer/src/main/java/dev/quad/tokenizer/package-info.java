// SPDX-License-Identifier: Apache-2.0
/**
 * Tokenizers of models that people have, read from their {@code tokenizer.json}.
 *
 * <p>Start with {@link dev.quad.tokenizer.JsonTokenizer}. The work is done by the Rust library of Hugging Face through
 * DJL; its native part is unpacked into a folder that only this user can write to
 * ({@link dev.quad.files.NativeFolder}). DJL is kept offline, whatever the environment says: it neither fetches other
 * builds of that library nor reports its use.
 */
@NullMarked
package dev.quad.tokenizer;

import org.jspecify.annotations.NullMarked;
