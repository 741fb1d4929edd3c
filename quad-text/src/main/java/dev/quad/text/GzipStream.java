// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Reads gzip (RFC 1952), any number of members in a row. The JDK's own stream takes whatever follows a member that it
 * cannot read for the end of the file, and asks the source how much is "available" to learn whether there is more: data
 * can go missing without a word. Here every member is checked and only zero padding may follow the last one.
 */
final class GzipStream extends BlockStream {
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;

    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] input = new byte[1 << 16];
    private int from;
    private int to;
    private boolean ended;

    GzipStream(InputStream in) throws IOException {
        this.in = in;
        header(next());
    }

    static boolean isGzip(byte[] head) {
        return head.length >= 2 && (head[0] & 0xFF) == 0x1F && (head[1] & 0xFF) == 0x8B;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        while (!ended && length > 0) {
            int count = inflate(target, offset, length);
            if (count > 0) {
                crc.update(target, offset, count);
                return count;
            }
            if (inflater.finished()) {
                from = to - inflater.getRemaining();
                trailer();
                nextMember();
            } else if (inflater.needsInput()) {
                if (from == to) {
                    fill();
                }
                inflater.setInput(input, from, to - from);
                from = to;
            } else {
                throw new ZipException("the gzip data is damaged: it asks for a preset dictionary");
            }
        }
        return ended ? -1 : 0;
    }

    private int inflate(byte[] target, int offset, int length) throws IOException {
        try {
            return inflater.inflate(target, offset, length);
        } catch (DataFormatException e) {
            throw (IOException) new ZipException("the gzip data is damaged: " + e.getMessage()).initCause(e);
        }
    }

    private void nextMember() throws IOException {
        int first = 0;
        while (first == 0) {
            if (from == to && !more()) {
                ended = true;
                return;
            }
            first = next();
        }
        inflater.reset();
        crc.reset();
        header(first);
    }

    private void header(int first) throws IOException {
        if (first != 0x1F || next() != 0x8B) {
            throw new ZipException("bytes that are not gzip follow the end of the gzip data");
        }
        int method = next();
        if (method != 8) {
            throw new ZipException("the gzip data uses compression method " + method + "; allowed is 8 (deflate)");
        }
        int flags = next();
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip(next() | next() << 8);
        }
        if ((flags & NAME) != 0) {
            skipText();
        }
        if ((flags & COMMENT) != 0) {
            skipText();
        }
        if ((flags & HEADER_CRC) != 0) {
            skip(2);
        }
    }

    private void trailer() throws IOException {
        if (number() != (int) crc.getValue() || number() != (int) inflater.getBytesWritten()) {
            throw new ZipException("the gzip data is damaged: checksum or length do not match");
        }
    }

    private int number() throws IOException {
        return next() | next() << 8 | next() << 16 | next() << 24;
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    private void skipText() throws IOException {
        while (next() != 0) {
            // the text ends with a zero
        }
    }

    private int next() throws IOException {
        if (from == to) {
            fill();
        }
        return input[from++] & 0xFF;
    }

    private void fill() throws IOException {
        if (!more()) {
            throw new EOFException("the gzip data ends early: the file is cut off");
        }
    }

    private boolean more() throws IOException {
        from = 0;
        to = Math.max(0, in.read(input, 0, input.length));
        return to > 0;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
