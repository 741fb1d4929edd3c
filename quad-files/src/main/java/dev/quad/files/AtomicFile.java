// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.InputException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A file that appears whole or not at all: written under a hidden name beside the target, forced to the disk, then
 * renamed over it. Works on an interrupted thread, so that a cancelled run can still write its result. For one thread.
 *
 * <p>A target that is a device, a pipe or an open file of this process keeps its place: what was written is copied
 * there.
 */
public final class AtomicFile implements AutoCloseable {
    private static final Pattern OPEN_FILE = Pattern.compile("/dev/(stdout|stderr|fd/\\d+)|/proc/(self|\\d+)/fd/\\d+");
    private static final List<String> STANDARD_OUTPUT = List.of("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1");
    /**
     * How the names of unfinished files end: nobody else has such, so that what killed processes left may be removed.
     */
    private static final String UNFINISHED = ".made-by-quad";

    private static final int TYPE = 0170000;
    private static final int CHARACTERS = 0020000;
    private static final int PIPE = 0010000;

    private final Path target;
    private final Path temporary;
    private final RandomAccessFile file;
    private final OutputStream stream;
    private boolean ended;

    private AtomicFile(Path target, Path temporary) throws IOException {
        this.target = target;
        this.temporary = temporary;
        // not a file channel, which an interrupted thread would close
        this.file = new RandomAccessFile(temporary.toFile(), "rw");
        file.setLength(0);
        this.stream = new BufferedOutputStream(new FileOutputStream(file.getFD()), 1 << 16);
    }

    /**
     * Starts a file. Missing folders are made.
     *
     * @throws UncheckedIOException if the place cannot be written to
     */
    public static AtomicFile create(Path target) {
        return create(target, AtomicFile::unusedName);
    }

    private interface Naming {
        Path name(Path folder, String name) throws IOException;
    }

    private static AtomicFile create(Path target, Naming naming) {
        Path whole = target.toAbsolutePath();
        try {
            if (isStream(whole)) {
                return new AtomicFile(whole, Files.createTempFile("quad", ".tmp"));
            }
            Path name = whole.getFileName();
            Path folder = whole.getParent();
            if (name == null || folder == null || Files.isDirectory(whole)) {
                throw new IOException("it is a folder");
            }
            make(folder, target);
            return new AtomicFile(whole, naming.name(folder, name.toString()));
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    private static void make(Path folder, Path target) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            throw new UncheckedIOException(
                    "cannot write " + target + ": its folder cannot be made"
                            + (e instanceof FileAlreadyExistsException ? ", since " + e.getFile() + " is a file" : "")
                            + "; choose another place",
                    e);
        }
    }

    /**
     * As {@link #create}, for a file that only one writer at a time has: what a killed one left half written is written
     * over, so that nothing stays behind.
     */
    public static AtomicFile replace(Path target) {
        return create(target, (folder, name) -> folder.resolve("." + name + UNFINISHED));
    }

    /** {@link #replace(Path)} with a text in UTF-8. */
    public static void replace(Path target, String text) {
        write(target, replace(target), text);
    }

    /** {@link #create(Path)} with a text in UTF-8. */
    public static void write(Path target, String text) {
        write(target, create(target), text);
    }

