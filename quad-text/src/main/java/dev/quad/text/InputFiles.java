// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/**
 * Turns what a user names into files: a file is itself; a folder stands for the files in it, at any depth, whose names
 * have a known ending; a name with {@code *}, <code>?</code>, a bracket or a brace that is no file is a pattern
 * ({@code **} crosses folders); and {@code -} is the standard input. The files of a folder or pattern come in the order
 * of their names; a file that is named twice, or by a link, comes once.
 *
 * <p>Files and folders in a folder are hidden where their names begin with a dot or, as for Hadoop, Spark and Arrow,
 * with an underline and have no {@code =} in them; a pattern finds them where it has a part that begins so. Where a
 * folder or pattern has records (JSONL, Parquet), files that are one document each ({@code README.md},
 * {@code LICENSE.txt}) are left out, unless the pattern has their ending. A link to nothing is an error where a file
 * may be missing by it. {@link Inputs#leftOut} tells what was left out.
 */
public final class InputFiles {
    /** The name of the standard input. */
    static final Path STANDARD_INPUT = Path.of("-");

    private static final String TEXT_BESIDE_RECORDS =
            "texts beside files of records are taken for notes on them; name them one by one to have them read";
    private static final String HIDDEN =
            "names that begin with . or _ are hidden; name them one by one to have them read";
    private static final String OTHER = "endings that are not read in folders; name them one by one to have them read";
    private static final String AGAIN = "links to what is read under another name";
    private static final String RUNS = "folders that quad wrote; name them to have them read";
    private static final String DEVICES = "pipes or devices; name them one by one to have them read";
    private static final String BROKEN = "links to nothing";

    private final Map<Path, Path> files = new LinkedHashMap<>(); // by their names without links
    private final List<Integer> roots = new ArrayList<>();
    private final List<Integer> named = new ArrayList<>();
    private final Map<String, Set<Path>> leftOut = new LinkedHashMap<>();
    private int root = -1;

    private InputFiles(List<Path> paths) {
        for (Path path : paths) {
            root++;
            if (path.equals(STANDARD_INPUT)) {
                if (files.put(path, path) != null) {
                    throw new InputException("- (the standard input) is named twice; it can be read once only");
                }
                roots.add(root);
                named.add(path.getNameCount());
            } else if (Files.isDirectory(path)) {
                folder(path);
            } else if (!Files.exists(path) && isPattern(path.toString()) && !Files.isSymbolicLink(path)) {
                pattern(path);
            } else {
                add(path, real(path), path);
            }
        }
    }

    /**
     * The files, in order.
     *
     * @throws InputException if a folder or pattern has no file, or a link to nothing; the message says what is there
     */
    public static List<Path> expand(List<Path> named) {
        Objects.requireNonNull(named, "the files that are named are null");
        return find(named).files();
    }

    /** As {@link #expand}, with what was left out. */
    static InputFiles find(List<Path> named) {
        return new InputFiles(named);
    }

    List<Path> files() {
        return List.copyOf(files.values());
    }

    /** For each file the number of what was named and it was found by. */
    List<Integer> roots() {
        return roots;
    }

    /** For each file how many names at the front of its path were given, and not found in a folder or by a pattern. */
    List<Integer> named() {
        return named;
    }

    List<Inputs.LeftOut> leftOut() {
        return leftOut.entrySet().stream()
                .map(entry -> new Inputs.LeftOut(entry.getKey(), List.copyOf(entry.getValue())))
                .toList();
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) { // whoever opens it says what is wrong
            return path;
        }
    }

    /** @param base the file, or the folder that was named or that the pattern begins with */
    private void add(Path file, Path real, Path base) {
        Path before = files.putIfAbsent(real, file);
        if (before == null) {
            roots.add(root);
            named.add(base.toString().isEmpty() ? 0 : base.getNameCount()); // an empty path has one name
        } else if (!before.equals(file)) {
            leaveOut(AGAIN, List.of(file));
        }
    }

    private void leaveOut(String reason, List<Path> paths) {
        if (!paths.isEmpty()) {
            leftOut.computeIfAbsent(reason, r -> new LinkedHashSet<>()).addAll(paths);
        }
    }

    private static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
    }

    private static boolean startsWithUnderline(String name) {
        return name.startsWith("_") && name.indexOf('=') < 0; // _key=value is a partition
    }

    private void folder(Path folder) {
        FolderWalk walk = new FolderWalk(
                folder, Integer.MAX_VALUE, name -> name.startsWith(".") || startsWithUnderline(name), true);
        List<Path> all = walk.files();
        List<Path> known = all.stream().filter(FileNames::isKnown).toList();
        if (known.isEmpty() && noneMatches(walk.broken(), FileNames::mayBeRead)) {
            List<Path> hidden = worthSaying(walk.hidden());
            String here = !all.isEmpty()
                    ? " has no file with a known ending, but " + shown(folder, all)
                    : !hidden.isEmpty()
                            ? " has only names that begin with . or _, which are hidden: " + shown(folder, hidden)
                            : " is empty";
            throw new InputException("the folder " + folder + here + "; known are " + FileNames.known()
                    + ". Other files can be named one by one, or by a pattern in quotes (\"" + folder + "/*.dat\")");
        }
        take(walk, known, FileNames::mayBeRead, file -> false);
        leaveOut(HIDDEN, worthSaying(walk.hidden()));
        leaveOut(OTHER, all.stream().filter(file -> !FileNames.isKnown(file)).toList());
        leaveOut(DEVICES, walk.devices());
        leaveOut(BROKEN, walk.broken());
        leaveOut(AGAIN, walk.again());
        leaveOut(RUNS, walk.runs());
    }

    private void pattern(Path path) {
        Path base = path.isAbsolute() ? path.getRoot() : Path.of("");
        int depth = path.getNameCount();
        Set<Character> starts = new TreeSet<>();
        for (Path part : path) {
            starts.add(part.toString().charAt(0));
        }
        for (Path part : path) {
            if (isPattern(part.toString())) {
                break;
            }
            base = base.resolve(part);
            depth--;
        }
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + path);
        } catch (PatternSyntaxException e) {
            throw new InputException(
                    "the pattern " + path + " is not one: " + e.getDescription() + " at character " + e.getIndex(), e);
        }
        String text = path.toString();
        boolean anyDepth = text.contains("**") || text.contains("{");
        Predicate<String> hidden = name ->
                (name.startsWith(".") && !starts.contains('.')) || (startsWithUnderline(name) && !starts.contains('_'));
        FolderWalk walk = Files.isDirectory(base.toAbsolutePath())
                ? new FolderWalk(base, anyDepth ? Integer.MAX_VALUE : depth, hidden, false)
                : null;
        List<Path> all = walk == null ? List.of() : walk.files();
        List<Path> found = all.stream().filter(matcher::matches).toList();
        boolean crosses = anyDepth || depth > 1;
        Predicate<Path> wanted = file -> matcher.matches(file) || (crosses && FileNames.hasNoEnding(file));
        if (walk == null || (found.isEmpty() && noneMatches(walk.broken(), wanted))) {
            throw new InputException("no file matches " + path + "; in "
                    + (base.toString().isEmpty() ? "this folder" : base) + " there "
                    + (all.isEmpty() ? "is none" : "are " + shown(base, all)));
        }
        String last = String.valueOf(path.getFileName());
        take(walk, found, wanted, file -> FileNames.isNamedBy(file, last));
        leaveOut(
                HIDDEN,
                worthSaying(walk.hidden().stream().filter(matcher::matches).toList()));
        leaveOut(DEVICES, walk.devices().stream().filter(matcher::matches).toList());
        leaveOut(BROKEN, walk.broken().stream().filter(matcher::matches).toList());
    }

    /** Takes the files of a folder or pattern, or those of them that are records. */
    private void take(FolderWalk walk, List<Path> found, Predicate<Path> wanted, Predicate<Path> asked) {
        Predicate<Path> isNote = file -> FileNames.isWholeText(file) && !asked.test(file);
        boolean records = found.stream().anyMatch(file -> !FileNames.isWholeText(file));
        Predicate<Path> taken = records ? isNote.negate() : file -> true;
        List<Path> missing = walk.broken().stream().filter(wanted.and(taken)).toList();
        if (!missing.isEmpty()) {
            throw new InputException(
                    missing.stream().limit(5).map(FolderWalk::brokenLink).collect(Collectors.joining("; "))
                            + (missing.size() > 5 ? "; and " + (missing.size() - 5) + " links more" : "")
                            + ". Bring back what " + (missing.size() == 1 ? "it names" : "they name")
                            + " (is a disk not mounted, or a download not whole?), or remove the "
                            + (missing.size() == 1 ? "link" : "links"));
        }
        found.stream().filter(taken).forEach(file -> add(file, walk.real(file), walk.root()));
        leaveOut(TEXT_BESIDE_RECORDS, found.stream().filter(taken.negate()).toList());
    }

    private static boolean noneMatches(List<Path> paths, Predicate<Path> wanted) {
        return paths.stream().noneMatch(wanted);
    }

    /** Hidden folders, and hidden files that would be read by their endings; not {@code _SUCCESS} and the like. */
    private static List<Path> worthSaying(List<Path> hidden) {
        return hidden.stream()
                .filter(path -> FileNames.isKnown(path) || Files.isDirectory(path))
                .toList();
    }

    private static String shown(Path base, List<Path> files) {
        return Inputs.shown(files.stream()
                .map(file -> base.toString().isEmpty() ? file : base.relativize(file))
                .toList());
    }
}
