// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A tensor whose values a model names by file, offset and length.
 *
 * @param used whether they are read; a tensor can name a file and hold its values itself
 */
record ExternalTensor(String name, boolean used, String location, Optional<String> offset, Optional<String> length) {

    /** Read by ONNX Runtime as "the offset is an address in this process". */
    private static final String MEMORY_ADDRESS = "_ORT_MEM_ADDR_";

    /**
     * The file, if there is one.
     *
     * @param model the model's file
     * @param folders the real folders in which it may be
     * @throws InputException if the file is elsewhere, or is used and not there or too short
     */
    Optional<Path> file(Path model, Set<Path> folders) throws IOException {
        Path given = relative(model);
        Path file = model.resolveSibling(given);
        Path real;
        try {
            real = file.toRealPath();
        } catch (NoSuchFileException e) {
            if (!used) {
                return Optional.empty();
            }
            throw new InputException(
                    model + " keeps weights in the file " + given + ", which is not beside it; get that file too, and"
                            + " put it there",
                    e);
        }
        if (folders.stream().noneMatch(real::startsWith)) {
            throw outside(model, "a link to " + real);
        }
        if (!Files.isRegularFile(real)) {
            throw new InputException(model + " keeps weights in " + file + ", which is not a file; allowed is a file"
                    + " beside the model");
        }
        if (used) {
            checkRange(model, file, Files.size(real));
        }
        return Optional.of(file);
    }

    private Path relative(Path model) {
        Path given;
        try {
            given = Path.of(location);
        } catch (InvalidPathException e) {
            throw outside(model, "no file name");
        }
        if (given.isAbsolute()) {
            throw outside(model, "an absolute path");
        }
        for (Path part : given) {
            if (part.toString().equals("..")) {
                throw outside(model, "a path with \"..\"");
            }
        }
        if (location.isEmpty() || location.contains(MEMORY_ADDRESS)) {
            throw outside(model, "no file name");
        }
        return given;
    }

    private InputException outside(Path model, String what) {
        return new InputException(
                model + " keeps the values of the tensor \"" + name + "\" in \"" + location + "\", which"
                        + " is " + what + "; allowed are files in the model's folder, by their relative names ("
                        + model.getFileName()
                        + "_data). A model that names others may read what it should not: do not use it, or export it again");
    }

    private void checkRange(Path model, Path file, long size) {
        long from = number(model, "offset", offset);
        long count = number(model, "length", length);
        if (from > size || count > size - from) {
            throw new InputException(file + " has " + size + " bytes, but " + model + " keeps the tensor \"" + name
                    + "\" at byte " + from + (count > 0 ? ", " + count + " bytes long" : "") + "; the two do not belong"
                    + " together, or the file is cut off: get a whole copy");
        }
    }

    private long number(Path model, String key, Optional<String> value) {
        try {
            long number = value.map(Long::parseLong).orElse(0L);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw new InputException(model + " gives the tensor \"" + name + "\" the " + key + " \"" + value.orElse("")
                + "\"; allowed are whole numbers from 0; export the model again");
    }
}
