// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.QuadException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an output for one run at a time: a hidden file, locked while the run lives and deleted when this is closed. One
 * that a killed run left is taken over. For one thread.
 */
public final class OutputLock implements AutoCloseable {
    /** The name of the file in a folder that is kept. */
    public static final String IN_FOLDER = ".quad.lock";

    /**
     * What this process holds: locks of the system are between processes, and lost when any of their files is closed.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path output;
    private final Path path;
    private final List<Path> madeFolders;
    private final RandomAccessFile file;
    private boolean closed;

    private OutputLock(Path output, Path path, List<Path> madeFolders) throws IOException {
        this.output = output;
        this.path = path;
        this.madeFolders = madeFolders;
        this.file = locked();
    }

    /**
     * Keeps a folder, which is made if missing, and removed again if nothing is in it in the end.
     *
     * @throws QuadException if another run holds it
     * @throws java.io.UncheckedIOException if the folder cannot be written to
     */
    public static OutputLock ofFolder(Path folder) {
        return take(folder, folder.toAbsolutePath().normalize(), IN_FOLDER);
    }

    /**
     * Keeps a file, which need not be there, by a file of the name {@code .NAME.lock} beside it; as {@link #ofFolder}.
     */
    public static OutputLock ofFile(Path target) {
        Path whole = target.toAbsolutePath().normalize();
        Path folder = whole.getParent();
        return take(target, folder == null ? whole : folder, "." + whole.getFileName() + ".lock");
    }

    /**
     * Removes what a run that was killed when it had written a file left beside it; as {@link #ofFile} if that run
     * lives.
     *
     * @return whether there was such a run
     */
    public static boolean removeLeft(Path target) {
        Path name = target.getFileName();
        if (name == null || !Files.exists(target.resolveSibling("." + name + ".lock"))) {
            return false;
        }
        try (OutputLock lock = ofFile(target)) {
            PartFile.clean(lock.output);
            return true;
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    private static OutputLock take(Path output, Path folder, String name) {
        try {
            List<Path> made = new ArrayList<>();
            for (Path each = folder; each != null && !Files.exists(each); each = each.getParent()) {
                made.add(each);
            }
            Files.createDirectories(folder);
            Path path = folder.toRealPath().resolve(name);
            synchronized (HELD) {
                if (!HELD.add(path)) {
                    throw inUse(output);
                }
            }
            boolean taken = false;
            try {
                OutputLock lock = new OutputLock(output, path, made);
                taken = true;
                return lock;
            } finally {
                if (!taken) {
                    release(path);
                }
            }
        } catch (IOException e) {
            throw FileFailure.writing(output, e);
        }
    }

    private static void release(Path path) {
        synchronized (HELD) {
            HELD.remove(path);
        }
    }

    private static QuadException inUse(Path output) {
        return new QuadException(output + " is being written by another run; wait for it, or give another place");
    }

    /** The locked file: the one that has the name, and not one that another run deleted after this one opened it. */
    private RandomAccessFile locked() throws IOException {
        while (true) {
            @Nullable Object before = keyOrNew();
            RandomAccessFile opened = new RandomAccessFile(path.toFile(), "rw");
            boolean ours = false;
            try {
                @Nullable FileLock lock = opened.getChannel().tryLock();
                if (lock == null) {
                    throw inUse(output);
                }
                if (opened.length() > 0) {
                    throw new QuadException(
                            path + " is not the lock of a run, which is empty, and a run would remove it; move"
                                    + " it, or give another place");
                }
                ours = before != null && before.equals(key());
                if (ours) {
                    return opened;
                }
            } finally {
                if (!ours) {
                    opened.close();
                }
            }
        }
    }

    private @Nullable Object keyOrNew() throws IOException {
        try {
            Files.createFile(path);
        } catch (FileAlreadyExistsException e) {
            // of a run that lives, or was killed
        }
        return key();
    }

    /** What tells files of one name apart, where the system has it; null if there is no file. */
    private @Nullable Object key() throws IOException {
        try {
            Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return key == null ? path : key;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Removes what killed runs left half written of a file that no one but the holder of this writes. */
    public void removeUnfinished(Path target) {
        try {
            AtomicFile.removeUnfinished(target);
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    /** Lets others write. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (file) {
            Files.deleteIfExists(path);
            for (Path folder : madeFolders) {
                Files.deleteIfExists(folder);
            }
        } catch (DirectoryNotEmptyException e) {
            // what was written
        } catch (IOException e) {
            throw FileFailure.writing(output, e);
        } finally {
            release(path);
        }
    }
}
