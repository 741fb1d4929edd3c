// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Rows of Parquet. What columns there have to be is known when all records are; until then they wait in a file of lines
 * beside the target.
 */
final class ParquetSink implements RecordSink {
    private final AtomicFile target;
    private final AtomicFile waiting;
    private final Columns columns;

    ParquetSink(AtomicFile target, AtomicFile waiting, Columns columns) {
        this.target = target;
        this.waiting = waiting;
        this.columns = columns;
    }

    /** The columns of all files of one writer. */
    static final class Columns {
        private final Map<String, Type> given = new LinkedHashMap<>();
        private final Map<String, ParquetShape> shapes = new LinkedHashMap<>();

        /** From the columns of the files that the records come from, but for the field that is added. */
        Columns(Optional<MessageType> source, String addedField) {
            source.ifPresent(schema -> schema.getFields().stream()
                    .filter(column -> !column.getName().equals(addedField))
                    .forEach(column -> given.put(column.getName(), column)));
        }

        void see(JsonTree.Node record) {
            if (record.repeatsName()) {
                throw new IllegalArgumentException(
                        "a record has a field twice, which Parquet cannot hold; write JSONL instead: "
                                + Excerpt.of(record.json()));
            }
            record.fields().forEach((name, value) -> {
                if (!given.containsKey(name)) {
                    shapes.merge(name, ParquetShape.of(value), ParquetShape::with);
                }
            });
        }

        MessageType schema() {
            List<Type> columns = new ArrayList<>(given.values());
            shapes.forEach((name, shape) -> columns.add(shape.column(name)));
            return new MessageType("record", columns);
        }
    }

    @Override
    public void write(byte[] record) throws IOException {
        columns.see(JsonTree.parse(record));
        waiting.stream().write(record);
        waiting.stream().write('\n');
    }

    @Override
    public void end() throws IOException {
        waiting.finish();
    }

    @Override
    public AtomicFile finish() throws IOException {
        try (ParquetWriter<JsonTree.Node> writer = ParquetRecords.create(target.unfinished(), columns.schema());
                InputStream in = Files.newInputStream(waiting.unfinished());
                Lines lines = new Lines(in, Integer.MAX_VALUE - 64)) {
            while (lines.next()) {
                writer.write(JsonTree.parse(
                        Arrays.copyOfRange(lines.bytes(), lines.start(), lines.start() + lines.length())));
            }
        }
        target.finish();
        return target;
    }

    @Override
    public void close() {
        target.close();
        waiting.close();
    }
}
