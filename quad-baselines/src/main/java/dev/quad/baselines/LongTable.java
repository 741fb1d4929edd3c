// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

/**
 * A map from keys other than 0 to values other than 0, by open addressing in one flat array: key and value lie side by
 * side, so that a look-up misses the cache once. 16 bytes a slot, at most three quarters of the slots taken.
 */
final class LongTable {
    private long[] cells;
    private int capacity;
    private int size;

    LongTable(int expected) {
        capacity = Math.max(16, expected + expected / 2);
        cells = new long[2 * capacity];
    }

    int size() {
        return size;
    }

    /** The value, 0 where there is none. */
    long get(long key) {
        return cells[cell(key) + 1];
    }

    void put(long key, long value) {
        add(key, value - get(key));
    }

    void add(long key, long difference) {
        int cell = cell(key);
        if (cells[cell] == 0) {
            if (size >= capacity / 4 * 3) {
                grow();
                cell = cell(key);
            }
            cells[cell] = key;
            size++;
        }
        cells[cell + 1] += difference;
    }

    /** In an order that depends on how the keys came. */
    void forEach(Visitor visitor) {
        for (int cell = 0; cell < cells.length; cell += 2) {
            if (cells[cell] != 0) {
                visitor.visit(cells[cell], cells[cell + 1]);
            }
        }
    }

    interface Visitor {
        void visit(long key, long value);
    }

    /** Where the key stands, or would stand. */
    private int cell(long key) {
        long hash = key * 0x9E37_79B9_7F4A_7C15L;
        hash = (hash ^ (hash >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
        int cell = (int) ((hash >>> 32) * capacity >>> 32) << 1;
        while (cells[cell] != key && cells[cell] != 0) {
            cell = cell + 2 == cells.length ? 0 : cell + 2;
        }
        return cell;
    }

    private void grow() {
        long[] old = cells;
        capacity = Math.multiplyExact(capacity, 2);
        cells = new long[Math.multiplyExact(capacity, 2)];
        for (int i = 0; i < old.length; i += 2) {
            if (old[i] != 0) {
                int cell = cell(old[i]);
                cells[cell] = old[i];
                cells[cell + 1] = old[i + 1];
            }
        }
    }
}
