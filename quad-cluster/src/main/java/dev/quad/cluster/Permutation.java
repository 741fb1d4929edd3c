// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves rows within their memory along the cycles of a permutation; long cycles are cut, so that threads share them.
 */
final class Permutation {
    private static final int PIECE = 1024;

    /** Places one after another: the row of each comes from the next, that of the last of a cycle from its first. */
    private final int[] chain;

    private final List<Piece> pieces = new ArrayList<>();

    /** Of a chain, and the piece whose first row the last place gets. */
    private record Piece(int begin, int end, int next) {}

    /** To put at place p what lies at {@code from[p]}. */
    Permutation(int[] from) {
        chain = new int[from.length];
        boolean[] seen = new boolean[from.length];
        int length = 0;
        for (int start = 0; start < from.length; start++) {
            int begin = length;
            for (int place = start; !seen[place]; place = from[place]) {
                seen[place] = true;
                chain[length++] = place;
            }
            if (length - begin == 1) {
                length--; // stays
            }
            int first = pieces.size();
            for (int at = begin; at < length; at += PIECE) {
                int end = Math.min(at + PIECE, length);
                pieces.add(new Piece(at, end, end == length ? first : pieces.size() + 1));
            }
        }
    }

    void apply(RowBlocks rows) {
        float[][] firsts = new float[pieces.size()][];
        for (int p = 0; p < firsts.length; p++) {
            if (pieces.get(p).next != p) {
                firsts[p] = first(pieces.get(p), rows);
            }
        }
        Workers.forEach(firsts.length, p -> {
            Piece piece = pieces.get(p);
            float[] last = piece.next == p ? first(piece, rows) : firsts[piece.next];
            for (int at = piece.begin; at < piece.end - 1; at++) {
                rows.copyAt(chain[at], chain[at + 1]);
            }
            rows.setAt(chain[piece.end - 1], last);
        });
    }

    private float[] first(Piece piece, RowBlocks rows) {
        float[] row = new float[rows.dimension()];
        rows.getAt(chain[piece.begin], row);
        return row;
    }
}
