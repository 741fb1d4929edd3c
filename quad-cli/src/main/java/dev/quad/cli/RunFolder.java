// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.StopReason;
import dev.quad.files.AtomicFile;
import dev.quad.files.Checksum;
import dev.quad.files.JsonText;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The output folder of a run. {@code manifest.json} says what run it is; {@code work/} holds what an interrupted run
 * goes on from.
 */
final class RunFolder {
    static final String SELECTED = "selected." + OutputOptions.DEFAULT_FORMAT;

    static final String CHECKSUMS = "checksums";
    private static final String FORMAT = "quad.manifest.1";
    private static final String IDENTITY = "run";
    private static final String KERNELS = "blasKernels";

    private final Path path;
    private final String format;
    private boolean madeWork;
    private boolean claimed;

    private RunFolder(Path path, String format) {
        this.path = path;
        this.format = format;
    }

    /** Takes a folder that is new, empty, or with {@code resume} that of a run. */
    static RunFolder open(Path path, boolean resume, String format) throws IOException {
        RunFolder folder = new RunFolder(path, format);
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(path)) {
            throw new InputException(path + " is " + (Files.exists(path) ? "a file" : "a link to nothing")
                    + "; give a folder for the results");
        }
        if (Files.exists(folder.manifest(), LinkOption.NOFOLLOW_LINKS)) {
            if (!JsonText.text(folder.manifest(), "format").equals(FORMAT)) {
                throw new InputException("the folder " + path
                        + " holds a manifest.json that is not one of ours; give a new or empty folder");
            }
            if (!resume) {
                throw new InputException("the folder " + path + " holds a run already; give --resume to go on with it,"
                        + " or another folder");
            }
        } else if (Files.isDirectory(path)) {
            List<String> foreign = folder.foreign();
            if (!foreign.isEmpty()) {
                throw new InputException("the folder " + path + " holds " + foreign
                        + " but no manifest.json, so that it is not one of ours; give a new or empty folder");
            }
        }
        return folder;
    }

    /** What is in the folder, but for hidden files, which stay, and what was begun before. */
    private List<String> foreign() throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> !entry.equals(work()) || !MarkedFolder.isMarked(entry))
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    /** Makes the folder with what an interrupted run goes on from. */
    void makeWork() {
        madeWork |= !MarkedFolder.isMarked(work());
        MarkedFolder.make(work());
    }

    /** Writes what run this is, and returns true; or checks that it is the run that the folder holds. */
    boolean claim(Map<String, String> identity) throws IOException {
        if (!Files.exists(manifest())) {
            Files.createDirectories(path);
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("format", FORMAT);
            tree.put("quad", Quad.version());
            tree.put("java", System.getProperty("java.runtime.version"));
            tree.put(KERNELS, Blas.core());
            tree.put(IDENTITY, identity);
            AtomicFile.write(manifest(), JsonText.sealed(tree));
            return true;
        }
        Map<String, String> found = JsonText.texts(manifest(), IDENTITY);
        JsonText.checkSealed(manifest());
        TreeSet<String> names = new TreeSet<>(found.keySet());
        names.addAll(identity.keySet());
        List<String> differences = names.stream()
                .filter(name -> !found.getOrDefault(name, "").equals(identity.getOrDefault(name, "")))
                .map(name -> name + " was " + found.getOrDefault(name, "absent") + " and is "
                        + identity.getOrDefault(name, "absent"))
                .toList();
        if (!differences.isEmpty()) {
            throw new MismatchException("the folder " + path + " holds another run: " + String.join("; ", differences)
                    + "; use the same options and files, or another folder");
        }
        return false;
    }

    /**
     * Refuses to go on with other kernels than the run was begun with: results would be those of neither.
     *
     * @throws MismatchException if OpenBLAS took other kernels than the manifest names
     */
    void requireSameKernels() throws IOException {
        String begun = JsonText.text(manifest(), KERNELS);
        if (!begun.equals(Blas.core())) {
            throw new MismatchException(
                    "the run in " + path + " was begun with the " + begun + " kernels of OpenBLAS, and"
                            + " here it has " + Blas.core() + ", which round differently; set the environment variable "
                            + Kernels.VARIABLE + "=" + begun
                            + " to go on with it (its processor must have the instructions), or"
                            + " give another folder");
        }
        claimed = true;
    }

    /** Leaves nothing of ours behind where nothing was begun, or another run is. */
    void leaveUnclaimed() {
        if (!Files.exists(manifest()) || (madeWork && !claimed)) {
            MarkedFolder.remove(work());
        }
    }

    /** Gives the folder back: what it was claimed for was refused. */
    void release() throws IOException {
        Files.delete(manifest());
        Files.deleteIfExists(rejects());
        leaveUnclaimed();
    }

    /** Why the run that the folder holds ended; empty while it has not. */
    Optional<StopReason> ended() throws IOException {
        if (!Files.exists(report()) || selectedFiles(path, format).isEmpty()) {
            return Optional.empty();
        }
        String reason = JsonText.text(report(), "stopReason");
        JsonText.checkSealed(report());
        for (Map.Entry<String, String> file : JsonText.texts(report(), CHECKSUMS).entrySet()) {
            Path each = path.resolve(file.getKey());
            if (!Files.isRegularFile(each) || !Checksum.of(each).equals(file.getValue())) {
                throw new InputException(each + (Files.exists(each) ? " was damaged or changed" : " was taken away")
                        + " since the run ended; put it back as it was, or remove " + report()
                        + " and go on with --resume, which writes the results again");
            }
        }
        return Optional.of(StopReason.valueOf(reason));
    }

    /** Of each file that is there, by its name in the folder; to be known again by {@link #ended}. */
    Map<String, String> checksums() throws IOException {
        Map<String, String> result = new TreeMap<>();
        try (Stream<Path> entries = Files.walk(path)) {
            for (Path file : entries.filter(Files::isRegularFile).toList()) {
                boolean kept = !file.startsWith(work())
                        && !file.equals(report())
                        && !String.valueOf(file.getFileName()).startsWith(".");
                if (kept) {
                    result.put(path.relativize(file).toString(), Checksum.of(file));
                }
            }
        }
        return result;
    }

    /** Removes what only an interrupted run needs, and what a killed one left half written. */
    void finish(OutputLock lock) throws IOException {
        MarkedFolder.remove(work());
        for (Path written : List.of(manifest(), selected(), report(), rejects())) {
            lock.removeUnfinished(written);
        }
        for (Path model : List.of(path, proxy())) {
            for (String file : ModelTokenizer.MODEL_FILES) {
                lock.removeUnfinished(model.resolve(file));
            }
        }
    }

    Path manifest() {
        return path.resolve("manifest.json");
    }

    Path report() {
        return path.resolve("report.json");
    }

    Path selected() {
        return path.resolve("selected." + format);
    }

    /** The selection that a folder holds, in one file or several, in order. */
    static List<Path> selectedFiles(Path folder, String format) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> file.getFileName()
                            .toString()
                            .matches("selected(-\\d+-of-\\d+)?\\." + Pattern.quote(format)))
                    .sorted()
                    .toList();
        }
    }

    Path rejects() {
        return path.resolve("rejects.jsonl");
    }

    Path rounds() {
        return path.resolve("rounds.jsonl");
    }

    Path proxy() {
        return path.resolve("proxy");
    }

    Path work() {
        return path.resolve("work");
    }

    Path training() {
        return work().resolve("training.safetensors");
    }

    Path factors() {
        return work().resolve("factors.safetensors");
    }

    Path direction() {
        return work().resolve("direction.safetensors");
    }

    Path clusters() {
        return work().resolve("clusters");
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
