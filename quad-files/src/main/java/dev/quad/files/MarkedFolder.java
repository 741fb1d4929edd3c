// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/**
 * Folders with what an interrupted run goes on from. A file in them says that they were made here; without it nothing
 * in a folder is touched, whatever its name. Made and removed so that a kill leaves none that is neither.
 */
public final class MarkedFolder {
    private static final String MARKER = ".made-by-quad";

    private MarkedFolder() {}

    /**
     * Makes a folder, or takes the one that was made so before.
     *
     * @throws InputException if the name is taken by something else
     * @throws UncheckedIOException if it cannot be made
     */
    public static void make(Path folder) {
        if (isMarked(folder)) {
            return;
        }
        requireFree(folder);
        Path unfinished = unfinished(folder);
        try {
            removeUnfinished(unfinished);
            requireFree(unfinished);
            Files.createDirectories(unfinished);
            Files.writeString(unfinished.resolve(MARKER), "Made by quad, and removed when the run is done.\n");
            Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder " + folder + " cannot be made: " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException
                ? "permission denied; allow this user to write there, or choose another place"
                : FileFailure.reason(e);
    }

    private static void requireFree(Path path) {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new InputException(path + " was not made by quad, and is not touched; give another folder");
        }
    }

    /** The name that a folder has before it is marked, and while it is removed. */
    private static Path unfinished(Path folder) {
        return folder.resolveSibling("." + folder.getFileName() + ".quad");
    }

    private static void removeUnfinished(Path unfinished) throws IOException {
        if (Files.isDirectory(unfinished, LinkOption.NOFOLLOW_LINKS) && (isMarked(unfinished) || isEmpty(unfinished))) {
            FolderRemoval.remove(unfinished, MARKER);
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }

    /** Whether it was made by {@link #make}. */
    public static boolean isMarked(Path folder) {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.isRegularFile(folder.resolve(MARKER), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Removes a folder that was made by {@link #make}, with all that is in it; leaves anything else alone.
     *
     * @throws UncheckedIOException if it cannot be removed
     */
    public static void remove(Path folder) {
        Path unfinished = unfinished(folder);
        try {
            removeUnfinished(unfinished);
            if (isMarked(folder)) {
                Files.move(folder, unfinished, StandardCopyOption.ATOMIC_MOVE);
                removeUnfinished(unfinished);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder " + folder + " cannot be removed: " + reason(e), e);
        }
    }
}
