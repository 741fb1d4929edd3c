// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A folder for temporary files that nobody but its user may enter. It is removed when it is closed, and when the
 * process ends by itself or by a signal that can be caught. What a killed process left is removed when the next folder
 * is made in the same place: a file in each folder is locked as long as its owner lives, and only folders that have
 * this file and the same user are removed.
 *
 * <p>Safe for use by several threads.
 */
public final class TemporaryFolder implements AutoCloseable {
    /** Marks a folder as one of these, and is locked by its owner. */
    private static final String MARKER = ".quad-temporary";

    private static final String PREFIX = "quad-";
    private static final int TRIES = 100;
    /** The names of this process: whoever opened and closed their locks once more would lose them. */
    private static final Set<Path> NAMES = ConcurrentHashMap.newKeySet();

    private static final Set<TemporaryFolder> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(TemporaryFolder::removeOpen, "quad-temporary"));
    }

    private final Path path;
    private final FileChannel lock;

    private TemporaryFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes a folder, and removes those of dead processes.
     *
     * @param place an existing folder
     * @throws UncheckedIOException if no folder can be made there
     */
    public static TemporaryFolder in(Path place) {
        try {
            TemporaryFolder made = make(place.toRealPath());
            sweep(made.path);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no temporary folder can be made in " + place + ": " + FileFailure.reason(e), e);
        }
    }

    private static TemporaryFolder make(Path place) throws IOException {
        SecureRandom random = new SecureRandom();
        for (int i = 0; ; i++) {
            Path path = place.resolve(PREFIX + String.format("%016x", random.nextLong()));
            NAMES.add(path);
            try {
                TemporaryFolder made = claim(path);
                if (made != null) {
                    return made;
                }
            } catch (FileAlreadyExistsException | NoSuchFileException e) {
                if (i == TRIES || !Files.isDirectory(place)) {
                    throw e;
                }
            }
        }
    }

    /** Null if another process took the folder for a dead one's before it was locked. */
    private static @Nullable TemporaryFolder claim(Path path) throws IOException {
        Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path marker = path.resolve(MARKER);
        FileChannel lock = FileChannel.open(marker, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        TemporaryFolder made = new TemporaryFolder(path, lock);
        OPEN.add(made);
        if (isLocked(lock) && Files.exists(marker, LinkOption.NOFOLLOW_LINKS)) {
            return made;
        }
        OPEN.remove(made);
        lock.close();
        return null;
    }

    private static boolean isLocked(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException e) {
            return true; // nobody can lock there, and so nobody sweeps
        }
    }

    /** Removes what dead processes of the same user left beside a folder. */
    private static void sweep(Path made) throws IOException {
        Path place = made.getParent();
        if (place == null) {
            return;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(place, PREFIX + "*")) {
            for (Path each : found) {
                if (each.getFileName().toString().matches(PREFIX + "[0-9a-f]{16}") && !NAMES.contains(each)) {
                    sweep(each, made);
                }
            }
        }
    }

    private static void sweep(Path each, Path made) {
        Path marker = each.resolve(MARKER);
        try {
            if (!Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)
                    || !Files.getOwner(each, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(made))) {
                return;
            }
            if (!Files.isRegularFile(marker, LinkOption.NOFOLLOW_LINKS)) {
                Files.delete(each); // only if it is empty: killed before it was marked
                return;
            }
            try (FileChannel channel = FileChannel.open(marker, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                if (channel.tryLock() != null) {
                    FolderRemoval.remove(each, MARKER);
                }
            }
        } catch (IOException | RuntimeException e) {
            // in use, or another process sweeps as well: whatever stays is found next time
        }
    }

    private static void removeOpen() {
        for (TemporaryFolder folder : OPEN) {
            try {
                folder.close(); // or waits for the thread that does
            } catch (UncheckedIOException e) {
                // the process ends; a later one sweeps
            }
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /**
     * Removes the folder and all that is in it, also where other threads still write there.
     *
     * @throws UncheckedIOException if that is not possible
     */
    @Override
    public synchronized void close() {
        if (OPEN.contains(this)) {
            try (lock) {
                FolderRemoval.remove(path, MARKER);
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the temporary folder " + path + " cannot be removed: " + FileFailure.reason(e), e);
            } finally {
                OPEN.remove(this);
            }
        }
    }
}
