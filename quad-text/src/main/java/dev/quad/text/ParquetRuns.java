// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesReader;
import org.apache.parquet.io.ParquetDecodingException;

/**
 * Walks through the encodings whose readers take memory by what a number in front says: runs of levels and of places in
 * a dictionary, and blocks of differences.
 */
final class ParquetRuns {
    /** A block of differences; writers that are known make 128 to 2048. */
    private static final long MAX_BLOCK = 1 << 14;

    /** Groups of eight values in a packed run that takes no bytes. */
    private static final long MAX_EMPTY_GROUPS = 1 << 20;

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
        int length = (page[at] & 0xFF)
                | ((page[at + 1] & 0xFF) << 8)
                | ((page[at + 2] & 0xFF) << 16)
                | ((page[at + 3] & 0xFF) << 24);
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
            long most = SPARE_GROUPS + (bits == 0 ? Math.min(MAX_EMPTY_GROUPS, count / 8) : (to - at) / bits);
            if (values > most) {
                throw lies(8 * values + " values of " + bits + " bits");
            }
            at = (int) Math.min(to, at + values * bits);
            seen += 8 * values;
        }
        at = here;
    }

    /** Passes levels of an old form, which are packed without a length. */
    void passPacked(int bits) {
        at = (int) Math.min(page.length, at + (Math.max(0L, count) * bits + 7) / 8);
    }

    /**
     * Looks at differences: how long a block is, how many parts it has, and how many values there are. A block takes a
     * byte for its least value and one for each part.
     *
     * @return how many values there are
     */
    int checkDifferences() {
        int here = at;
        long block = varint();
        long parts = varint();
        long values = varint();
        long blocks = (page.length - at) / (1 + parts);
        if (block > MAX_BLOCK
                || parts < 1
                || parts > block
                || values > Math.max(1, count)
                || values > 1 + block * (1 + blocks)) {
            throw lies(values + " differences in blocks of " + block + " in " + parts + " parts");
        }
        at = here;
        return (int) values;
    }

    /**
     * Looks at texts that begin as those before them do: how much of it they share, then the lengths of what is their
     * own. None is longer than all that the page has of its own.
     */
    void checkShared() throws IOException {
        int values = checkDifferences();
        ByteBufferInputStream in = ByteBufferInputStream.wrap(ByteBuffer.wrap(page, at, page.length - at));
        DeltaBinaryPackingValuesReader shared = new DeltaBinaryPackingValuesReader();
        shared.initFromPage(count, in);
        at = page.length - in.available();
        for (int i = 0; i < values; i++) {
            int length = shared.readInteger();
            if (length < 0 || length > page.length) {
                throw lies("a text that shares " + length + " bytes with the one before");
            }
        }
        checkDifferences();
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
