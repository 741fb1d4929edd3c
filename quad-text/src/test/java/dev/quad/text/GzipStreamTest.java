// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GzipStreamTest {
    private static final byte[] HEADER_WITH_ALL_FIELDS = {
        0x1F, (byte) 0x8B, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9, 'n', 0, 'c', 0, 1, 2
    };

    private final Path folder;

    GzipStreamTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private static String text(byte[] gzip) throws IOException {
        try (GzipStream in = new GzipStream(new ByteArrayInputStream(gzip))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void members_inARow_areOneText() throws IOException {
        byte[] both = TestFiles.join(TestFiles.gzip("one\n"), TestFiles.gzip(""), TestFiles.gzip("two\n"), new byte[5]);

        assertThat(text(both)).isEqualTo("one\ntwo\n");
    }

    @Test
    void header_withEveryField_isSkipped() throws IOException {
        byte[] plain = TestFiles.gzip("text");

        assertThat(text(TestFiles.join(HEADER_WITH_ALL_FIELDS, Arrays.copyOfRange(plain, 10, plain.length))))
                .isEqualTo("text");
    }

    @Test
    void end_followedByOtherBytes_isAnError() {
        assertThatThrownBy(() -> text(TestFiles.join(TestFiles.gzip("one"), new byte[] {7})))
                .hasMessage("bytes that are not gzip follow the end of the gzip data");
    }

    @Test
    void checksum_wrong_isAnError() {
        byte[] gzip = TestFiles.gzip("text");
        gzip[gzip.length - 8] ^= 1;

        assertThatThrownBy(() -> text(gzip)).hasMessageContaining("checksum or length do not match");
    }

    @Test
    void stream_cutAnywhere_isAnError() {
        byte[] gzip = TestFiles.gzip("some text\n".repeat(20));
        for (int length = 2; length < gzip.length; length++) {
            byte[] cut = Arrays.copyOf(gzip, length);
            assertThatThrownBy(() -> text(cut)).as("cut to %d bytes", length).hasMessageContaining("ends early");
        }
    }

    @Test
    void file_cutOff_isNeverSkippedAndNamesThePlace() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            lines.append(TestFiles.doc("d" + i, "text " + Long.toHexString(Hash64.mix(i))))
                    .append('\n');
        }
        byte[] gzip = TestFiles.gzip(lines.toString());
        Path file = TestFiles.write(folder, "a.jsonl.gz", Arrays.copyOf(gzip, gzip.length / 2));

        JsonlOptions skipping = JsonlOptions.builder().skipBadLines(true).build();
        assertThatThrownBy(() -> Jsonl.read(List.of(file), skipping, ReadListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageMatching(
                        "(?s).*a\\.jsonl\\.gz, after line \\d{4,} \\(\\d{6,} bytes of text\\): the gzip data"
                                + " ends early: the file is cut off\\. .*");
    }

    @Test
    void file_namedGzipButPlain_isAnError() {
        Path file = TestFiles.write(folder, "a.jsonl.gz", "{\"text\": \"x\"}");

        assertThatThrownBy(() -> Jsonl.read(List.of(file), JsonlOptions.defaults(), ReadListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + " is named as gzip but holds something else (it starts with 7b 22 74 65)")
                .hasMessageContaining("gzip starts with 1f 8b");
        Path empty = TestFiles.write(folder, "b.jsonl.gz", new byte[0]);
        assertThatThrownBy(() -> Jsonl.read(List.of(empty), JsonlOptions.defaults(), ReadListener.NONE))
                .hasMessageContaining("holds nothing");
    }

    @Test
    void file_gzipUnderAnyName_isRead() {
        Path file = TestFiles.write(folder, "a.jsonl", TestFiles.gzip("{\"text\": \"x\"}"));

        assertThat(Jsonl.read(List.of(file), JsonlOptions.defaults(), ReadListener.NONE))
                .containsExactly(new Document("a.jsonl:1", "x"));
    }
}
