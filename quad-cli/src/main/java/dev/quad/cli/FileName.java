// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Names of files, as they are given to options. */
final class FileName {
    private FileName() {}

    /** What is wrong with a text that is no name of a file. */
    static String refusal(InvalidPathException e) {
        String reason = e.getReason();
        if (reason.startsWith("Nul ")) {
            return "\"" + e.getInput() + "\" cannot be the name of a file: it has a NUL character";
        }
        if (reason.startsWith("Malformed ")) {
            return "\"" + e.getInput() + "\" has characters that this locale's encoding ("
                    + System.getProperty("sun.jnu.encoding") + ") lacks; set LC_ALL=C.UTF-8";
        }
        return "\"" + e.getInput() + "\" cannot be the name of a file: " + reason;
    }

    /** From an option to a path. */
    static final class ToPath implements ITypeConverter<Path> {
        @Override
        public Path convert(String value) {
            if (value.isEmpty()) {
                throw new TypeConversionException("an empty text is no name of a file; give one");
            }
            try {
                return Path.of(value);
            } catch (InvalidPathException e) {
                throw new TypeConversionException(refusal(e));
            }
        }
    }
}
