// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.QuadException;
import dev.quad.files.FileFailure;
import dev.quad.files.Visible;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/**
 * What is said of that which ended a command: one line where the input, the machine or its memory is to blame, and a
 * trace where Quad is, or a part of the user's. Exceptions that only carry others, from threads or from the start of a
 * class, are looked into.
 *
 * @param message one line
 * @param fault the trace's cause; empty if neither Quad nor a part of the user's is to blame
 */
record Failure(String message, Optional<Throwable> fault) {

    static Failure of(Throwable thrown) {
        List<Throwable> chain = chain(thrown);
        Throwable inner = inner(chain);
        if (inner instanceof QuadException) {
            return new Failure(full(String.valueOf(inner.getMessage())), ofAPart(inner));
        }
        for (Throwable each : chain) {
            if (each instanceof OutOfMemoryError) {
                return said(memory(String.valueOf(each.getMessage())));
            }
            if (each instanceof StackOverflowError) {
                return said("the stack is full" + Progress.place() + ": something is nested too deeply there;"
                        + " QUAD_JAVA_OPTS=-Xss64m gives it more");
            }
        }
        if (inner instanceof UnsatisfiedLinkError) {
            return said("a native library cannot be loaded" + Progress.place() + ": " + inner.getMessage() + "; "
                    + NATIVE_PLACE);
        }
        if (inner instanceof NoClassDefFoundError || inner instanceof ClassNotFoundException) {
            return said("a part of Quad cannot be loaded: " + inner.getMessage()
                    + "; is its folder whole? Build it again, or give it back the file");
        }
        if (inner instanceof UncheckedIOException unchecked) {
            String message = String.valueOf(unchecked.getMessage());
            IOException cause = Objects.requireNonNull(unchecked.getCause()); // it always has one
            return said(
                    message.equals(cause.toString()) || message.equals(FileFailure.words(cause))
                            ? words(cause)
                            : message);
        }
        if (inner instanceof IOException io) {
            return said(words(io));
        }
        if (inner instanceof InvalidPathException name) {
            return said(FileName.refusal(name));
        }
        return new Failure(
                "this is a fault of Quad " + Quad.version() + " on Java " + System.getProperty("java.version")
                        + ", not of your files: " + inner + ". Please report it to those from whom you have Quad, with"
                        + " the command and these lines",
                Optional.of(thrown));
    }

    private static final Pattern TEMPORARY = Pattern.compile("/quad-[0-9a-f]{16}/");
    private static final String NATIVE_PLACE =
            "libraries are unpacked into the temporary folder or the home, and the TMPDIR in the environment names"
                    + " another place, which must be on a disk that programs may be run from";

    private static Failure said(String message) {
        return new Failure(full(message), Optional.empty());
    }

    private static String full(String message) {
        boolean full =
                message.contains("No space left") && TEMPORARY.matcher(message).find();
        return full ? message + ". Temporary files go elsewhere with " + TempOption.NAME + " DIR or TMPDIR" : message;
    }

    /** What a part threw that failed by itself, such as a policy of the user's; empty if something else is to blame. */
    private static Optional<Throwable> ofAPart(Throwable failure) {
        return failure.getClass() == QuadException.class && failure.getCause() != null
                ? of(failure.getCause()).fault()
                : Optional.empty();
    }

    /** From what was thrown to its innermost cause. */
    private static List<Throwable> chain(Throwable thrown) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Throwable> chain = new ArrayList<>();
        for (Throwable each = thrown; each != null && seen.add(each); each = each.getCause()) {
            chain.add(each);
        }
        return chain;
    }

    /** The first that does not only carry the next. */
    private static Throwable inner(List<Throwable> chain) {
        int i = 0;
        while (i < chain.size() - 1 && carries(chain.get(i), chain.get(i + 1))) {
            i++;
        }
        return chain.get(i);
    }

    private static boolean carries(Throwable outer, Throwable cause) {
        return outer instanceof ExecutionException
                || outer instanceof CompletionException
                || outer instanceof InvocationTargetException
                || outer instanceof ExceptionInInitializerError
                || outer instanceof NoClassDefFoundError
                || outer instanceof picocli.CommandLine.ExecutionException
                // a fork-join task copies what another thread threw
                || (outer.getClass() == cause.getClass()
                        && String.valueOf(outer.getMessage()).equals(cause.toString()))
                || (outer.getClass() == RuntimeException.class
                        && String.valueOf(outer.getMessage()).equals(cause.toString()));
    }

    private static String memory(String what) {
        String kind = what.toLowerCase(Locale.ROOT);
        if (kind.contains("thread")) {
            return "no more threads can be made" + Progress.place() + " (" + what + "); give --threads 1, or allow more"
                    + " (ulimit -u)";
        }
        long megabytes = Runtime.getRuntime().maxMemory() / 1_000_000;
        String more = "QUAD_JAVA_OPTS=-Xmx" + 2 * Math.max(256, megabytes) + "m gives it more";
        if (kind.contains("direct") || kind.contains("native") || kind.contains("physical") || kind.contains("map")) {
            return "memory outside the Java heap ran out" + Progress.place() + " (" + what
                    + "); end other programs, or raise its limit (ulimit -v, that of the container, QUAD_JAVA_OPTS=-XX:MaxDirectMemorySize=4g)";
        }
        return String.format(
                Locale.ROOT, "the memory of %,d MB ran out%s (%s); %s", megabytes, Progress.place(), what, more);
    }

    private static String words(IOException e) {
        String reason = FileFailure.words(e);
        return reason.contains("No space left")
                ? "the disk is full" + Progress.place() + " (" + reason + "); free some space, or choose other places"
                        + " for results (--out) and temporary files (" + TempOption.NAME + ")"
                : reason;
    }

    void print(PrintStream err) {
        err.println("quad: " + Visible.line(message));
        fault.ifPresent(thrown -> err.print(trace(thrown)));
    }

    /** Where it was thrown, in lines. */
    static String trace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString().replace("\t", "    ");
    }
}
