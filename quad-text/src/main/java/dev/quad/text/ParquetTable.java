// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** Rows of Parquet, of columns that are known beforehand. */
final class ParquetTable implements RecordSink {
    private static final Type.Repetition OPTIONAL = Type.Repetition.OPTIONAL;

    private final AtomicFile file;
    private final ParquetWriter<JsonTree.Node> writer;

    ParquetTable(AtomicFile file, List<TableWriter.Column> columns, Map<String, String> metadata) throws IOException {
        this.file = file;
        Map<String, String> named = new TreeMap<>();
        metadata.forEach((key, value) -> named.put(TableWriter.PREFIX + key, value));
        this.writer = ParquetRecords.create(
                file.unfinished(),
                new MessageType("row", columns.stream().map(ParquetTable::type).toList()),
                named);
    }

    private static Type type(TableWriter.Column column) {
        return switch (column.kind()) {
            case TEXT ->
                Types.primitive(PrimitiveTypeName.BINARY, OPTIONAL)
                        .as(LogicalTypeAnnotation.stringType())
                        .named(column.name());
            case NUMBER -> Types.primitive(PrimitiveTypeName.DOUBLE, OPTIONAL).named(column.name());
            case WHOLE -> Types.primitive(PrimitiveTypeName.INT64, OPTIONAL).named(column.name());
            case LIST ->
                Types.buildGroup(OPTIONAL)
                        .as(LogicalTypeAnnotation.listType())
                        .addField(new GroupType(
                                Type.Repetition.REPEATED,
                                "list",
                                Types.primitive(PrimitiveTypeName.FLOAT, OPTIONAL)
                                        .named("element")))
                        .named(column.name());
        };
    }

    @Override
    public void write(byte[] record) throws IOException {
        writer.write(JsonTree.parse(record));
    }

    @Override
    public void end() throws IOException {
        writer.close();
    }

    @Override
    public AtomicFile finish() throws IOException {
        file.finish();
        return file;
    }

    @Override
    public void close() {
        file.close();
    }
}
