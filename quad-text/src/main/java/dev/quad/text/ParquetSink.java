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
        private final ParquetSchemas source;
        private final boolean checked;
        private final String addedField;
        private final Map<String, Type> given = new LinkedHashMap<>();
        private final Map<String, String> unfit = new LinkedHashMap<>();
        private final Map<String, ParquetShape> shapes = new LinkedHashMap<>();

        /** From the columns of the files that the records come from, but for the field that is added. */
        Columns(ParquetSchemas source, boolean checked, String addedField) {
            this.source = source;
            this.addedField = addedField;
            this.checked = checked || !source.isUniform();
            source.columns().forEach((name, column) -> {
                if (!name.equals(addedField)) {
                    column.now().ifPresentOrElse(type -> given.put(name, type), () -> unfit.put(name, column.reason()));
                }
            });
        }

        void see(JsonTree.Node record) {
            if (record.repeatsName()) {
                throw new IllegalArgumentException(
                        "a record has a field twice, which Parquet cannot hold; write JSONL instead: "
                                + Excerpt.of(record.json()));
            }
            record.fields().forEach((name, value) -> {
                Type type = given.get(name);
                if (type == null || checked) {
                    shapes.merge(name, ParquetShape.of(value), ParquetShape::with);
                }
                if (type != null && checked && !unfit.containsKey(name) && !ParquetFit.holds(type, value)) {
                    unfit.put(name, "a record has the value " + Excerpt.of(value.json()));
                }
            });
        }

        /** The source's columns in their order, then those that only records have. */
        MessageType schema() {
            Map<String, Type> columns = new LinkedHashMap<>();
            source.columns().keySet().forEach(name -> {
                Type type = given.get(name);
                if (type != null || unfit.containsKey(name)) {
                    columns.put(
                            name,
                            type != null && !unfit.containsKey(name)
                                    ? type
                                    : shapes.getOrDefault(name, ParquetShape.NONE)
                                            .column(name));
                }
            });
            shapes.forEach((name, shape) -> columns.computeIfAbsent(name, shape::column));
            if (columns.isEmpty()) { // no record, and the format has no file without a column
                columns.put(addedField, ParquetShape.NONE.column(addedField));
            }
            return new MessageType("record", List.copyOf(columns.values()));
        }

        /** What became of the source's columns. */
        WrittenColumns written() {
            MessageType schema = schema();
            List<String> kept = new ArrayList<>();
            List<WrittenColumns.Change> changed = new ArrayList<>();
            source.columns().forEach((name, column) -> {
                if (!given.containsKey(name) && !unfit.containsKey(name)) {
                    return; // the field that is added
                }
                String before = ParquetTypes.name(column.before());
                String after = ParquetTypes.name(schema.getType(name));
                if (after.equals(before)) {
                    kept.add(name);
                } else {
                    changed.add(
                            new WrittenColumns.Change(name, before, after, unfit.getOrDefault(name, column.reason())));
                }
            });
            return new WrittenColumns(kept, changed);
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
        MessageType schema = columns.schema();
        try (ParquetWriter<JsonTree.Node> writer = ParquetRecords.create(target.unfinished(), schema);
                InputStream in = Files.newInputStream(waiting.unfinished());
                Lines lines = new Lines(in, Integer.MAX_VALUE - 64)) {
            while (lines.next()) {
                writer.write(JsonTree.parse(
                        Arrays.copyOfRange(lines.bytes(), lines.start(), lines.start() + lines.length())));
            }
        }
        if (ParquetTypes.hasInterval(schema)) {
            ParquetFooter.mendIntervals(target.unfinished());
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
