// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.files.SafetensorsWriter;
import dev.quad.text.ScoreColumn;
import dev.quad.text.TableWriter;
import dev.quad.text.TableWriter.Column;
import dev.quad.text.TableWriter.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Scored documents as a file: a row each in Parquet or JSONL, or tensors in safetensors. Read from the spool as they
 * are written.
 *
 * @param values the name of what a document has several of; empty where it has none
 * @param width how many of them each has; 0 where documents have different numbers
 */
record ScoresFile(Path target, ScoreSpool spool, ScoreSummary summary, Optional<String> values, int width) {
    /** Whether the name has an ending that can be written. */
    static boolean isNamed(Path target) {
        return TableWriter.isNamed(target) || isTensors(target);
    }

    static boolean isTensors(Path target) {
        return target.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
    }

    void write(Map<String, String> metadata) {
        if (isTensors(target)) {
            writeTensors(metadata);
        } else {
            writeRows(metadata);
        }
    }

    private void writeRows(Map<String, String> metadata) {
        List<Column> columns = new ArrayList<>(List.of(
                new Column("id", Kind.TEXT),
                new Column(ScoreColumn.FIELD, Kind.NUMBER),
                new Column("z", Kind.NUMBER),
                new Column("tokens", Kind.WHOLE),
                new Column(ScoreColumn.FLAG, Kind.TEXT)));
        values.ifPresent(name -> columns.add(new Column(name, Kind.LIST)));
        try (TableWriter writer = TableWriter.create(target, columns, metadata);
                ScoreSpool.Reader documents = spool.reader()) {
            while (documents.hasNext()) {
                ScoredDocument document = documents.next();
                writer.write(row -> {
                    row.put("id", document.id());
                    if (document.isScored()) {
                        row.put(ScoreColumn.FIELD, document.score()).put("z", summary.z(document.score()));
                    } else {
                        row.putNull(ScoreColumn.FIELD).putNull("z");
                    }
                    row.put("tokens", document.tokens());
                    document.flag()
                            .ifPresentOrElse(
                                    reason -> row.put(ScoreColumn.FLAG, reason), () -> row.putNull(ScoreColumn.FLAG));
                    if (values.isPresent() && document.isScored()) {
                        row.put(values.get(), document.values());
                    } else if (values.isPresent()) {
                        row.putNull(values.get());
                    }
                });
            }
            writer.commit();
        }
    }

    private void writeTensors(Map<String, String> metadata) {
        int documents = spool.documents();
        SafetensorsWriter writer = new SafetensorsWriter(metadata);
        List<Tensor> columns = new ArrayList<>();
        try {
            columns.add(add(writer, "score", "F64", 8, ScoresFile::score, documents));
            columns.add(add(
                    writer,
                    "z",
                    "F64",
                    8,
                    document -> number(document.isScored() ? summary.z(document.score()) : Double.NaN),
                    documents));
            columns.add(add(writer, "tokens", "I64", 8, document -> whole(document.tokens()), documents));
            if (values.isPresent() && width > 0) {
                columns.add(add(writer, values.get(), "F32", 4, this::row, documents, width));
            } else if (values.isPresent()) {
                int all = size("of all values", document -> document.values().length);
                long[] at = {0};
                columns.add( // first, so that it lies at a multiple of 8
                        add(writer, "ends", "I64", 8, document -> whole(at[0] += document.values().length), documents));
                columns.add(add(writer, values.get(), "F32", 4, ScoresFile::floats, all));
            }
            columns.add(addLines(writer, "ids", ScoredDocument::id));
            columns.add(addLines(writer, "flags", document -> document.flag().orElse("")));
            writer.write(target);
        } finally {
            columns.forEach(Tensor::close);
        }
    }

    private Tensor add(
            SafetensorsWriter writer,
            String name,
            String type,
            int size,
            Function<ScoredDocument, ByteBuffer> bytes,
            int... shape) {
        Tensor column = new Tensor(spool, size, bytes);
        writer.add(name, type, size, column, shape);
        return column;
    }

    /** A text with a line for each document, without an end of line after the last. */
    private Tensor addLines(SafetensorsWriter writer, String name, Function<ScoredDocument, String> line) {
        int length =
                size("of " + name, document -> line(name, line, document).length) - (spool.documents() > 0 ? 1 : 0);
        return add(writer, name, "U8", 1, document -> ByteBuffer.wrap(line(name, line, document)), length);
    }

    private byte[] line(String name, Function<ScoredDocument, String> line, ScoredDocument document) {
        String text = line.apply(document);
        if (text.indexOf('\n') >= 0) {
            throw new InputException("the document \"" + document.id() + "\" has a line break in its " + name
                    + ", which are one line each in " + target + "; write .parquet or .jsonl");
        }
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private int size(String what, Function<ScoredDocument, Integer> each) {
        long sum = 0;
        try (ScoreSpool.Reader documents = spool.reader()) {
            while (documents.hasNext()) {
                sum += each.apply(documents.next());
            }
        }
        if (sum > Integer.MAX_VALUE) {
            throw new InputException("the tensor " + what + " would have " + sum + " elements, and at most "
                    + Integer.MAX_VALUE + " are written to " + target + "; write .parquet or .jsonl");
        }
        return (int) sum;
    }

    private ByteBuffer row(ScoredDocument document) {
        if (document.isScored()) {
            return floats(document);
        }
        ByteBuffer nothing = buffer(4 * width);
        for (int i = 0; i < width; i++) {
            nothing.putFloat(Float.NaN);
        }
        return nothing.flip();
    }

    private static ByteBuffer floats(ScoredDocument document) {
        ByteBuffer all = buffer(4 * document.values().length);
        all.asFloatBuffer().put(document.values());
        return all;
    }

    private static ByteBuffer score(ScoredDocument document) {
        return number(document.score());
    }

    private static ByteBuffer number(double value) {
        return buffer(8).putDouble(value).flip();
    }

    private static ByteBuffer whole(long value) {
        return buffer(8).putLong(value).flip();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The bytes of one tensor, document after document. */
    private static final class Tensor implements SafetensorsWriter.Source, AutoCloseable {
        private final ScoreSpool.Reader documents;
        private final int size;
        private final Function<ScoredDocument, ByteBuffer> bytes;
        private ByteBuffer left = ByteBuffer.allocate(0);

        Tensor(ScoreSpool spool, int size, Function<ScoredDocument, ByteBuffer> bytes) {
            this.documents = spool.reader();
            this.size = size;
            this.bytes = bytes;
        }

        @Override
        public void put(ByteBuffer target, int count) {
            for (int wanted = count * size; wanted > 0; ) {
                if (!left.hasRemaining()) {
                    left = bytes.apply(documents.next());
                }
                int some = Math.min(wanted, left.remaining());
                target.put(left.slice(left.position(), some));
                left.position(left.position() + some);
                wanted -= some;
            }
        }

        @Override
        public void close() {
            documents.close();
        }
    }
}
