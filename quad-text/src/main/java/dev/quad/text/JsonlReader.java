// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import dev.quad.files.Checksum;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Goes through the documents of one file in order. Does not know of other documents, so does not see duplicates. */
final class JsonlReader implements AutoCloseable {
    private final Path file;
    private final BadLine.Unit unit;
    private final String name;
    private final Lines lines;
    private final JsonlOptions options;
    private final ReadListener listener;
    private final Utf8 utf8 = new Utf8();
    private final RecordParser parser;
    private long skipped;
    private @Nullable BadLine firstSkipped;

    /**
     * @param name stands for the file in the ids of documents that have none
     * @param text the content of the file as lines of JSON
     */
    JsonlReader(SourceFile file, String name, InputStream text, JsonlOptions options, ReadListener listener) {
        this.file = file.path();
        this.unit = file.unit();
        this.name = name;
        this.lines = new Lines(text, options.maxLineBytes());
        this.options = options;
        this.listener = listener;
        this.parser = new RecordParser(options.textField(), options.idField());
    }

    /** Short names for files, in order: the file name, or the whole path where two files have the same name. */
    static List<String> names(List<Path> files) {
        Set<String> seen = new HashSet<>();
        Set<String> shared = new HashSet<>();
        for (Path file : files) {
            if (!seen.add(fileName(file))) {
                shared.add(fileName(file));
            }
        }
        return files.stream()
                .map(file -> shared.contains(fileName(file)) ? file.toString() : fileName(file))
                .toList();
    }

    private static String fileName(Path file) {
        Path last = file.getFileName();
        return last == null ? file.toString() : last.toString();
    }

    static String generatedId(String name, long line) {
        return name + ":" + line;
    }

    /** Moves to the next document; false at the end of the file. */
    boolean next() {
        try {
            while (lines.next()) {
                if (lines.isBlank()) {
                    continue;
                }
                try {
                    parse();
                    return true;
                } catch (BadRecordException e) {
                    reject(e.reason());
                }
            }
            return false;
        } catch (UnsupportedFormException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new InputException(
                    file + ", after " + unit.name().toLowerCase(Locale.ROOT) + " " + lines.number() + " ("
                            + lines.position() + " bytes of text): " + e.getMessage()
                            + ". What is missing cannot be told: get a whole copy of the file",
                    e);
        }
    }

    /** Treats the current document as a bad line. */
    void reject(String reason) {
        BadLine bad = new BadLine(
                file, unit, lines.number(), reason, options.skipBadLines() ? kept() : "", lines.wholeLength());
        if (!options.skipBadLines()) {
            throw bad.toException();
        }
        skipped++;
        if (firstSkipped == null) {
            firstSkipped = bad;
        }
        listener.onBadLine(bad);
    }

    /** The line, or its first part. */
    private String kept() {
        byte[] bytes = lines.bytes();
        int end = lines.start() + Math.min(lines.length(), BadLine.MAX_RECORD_BYTES);
        if (end < lines.start() + lines.length()) {
            while (end > lines.start() && (bytes[end] & 0xC0) == 0x80) {
                end--; // not within a character
            }
        }
        return new String(bytes, lines.start(), end - lines.start(), StandardCharsets.UTF_8);
    }

    private void parse() throws BadRecordException {
        byte[] bytes = lines.bytes();
        int start = lines.start();
        if (lines.isTooLong()) {
            throw new BadRecordException("is longer than " + options.maxLineBytes() + " bytes: "
                    + Excerpt.of(bytes, start, lines.length()) + "; raise --max-line-bytes to allow it");
        }
        int invalid = utf8.firstInvalid(bytes, start, lines.length());
        if (invalid >= 0) {
            throw new BadRecordException(String.format("is not UTF-8 at byte %d", invalid)
                    + (unit == BadLine.Unit.LINE ? " of the line" : " of the record")
                    + String.format(" (%02x)", bytes[start + invalid])
                    + (unit == BadLine.Unit.LINE ? ", byte " + (lines.offset() + invalid) + " of the text" : "")
                    + "; allowed is UTF-8");
        }
        parser.parse(bytes, start, lines.length());
    }

    String text() {
        return parser.text();
    }

    /** Where the current document stands, in words. */
    String place() {
        return unit.place(file, lines.number());
    }

    /** The document's own id. */
    @Nullable
    String ownId() {
        return parser.id();
    }

    /** The document's own id, or the one made from file and line. */
    String id() {
        String own = parser.id();
        return own != null ? own : generatedId(name, lines.number());
    }

    byte[] rawRecord() {
        return Arrays.copyOfRange(lines.bytes(), lines.start(), lines.start() + lines.length());
    }

    long offset() {
        return lines.offset();
    }

    int length() {
        return lines.length();
    }

    int checksum() {
        return Checksum.crc(lines.bytes(), lines.start(), lines.length());
    }

    /** The line of the current document, from 1; at the end of the file the number of lines. */
    long line() {
        return lines.number();
    }

    /** How many bad lines were skipped so far. */
    long skipped() {
        return skipped;
    }

    /** The first of them. */
    Optional<BadLine> firstSkipped() {
        return Optional.ofNullable(firstSkipped);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
