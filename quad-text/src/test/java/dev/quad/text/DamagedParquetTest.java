// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import dev.quad.InputException;
import dev.quad.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that are damaged, or lie about sizes: an error that a reader can tell, and no more memory than honest ones
 * need.
 */
class DamagedParquetTest {
    private static final long HONEST = 64L << 20; // what any file of a few kilobytes may take
    /** Of each format; more with {@code -Dquad.fuzz.tries=…}. */
    private static final int MUTANTS = Integer.getInteger("quad.fuzz.tries", 300);

    private static final int HUGE = Integer.MAX_VALUE - 8;

    private final Path folder;

    DamagedParquetTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** Reads all lines on this thread. */
    private static long read(Path file) throws IOException {
        try (InputStream lines = new ParquetLines(file, ReadListener.NONE)) {
            return lines.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }

    private static void assertReadOrRefused(Path file, String what) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Throwable thrown = catchThrowable(() -> read(file));
        long taken = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(thrown == null || thrown instanceof IOException)
                .as("%s: %s", what, thrown)
                .isTrue();
        assertThat(taken).as("%s: bytes of memory", what).isLessThan(HONEST);
    }

    private Path small(String options) {
        return DuckDb.write(
                folder.resolve("small.parquet"),
                "SELECT 'some text ' || i % 7 AS text, i AS n, 'other ' || i AS many, [i, NULL] AS l, i / 3.0 AS x"
                        + " FROM range(40) t(i)",
                options);
    }

    @ParameterizedTest
    @ValueSource(strings = {", compression zstd", ", compression snappy, parquet_version v2", ", compression lz4_raw"})
    void anyByteChanged_isReadOrRefused(String options) throws IOException {
        byte[] whole = Files.readAllBytes(small(options));
        RandomGenerator random = new Seed(3).stream(options);
        for (int i = 0; i < MUTANTS; i++) {
            byte[] changed = whole.clone();
            int place = random.nextInt(whole.length);
            changed[place] =
                    (byte) (random.nextBoolean() ? random.nextInt(256) : changed[place] ^ 1 << random.nextInt(8));
            assertReadOrRefused(
                    TestFiles.write(folder, "changed.parquet", changed), "byte " + place + " is " + changed[place]);
        }
    }

