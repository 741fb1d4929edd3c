// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.OutputLock;
import dev.quad.text.InputFiles;
import dev.quad.text.RejectFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a command is going to write, checked before it reads anything: an output is no input, by whatever name or link,
 * and replaces no file that is there, unless that is a result of the same kind. Devices and pipes may be written to
 * where a stream makes sense.
 */
final class Outputs {
    /** Standard output, as {@code -} on the command line. */
    static final Path STANDARD = Path.of("/dev/stdout");

    private static final Path MINUS = Path.of("-");
    private static final Pattern COUNT = Pattern.compile("-of-(\\d{1,9})");
    private static final int START_BYTES = 1 << 16;
    private static final Pattern REJECT =
            Pattern.compile("\\{\"file\":\"[^\"]*\",(\"(line|row)\":\\d+,)?\"reason\":\"");

    private final List<Path> inputs = new ArrayList<>();

    /** Files, folders and patterns that are read. */
    @SafeVarargs
    static Outputs beside(List<Path>... inputs) throws IOException {
        Outputs outputs = new Outputs();
        for (List<Path> named : inputs) {
            for (Path input : named) {
                requireNoRun(input);
            }
            outputs.inputs.addAll(InputFiles.expand(named));
            if (named.contains(MINUS)) {
                outputs.inputs.add(Path.of("/dev/stdin"));
            }
        }
        return outputs;
    }

    /** The folder of a run holds records that are no documents; its selection must be meant. */
    private static void requireNoRun(Path input) throws IOException {
        if (!isJson(input.resolve("manifest.json"), "quad.manifest.1")) {
            return;
        }
        try (DirectoryStream<Path> selected = Files.newDirectoryStream(input, "selected{.,-*-of-}*")) {
            for (Path file : selected) {
                throw new InputException(input + " is the folder of a run of quad select; give what it chose, "
                        + String.valueOf(file).replaceFirst("-\\d+-of-\\d+", "-*"));
            }
        }
    }

    /** Other files that are read, if they are given. */
    Outputs and(@Nullable Path... files) {
        Arrays.stream(files).filter(file -> file != null).forEach(inputs::add);
        return this;
    }

    /** Checks what may also be a device or a pipe. */
    Outputs stream(Path target) throws IOException {
        return AtomicFile.isStream(target) ? requireNoInput(target) : file(target);
    }

    /** Checks a file that may also replace one of ours: JSON of the same format. */
    Outputs json(Optional<Path> target, String format) throws IOException {
        if (target.isEmpty()) {
            return this;
        }
        return isJson(target.get(), format) ? requireNoInput(target.get()) : stream(target.get());
    }

    /** Writes JSON that {@link #json} was asked of, unless somebody else has taken the name since. */
    void writeJson(Optional<Path> target, String format, Map<String, ?> tree) throws IOException {
        json(target, format);
        target.ifPresent(file -> AtomicFile.write(file, JsonText.text(tree)));
    }

    /** Checks skipped lines, which those of an interrupted run of ours may be replaced by. */
    Outputs rejects(Path target, boolean resume) throws IOException {
        return resume && isRejects(target) ? requireNoInput(target) : stream(target);
    }

    /** Writes skipped lines, if there are any, where {@link #rejects} allows it. */
    static void commit(RejectFile rejects, boolean resume) throws IOException {
        if (rejects.count() > 0) {
            new Outputs().rejects(rejects.path(), resume);
            rejects.commit();
        }
    }

    /** Checks a file, and the shards of its name; removes some of several shards that a run left which was killed. */
    Outputs file(Path target) throws IOException {
        requireNoInput(target);
        if (OutputLock.removeLeft(target)) {
            List<Path> left = shards(target);
            if (!left.isEmpty() && left.size() < count(left.get(0))) {
                for (Path shard : left) {
                    requireNoInput(shard);
                    Files.delete(shard);
                }
            }
        }
        return requireFree(target);
    }

    /** Checks, before a file gets its name, that nobody else has taken it since {@link #file}. */
    Outputs requireFree(Path target) throws IOException {
        List<Path> shards = shards(target);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) || !shards.isEmpty()) {
            Path there = shards.isEmpty() ? target : shards.get(0);
            throw new InputException("the file " + there + " is there already; give another name, or remove it");
        }
        return this;
    }

    private static List<Path> shards(Path target) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return List.of();
        }
        String name = String.valueOf(target.getFileName());
        int ending = name.indexOf('.', 1) < 0 ? name.length() : name.indexOf('.', 1);
        Pattern shard = Pattern.compile(
                Pattern.quote(name.substring(0, ending)) + "-\\d+-of-\\d+" + Pattern.quote(name.substring(ending)));
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::getFileName)
                    .filter(file -> shard.matcher(file.toString()).matches())
                    .sorted()
                    .map(target::resolveSibling)
                    .toList();
        }
    }

    /** How many shards there are in all, by the name of one. */
    private static int count(Path shard) {
        Matcher matcher = COUNT.matcher(shard.getFileName().toString());
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /** Checks a file and keeps it for this run; no run can have written it meanwhile. */
    OutputLock lock(Path target) throws IOException {
        file(target);
        OutputLock lock = OutputLock.ofFile(target);
        boolean free = false;
        try {
            requireFree(target);
            free = true;
            return lock;
        } finally {
            if (!free) {
                lock.close();
            }
        }
    }

    /** Checks that a file, if it is there, is none that is read. */
    Outputs requireNoInput(Path target) throws IOException {
        if (Files.exists(target)) {
            for (Path input : inputs) {
                if (Files.exists(input) && Files.isSameFile(input, target)) {
                    throw new InputException(target + " would be written over, but it is an input"
                            + (input.equals(target) ? "" : " (" + input + ")") + "; give another name");
                }
            }
        }
        return this;
    }

    /** Checks a folder, and the files in it that are written where they lie. */
    Outputs folder(Path folder, String pattern) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
            throw new InputException(folder + " is no folder; give the name of one, or a new name");
        }
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
                for (Path file : files) {
                    requireNoInput(file);
                }
            }
        }
        return this;
    }

    /** Whether a file is standard output. */
    static boolean isStandard(Path target) {
        return target.equals(STANDARD)
                || target.equals(Path.of("/dev/fd/1"))
                || target.equals(Path.of("/proc/self/fd/1"));
    }

    /** Refuses {@code -} where a folder is written. */
    static void requireFolder(CommandSpec command, Path out) {
        Usage.check(
                command,
                !out.equals(MINUS),
                "--out - is the standard output, and this command writes a folder; give the name of a folder");
    }

    /** {@code -} as what it stands for. */
    static Path named(Path target) {
        return target.equals(MINUS) ? STANDARD : target;
    }

    private static boolean isJson(Path file, String format) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            return JsonText.text(file, "format").equals(format);
        } catch (InputException | IllegalStateException e) {
            return false;
        }
    }

    private static boolean isRejects(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            String start = new String(in.readNBytes(START_BYTES), StandardCharsets.UTF_8);
            return REJECT.matcher(start).lookingAt();
        }
    }
}
