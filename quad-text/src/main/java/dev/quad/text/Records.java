// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import dev.quad.files.Checksum;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The records of some files by ordinal, as far as they are indexed. Reads are safe for several threads. */
final class Records implements AutoCloseable {
    private final List<SourceFile> sources;
    private final List<String> names;
    private final Partitions partitions;
    private final List<Inputs.LeftOut> leftOut;
    private final List<PoolFile> files = new ArrayList<>();
    private final PoolIndex index = new PoolIndex();
    private final JsonlOptions options;

    /**
     * Looks at the files.
     *
     * @param folder where what comes through a pipe is kept while the records are open
     */
    Records(InputFiles files, JsonlOptions options, Optional<Path> folder) {
        this.sources = keep(files.files(), folder);
        this.names = JsonlReader.names(files.files());
        this.partitions = new Partitions(files, options);
        this.leftOut = files.leftOut();
        this.options = options;
    }

    private static List<SourceFile> keep(List<Path> paths, Optional<Path> folder) {
        List<SourceFile> kept = new ArrayList<>();
        boolean all = false;
        try {
            for (Path path : paths) {
                kept.add(SourceFile.of(path).kept(folder));
            }
            all = true;
            return List.copyOf(kept);
        } finally {
            if (!all) {
                removeCopies(kept);
            }
        }
    }

    private static void removeCopies(List<SourceFile> sources) {
        for (SourceFile source : sources) {
            if (source.isCopy()) {
                source.stored().toFile().delete(); // if not, it goes with its folder
            }
        }
    }

    Inputs inputs() {
        return Inputs.of(sources, leftOut, partitions);
    }

    Partitions partitions() {
        return partitions;
    }

    List<SourceFile> sources() {
        return sources;
    }

    String name(int file) {
        return names.get(file);
    }

    PoolIndex index() {
        return index;
    }

    JsonlOptions options() {
        return options;
    }

    void add(PoolFile file) {
        files.add(file);
    }

    /** A record with the fields that stand in the names of its folders. */
    byte[] raw(int ordinal) {
        return partitions.into(stored(ordinal), index.file(ordinal));
    }

    private byte[] stored(int ordinal) {
        Objects.checkIndex(ordinal, index.size());
        byte[] record;
        try {
            record = files.get(index.file(ordinal)).read(index.offset(ordinal), index.length(ordinal));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + place(ordinal) + ": " + e.getMessage(), e);
        }
        if (Checksum.crc(record, 0, record.length) != index.checksum(ordinal)) {
            throw changed(ordinal);
        }
        return record;
    }

    private InputException changed(int ordinal) {
        int file = index.file(ordinal);
        Path read = files.get(file).path();
        return new InputException(place(ordinal) + " is not what it was when the pool was opened"
                + (read.equals(sources.get(file).path()) ? "" : ": its text in " + read + " was changed or damaged")
                + ". Files of a pool must not change while it is open; open it again");
    }

    Document document(int ordinal) {
        byte[] record = stored(ordinal);
        RecordParser parser = new RecordParser(options.textField(), options.idField());
        try {
            parser.parse(record, 0, record.length);
        } catch (BadRecordException e) {
            throw changed(ordinal); // with the same checksum, by chance
        }
        String own = parser.id();
        return new Document(
                own != null ? own : JsonlReader.generatedId(names.get(index.file(ordinal)), index.line(ordinal)),
                parser.text());
    }

    /** File and line, in words. */
    String place(int ordinal) {
        SourceFile source = sources.get(index.file(ordinal));
        return source.unit().place(source.path(), index.line(ordinal));
    }

    @Override
    public void close() {
        UncheckedIOException failure = null;
        for (PoolFile file : files) {
            try {
                file.close();
            } catch (IOException e) {
                failure = new UncheckedIOException("cannot close a file of the pool: " + e.getMessage(), e);
            }
        }
        removeCopies(sources);
        if (failure != null) {
            throw failure;
        }
    }
}
