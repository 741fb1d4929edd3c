// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import dev.quad.files.FileFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what was skipped, as lines of JSON with the fields {@code file}, {@code line} (or {@code row}), {@code reason}
 * and {@code record}, the last as text with what is not UTF-8 replaced; of more than 1 MiB only the start, with a
 * {@code note} that says so. The file appears when {@link #commit()} is called, if anything was skipped. Memory is
 * bounded however much there is. For one thread.
 */
public final class RejectFile implements ReadListener, AutoCloseable {
    private static final int LISTED = 1000;

    private final Path path;
    private final List<String> messages = new ArrayList<>();
    private @Nullable AtomicFile file;
    private long count;

    /** A file that is not there until there is something to write. */
    public RejectFile(Path path) {
        this.path = Objects.requireNonNull(path, "the file is null");
    }

    /**
     * Writes what was skipped.
     *
     * @throws java.io.UncheckedIOException if that is not possible
     */
    @Override
    public void onBadLine(BadLine bad) {
        Objects.requireNonNull(bad, "the bad line is null");
        count++;
        if (messages.size() < LISTED) {
            messages.add(bad.message());
        }
        try {
            AtomicFile out = file;
            if (out == null) {
                out = AtomicFile.create(path);
                file = out;
            }
            out.stream().write(JsonFields.object(fields -> {
                fields.put("file", bad.file().toString());
                if (bad.unit() != BadLine.Unit.FILE) {
                    fields.put(bad.unit() == BadLine.Unit.ROW ? "row" : "line", bad.line());
                }
                fields.put("reason", bad.reason());
                fields.put("record", bad.record());
                if (bad.bytes() > BadLine.MAX_RECORD_BYTES) {
                    fields.put("note", "the record has " + bad.bytes() + " bytes; this is its start");
                }
            }));
            out.stream().write('\n');
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    /** Where the file is, once committed. */
    public Path path() {
        return path;
    }

    /** How much was skipped. */
    public long count() {
        return count;
    }

    /** The first 1,000 messages. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    /** Makes the file appear, if anything was skipped. */
    public void commit() {
        AtomicFile out = file;
        if (out != null) {
            out.commit();
        }
    }

    /** Drops what was written, unless it was committed. */
    @Override
    public void close() {
        AtomicFile out = file;
        if (out != null) {
            out.close();
        }
    }
}
