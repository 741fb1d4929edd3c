// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is said when a file cannot be read or written: which, why, and what helps; no name of a class. */
public final class FileFailure {
    private static final String DENIED = "permission denied";

    /** The reason that {@code java.io} puts after the name of the file. */
    private static final Pattern IN_BRACKETS = Pattern.compile(".* \\(([^()]+)\\)", Pattern.DOTALL);

    private FileFailure() {}

    /** The error to throw when a file cannot be written. */
    public static UncheckedIOException writing(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new UncheckedIOException(
                    "cannot write " + file + ": what was unfinished of it was taken away; another run may be writing"
                            + " to the same place: give each its own",
                    e);
        }
        String reason = reason(e);
        return new UncheckedIOException("cannot write " + file + ": " + reason + help(reason), e);
    }

    private static String help(String reason) {
        if (reason.equals(DENIED)) {
            return "; allow this user to write to its folder, or choose another place";
        }
        if (reason.contains("No space left")) {
            return "; free some space, or choose another place";
        }
        return reason.contains("Read-only file system") ? "; choose another place" : "";
    }

    /** The error to throw when a file cannot be read. */
    public static UncheckedIOException reading(Path file, IOException e) {
        String reason = reason(e);
        String help = reason.equals(DENIED)
                ? "; allow this user to read it"
                : e instanceof NoSuchFileException ? "; check the name" : "";
        return new UncheckedIOException("cannot read " + file + ": " + reason + help, e);
    }

    /**
     * The error of what came to a public method that declares no checked exception: in words, with the file.
     *
     * @param file named where the system names none
     */
    static UncheckedIOException unchecked(Path file, IOException e) {
        if (e instanceof FileSystemException || words(e).contains(file.toString())) {
            return new UncheckedIOException(words(e), e);
        }
        FileSystemException named = new FileSystemException(file.toString(), null, words(e));
        named.initCause(e);
        return new UncheckedIOException(words(named), named);
    }

    /** The error in words, with its file where it knows it. */
    public static String words(IOException e) {
        if (e instanceof NoSuchFileException) {
            return e.getMessage() + " is not there; check the name";
        }
        if (e instanceof AccessDeniedException) {
            return e.getMessage() + " may not be read or written; check its permissions";
        }
        String reason = e instanceof FileSystemException system && system.getReason() != null
                ? system.getFile() + ": " + system.getReason()
                : e.getMessage() == null ? e.toString() : e.getMessage();
        return reason.contains("Read-only file system") ? reason + "; choose a place that can be written to" : reason;
    }

    /** Why something failed, for a message that names the file itself. */
    public static String reason(IOException e) {
        String message = e.getMessage();
        if (e instanceof NoSuchFileException) {
            return "it is not there";
        }
        if (e instanceof FileNotFoundException && message != null) {
            Matcher inner = IN_BRACKETS.matcher(message);
            message = inner.matches() ? inner.group(1) : message;
        }
        if (e instanceof FileSystemException system && system.getReason() != null) {
            message = system.getReason();
        }
        if (e instanceof AccessDeniedException || DENIED.equalsIgnoreCase(message)) {
            return DENIED;
        }
        return message != null
                ? message
                : e instanceof EOFException ? "it ends too early" : "the system does not say why";
    }
}
