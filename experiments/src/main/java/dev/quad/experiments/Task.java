// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.InputException;
import dev.quad.files.Checksum;
import dev.quad.files.Unchecked;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What is chosen from and for: a folder with {@code pool.jsonl}, {@code reference.jsonl} and
 * {@code holdout/NAME.jsonl}, which share no document, as {@link SelectionTasks} makes them. The folder that it lies in
 * names the pool.
 */
record Task(Path folder) {
    static Task of(Path folder) {
        Task task = new Task(folder.toAbsolutePath().normalize());
        for (Path file : List.of(task.pool(), task.reference())) {
            if (!Files.isRegularFile(file)) {
                throw new InputException(folder + " is no task: it has no " + file.getFileName()
                        + "; give folders with pool.jsonl, reference.jsonl and holdout/NAME.jsonl");
            }
        }
        if (!Files.isDirectory(task.folder.resolve("holdout")) || task.holdout().isEmpty()) {
            throw new InputException(
                    folder + " is no task: it has no holdout/NAME.jsonl; give documents of the kind of the reference"
                            + " to measure on");
        }
        return task;
    }

    /** Such as {@code mixed/math}. */
    String name() {
        Path parent = folder.getParent();
        return (parent == null ? "tasks" : Objects.toString(parent.getFileName(), "tasks")) + "/"
                + folder.getFileName();
    }

    String poolName() {
        return name().substring(0, name().indexOf('/'));
    }

    Path pool() {
        return folder.resolve("pool.jsonl");
    }

    Path reference() {
        return folder.resolve("reference.jsonl");
    }

    List<Path> holdout() {
        return Unchecked.get(folder, () -> {
            try (Stream<Path> files = Files.list(folder.resolve("holdout"))) {
                return files.filter(file -> file.toString().endsWith(".jsonl"))
                        .sorted()
                        .toList();
            }
        });
    }

    /** Tells its files from others. */
    String digest() {
        StringBuilder digest = new StringBuilder();
        Stream.concat(Stream.of(pool(), reference()), holdout().stream())
                .forEach(file -> digest.append(file.getFileName())
                        .append('=')
                        .append(Unchecked.get(file, () -> Checksum.of(file)))
                        .append(' '));
        return digest.toString().strip();
    }
}
