// SPDX-License-Identifier: Apache-2.0
/**
 * Embeddings by sentence models in ONNX files, such as those of sentence-transformers, on ONNX Runtime.
 *
 * <p>Start with {@link dev.quad.onnx.OnnxEmbedder}. Nothing is fetched: a model is a folder, two files, or comes in a
 * jar on the class path.
 */
@NullMarked
package dev.quad.onnx;

import org.jspecify.annotations.NullMarked;
