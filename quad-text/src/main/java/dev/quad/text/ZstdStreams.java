// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Zstandard (RFC 8878), any number of frames in a row. The only class that knows the library for it. */
final class ZstdStreams {
    private ZstdStreams() {}

    /** Takes at most 128 MiB for the window; a file that wants more is refused. */
    static InputStream read(InputStream packed) throws IOException {
        return new Reader(new ZstdInputStreamNoFinalizer(packed));
    }

    /** With checksums, so that damage is found. */
    static OutputStream write(OutputStream target) throws IOException {
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
                    throw new IOException(
                            "the zstd data was packed with a window above 128 MiB (zstd --long); pack it again with"
                                    + " --long=27 or less",
                            e);
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
