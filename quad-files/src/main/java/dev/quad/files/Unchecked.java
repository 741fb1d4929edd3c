// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Touches files for a public method, none of which declares a checked exception: what the system refuses is an
 * {@link UncheckedIOException} whose message names the file.
 */
public final class Unchecked {

    private Unchecked() {}

    /** What touches files and gives something. */
    @FunctionalInterface
    public interface Access<T> {
        T run() throws IOException;
    }

    /** What touches files. */
    @FunctionalInterface
    public interface Action {
        void run() throws IOException;
    }

    /**
     * What is read of a file, or made with it.
     *
     * @param file named where the system names none
     */
    public static <T> T get(Path file, Access<T> access) {
        Objects.requireNonNull(file, "the file is null");
        try {
            return access.run();
        } catch (IOException e) {
            throw FileFailure.unchecked(file, e);
        }
    }

    /**
     * Does something to a file.
     *
     * @param file named where the system names none
     */
    public static void run(Path file, Action action) {
        Objects.requireNonNull(file, "the file is null");
        try {
            action.run();
        } catch (IOException e) {
            throw FileFailure.unchecked(file, e);
        }
    }
}
