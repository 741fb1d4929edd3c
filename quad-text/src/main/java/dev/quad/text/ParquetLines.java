// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Parquet file as lines of JSON, one object a row, all columns by name in their order. One row group is
 * held at a time, compressed.
 */
final class ParquetLines extends BlockStream {
    /** What only programmers of the library understand: names of classes and methods, nulls, levels. */
    private static final Pattern INTERNAL = Pattern.compile("(org|java|com)\\.\\w|[a-z]\\w*\\(|null|repetition level");

    private final ParquetFileReader file;
    private final ReadListener listener;
    private final MessageType schema;
    private final MessageColumnIO columns;
    private final Buffer lines = new Buffer();
    private final JsonGenerator json;
    private @Nullable RecordReader<ParquetRow.Struct> rows;
    private long rowsLeft;
    private int from;
    private long untold;
    private int group;
    private long row;

    ParquetLines(Path path, ReadListener listener) throws IOException {
        this.listener = listener;
        this.file = open(path);
        this.schema = file.getFileMetaData().getSchema();
        this.columns = new ColumnIOFactory().getColumnIO(schema);
        this.untold = Files.size(path);
        this.json = Json.WRITER.createGenerator(lines, JsonEncoding.UTF8);
    }

    private static ParquetFileReader open(Path path) throws IOException {
        ParquetFileReader file;
        try {
            file = ParquetFileReader.open(
                    new LocalInputFile(path),
                    new ParquetReadOptions.Builder(new PlainParquetConfiguration())
                            .withCodecFactory(new ParquetCodecs())
                            .usePageChecksumVerification(true)
                            .build());
        } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) { // as the last: it lies
            throw new IOException("the Parquet file is damaged or cut off" + told(e), e);
        }
        try {
            ParquetTypes.check(file.getFileMetaData().getSchema());
            ParquetChunks.check(file.getRowGroups(), Files.size(path));
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** The columns of a file. */
    static MessageType schema(Path path) throws IOException {
        try (ParquetFileReader reader = open(path)) {
            return reader.getFileMetaData().getSchema();
        }
    }

    /** What a file says of itself, by key. */
    static Map<String, String> metadata(Path path) throws IOException {
        try (ParquetFileReader reader = open(path)) {
            return reader.getFileMetaData().getKeyValueMetaData();
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (from == lines.size()) {
            lines.reset();
            from = 0;
            if (!fill()) {
                return -1;
            }
        }
        int count = Math.min(length, lines.size() - from);
        lines.copy(from, target, offset, count);
        from += count;
        return count;
    }

    private boolean fill() throws IOException {
        try {
            while (rowsLeft == 0) {
                PageReadStore pages = file.readNextRowGroup();
                if (pages == null) {
                    listener.onBytesRead(untold);
                    untold = 0;
                    return false;
                }
                rows = columns.getRecordReader(new ParquetChunks(pages), new ParquetRow(schema));
                rowsLeft = pages.getRowCount();
                BlockMetaData block = file.getRowGroups().get(group++);
                long told = Math.min(untold, block.getCompressedSize());
                untold -= told;
                listener.onBytesRead(told);
            }
            while (rowsLeft > 0 && lines.size() < 1 << 16 && rows != null) {
                rowsLeft--;
                row++;
                struct(rows.read());
                json.flush();
                lines.write('\n');
            }
            return true;
        } catch (RuntimeException e) { // the library's word for damage
            throw unsupported(e) instanceof UnsupportedFormException other
                    ? other
                    : new IOException("row " + row + " cannot be read; the file is damaged there" + told(e), e);
        } catch (OutOfMemoryError e) { // one array is too large; the heap is as it was
            throw new IOException("row " + row + " needs more memory than there is (" + e.getMessage()
                    + "); the file is damaged, or give Java a larger heap (-Xmx)");
        }
    }

    /** What the library says of it, where that is for people. */
    private static String told(Throwable e) {
        String message = e.getMessage();
        return message == null || INTERNAL.matcher(message).find()
                ? ""
                : " (" + message.lines().findFirst().orElse("") + ")";
    }

    /** What the library wrapped. */
    private static Throwable unsupported(Throwable thrown) {
        Throwable cause = thrown;
        while (!(cause instanceof UnsupportedFormException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private void struct(ParquetRow.Struct struct) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < struct.values().length; i++) {
            json.writeFieldName(struct.type().getFieldName(i));
            value(struct.values()[i]);
        }
        json.writeEndObject();
    }

    private void value(@Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof ParquetRow.Struct struct) {
            struct(struct);
        } else if (value instanceof List<?> elements) {
            json.writeStartArray();
            for (Object element : elements) {
                value(element);
            }
            json.writeEndArray();
        } else if (value instanceof ParquetValues.Raw raw) {
            json.writeRawValue(raw.json().replace('\n', ' ').replace('\r', ' ')); // white space only, in valid JSON
        } else if (value instanceof ParquetValues.Bytes bytes) {
            json.writeStartObject();
            json.writeStringField(ParquetValues.BASE64, bytes.base64());
            json.writeEndObject();
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Float number) {
            json.writeNumber(number);
        } else if (value instanceof BigDecimal number) {
            json.writeNumber(number.toPlainString());
        } else {
            json.writeNumber(((Number) value).longValue());
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Lets the bytes be taken out without a copy of all. */
    private static final class Buffer extends ByteArrayOutputStream {
        synchronized void copy(int from, byte[] target, int offset, int count) {
            System.arraycopy(buf, from, target, offset, count);
        }
    }
}
