// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/** Standard output and standard error while the command runs. */
record Console(Outlet out, Outlet err) {
    /** What shells give a program that was ended because nobody read its output any more. */
    static final int NOT_READ = 141;

    /** Those of the process. */
    static Console ofProcess() {
        return new Console(
                Outlet.over(new FileOutputStream(FileDescriptor.out), charset("stdout")),
                Outlet.over(new FileOutputStream(FileDescriptor.err), charset("stderr")));
    }

    /** Those that print to others. */
    static Console over(OutputStream out, OutputStream err) {
        return new Console(Outlet.over(out, StandardCharsets.UTF_8), Outlet.over(err, StandardCharsets.UTF_8));
    }

    private static Charset charset(String stream) {
        return Stream.of(stream + ".encoding", "sun." + stream + ".encoding", "native.encoding")
                .map(System::getProperty)
                .filter(name -> name != null && Charset.isSupported(name))
                .findFirst()
                .map(Charset::forName)
                .orElseGet(Charset::defaultCharset);
    }

    /** Runs something to which these are the standard streams, and returns its exit code unless they failed. */
    int during(IntSupplier command) {
        PrintStream outBefore = System.out;
        PrintStream errBefore = System.err;
        System.setOut(out);
        System.setErr(err);
        try {
            return code(command.getAsInt());
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
    }

    private int code(int code) {
        if (out.failure().isEmpty()) {
            return code;
        }
        boolean done = code == Quad.DONE || code == Quad.BEFORE_BUDGET;
        IOException failure = out.failure().get();
        if (String.valueOf(failure.getMessage()).contains("Broken pipe")) {
            return done ? NOT_READ : code;
        }
        err.println("quad: standard output cannot be written: " + failure.getMessage()
                + "; what should stand there is lost, send it elsewhere");
        return done ? Quad.BAD_INPUT : code;
    }
}
