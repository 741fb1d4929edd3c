// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.MismatchException;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Gives the documents of a pool to rows that come by id in any order, one row a document. Takes 24 bytes a document,
 * whatever their ids, and reads a document again to compare its id.
 */
final class DocumentsById {
    /** What to do where a document has no embedding. */
    static final String EMBED = "compute embeddings for the whole pool, with the same ids";

    private static final int NONE = -1;

    private final JsonlPool pool;
    private final OrdinalTable table = new OrdinalTable();
    private final int[] rowOf;
    private final IntFunction<String> place;

    /**
     * Reads the ids of a pool.
     *
     * @param place where a row stands, in words
     */
    DocumentsById(JsonlPool pool, IntFunction<String> place) {
        this.pool = pool;
        this.place = place;
        this.rowOf = new int[pool.size()];
        Arrays.fill(rowOf, NONE);
        for (int ordinal = 0; ordinal < pool.size(); ordinal++) {
            table.findOrAdd(Hash64.of(id(ordinal)), other -> false); // no two documents of a pool have the same id
        }
    }

    private String id(int ordinal) {
        return pool.get(ordinal).id();
    }

    /**
     * The document that a row is of, or −1.
     *
     * @throws MismatchException if an earlier row was of the same document
     */
    int take(String id, int row) {
        int ordinal = find(id);
        if (ordinal >= 0) {
            if (rowOf[ordinal] != NONE) {
                throw new MismatchException(place.apply(row) + ": has the id \"" + Excerpt.of(id) + "\", as has "
                        + place.apply(rowOf[ordinal]) + "; allowed is one row a document");
            }
            rowOf[ordinal] = row;
        }
        return ordinal;
    }

    /** The document of an id, or −1. */
    int find(String id) {
        return table.find(Hash64.of(id), other -> id(other).equals(id));
    }

    /**
     * The row of each document.
     *
     * @param source what holds the rows
     * @param remedy what to do where a document has none
     * @throws MismatchException if a document has none
     */
    int[] rows(String source, String remedy) {
        for (int ordinal = 0; ordinal < rowOf.length; ordinal++) {
            if (rowOf[ordinal] == NONE) {
                throw new MismatchException("the document \"" + Excerpt.of(id(ordinal)) + "\" (" + pool.place(ordinal)
                        + ") has no row in " + source + "; " + remedy);
            }
        }
        return rowOf;
    }
}
