// SPDX-License-Identifier: Apache-2.0
/**
 * Choosing documents by a bandit over clusters. {@link dev.quad.bandit.QuadSelector} is the entrance.
 *
 * <p>A round chooses some clusters by an {@link dev.quad.ArmSelector}, draws a block of documents from each without
 * replacement, scores a sample of every block in one pass, lets an {@link dev.quad.bandit.Acceptance} rule take what
 * beats the threshold, and credits the clusters with what was seen. Each finished round can be appended to a journal, from
 * which an interrupted run goes on as if it had never stopped.
 *
 * <p>Memory beyond pool and clustering: one bit a document, 4 bytes a document of the clusters drawn from so far, about
 * 50 bytes a cluster, and the choices themselves.
 */
@NullMarked
package dev.quad.bandit;

import org.jspecify.annotations.NullMarked;
