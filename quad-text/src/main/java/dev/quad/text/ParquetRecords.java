// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/** Writes records of JSON to the columns of a schema, zstd-compressed. */
final class ParquetRecords extends WriteSupport<JsonTree.Node> {
    private static final int PAGE_BYTES = 1 << 20;
    private static final long ROW_GROUP_BYTES = 64L << 20;

    private final MessageType schema;
    private final Map<String, String> metadata;
    private @Nullable RecordConsumer consumer;

    private ParquetRecords(MessageType schema, Map<String, String> metadata) {
        this.schema = schema;
        this.metadata = metadata;
    }

    /** Starts a file, which is overwritten. */
    static ParquetWriter<JsonTree.Node> create(Path path, MessageType schema) throws IOException {
        return create(path, schema, Map.of());
    }

    /** Starts a file with metadata, which is overwritten. */
    static ParquetWriter<JsonTree.Node> create(Path path, MessageType schema, Map<String, String> metadata)
            throws IOException {
        return new Builder(path, schema, metadata)
                .withConf(new PlainParquetConfiguration())
                .withCodecFactory(new ParquetCodecs())
                .withCompressionCodec(CompressionCodecName.ZSTD)
                .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                .withPageSize(PAGE_BYTES)
                .withRowGroupSize(ROW_GROUP_BYTES)
                .withMinRowCountForPageSizeCheck(1)
                .withMaxRowCountForPageSizeCheck(1000)
                .build();
    }

    @Override
    @SuppressWarnings("deprecation") // abstract there
    public WriteContext init(Configuration configuration) {
        return new WriteContext(schema, metadata);
    }

    @Override
    public WriteContext init(ParquetConfiguration configuration) {
        return new WriteContext(schema, metadata);
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
        this.consumer = consumer;
    }

    @Override
    public void write(JsonTree.Node record) {
        out().startMessage();
        fields(schema, record);
        out().endMessage();
    }

    private RecordConsumer out() {
        return Objects.requireNonNull(consumer);
    }

    private void fields(GroupType type, JsonTree.Node object) {
        for (int i = 0; i < type.getFieldCount(); i++) {
            Type field = type.getType(i);
            JsonTree.Node value = object.fields().get(field.getName());
            if (value == null || value.kind() == JsonTree.Kind.NULL) {
                continue;
            }
            boolean repeated = field.isRepetition(Type.Repetition.REPEATED);
            List<JsonTree.Node> values = repeated ? value.elements() : List.of(value);
            if (!values.isEmpty()) {
                out().startField(field.getName(), i);
                values.forEach(each -> value(field, each));
                out().endField(field.getName(), i);
            }
        }
    }

    private void value(Type type, JsonTree.Node value) {
        if (type.isPrimitive()) {
            try {
                single(type.asPrimitiveType(), value);
            } catch (ArithmeticException | IllegalArgumentException | DateTimeException e) {
                throw new IllegalArgumentException(
                        "the column \"" + type.getName() + "\" (" + type + ") cannot hold the value "
                                + Excerpt.of(value.json()) + ": " + e.getMessage(),
                        e);
            }
            return;
        }
        out().startGroup();
        if (ParquetRow.isList(type)) {
            list(type.asGroupType(), value.elements());
        } else {
            fields(type.asGroupType(), value);
        }
        out().endGroup();
    }

    private void list(GroupType type, List<JsonTree.Node> elements) {
        if (elements.isEmpty()) {
            return;
        }
        Type repeated = type.getType(0);
        boolean wrapped = ParquetRow.wrapsElement(type);
        out().startField(repeated.getName(), 0);
        for (JsonTree.Node element : elements) {
            if (!wrapped) {
                value(repeated, element);
                continue;
            }
            out().startGroup();
            Type inner = repeated.asGroupType().getType(0);
            if (element.kind() != JsonTree.Kind.NULL) {
                out().startField(inner.getName(), 0);
                value(inner, element);
                out().endField(inner.getName(), 0);
            }
            out().endGroup();
        }
        out().endField(repeated.getName(), 0);
    }

    private void single(PrimitiveType type, JsonTree.Node value) {
        switch (type.getPrimitiveTypeName()) {
            case BOOLEAN -> out().addBoolean(Boolean.parseBoolean(value.text()));
            case INT32 -> out().addInteger((int) ParquetValues.toLong(type, value));
            case INT64 -> out().addLong(ParquetValues.toLong(type, value));
            case FLOAT -> out().addFloat(Float.parseFloat(value.text()));
            case DOUBLE -> out().addDouble(Double.parseDouble(value.text()));
            case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> out().addBinary(ParquetValues.toBinary(type, value));
        }
    }

    private static final class Builder extends ParquetWriter.Builder<JsonTree.Node, Builder> {
        private final MessageType schema;
        private final Map<String, String> metadata;

        Builder(Path path, MessageType schema, Map<String, String> metadata) {
            super(new LocalOutputFile(path));
            this.schema = schema;
            this.metadata = metadata;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // abstract there
        protected WriteSupport<JsonTree.Node> getWriteSupport(Configuration configuration) {
            return new ParquetRecords(schema, metadata);
        }

        @Override
        protected WriteSupport<JsonTree.Node> getWriteSupport(ParquetConfiguration configuration) {
            return new ParquetRecords(schema, metadata);
        }
    }
}
