// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Goes through a folder and all in it, links followed, each folder once however many links lead to it. */
final class FolderWalk {
    private final Predicate<String> hiddenNames;
    private final Set<Path> walked = new HashSet<>();

    /** Files, and for each the one name that it has without links. */
    private final Map<Path, Path> files = new LinkedHashMap<>();

    private final List<Path> hidden = new ArrayList<>();
    private final List<Path> again = new ArrayList<>();
    private final List<Path> devices = new ArrayList<>();
    private final List<Path> broken = new ArrayList<>();
    private final List<Path> runs = new ArrayList<>();
    private final Path root;
    private final boolean passRuns;

    /**
     * Goes through.
     *
     * @param depth how many levels; 1 is the folder itself
     * @param hidden the names that are passed by
     * @param passRuns whether folders below it that {@code quad} wrote are passed by too
     * @throws InputException if a folder cannot be read
     */
    FolderWalk(Path root, int depth, Predicate<String> hidden, boolean passRuns) {
        this.hiddenNames = hidden;
        this.root = root;
        this.passRuns = passRuns;
        try {
            folder(root, depth);
        } catch (IOException | UncheckedIOException e) {
            Throwable cause = e.getCause() instanceof IOException within ? within : e;
            throw new InputException(
                    "the folder " + root + " cannot be read: "
                            + (cause instanceof AccessDeniedException denied
                                    ? "permission denied for " + denied.getFile()
                                            + "; allow this user to read it and all folders in it"
                                    : String.valueOf(cause.getMessage())),
                    e);
        }
    }

    private void folder(Path folder, int depth) throws IOException {
        if (passRuns && !folder.equals(root) && isRun(folder)) {
            runs.add(folder);
            return;
        }
        Path real = folder.toRealPath();
        if (!walked.add(real)) {
            again.add(folder);
            return;
        }
        List<Path> entries;
        try (Stream<Path> found = Files.list(folder)) {
            entries = found.sorted().toList();
        }
        for (Path entry : entries) {
            if (hiddenNames.test(String.valueOf(entry.getFileName()))) {
                hidden.add(entry);
            } else {
                entry(entry, real, depth);
            }
        }
    }

    private void entry(Path entry, Path realFolder, int depth) throws IOException {
        BasicFileAttributes itself = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        BasicFileAttributes what = itself;
        if (itself.isSymbolicLink()) {
            try {
                what = Files.readAttributes(entry, BasicFileAttributes.class);
            } catch (AccessDeniedException e) {
                throw e;
            } catch (IOException e) { // gone, or it leads round in a circle
                broken.add(entry);
                return;
            }
        }
        if (what.isDirectory()) {
            if (depth > 1) {
                folder(entry, depth - 1);
            }
        } else if (what.isRegularFile()) {
            files.put(entry, itself.isSymbolicLink() ? entry.toRealPath() : realFolder.resolve(entry.getFileName()));
        } else {
            devices.add(entry);
        }
    }

    /** Where it began. */
    Path root() {
        return root;
    }

    /** The files, in the order of their names. */
    List<Path> files() {
        return files.keySet().stream().sorted().toList();
    }

    /** The name of a file without links. */
    Path real(Path file) {
        return files.getOrDefault(file, file);
    }

    /** Files and folders with hidden names; what is in such a folder was not looked at. */
    List<Path> hidden() {
        return hidden;
    }

    /** Links to folders that were gone through under another name. */
    List<Path> again() {
        return again;
    }

    /** Pipes and devices. */
    List<Path> devices() {
        return devices;
    }

    /** Folders below the first that {@code quad} wrote. */
    List<Path> runs() {
        return runs;
    }

    private static boolean isRun(Path folder) throws IOException {
        Path manifest = folder.resolve("manifest.json");
        if (!Files.isRegularFile(manifest) || !Files.isReadable(manifest)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(manifest)) {
            return new String(in.readNBytes(100), StandardCharsets.UTF_8).contains("\"quad.manifest.");
        }
    }

    /** Links that lead to nothing. */
    List<Path> broken() {
        return broken;
    }

    /** Why a link cannot be followed, in words: what it is and where it leads. */
    static String brokenLink(Path link) {
        try {
            Path target = Files.readSymbolicLink(link);
            Path resolved = link.toAbsolutePath().resolveSibling(target);
            boolean circle = Files.exists(resolved, LinkOption.NOFOLLOW_LINKS) && Files.isSymbolicLink(resolved);
            return "the link " + Excerpt.whole(link) + " leads to " + Excerpt.whole(target)
                    + (circle ? ", which leads on to nothing or back to it" : ", which does not exist");
        } catch (IOException e) {
            return "the link " + Excerpt.whole(link) + " cannot be followed";
        }
    }
}