    private static void write(Path target, AtomicFile file, String text) {
        try (AtomicFile out = file) {
            out.stream().write(text.getBytes(StandardCharsets.UTF_8));
            out.commit();
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    /** Removes what killed processes left of a file half written. */
    static void removeUnfinished(Path target) throws IOException {
        Path whole = target.toAbsolutePath();
        Path folder = whole.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return;
        }
        String start = "." + whole.getFileName() + ".";
        try (DirectoryStream<Path> left =
                Files.newDirectoryStream(folder, file -> isUnfinished(String.valueOf(file.getFileName()), start))) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static boolean isUnfinished(String name, String start) {
        return name.startsWith(start)
                && name.substring(start.length() - 1).matches("(\\.\\d{1,4})?" + Pattern.quote(UNFINISHED));
    }

    private static Path unusedName(Path folder, String name) throws IOException {
        for (int i = 0; ; i++) {
            try {
                return Files.createFile(folder.resolve("." + name + "." + i + UNFINISHED));
            } catch (FileAlreadyExistsException e) {
                if (i == 9999) {
                    throw new IOException("its folder is full of unfinished files named " + e.getFile(), e);
                }
            }
        }
    }

    /** Where to write, buffered. */
    public OutputStream stream() {
        return stream;
    }

    /** Where what was written lies until {@link #commit()}, for whoever flushes the stream first. */
    public Path unfinished() {
        return temporary;
    }

    /**
     * Makes the file appear under its name. Nothing can be written afterwards.
     *
     * @throws UncheckedIOException if that fails; then the target is as it was
     */
    public void commit() {
        rename(target);
    }

    /**
     * Checks that a file may get its name, which a stopped run may have given it before: what is there already must be
     * the same.
     *
     * @param made on the disk, whole
     * @throws InputException if the target is there with other bytes, which stay
     * @throws UncheckedIOException if one cannot be read
     */
    public static void requireSame(Path made, Path target) {
        if (isStream(target) || !Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            if (Files.isRegularFile(target) && Files.mismatch(made, target) < 0) {
                return;
            }
        } catch (IOException e) {
            throw FileFailure.reading(target, e);
        }
        throw new InputException("the file " + target + " is there already, and is not what this run writes there;"
                + " move it away, and go on with the run");
    }

    /** What a file that was written is to be called. */
    @FunctionalInterface
    public interface NameOf {
        String name(Path written) throws IOException;
    }

    /** As {@link #commit()}, under a name in the same folder that depends on what was written. */
    public Path commitAs(NameOf name) {
        try {
            stream.flush();
            Path chosen = target.resolveSibling(name.name(temporary));
            rename(chosen);
            return chosen;
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    /** Writes over bytes that were written before. */
    void patch(long position, byte[] bytes) throws IOException {
        stream.flush();
        file.seek(position);
        file.write(bytes);
        file.seek(file.length());
    }

    /** Ends the writing: all is on the disk, still under the hidden name. */
    public void finish() throws IOException {
        if (file.getFD().valid()) {
            stream.flush();
            file.getFD().sync();
            file.close();
        }
    }

    /** As {@link #commit()}, under another name in the same folder. */
    public void commitTo(Path chosen) {
        rename(chosen);
    }

    private void rename(Path chosen) {
        try {
            finish();
            if (isStream(chosen)) {
                copyTo(chosen);
                Files.delete(temporary);
                ended = true;
                return;
            }
            Files.move(temporary, chosen, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            ended = true;
        } catch (IOException e) {
            throw FileFailure.writing(chosen, e);
        }
    }

    private void copyTo(Path stream) throws IOException {
        if (STANDARD_OUTPUT.contains(stream.toString())) {
            FileOutputStream out = new FileOutputStream(FileDescriptor.out); // stays open
            Files.copy(temporary, out);
            return;
        }
        try (FileOutputStream out = new FileOutputStream(stream.toFile(), true)) {
            Files.copy(temporary, out);
        }
    }

    /** Whether a target is a device, a pipe or an open file of this process. */
    public static boolean isStream(Path target) {
        Path whole = target.toAbsolutePath().normalize();
        if (OPEN_FILE.matcher(whole.toString()).matches()) {
            return true;
        }
        try {
            int type = (int) Files.getAttribute(whole, "unix:mode") & TYPE;
            return type == CHARACTERS || type == PIPE;
        } catch (IOException | UnsupportedOperationException e) {
            return false; // it is not there, or the system knows no such thing
        }
    }

    /** Drops what was written, unless it was committed. */
    @Override
    public void close() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            file.close();
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw FileFailure.writing(temporary, e);
        }
    }
}