    /** One column of numbers, its first page header and its footer changed and put in place again. */
    private Path lying(String options, Consumer<PageHeader> page, Consumer<FileMetaData> footer) throws IOException {
        byte[] whole = Files.readAllBytes(DuckDb.write(
                folder.resolve("one.parquet"), "SELECT (i % 5)::BIGINT AS n FROM range(1000) t(i)", options));
        int length = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(whole.length - 8);
        int end = whole.length - 8 - length;
        FileMetaData metadata = Util.readFileMetaData(new ByteArrayInputStream(whole, end, length));
        ByteArrayInputStream pages = new ByteArrayInputStream(whole, 4, end - 4);
        PageHeader header = Util.readPageHeader(pages);
        int headerLength = end - 4 - pages.available();
        page.accept(header);
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        Util.writePageHeader(header, changed);
        int more = changed.size() - headerLength;
        ColumnMetaData column =
                metadata.getRow_groups().get(0).getColumns().get(0).getMeta_data();
        column.setTotal_compressed_size(column.getTotal_compressed_size() + more);
        if (column.isSetDictionary_page_offset()) {
            column.setData_page_offset(column.getData_page_offset() + more);
        }
        footer.accept(metadata);
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        Util.writeFileMetaData(metadata, tail);
        return TestFiles.write(
                folder,
                "lying.parquet",
                TestFiles.join(
                        "PAR1".getBytes(StandardCharsets.US_ASCII),
                        changed.toByteArray(),
                        Arrays.copyOfRange(whole, 4 + headerLength, end),
                        tail.toByteArray(),
                        ByteBuffer.allocate(4)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(tail.size())
                                .array(),
                        "PAR1".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void honestFile_isReadWhole() throws IOException {
        assertThat(read(lying(", compression zstd", page -> {}, footer -> {})))
                .isEqualTo(1000L * "{\"n\":1}\n".length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"zstd", "snappy", "gzip", "lz4_raw", "uncompressed"})
    void pageThatSaysItIsLarge_isRefused_beforeMemoryIsTaken(String codec) throws IOException {
        String options = ", compression " + codec;
        for (int size : List.of(500 << 20, HUGE, -1)) {
            Path file = lying(options, page -> page.setUncompressed_page_size(size), footer -> {});
            assertThatThrownBy(() -> read(file)).isInstanceOf(IOException.class);
            assertReadOrRefused(file, codec + " page of " + size);
        }
        Path packed = lying(options, page -> page.setCompressed_page_size(HUGE), footer -> {});
        assertThatThrownBy(() -> read(packed)).isInstanceOf(IOException.class);
        assertReadOrRefused(packed, codec + " packed page");
    }

    @Test
    void dictionaryOrPageOfManyValues_isRefused_beforeMemoryIsTaken() throws IOException {
        Path dictionary = lying(
                ", compression zstd", page -> page.getDictionary_page_header().setNum_values(HUGE), footer -> {});
        assertThatThrownBy(() -> read(dictionary))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a dictionary of 40 bytes is to have " + HUGE + " values");
        assertReadOrRefused(dictionary, "dictionary");
    }

    @Test
    void footerThatLies_isRefused_beforeMemoryIsTaken() throws IOException {
        List<Consumer<FileMetaData>> lies = List.of(
                footer -> column(footer).setTotal_compressed_size(1L << 40),
                footer -> column(footer).setTotal_compressed_size(-5),
                footer -> column(footer).setTotal_compressed_size(HUGE),
                footer -> column(footer).setData_page_offset(1L << 50),
                footer -> column(footer).setData_page_offset(-9),
                footer -> footer.getRow_groups().get(0).setNum_rows(-1),
                footer -> footer.getRow_groups().get(0).setNum_rows(1L << 60),
                footer -> footer.getSchema().get(0).setNum_children(HUGE),
                footer -> footer.getSchema().get(0).setNum_children(-1));
        for (int i = 0; i < lies.size(); i++) {
            Path file = lying(", compression zstd, dictionary_size_limit 1", page -> {}, lies.get(i));
            assertThatThrownBy(() -> read(file)).as("lie %d", i).isInstanceOf(IOException.class);
            assertReadOrRefused(file, "lie " + i);
        }
    }

    /** What is not read is no damage, and is said by its name. */
    @Test
    void codecOrEncryptionThatIsNotRead_isNamed() throws IOException {
        Path lzo = lying("", page -> {}, footer -> column(footer).setCodec(CompressionCodec.LZO));
        assertThatThrownBy(() -> read(lzo))
                .isInstanceOf(UnsupportedFormException.class)
                .hasMessageContaining(
                        "the column \"n\" is compressed with LZO, which is not read; allowed are snappy,");
        byte[] footer = "PARE............\20\0\0\0PARE".getBytes(StandardCharsets.US_ASCII);
        Path encrypted = TestFiles.write(folder, "encrypted.parquet", footer);
        assertThatThrownBy(() -> Jsonl.read(List.of(encrypted)))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(encrypted + " is encrypted Parquet: write it without encryption");
    }

    /** A damaged page is told with its row, and in no class name. */
    @Test
    void damagedPage_isToldInWordsForPeople() throws IOException {
        Path file = lying("", page -> page.getDictionary_page_header().setNum_values(3), footer -> {});
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(IOException.class)
                .hasMessage("row 4 cannot be read; the file is damaged there");
    }

    private static ColumnMetaData column(FileMetaData footer) {
        return footer.getRow_groups().get(0).getColumns().get(0).getMeta_data();
    }

    /** A list of the footer that says it has 2^31 − 1 entries. */
    @Test
    void footerWithAnEndlessList_isRefused_beforeMemoryIsTaken() throws IOException {
        byte[] list = {0x15, 0x02, 0x19, (byte) 0xFC, -1, -1, -1, -1, 7, 0};
        Path file = TestFiles.write(
                folder,
                "list.parquet",
                TestFiles.join(
                        "PAR1".getBytes(StandardCharsets.US_ASCII),
                        list,
                        new byte[] {(byte) list.length, 0, 0, 0},
                        "PAR1".getBytes(StandardCharsets.US_ASCII)));
        assertThatThrownBy(() -> read(file)).isInstanceOf(IOException.class).hasMessageContaining("damaged or cut off");
        assertReadOrRefused(file, "list");
    }
}
