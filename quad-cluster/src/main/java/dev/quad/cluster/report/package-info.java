// SPDX-License-Identifier: Apache-2.0
/**
 * What a clustering is like, of whatever strategy; for people to read and to choose by.
 *
 * <p>{@link dev.quad.cluster.report.ClusterQuality} measures one without labels, and
 * {@link dev.quad.cluster.report.ClusterSearch} several, to choose the number of clusters by;
 * {@link dev.quad.cluster.report.Agreement} compares one with labels or with another;
 * {@link dev.quad.cluster.report.Exemplars} and {@link dev.quad.cluster.report.TopTerms} show what a cluster is about.
 */
@NullMarked
package dev.quad.cluster.report;

import org.jspecify.annotations.NullMarked;
