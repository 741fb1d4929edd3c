// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Turns what a user names into files: a file is itself; a folder stands for the files in it, at any depth, whose names
 * have a known ending; a name with {@code *}, <code>?</code>, a bracket or a brace that is no file is a pattern
 * ({@code **} crosses folders). Hidden files are left out. The files of a folder or pattern come in the order of their
 * names; a file that is named twice comes once.
 */
public final class InputFiles {
    private InputFiles() {}

    /**
     * The files, in order.
     *
     * @throws InputException if a folder or pattern has no file; the message says what is there
     */
    public static List<Path> expand(List<Path> named) {
        LinkedHashSet<Path> files = new LinkedHashSet<>();
        for (Path path : named) {
            if (Files.isDirectory(path)) {
                files.addAll(folder(path));
            } else if (!Files.exists(path) && isPattern(path.toString())) {
                files.addAll(pattern(path));
            } else {
                files.add(path);
            }
        }
        return List.copyOf(files);
    }

    private static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
    }

    private static List<Path> folder(Path folder) {
        List<Path> all = walk(folder);
        List<Path> known = all.stream().filter(FileNames::isKnown).toList();
        if (known.isEmpty()) {
            throw new InputException("the folder " + folder
                    + (all.isEmpty() ? " is empty" : " has no file with a known ending, but " + shown(folder, all))
                    + "; known are " + FileNames.known()
                    + ". Other files can be named one by one, or by a pattern in quotes (\"" + folder
                    + "/*.dat\")");
        }
        return known;
    }

    private static List<Path> pattern(Path path) {
        Path base = path.isAbsolute() ? path.getRoot() : Path.of("");
        for (Path part : path) {
            if (isPattern(part.toString())) {
                break;
            }
            base = base.resolve(part);
        }
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + path);
        } catch (PatternSyntaxException e) {
            throw new InputException("the pattern " + path + " is not one: " + e.getMessage(), e);
        }
        List<Path> all = Files.isDirectory(base.toAbsolutePath()) ? walk(base) : List.of();
        List<Path> found = all.stream().filter(matcher::matches).toList();
        if (found.isEmpty()) {
            throw new InputException("no file matches " + path + "; in "
                    + (base.toString().isEmpty() ? "this folder" : base) + " there "
                    + (all.isEmpty() ? "is none" : "are " + shown(base, all)));
        }
        return found;
    }

    private static String shown(Path base, List<Path> files) {
        List<String> names = files.stream()
                .limit(4)
                .map(file -> (base.toString().isEmpty() ? file : base.relativize(file)).toString())
                .toList();
        return String.join(", ", names) + (files.size() > 4 ? " and " + (files.size() - 4) + " more" : "");
    }

    private static List<Path> walk(Path folder) {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> entries = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            entries.filter(Files::isRegularFile)
                    .filter(file -> !isHidden(folder, file))
                    .sorted()
                    .forEach(found::add);
        } catch (IOException | UncheckedIOException e) {
            Throwable cause = e.getCause() instanceof IOException within ? within : e;
            throw new InputException(
                    "the folder " + folder + " cannot be read: "
                            + (cause instanceof AccessDeniedException denied
                                    ? "permission denied for " + denied.getFile()
                                    : String.valueOf(e.getMessage()))
                            + "; allow this user to read it and all folders in it",
                    e);
        }
        return found;
    }

    private static boolean isHidden(Path folder, Path file) {
        Path below = folder.toString().isEmpty() ? file : folder.relativize(file);
        for (Path part : below) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
