// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.AtomicFile;
import dev.quad.files.OutputLock;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Lets {@code --out -} be the standard output, and a device or pipe be itself, where one file is written: the file is
 * made elsewhere, so that it is whole, and then copied; what would be said on standard output goes to standard error.
 *
 * @param out the file that was named
 */
record StandardOutput(Path out) {
    StandardOutput {
        out = Outputs.named(out);
    }

    /** Whether the standard output is meant, or another stream. */
    boolean isMeant() {
        return AtomicFile.isStream(out);
    }

    /** Checks that neither the file nor skipped lines replace anything. */
    void check(Outputs outputs, InputOptions input) throws IOException {
        outputs.stream(out);
        if (input.rejects().isPresent()) {
            outputs.stream(input.rejects().get());
        } else if (input.skips() && !isMeant()) {
            outputs.stream(rejects(out));
        }
    }

    /** Checks them where a run of the same command was, which may have written both. */
    void checkAgain(Outputs outputs, InputOptions input) throws IOException {
        if (Files.exists(out)) {
            outputs.requireNoInput(out);
        } else {
            outputs.stream(out);
        }
        if (input.rejects().isPresent() || input.skips()) {
            outputs.rejects(input.rejects().orElse(rejects(out)), true);
        }
    }

    /** Keeps the file for one run. */
    OutputLock lock(Outputs outputs, Path folder, String name) throws IOException {
        return isMeant() ? OutputLock.ofFile(file(folder, name)) : outputs.lock(out);
    }

    /** The file to write. */
    Path file(Path folder, String name) {
        return isMeant() ? folder.resolve(name) : out;
    }

    /** Where words go. */
    PrintStream words() {
        return Outputs.isStandard(out) ? System.err : System.out;
    }

    /** Where skipped lines go by default: beside the file, or nowhere. */
    Path rejects(Path folder) {
        String name = out.getFileName() + ".rejects.jsonl";
        return isMeant() ? folder.resolve(name) : out.resolveSibling(name);
    }

    /** Copies the file, if a stream is meant. */
    void copy(Path file) throws IOException {
        if (Outputs.isStandard(out)) {
            OutputStream data = System.out instanceof Outlet outlet ? outlet.raw() : System.out;
            try {
                Files.copy(file, data);
                data.flush();
            } catch (IOException e) {
                if (System.out instanceof Outlet outlet && outlet.failure().isPresent()) {
                    return; // said at the end, for all that is printed
                }
                throw e;
            }
        } else if (isMeant()) {
            try (OutputStream data = new FileOutputStream(out.toFile(), true)) {
                Files.copy(file, data);
            }
        }
    }
}
