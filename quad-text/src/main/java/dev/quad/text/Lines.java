// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Splits a stream at line feeds and holds one line at a time, at most {@code limit} bytes of it. A carriage return
 * before the line feed and byte order marks at the start of a line (files that were joined have them) belong to no
 * line.
 */
final class Lines implements AutoCloseable {
    private final InputStream in;
    private final int limit;
    private byte[] buffer = new byte[1 << 16];
    private int from;
    private int to;
    private long position;

    private int start;
    private int length;
    private long offset;
    private long number;
    private long excess;

    Lines(InputStream in, int limit) {
        this.in = in;
        this.limit = limit;
    }

    /** Moves to the next line; false at the end of the stream. */
    boolean next() throws IOException {
        excess = 0;
        int end = lineEnd();
        if (end < 0) {
            return false;
        }
        number++;
        start = from;
        int stop = end;
        if (excess == 0 && stop > start && buffer[stop - 1] == '\r') {
            stop--;
        }
        offset = position;
        while (startsWithMark(stop)) {
            start += 3;
            offset += 3;
        }
        length = stop - start;
        int next = Math.min(to, end + 1);
        position += next - from + excess;
        from = next;
        return true;
    }

    /** The bytes; valid until {@link #next()}. The line is those of {@code [start, start + length)}. */
    byte[] bytes() {
        return buffer;
    }

    int start() {
        return start;
    }

    int length() {
        return length;
    }

    /** Where the line starts in the stream. */
    long offset() {
        return offset;
    }

    /** Counted from 1; the number of lines read so far. */
    long number() {
        return number;
    }

    /** How far the stream was taken apart, in bytes. */
    long position() {
        return position;
    }

    /** Whether the line is longer than the limit; then only its start is held. */
    boolean isTooLong() {
        return excess > 0 || length > limit;
    }

    /** How many bytes the line has, also where not all of them are held. */
    long wholeLength() {
        return length + excess;
    }

    /** Whether the line has white space only. */
    boolean isBlank() {
        for (int i = start; i < start + length; i++) {
            if (buffer[i] != ' ' && buffer[i] != '\t' && buffer[i] != '\r') {
                return false;
            }
        }
        return !isTooLong();
    }

    /**
     * Where the line ends in the buffer, exclusive; −1 if there is none. Drops from the buffer what the limit forbids.
     */
    private int lineEnd() throws IOException {
        int scanned = from;
        while (true) {
            for (int i = scanned; i < to; i++) {
                if (buffer[i] == '\n') {
                    return i;
                }
            }
            if (to - from > limit + 4) {
                excess += to - from - limit;
                to = from + limit;
            }
            scanned = to;
            int moved = from;
            if (!fill()) {
                return to > from || excess > 0 ? to : -1;
            }
            scanned -= moved - from;
        }
    }

    private boolean fill() throws IOException {
        if (to == buffer.length && from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        if (to == buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(2L * buffer.length, limit + (1L << 16)));
        }
        int count = in.read(buffer, to, buffer.length - to);
        to += Math.max(0, count);
        return count >= 0;
    }

    private boolean startsWithMark(int stop) {
        return stop - start >= 3
                && buffer[start] == (byte) 0xEF
                && buffer[start + 1] == (byte) 0xBB
                && buffer[start + 2] == (byte) 0xBF;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
