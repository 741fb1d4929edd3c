// SPDX-License-Identifier: Apache-2.0
/**
 * Selection on Apache Spark: the documents stay where they are, functions of them are computed there, and the driver
 * chooses as on one machine.
 *
 * <p>Start with {@link dev.quad.spark.QuadSpark}.
 */
@NullMarked
package dev.quad.spark;

import org.jspecify.annotations.NullMarked;
