// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Opens a file that holds text, compressed or not. What the file holds decides, not what it is called. */
final class SourceFile {
    private SourceFile() {}

    /**
     * Checks that there is a readable file.
     *
     * @return whether it holds gzip
     */
    static boolean isGzip(Path file) {
        if (Files.isDirectory(file)) {
            throw new InputException(file + " is a folder; name the files in it instead");
        }
        if (!Files.exists(file)) {
            throw new InputException(
                    file + " does not exist (looked in " + file.toAbsolutePath().getParent() + ")");
        }
        if (!Files.isRegularFile(file)) {
            throw new InputException(file + " is a pipe or device; allowed is a file, since it is read more than once");
        }
        byte[] head = head(file);
        boolean gzip = GzipStream.isGzip(head);
        if (!gzip && file.toString().toLowerCase(Locale.ROOT).endsWith(".gz")) {
            throw new InputException(file + " is named as gzip but holds "
                    + (head.length == 0 ? "nothing" : "something else (it starts with " + Excerpt.hex(head) + ")")
                    + "; gzip starts with 1f 8b. Compress it, or name it without .gz if it is plain text");
        }
        return gzip;
    }

    private static byte[] head(Path file) {
        try (InputStream in = new FileInputStream(file.toFile())) {
            return in.readNBytes(4);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static InputException unreadable(Path file, IOException e) {
        boolean denied = e instanceof AccessDeniedException || !Files.isReadable(file);
        return new InputException(
                file + " cannot be read: "
                        + (denied ? "permission denied; allow this user to read it" : String.valueOf(e.getMessage())),
                e);
    }

    /** The text of the file, uncompressed. */
    static InputStream open(Path file, ReadListener listener) throws IOException {
        boolean gzip = isGzip(file);
        InputStream bytes = new Counted(new FileInputStream(file.toFile()), listener);
        try {
            return gzip ? new GzipStream(bytes) : bytes;
        } catch (IOException e) {
            bytes.close();
            throw e;
        }
    }

    /** Tells a listener what is read from the disk. */
    private static final class Counted extends FilterInputStream {
        private final ReadListener listener;

        Counted(InputStream in, ReadListener listener) {
            super(in);
            this.listener = listener;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = in.read(target, offset, length);
            if (count > 0) {
                listener.onBytesRead(count);
            }
            return count;
        }
    }
}
