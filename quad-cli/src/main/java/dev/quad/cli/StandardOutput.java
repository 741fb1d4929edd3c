// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Lets {@code --out -} be the standard output, where one file is written: the file is made elsewhere, so that it is
 * whole, and then copied; what would be said there goes to standard error.
 *
 * @param out the file that was named
 */
record StandardOutput(Path out) {
    /** Whether the standard output is meant. */
    boolean isMeant() {
        return out.equals(Path.of("-"));
    }

    /** The file to write. */
    Path file(Path folder, String name) {
        return isMeant() ? folder.resolve(name) : out;
    }

    /** Where words go. */
    PrintStream words() {
        return isMeant() ? System.err : System.out;
    }

    /** Where skipped lines go by default: beside the file, or nowhere. */
    Path rejects(Path folder) {
        String name = out.getFileName() + ".rejects.jsonl";
        return isMeant() ? folder.resolve(name) : out.resolveSibling(name);
    }

    /** Copies the file, if the standard output is meant. */
    void copy(Path file) throws IOException {
        if (isMeant()) {
            OutputStream data = System.out instanceof Outlet outlet ? outlet.raw() : System.out;
            Files.copy(file, data);
            data.flush();
        }
    }
}
