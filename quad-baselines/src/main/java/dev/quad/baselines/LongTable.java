// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

/**
 * A map from keys other than 0 to sums, by open addressing in one flat array: key and sum lie side by side, so that a
 * look-up misses the cache once. 16 bytes a slot, at most five of eight slots taken, beyond which most keys stand away
 * from their first place.
 *
 * <p>Keys go in and out in blocks: where each of a block would stand is looked at before any is dealt with, so that the
 * misses of a block overlap. That makes it several times as fast as one key after the other.
 */
final class LongTable {
    /** A block of a size that stays in the first cache. */
    static final int BLOCK = 256;

    private long[] cells;
    private int capacity;
    private int size;

    LongTable(int expected) {
        capacity = Math.max(2 * BLOCK, 2 * expected);
        cells = new long[Math.multiplyExact(2, capacity)];
    }

    int size() {
        return size;
    }

    /** The sum of a key, 0 where there is none. */
    long get(long key) {
        return cells[cell(key) + 1];
    }

    /** The sums of the first {@code count} keys. */
    void get(long[] keys, int count, long[] sums) {
        long[] c = cells;
        int[] at = new int[count];
        for (int i = 0; i < count; i++) {
            at[i] = first(keys[i]);
            sums[i] = c[at[i]];
        }
        for (int i = 0; i < count; i++) {
            long key = keys[i];
            int cell = at[i];
            long found = sums[i];
            while (found != key && found != 0) {
                cell = cell + 2 == c.length ? 0 : cell + 2;
                found = c[cell];
            }
            sums[i] = c[cell + 1];
        }
    }

    /** Adds to the sums of the first {@code count} keys. */
    void add(long[] keys, int count, long[] differences) {
        int strange = 0;
        for (int i = 0; i < count; i++) {
            strange += cells[first(keys[i])] == keys[i] ? 0 : 1;
        }
        if (size + strange > capacity / 8 * 5) {
            grow();
        }
        for (int i = 0; i < count; i++) {
            int cell = cell(keys[i]);
            if (cells[cell] == 0) {
                cells[cell] = keys[i];
                size++;
            }
            cells[cell + 1] += differences[i];
        }
    }

    /** All keys with their sums in blocks, in an order that depends on how they came. */
    void forEachBlock(Visitor visitor) {
        long[] keys = new long[BLOCK];
        long[] sums = new long[BLOCK];
        int count = 0;
        for (int cell = 0; cell < cells.length; cell += 2) {
            if (cells[cell] != 0) {
                keys[count] = cells[cell];
                sums[count++] = cells[cell + 1];
                if (count == BLOCK) {
                    visitor.visit(keys, count, sums);
                    count = 0;
                }
            }
        }
        visitor.visit(keys, count, sums);
    }

    interface Visitor {
        /** May write into both. */
        void visit(long[] keys, int count, long[] sums);
    }

    private int first(long key) {
        long hash = key * 0x9E37_79B9_7F4A_7C15L;
        hash = (hash ^ (hash >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
        return (int) (((hash >>> 32) * capacity) >>> 32) << 1;
    }

    /** Where the key stands, or would stand. */
    private int cell(long key) {
        int cell = first(key);
        while (cells[cell] != key && cells[cell] != 0) {
            cell = cell + 2 == cells.length ? 0 : cell + 2;
        }
        return cell;
    }

    private void grow() {
        long[] old = cells;
        capacity = Math.multiplyExact(2, capacity);
        cells = new long[Math.multiplyExact(2, capacity)];
        for (int i = 0; i < old.length; i += 2) {
            if (old[i] != 0) {
                int cell = cell(old[i]);
                cells[cell] = old[i];
                cells[cell + 1] = old[i + 1];
            }
        }
    }
}
