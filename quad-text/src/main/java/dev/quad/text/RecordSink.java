// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Takes the records of one file. */
interface RecordSink extends AutoCloseable {

    void write(byte[] record) throws IOException;

    /** There will be no more records. */
    void end() throws IOException;

    /** The file, ready to be renamed. Called once every sink of a writer has ended. */
    AtomicFile finish() throws IOException;

    @Override
    void close();

    /** Lines of JSON; without times in it, so that equal records make equal files. */
    final class LineSink implements RecordSink {
        private final AtomicFile file;
        private final OutputStream out;

        LineSink(AtomicFile file, FilePacking packing) throws IOException {
            this.file = file;
            this.out = packing.onto(file.stream());
        }

        @Override
        public void write(byte[] record) throws IOException {
            out.write(record);
            out.write('\n');
        }

        @Override
        public void end() throws IOException {
            out.close();
            file.finish();
        }

        @Override
        public AtomicFile finish() {
            return file;
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** How lines are packed. */
    @FunctionalInterface
    interface FilePacking {
        OutputStream onto(OutputStream target) throws IOException;

        /** As the ending of a name says. */
        static FilePacking of(Path target) {
            return FileNames.isGzip(target) ? GZIP : FileNames.isZstd(target) ? ZSTD : NONE;
        }

        FilePacking NONE = target -> target;
        FilePacking GZIP = target -> new GZIPOutputStream(target, 1 << 16);
        FilePacking ZSTD = target -> new BufferedOutputStream(ZstdStreams.write(target), 1 << 16);
    }
}
