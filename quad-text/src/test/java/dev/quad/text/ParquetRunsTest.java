// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.values.deltastrings.DeltaByteArrayReader;
import org.apache.parquet.column.values.deltastrings.DeltaByteArrayWriter;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.io.api.Binary;
import org.junit.jupiter.api.Test;

/** Pages whose numbers would have the library take memory that the page does not fill. */
class ParquetRunsTest {
    private static final int COUNT = 300;
    private static final long HONEST = 4L << 20;

    /** Texts that share their start with the one before. */
    private static byte[] shared() throws IOException {
        try (DeltaByteArrayWriter writer = new DeltaByteArrayWriter(64, 1024, new HeapByteBufferAllocator())) {
            for (int i = 0; i < COUNT; i++) {
                writer.writeBytes(Binary.fromString("the same start " + i));
            }
            return writer.getBytes().toInputStream().readAllBytes();
        }
    }

    /** How many bytes of memory it takes to look at a page and, if it is not refused, to read it. */
    private static long memory(byte[] page) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            new ParquetRuns(page, COUNT).checkShared();
            DeltaByteArrayReader reader = new DeltaByteArrayReader();
            reader.initFromPage(COUNT, ByteBufferInputStream.wrap(ByteBuffer.wrap(page)));
            for (int i = 0; i < COUNT; i++) {
                reader.readBytes();
            }
        } catch (IOException | RuntimeException e) {
            // refused, here or there
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void sharedTexts_asWritten_areSound() throws IOException {
        byte[] page = shared();
        assertThatCode(() -> new ParquetRuns(page, COUNT).checkShared()).doesNotThrowAnyException();
        assertThat(memory(page)).isLessThan(HONEST);
    }

    @Test
    void sharedTexts_anyByteChanged_takeNoMoreMemory() throws IOException {
        byte[] page = shared();
        for (int i = 0; i < page.length; i++) {
            byte old = page[i];
            for (int value : new int[] {0, 1, 0x7F, 0x80, 0xFF, old ^ 1, old ^ 0x80}) {
                page[i] = (byte) value;
                assertThat(memory(page)).as("byte %s is %s", i, value).isLessThan(HONEST);
            }
            page[i] = old;
        }
    }

    /** 128 values in a block of 4 parts, one value: the first number of each stream of {@link #shared}. */
    private static byte[] stream(int... more) {
        byte[] bytes = new byte[4 + more.length];
        bytes[0] = (byte) 0x80;
        bytes[1] = 1;
        bytes[2] = 4;
        bytes[3] = 1;
        for (int i = 0; i < more.length; i++) {
            bytes[4 + i] = (byte) more[i];
        }
        return bytes;
    }

    @Test
    void textThatSharesMoreThanThereIs_isRefused() {
        byte[] page = TestFiles.join(stream(0xFE, 0xFF, 0xFF, 0xFF, 0x0F), stream(0));
        assertThatThrownBy(() -> new ParquetRuns(page, 1).checkShared())
                .isInstanceOf(ParquetDecodingException.class)
                .hasMessage("a page of " + page.length + " bytes and 1 values is to have a text that shares 2147483647"
                        + " bytes with the one before");
    }

    @Test
    void secondStreamOfManyValues_isRefused() {
        byte[] page = TestFiles.join(stream(0), new byte[] {(byte) 0x80, 1, 4, -1, -1, -1, -1, 7, 0});
        assertThatThrownBy(() -> new ParquetRuns(page, 1).checkShared())
                .isInstanceOf(ParquetDecodingException.class)
                .hasMessageContaining("is to have 2147483647 differences in blocks of 128");
    }

    @Test
    void blockOfNothingInManyParts_isRefused() {
        byte[] page = {0, -1, -1, -1, -1, 7, 1, 0};
        assertThatThrownBy(() -> new ParquetRuns(page, 1).checkDifferences())
                .isInstanceOf(ParquetDecodingException.class)
                .hasMessageContaining("blocks of 0 in 2147483647 parts");
    }

    /** Levels of an old form have no length in front. */
    @Test
    void placesAfterPackedLevels_areLookedAt() {
        byte[] sound = {-1, -1, -1, 1, 3, 0};
        assertThatCode(() -> {
                    ParquetRuns runs = new ParquetRuns(sound, 24);
                    runs.passPacked(1);
                    runs.checkPlaces();
                })
                .doesNotThrowAnyException();
        byte[] lying = {-1, -1, -1, 1, -1, -1, -1, -1, 7, 0};
        assertThatThrownBy(() -> {
                    ParquetRuns runs = new ParquetRuns(lying, 24);
                    runs.passPacked(1);
                    runs.checkPlaces();
                })
                .isInstanceOf(ParquetDecodingException.class)
                .hasMessageContaining("values of 1 bits");
    }

    @Test
    void packedRunOfNoBits_mayNotHaveMoreThanThePage() {
        byte[] page = {0, -1, -1, -1, -1, 7};
        assertThatThrownBy(() -> new ParquetRuns(page, 1000).checkPlaces())
                .isInstanceOf(ParquetDecodingException.class);
        byte[] sound = {0, (byte) 0xFB, 1};
        assertThatCode(() -> new ParquetRuns(sound, 1000).checkPlaces()).doesNotThrowAnyException();
    }
}
