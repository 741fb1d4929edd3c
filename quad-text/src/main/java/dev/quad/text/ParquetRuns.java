// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import org.apache.parquet.io.ParquetDecodingException;

/**
 * Walks through the encodings whose readers take memory by what a number in front says: runs of levels and of places in
 * a dictionary, and blocks of differences.
 */
final class ParquetRuns {
    /** A block of differences has one byte at least, and no writer makes blocks as large as that. */
    private static final long MAX_VALUES_PER_BYTE = 1 << 14;

    /** Packed runs are of whole groups, and some writers fill up their last. */
    private static final long SPARE_GROUPS = 64;

    private final byte[] page;
    private final int count;
    private int at;

    ParquetRuns(byte[] page, int count) {
        this.page = page;
        this.count = count;
    }

    /** Passes runs that have their length in front. */
    void passWithLength(int bits) {
        int length = page[at] & 0xFF
                | (page[at + 1] & 0xFF) << 8
                | (page[at + 2] & 0xFF) << 16
                | (page[at + 3] & 0xFF) << 24;
        int from = at + 4;
        if (length < 0 || length > page.length - from) {
            throw lies(length + " bytes");
        }
        runs(from, from + length, bits);
        at = from + length;
    }

    /** Looks at places in a dictionary: how many bits each has, then runs. */
    void checkPlaces() {
        if (at < page.length) {
            if (page[at] < 0 || page[at] > Integer.SIZE) {
                throw lies(page[at] + " bits a value");
            }
            runs(at + 1, page.length, page[at]);
        }
    }

    /** Looks at runs that go to the end. */
    void checkRuns(int bits) {
        runs(at, page.length, bits);
    }

    private void runs(int from, int to, int bits) {
        int here = at;
        at = from;
        long seen = 0;
        while (at < to && seen < count) {
            long header = varint();
            long values = header >>> 1;
            if ((header & 1) == 0) {
                at += (bits + 7) / 8;
                seen += values;
                continue;
            }
            long most = bits == 0 ? MAX_VALUES_PER_BYTE * page.length : (to - at) / bits + SPARE_GROUPS;
            if (values > most) {
                throw lies(8 * values + " values of " + bits + " bits");
            }
            at = (int) Math.min(to, at + values * bits);
            seen += 8 * values;
        }
        at = here;
    }

    /** Looks at differences: the length of a block, the blocks in it, and how many values there are. */
    void checkDifferences() {
        long block = varint();
        varint();
        long values = varint();
        long most = MAX_VALUES_PER_BYTE * page.length;
        if (block > most || values > Math.min(most, Math.max(1, count))) {
            throw lies(values + " differences in blocks of " + block);
        }
    }

    private long varint() {
        long value = 0;
        int shift = 0;
        byte part;
        do {
            part = page[at++];
            value |= (part & 0x7FL) << shift;
            shift += 7;
        } while (part < 0 && shift < 35);
        return value;
    }

    private ParquetDecodingException lies(String what) {
        return new ParquetDecodingException(
                "a page of " + page.length + " bytes and " + count + " values is to have " + what);
    }
}
