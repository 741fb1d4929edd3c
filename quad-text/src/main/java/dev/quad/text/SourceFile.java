// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import dev.quad.InputException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A file that holds text, packed or not. What the file holds decides how it is read, not what it is called; but its
 * name decides whether its text is lines of JSON or one document.
 *
 * @param packing what the bytes are
 * @param wholeText whether the text is one document
 */
record SourceFile(Path path, Packing packing, boolean wholeText) {

    /** What the bytes of a file are. */
    enum Packing {
        NONE,
        GZIP,
        ZSTD,
        PARQUET
    }

    /** Checks that there is a readable file and looks at its first bytes. */
    static SourceFile of(Path path) {
        if (Files.isDirectory(path)) {
            throw new InputException(path + " is a folder; name the files in it instead");
        }
        if (!Files.exists(path) && !Files.notExists(path)) {
            throw unreadable(path, new AccessDeniedException(path.toString())); // its folder may not be searched
        }
        if (Files.isSymbolicLink(path) && !Files.exists(path)) {
            throw new InputException(FolderWalk.brokenLink(path) + ". Bring it back, or name another file");
        }
        if (!Files.exists(path)) {
            throw new InputException(
                    path + " does not exist (looked in " + path.toAbsolutePath().getParent() + ")");
        }
        if (!Files.isRegularFile(path)) {
            throw new InputException(path + " is a pipe or device; allowed is a file, since it is read more than once");
        }
        byte[] head = head(path);
        Packing packing = packing(path, head);
        FileNames.checkEnding(path, packing, head);
        return new SourceFile(path, packing, packing != Packing.PARQUET && FileNames.isWholeText(path));
    }

    private static Packing packing(Path path, byte[] head) {
        if (startsWith(head, 0x1F, 0x8B)) {
            return Packing.GZIP;
        }
        boolean skippableFrame =
                head.length == 4 && (head[0] & 0xF0) == 0x50 && startsWith(head, head[0] & 0xFF, 0x2A, 0x4D, 0x18);
        if (skippableFrame || startsWith(head, 0x28, 0xB5, 0x2F, 0xFD)) {
            return Packing.ZSTD;
        }
        if (startsWith(head, 'P', 'A', 'R', '1')) {
            return Packing.PARQUET;
        }
        String other = startsWith(head, 'P', 'A', 'R', 'E')
                ? "encrypted Parquet"
                : startsWith(head, 'P', 'K', 3, 4)
                        ? "a zip archive"
                        : startsWith(head, 'B', 'Z', 'h')
                                ? "bzip2"
                                : startsWith(head, 0xFD, '7', 'z', 'X')
                                        ? "xz"
                                        : startsWith(head, 'A', 'R', 'R', 'O') ? "Arrow" : "";
        if (!other.isEmpty()) {
            throw new InputException(path + " holds " + other + ", which is not read; allowed are JSONL or text, plain,"
                    + " gzip or zstd, and Parquet. Unpack it, or write it in one of these formats");
        }
        return Packing.NONE;
    }

    private static boolean startsWith(byte[] head, int... bytes) {
        if (head.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((head[i] & 0xFF) != bytes[i]) {
                return false;
            }
        }
        return true;
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

    /** Whether the file itself has a line of JSON for each document, so that it can be read at any place. */
    boolean isPlainLines() {
        return packing == Packing.NONE && !wholeText;
    }

    /** What the file is, in words. */
    String kind() {
        return switch (packing) {
            case PARQUET -> "Parquet";
            case NONE -> wholeText ? "text" : "JSONL";
            case GZIP -> wholeText ? "gzip text" : "gzip JSONL";
            case ZSTD -> wholeText ? "zstd text" : "zstd JSONL";
        };
    }

    /** What the documents of the file are counted in. */
    BadLine.Unit unit() {
        return wholeText ? BadLine.Unit.FILE : packing == Packing.PARQUET ? BadLine.Unit.ROW : BadLine.Unit.LINE;
    }

    /**
     * The text as lines of JSON. Unpacking runs ahead of the reader on a thread of its own.
     *
     * @param name the id of a document that is a file
     */
    InputStream open(String name, JsonlOptions options, ReadListener listener) throws IOException {
        return guarded(() -> packing == Packing.NONE
                ? lines(name, options, new Counted(new FileInputStream(path.toFile()), listener))
                : ReadAhead.of(heard -> lines(name, options, unpacked(options, heard)), listener));
    }

    /**
     * As the other, of a packed file, and what is read is copied before the reader has it; on the reader's thread, which
     * is the one with time to spare.
     */
    InputStream openCopying(String name, JsonlOptions options, ReadListener listener, AtomicFile copy)
            throws IOException {
        return guarded(() -> new CopyingStream(ReadAhead.of(heard -> unpacked(options, heard), listener), copy));
    }

    private InputStream guarded(Opening opening) throws IOException {
        try {
            return opening.open();
        } catch (NoClassDefFoundError | UnsatisfiedLinkError e) {
            throw new InputException(
                    path + " is " + packing.name().toLowerCase(Locale.ROOT) + ", and the library that reads it cannot"
                            + " be used (" + e + "). Add to the class path "
                            + (packing == Packing.ZSTD
                                    ? "com.github.luben:zstd-jni"
                                    : "org.apache.parquet:parquet-hadoop, and org.apache.hadoop:hadoop-common and"
                                            + " hadoop-mapreduce-client-core without what they depend on"),
                    e);
        }
    }

    /** Opens a stream. */
    @FunctionalInterface
    private interface Opening {
        InputStream open() throws IOException;
    }

    private InputStream unpacked(JsonlOptions options, ReadListener listener) throws IOException {
        long size = Files.size(path);
        if (packing == Packing.PARQUET) {
            return new BoundedExpansion(new ParquetLines(path, listener), this, options.maxExpansion(), () -> size);
        }
        Counted bytes = new Counted(new FileInputStream(path.toFile()), listener);
        try {
            InputStream text = packing == Packing.GZIP ? new GzipStream(bytes) : ZstdStreams.read(bytes);
            return new BoundedExpansion(text, this, options.maxExpansion(), bytes::count);
        } catch (IOException | RuntimeException | LinkageError e) {
            bytes.close();
            throw e;
        }
    }

    private InputStream lines(String name, JsonlOptions options, InputStream text) throws IOException {
        return wholeText ? WholeText.asLine(text, name, options) : text;
    }

    /** Tells a listener what is read from the disk. */
    private static final class Counted extends BlockStream {
        private final InputStream in;
        private final ReadListener listener;
        private long count;

        Counted(InputStream in, ReadListener listener) {
            this.in = in;
            this.listener = listener;
        }

        long count() {
            return count;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = in.read(target, offset, length);
            if (read > 0) {
                count += read;
                listener.onBytesRead(read);
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
