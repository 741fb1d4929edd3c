// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.text.Document;
import dev.quad.text.DocumentFunction;
import dev.quad.text.ScatteredPool;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A pool for whose second and fourth job a process dies: at its first documents, and once. */
final class FailingOnce implements ScatteredPool {
    private final ScatteredPool pool;
    private final Path folder;
    private int jobs;

    /** @param folder of one file for each process that died */
    FailingOnce(ScatteredPool pool, Path folder) {
        this.pool = pool;
        this.folder = folder;
    }

    @Override
    public <R> void map(int[] ordinals, DocumentFunction<R> function, Consumer<? super R> then) {
        jobs++;
        boolean isHealthy = jobs != 2 && jobs != 4;
        pool.map(
                ordinals,
                isHealthy
                        ? function
                        : new Dying<>(function, folder.resolve("job " + jobs).toString()),
                then);
    }

    private record Dying<R>(DocumentFunction<R> function, String mark) implements DocumentFunction<R> {
        @Override
        public R apply(List<Document> documents) {
            try {
                Files.createFile(Path.of(mark));
                Runtime.getRuntime().halt(137);
            } catch (FileAlreadyExistsException e) {
                return function.apply(documents);
            } catch (IOException e) {
                throw new IllegalStateException(mark + " cannot be made", e);
            }
            throw new AssertionError("it is dead");
        }
    }

    @Override
    public int size() {
        return pool.size();
    }

    @Override
    public Document get(int ordinal) {
        return pool.get(ordinal);
    }

    @Override
    public long tokens(int ordinal) {
        return pool.tokens(ordinal);
    }

    @Override
    public String fingerprint() {
        return pool.fingerprint();
    }
}
