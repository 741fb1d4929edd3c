// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KnownContentTest {
    private static final String POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] hex(String hex) {
        return HexFormat.ofDelimiter(" ").parseHex(hex);
    }

    private static byte[] tar() {
        byte[] block = new byte[512];
        System.arraycopy(text("data/a.jsonl"), 0, block, 0, 12);
        System.arraycopy(text("ustar"), 0, block, 257, 5);
        return block;
    }

    private static byte[] zip(String entry) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            out.putNextEntry(new ZipEntry(entry));
        }
        return bytes.toByteArray();
    }

    private static byte[] safetensors() {
        byte[] header = text("{\"rows\":{\"dtype\":\"F32\",\"shape\":[0,2],\"data_offsets\":[0,0]}}");
        return ByteBuffer.allocate(8 + header.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    private static byte[] safetensorsOf(int length) {
        byte[] header = text("{\"rows\":{\"dtype\":\"F32\"" + " ".repeat(length));
        return ByteBuffer.allocate(KnownContent.HEAD_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(header, 0, KnownContent.HEAD_BYTES - 8)
                .array();
    }

    static Stream<Arguments> files() throws IOException {
        return Stream.of(
                Arguments.of(text(POINTER), "a Git LFS pointer", "git lfs pull"),
                Arguments.of(text("<!DOCTYPE html>\n<html>"), "an HTML page", "download"),
                Arguments.of(text("\uFEFF \n<HTML>"), "an HTML page", "download"),
                Arguments.of(text("<?xml version=\"1.0\"?><Error>"), "XML", "download"),
                Arguments.of(hex("1f 8b 08"), "gzip", "unpack"),
                Arguments.of(hex("28 b5 2f fd"), "zstd", "unpack"),
                Arguments.of(hex("50 2a 4d 18"), "zstd", "unpack"),
                Arguments.of(text("PAR1"), "Parquet", "documents"),
                Arguments.of(text("PARE"), "encrypted Parquet", "encryption"),
                Arguments.of(hex("ff ff ff ff 10 00 00 00"), "an Arrow stream", "to_parquet"),
                Arguments.of(text("ARROW1\0\0"), "an Arrow file", "to_parquet"),
                Arguments.of(hex("93 4e 55 4d 50 59 01"), "an NPY array", "embeddings"),
                Arguments.of(safetensors(), "safetensors", "embeddings"),
                Arguments.of(safetensorsOf(0x8B1F), "safetensors", "embeddings"), // begins like gzip
                Arguments.of(safetensorsOf(0x0280), "safetensors", "embeddings"), // begins like a pickle
                Arguments.of(zip("arr_0.npy"), "an NPZ archive", "numpy.save"),
                Arguments.of(zip("archive/data.pkl"), "a PyTorch file", "safetensors"),
                Arguments.of(zip("[Content_Types].xml"), "an office document", "text"),
                Arguments.of(zip("a.jsonl"), "a zip archive", "unpack"),
                Arguments.of(hex("80 04 95 00"), "a pickle", "open format"),
                Arguments.of(hex("80 02 8a 0a"), "a pickle", "open format"),
                Arguments.of(tar(), "a tar archive", "unpack"),
                Arguments.of(hex("37 7a bc af 27 1c"), "a 7z archive", "unpack"),
                Arguments.of(text("BZh9"), "bzip2", "gzip or zstd"),
                Arguments.of(hex("fd 37 7a 58 5a 00"), "xz", "gzip or zstd"),
                Arguments.of(text("%PDF-1.7"), "a PDF", "pdftotext"),
                Arguments.of(hex("ff fe 7b 00"), "UTF-16 text", "iconv"),
                Arguments.of(text("GGUF\3\0\0\0"), "a GGUF model", "safetensors"),
                Arguments.of(text("SQLite format 3\0"), "an SQLite database", "JSONL"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void content_thatIsNoText_isNamedWithWhatToDo(byte[] head, String name, String advice) {
        KnownContent content = KnownContent.of(head).orElseThrow();

        assertThat(content.name()).startsWith(name);
        assertThat(content.advice()).contains(advice);
        assertThat(content.words()).startsWith("is " + name).contains(": ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"text\": \"version https://git-lfs\"}",
                "[{\"text\": 1}]",
                "version 2 of the text",
                "BZ is a country",
                "ORCHIDS grow",
                "RIFFRAFF came",
                "Objects are",
                "<b>bold</b> words",
                "<htm",
                "\u00E9t\u00E9",
                "PKZIP"
            })
    void content_thatMayBeText_isNotNamed(String start) {
        assertThat(KnownContent.of(text(start))).isEmpty();
    }

    @Test
    void otherContent_isRefused_unlessExpected(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("rows"), safetensors());
        Path text = Files.writeString(folder.resolve("text"), "{}");

        KnownContent.refuse(text);
        KnownContent.refuse(file, KnownContent.Form.NPY, KnownContent.Form.SAFETENSORS);
        assertThatThrownBy(() -> KnownContent.refuse(file, KnownContent.Form.NPY))
                .isInstanceOf(InputException.class)
                .hasMessage(file + " is safetensors: give it where embeddings or a model's weights are read");
    }

    @Test
    void file_isReadAtItsStart(@TempDir Path folder) throws IOException {
        Path pointer = Files.writeString(folder.resolve("model.safetensors"), POINTER);

        assertThat(KnownContent.of(pointer).map(KnownContent::form)).contains(KnownContent.Form.POINTER);
    }
}
