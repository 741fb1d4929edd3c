// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import java.io.Serializable;

/**
 * Rows that stand one after the other: a part of a file that Spark reads at once, or a partition of rows in order.
 *
 * @param path of the file; empty where the rows come from none
 * @param start where the part begins in the file, or the number of the partition
 * @param first the ordinal of the first row
 * @param count of the rows
 */
record Span(String path, long start, int first, int count) implements Serializable {}
