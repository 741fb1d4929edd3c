// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.files.Unchecked;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The folder of a run. {@code manifest.json} says what run it is, {@code rounds.jsonl} holds its rounds, {@code proxy/}
 * the model that it trained, and {@code work/} what an interrupted run goes on from. For one thread, and for one run at
 * a time, which an {@link OutputLock} sees to.
 *
 * <p>Whoever gives {@link QuadPipeline.Builder#work(Path)} a path needs none of this. It is for programs that keep more
 * in the folder, and take away the work when that is done, as {@code quad select} and {@code quad train} do.
 */
public final class WorkFolder {
    private static final String FORMAT = "quad.manifest.1";
    private static final String IDENTITY = "run";
    private static final String KERNELS = "blasKernels";
    private static final List<String> MODEL_FILES = List.of("model.safetensors", "config.json");

    private final Path path;
    private final String instead;
    private boolean madeWork;
    private boolean claimed;

    private WorkFolder(Path path, String instead) {
        this.path = path;
        this.instead = instead;
    }

    /** The folder beside a file that is written, where no other can be given. */
    static WorkFolder beside(Path path) {
        return open(new WorkFolder(path, "another name for the file (that folder can be removed to begin again)"));
    }

    /**
     * Looks at a folder that is new, empty, or that of a run. Nothing is written.
     *
     * @throws InputException if it holds anything else
     */
    public static WorkFolder open(Path path) {
        Objects.requireNonNull(path, "the folder is null");
        return open(new WorkFolder(path, "another folder"));
    }

    private static WorkFolder open(WorkFolder folder) {
        Path path = folder.path;
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(path)) {
            throw new InputException(path + " is " + (Files.exists(path) ? "a file" : "a link to nothing")
                    + "; give a folder for the results");
        }
        if (folder.hasRun()) {
            if (!folder.manifest("format").equals(FORMAT)) {
                throw new InputException("the folder " + path
                        + " holds a manifest.json that is not one of ours; give a new or empty folder");
            }
        } else if (Files.isDirectory(path)) {
            List<String> foreign = Unchecked.get(path, folder::foreign);
            if (!foreign.isEmpty()) {
                throw new InputException("the folder " + path + " holds " + foreign
                        + " but no manifest.json, so that it is not one of ours; give a new or empty folder");
            }
        }
        return folder;
    }

    /** Whether a run was begun in it. */
    public boolean hasRun() {
        return Files.exists(manifest(), LinkOption.NOFOLLOW_LINKS);
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
    public void makeWork() {
        madeWork |= !MarkedFolder.isMarked(work());
        MarkedFolder.make(work());
    }

    /**
     * Writes what run this is, and returns true; or checks that it is the run that the folder holds.
     *
     * @param identity everything that determines the result, by name
     * @throws MismatchException if it is not; names all that differs
     */
    public boolean claim(Map<String, String> identity) {
        Objects.requireNonNull(identity, "the identity is null");
        if (!Files.exists(manifest())) {
            Unchecked.run(path, () -> Files.createDirectories(path));
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("format", FORMAT);
            tree.put("quad", version());
            tree.put("java", System.getProperty("java.runtime.version"));
            tree.put(KERNELS, Blas.core());
            tree.put(IDENTITY, identity);
            AtomicFile.write(manifest(), JsonText.sealed(tree));
            return true;
        }
        Map<String, String> found = Unchecked.get(manifest(), () -> JsonText.texts(manifest(), IDENTITY));
        Unchecked.run(manifest(), () -> JsonText.checkSealed(manifest()));
        List<String> differences = RunDifferences.of(found, identity);
        if (!differences.isEmpty()) {
            throw new MismatchException("the folder " + path + " holds another run: " + String.join("; ", differences)
                    + "; use the same options and files, or " + instead);
        }
        return false;
    }

    private String manifest(String field) {
        return Unchecked.get(manifest(), () -> JsonText.text(manifest(), field));
    }

    static String version() {
        return Optional.ofNullable(WorkFolder.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    /**
     * Refuses to go on with other kernels than the run was begun with: results would be those of neither.
     *
     * @throws MismatchException if OpenBLAS took other kernels than the manifest names
     */
    public void requireSameKernels() {
        String begun = manifest(KERNELS);
        if (!begun.equals(Blas.core())) {
            throw new MismatchException(
                    "the run in " + path + " was begun with the " + begun + " kernels of OpenBLAS, and"
                            + " here it has " + Blas.core() + ", which round differently; set the environment variable "
                            + Kernels.VARIABLE + "=" + begun
                            + " to go on with it (its processor must have the instructions), or"
                            + " give " + instead);
        }
        claimed = true;
    }

    /** Leaves nothing of ours behind where nothing was begun, or another run is. */
    public void leaveUnclaimed() {
        if (!Files.exists(manifest()) || (madeWork && !claimed)) {
            MarkedFolder.remove(work());
        }
    }

    /** Gives the folder back: what it was claimed for was refused. */
    void release() {
        Unchecked.run(manifest(), () -> Files.delete(manifest()));
        Unchecked.run(rejects(), () -> Files.deleteIfExists(rejects()));
        leaveUnclaimed();
    }

    /**
     * Removes what killed runs left half written of the files that are not in {@code work/}.
     *
     * @param others files beside those of a run
     */
    public void clean(OutputLock lock, List<Path> others) {
        Objects.requireNonNull(lock, "the lock of the folder is null");
        Objects.requireNonNull(others, "the others are null; allowed is an empty list");
        lock.removeUnfinished(manifest());
        lock.removeUnfinished(rejects());
        proxyFiles().forEach(lock::removeUnfinished);
        others.forEach(lock::removeUnfinished);
    }

    /**
     * Puts files into a folder of the run, all of them whole. A stopped run may have put them there before.
     *
     * @param target this folder, or one in it
     * @param write writes them to the folder that it is given
     * @throws InputException if a file of such a name has other bytes, which stay
     */
    void put(Path target, Consumer<Path> write) {
        Path made = work().resolve("made");
        write.accept(made);
        Unchecked.run(target, () -> {
            Files.createDirectories(target);
            List<Path> files;
            try (Stream<Path> entries = Files.list(made)) {
                // the configuration last, which says that the model is whole
                files = entries.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                AtomicFile.requireSame(file, target.resolve(file.getFileName()));
            }
            for (Path file : files) {
                Files.move(
                        file,
                        target.resolve(file.getFileName()),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            }
        });
    }

    /** The folder. */
    public Path path() {
        return path;
    }

    /** What run it is. */
    public Path manifest() {
        return path.resolve("manifest.json");
    }

    /** The rounds. */
    public Path rounds() {
        return path.resolve("rounds.jsonl");
    }

    /** The model that was trained. */
    public Path proxy() {
        return path.resolve("proxy");
    }

    /** Its files. */
    public List<Path> proxyFiles() {
        return MODEL_FILES.stream().map(proxy()::resolve).toList();
    }

    /** Where skipped lines go unless another place is named. */
    public Path rejects() {
        return path.resolve("rejects.jsonl");
    }

    /** What an interrupted run goes on from; with {@link MarkedFolder#remove} it can be taken away when all is done. */
    public Path work() {
        return path.resolve("work");
    }

    /** The state of a training. */
    public Path training() {
        return work().resolve("training.safetensors");
    }

    /** Of a checkpoint, from 0. */
    Path factors(int checkpoint) {
        return work().resolve(numbered("factors", checkpoint));
    }

    static String numbered(String name, int checkpoint) {
        return name + (checkpoint == 0 ? "" : "-" + (checkpoint + 1)) + ".safetensors";
    }

    Path scores() {
        return work().resolve("scores");
    }

    /** Of a checkpoint, from 0. */
    Path direction(int checkpoint) {
        return work().resolve(numbered("direction", checkpoint));
    }

    Path clusters() {
        return work().resolve("clusters");
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
