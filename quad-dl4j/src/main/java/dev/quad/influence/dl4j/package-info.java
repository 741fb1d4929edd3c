// SPDX-License-Identifier: Apache-2.0
/**
 * Captures of networks built with DL4J: {@link dev.quad.influence.dl4j.MultiLayerGradients},
 * {@link dev.quad.influence.dl4j.GraphGradients} and, for graphs of SameDiff,
 * {@link dev.quad.influence.dl4j.SameDiffGradients}. A back end of ND4J ({@code org.nd4j:nd4j-native}) has to be on the
 * class path.
 */
@NullMarked
package dev.quad.influence.dl4j;

import org.jspecify.annotations.NullMarked;
