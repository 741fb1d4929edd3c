// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

/**
 * One text of a corpus.
 *
 * @param id names the document in reports; unique within a pool
 * @param text what is trained on
 */
public record Document(String id, String text) {}
