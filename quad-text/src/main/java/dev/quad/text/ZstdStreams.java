// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Zstandard (RFC 8878), any number of frames in a row. Knows the library for it, as do {@link ZstdLibrary} and the
 * codecs of Parquet.
 */
final class ZstdStreams {
    private ZstdStreams() {}

    /** What {@code zstd --ultra --long=31} uses at most: 2 GiB. */
    private static final int MAX_WINDOW_LOG = 31;

    /**
     * Takes windows of up to 2 GiB, which is outside the heap. It fills as the text comes, so that it takes no more
     * than the text does.
     */
    static InputStream read(InputStream packed) throws IOException {
        ZstdLibrary.load();
        ZstdInputStreamNoFinalizer in = new ZstdInputStreamNoFinalizer(packed);
        in.setLongMax(MAX_WINDOW_LOG);
        return new Reader(in);
    }

    /** With checksums, so that damage is found. */
    static OutputStream write(OutputStream target) throws IOException {
        ZstdLibrary.load();
        ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(target);
        out.setChecksum(true);
        return out;
    }

    /** Gives the library's words a meaning. */
    private static final class Reader extends BlockStream {
        private final InputStream in;

        Reader(InputStream in) {
            this.in = in;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return in.read(target, offset, length);
            } catch (IOException e) {
                String said = String.valueOf(e.getMessage());
                if (said.contains("Truncated")) {
                    throw new IOException("the zstd data ends early: the file is cut off", e);
                }
                if (said.contains("too much memory")) {
                    throw new UnsupportedFormException(
                            "the zstd data was packed with a window above 2 GiB; pack it again with --long=31 or less",
                            e);
                }
                if (said.contains("Allocation error")) {
                    throw new UnsupportedFormException(
                            "there is no memory for the window that the zstd data was packed with (zstd --long takes up to"
                                    + " 2 GiB); allow this process more, or pack it again with --long=27 or less",
                            e);
                }
                if (said.contains("Dictionary")) {
                    throw new UnsupportedFormException(
                            "the zstd data was packed with a dictionary; pack it again without one", e);
                }
                throw new IOException("the zstd data is damaged: " + said, e);
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
