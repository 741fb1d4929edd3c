// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.Serializable;
import java.util.List;

/**
 * What is worked out from documents alone, so that it can be sent to where they lie. What it gives for some documents
 * says what it gives for each, in their order: where they are cut into lists must not matter to who puts the results
 * together. Safe for use by several threads; each field can be serialised.
 *
 * @param <R> a number, a text or an array
 */
@FunctionalInterface
public interface DocumentFunction<R> extends Serializable {
    /** Of documents that stand one after the other among those that were asked for; at least one. */
    R apply(List<Document> documents);
}
