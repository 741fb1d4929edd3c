// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Reads the files of a pool once, front to back, and notes where each document is. */
final class PoolIndexer {
    private final Records records;
    private final ToLongFunction<String> tokens;
    private final OrdinalTable ids = new OrdinalTable();
    private final DigestAhead fingerprint = new DigestAhead();
    private long skipped;
    private Optional<BadLine> firstSkipped = Optional.empty();

    PoolIndexer(Records records, ToLongFunction<String> tokens) {
        this.records = records;
        this.tokens = tokens;
    }

    JsonlPool index(Optional<Path> cacheFolder, ReadListener listener) {
        listener.onInputs(records.inputs());
        for (int file = 0; file < records.sources().size(); file++) {
            SourceFile source = records.sources().get(file);
            FileTime modified = source.modified();
            PoolFile opened = PoolFile.open(source, records.name(file), records.options(), cacheFolder, listener);
            records.add(opened);
            try (JsonlReader reader =
                    new JsonlReader(source, records.name(file), opened.text(), records.options(), listener)) {
                while (reader.next()) {
                    add(file, reader);
                }
                if (source.packing() != SourceFile.Packing.NONE && !modified.equals(source.modified())) {
                    throw new InputException(source.path() + " changed while it was read, so that its text cannot be"
                            + " kept under its digest; give files that nobody writes meanwhile");
                }
                opened.complete();
                skipped += reader.skipped();
                firstSkipped = firstSkipped.or(reader::firstSkipped);
            } catch (IOException e) {
                throw SourceFile.unreadable(source.path(), e);
            }
        }
        if (records.index().size() == 0) {
            throw Jsonl.empty(records.sources().stream().map(SourceFile::path).toList(), skipped, firstSkipped);
        }
        if (!records.partitions().replaced().isEmpty()) {
            listener.onReplaced(records.partitions().replaced());
        }
        return new JsonlPool(records, fingerprint.end(), skipped);
    }

    private void add(int file, JsonlReader reader) {
        String id = reader.id();
        String text = reader.text();
        int count;
        try {
            count = countTokens(id, text);
        } catch (InputException e) { // the tokenizer cannot take it
            reader.reject("document \"" + Excerpt.of(id) + "\": " + e.getMessage());
            return;
        }
        int same = ids.findOrAdd(
                Hash64.of(id), other -> records.document(other).id().equals(id));
        if (same >= 0) {
            reader.reject(Jsonl.duplicate(id, records.place(same)));
            return;
        }
        records.index().add(file, reader.line(), reader.offset(), reader.length(), reader.checksum(), count);
        if (records.partitions().has(file)) {
            records.partitions().note(reader.rawRecord(), file, reader.place());
        }
        fingerprint.add(reader.ownId(), text);
    }

    private int countTokens(String id, String text) {
        long count = tokens.applyAsLong(text);
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("document " + Excerpt.of(id) + " has " + count
                    + " tokens by the given count; allowed is 0 to 2^31 - 1");
        }
        return (int) count;
    }
}
