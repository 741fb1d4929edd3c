// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import dev.quad.files.FileFailure;
import dev.quad.files.KnownContent;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file that holds text, packed or not. What the file holds decides how it is read, not what it is called; but its
 * name decides whether its text is lines of JSON or one document. A pipe can be read once: {@link #kept} makes a file
 * of it.
 *
 * @param path as it was named, for messages
 * @param stored where the bytes are
 * @param packing what the bytes are
 * @param wholeText whether the text is one document
 * @param pipe the bytes, where they come through a pipe
 */
record SourceFile(Path path, Path stored, Packing packing, boolean wholeText, Optional<InputStream> pipe) {
    private static final String READ = "Documents are read from JSONL or text, plain, gzip or zstd, and Parquet";

    /** What the bytes of a file are. */
    enum Packing {
        NONE,
        GZIP,
        ZSTD,
        PARQUET
    }

    /** Lines of JSON in a file of ours. */
    static SourceFile lines(Path path) {
        return new SourceFile(path, path, Packing.NONE, false, Optional.empty());
    }

    /** Checks that there is a readable file and looks at its first bytes. */
    static SourceFile of(Path path) {
        if (path.equals(InputFiles.STANDARD_INPUT)) {
            return piped(path, StandardInput.take());
        }
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
        if (!path.toFile().exists()) {
            throw new InputException("the name " + Excerpt.whole(path) + " has characters that the character set of"
                    + " this process (" + System.getProperty("sun.jnu.encoding") + ") does not; set LC_ALL=C.UTF-8");
        }
        if (isPipe(path)) {
            try {
                return piped(path, new FileInputStream(path.toFile()));
            } catch (IOException e) {
                throw unreadable(path, e);
            }
        }
        if (!Files.isRegularFile(path)) {
            throw new InputException(path + " is a device; allowed are files, pipes, and - for the standard input");
        }
        byte[] head = head(path);
        return new SourceFile(
                path, path, packing(path, head), isWholeText(path, packing(path, head)), Optional.empty());
    }

    private static boolean isWholeText(Path path, Packing packing) {
        return packing != Packing.PARQUET && FileNames.isWholeText(path);
    }

    private static boolean isPipe(Path path) {
        try {
            return ((Integer) Files.getAttribute(path, "unix:mode") & 0170000) == 0010000;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false; // where there are no pipes among the files
        }
    }

    private static SourceFile piped(Path path, InputStream in) {
        PushbackInputStream whole = new PushbackInputStream(in, KnownContent.HEAD_BYTES);
        try {
            byte[] head = whole.readNBytes(KnownContent.HEAD_BYTES);
            whole.unread(head);
            Packing packing = packing(path, head);
            return new SourceFile(path, path, packing, isWholeText(path, packing), Optional.of(whole));
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /**
     * This file; or, if it is a pipe, a file in a folder that has all that came through it.
     *
     * @param folder made if missing
     * @throws InputException if there is no folder
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    SourceFile kept(Optional<Path> folder) {
        if (pipe.isEmpty()) {
            return this;
        }
        Path place = folder.orElseThrow(() -> new InputException(
                path + " is a pipe, which is read once: give a folder to keep its text in, or write it to a file"));
        Path copy = place;
        boolean whole = false;
        try (InputStream in = pipe.get()) {
            Files.createDirectories(place);
            copy = Files.createTempFile(place, "input-", ".piped");
            try (OutputStream out = new FileOutputStream(copy.toFile())) {
                in.transferTo(out);
            }
            whole = true;
            return new SourceFile(path, copy, packing, wholeText, Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "what came through " + path + " cannot be kept in " + place + ": " + FileFailure.reason(e), e);
        } finally {
            if (!whole && !copy.equals(place)) {
                copy.toFile().delete();
            }
        }
    }

    /** Whether the bytes lie in a copy that goes with its reader. */
    boolean isCopy() {
        return !stored.equals(path);
    }

    private static Packing packing(Path path, byte[] head) {
        KnownContent content = KnownContent.of(head).orElse(null);
        Packing packing = content == null ? Packing.NONE : packing(content);
        boolean page = content != null && content.form() == KnownContent.Form.MARKUP && FileNames.isWholeText(path);
        if (content != null && packing == Packing.NONE && !page) {
            throw new InputException(path + " " + content.words() + ". " + READ);
        }
        FileNames.checkEnding(path, packing, head);
        return packing;
    }

    private static Packing packing(KnownContent content) {
        return switch (content.form()) {
            case GZIP -> Packing.GZIP;
            case ZSTD -> Packing.ZSTD;
            case PARQUET -> Packing.PARQUET;
            default -> Packing.NONE;
        };
    }

    private static byte[] head(Path file) {
        try (InputStream in = new FileInputStream(file.toFile())) {
            return in.readNBytes(KnownContent.HEAD_BYTES);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static InputException unreadable(Path file, IOException e) {
        boolean denied = e instanceof AccessDeniedException || (Files.exists(file) && !Files.isReadable(file));
        return new InputException(
                file + " cannot be read: "
                        + (denied ? "permission denied; allow this user to read it" : String.valueOf(e.getMessage())),
                e);
    }

    /** Whether the file itself has a line of JSON for each document, so that it can be read at any place. */
    boolean isPlainLines() {
        return packing == Packing.NONE && !wholeText;
    }

    /** When its bytes were written last. */
    FileTime modified() {
        try {
            return Files.getLastModifiedTime(stored);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
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
                ? lines(name, options, new Counted(bytes(), listener))
                : ReadAhead.of(heard -> lines(name, options, unpacked(options, heard)), listener));
    }

    /**
     * As the other, of a packed file, and what is read is copied before the reader has it; on the reader's thread,
     * which is the one with time to spare.
     */
    InputStream openCopying(String name, JsonlOptions options, ReadListener listener, AtomicFile copy)
            throws IOException {
        return guarded(() -> new CopyingStream(ReadAhead.of(heard -> unpacked(options, heard), listener), copy));
    }

    /** The text of a file that is no documents but, say, a list. */
    static InputStream textOf(Path path) throws IOException {
        SourceFile file = of(path);
        if (file.packing == Packing.PARQUET) {
            throw new InputException(path + " is Parquet; allowed is text, plain, gzip or zstd");
        }
        return new SourceFile(path, path, file.packing, false, file.pipe)
                .open("", JsonlOptions.defaults(), ReadListener.NONE);
    }

    private InputStream guarded(Opening opening) throws IOException {
        try {
            return opening.open();
        } catch (LinkageError e) {
            boolean missing = e instanceof NoClassDefFoundError
                    && !String.valueOf(e.getMessage()).contains("initialize");
            throw new InputException(
                    path + " is " + packing.name().toLowerCase(Locale.ROOT) + ", and the library that reads it "
                            + (missing ? "is missing: add to the class path " + library() : cannotStart()),
                    e);
        }
    }

    private String library() {
        return packing == Packing.ZSTD
                ? "com.github.luben:zstd-jni"
                : "org.apache.parquet:parquet-hadoop, and org.apache.hadoop:hadoop-common and"
                        + " hadoop-mapreduce-client-core without what they depend on";
    }

    private static String cannotStart() {
        return "cannot be started from the folder for temporary files, " + System.getProperty("java.io.tmpdir")
                + ": it must be writable and allow programs to be run (mounted without noexec); name another with"
                + " -Djava.io.tmpdir";
    }

    private InputStream bytes() throws IOException {
        return pipe.isPresent() ? pipe.get() : new FileInputStream(stored.toFile());
    }

    /** Opens a stream. */
    @FunctionalInterface
    private interface Opening {
        InputStream open() throws IOException;
    }

    private InputStream unpacked(JsonlOptions options, ReadListener listener) throws IOException {
        if (packing == Packing.PARQUET) {
            if (pipe.isPresent()) {
                throw new InputException(path + " is Parquet that comes through a pipe, and Parquet is not read from"
                        + " front to back; write it to a file");
            }
            long size = Files.size(stored);
            return new BoundedExpansion(new ParquetLines(stored, listener), this, options.maxExpansion(), () -> size);
        }
        Counted bytes = new Counted(bytes(), listener);
        try {
            InputStream text = packing == Packing.GZIP ? new GzipStream(bytes) : ZstdStreams.read(bytes);
            return new CheckedText(new BoundedExpansion(text, this, options.maxExpansion(), bytes::count), this);
        } catch (IOException | RuntimeException | LinkageError e) {
            bytes.close();
            throw e;
        }
    }

    private InputStream lines(String name, JsonlOptions options, InputStream text) throws IOException {
        return wholeText ? WholeText.asLine(text, name, options) : text;
    }

    /** Looks at the start of a text that was packed. */
    private static final class CheckedText extends BlockStream {
        private final InputStream in;
        private final SourceFile file;
        private byte[] head = new byte[0];
        private int from;
        private boolean checked;
        private @Nullable IOException failure;

        CheckedText(InputStream in, SourceFile file) {
            this.in = in;
            this.file = file;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (!checked) {
                checked = true;
                head = new byte[KnownContent.HEAD_BYTES];
                int count = 0;
                int read = 0;
                try {
                    while (read >= 0 && count < head.length) {
                        read = in.read(head, count, head.length - count);
                        count += Math.max(0, read);
                    }
                } catch (IOException e) {
                    failure = e; // after what came before
                }
                head = Arrays.copyOf(head, count);
                check();
            }
            if (from < head.length) {
                int count = Math.min(length, head.length - from);
                System.arraycopy(head, from, target, offset, count);
                from += count;
                return count;
            }
            if (failure != null) {
                throw failure;
            }
            return in.read(target, offset, length);
        }

        private void check() {
            KnownContent content = KnownContent.of(head).orElse(null);
            if (content != null && !(file.wholeText() && content.form() == KnownContent.Form.MARKUP)) {
                throw new InputException(file.path() + ", unpacked, is " + content.name()
                        + (packing(content) == Packing.NONE ? ": " + content.advice() : ": unpack the file")
                        + ". " + READ);
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
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
