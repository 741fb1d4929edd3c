// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;
import java.util.List;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ParquetDecodingException;

/**
 * Looks at the sizes that a file gives for its parts before the library takes memory for them: a part lies within the
 * file, and a page has no more values than its bytes can hold.
 */
final class ParquetChunks implements PageReadStore {
    /** A block of differences has one byte at least, and no writer makes blocks as large as that. */
    private static final long MAX_VALUES_PER_BYTE = 1 << 14;

    private final PageReadStore pages;

    ParquetChunks(PageReadStore pages) {
        this.pages = pages;
    }

    /**
     * Checks what the footer says.
     *
     * @throws UnsupportedFormException if a column is encrypted, or packed in a way that is not read
     * @throws IOException if a column lies beyond the file
     */
    static void check(List<BlockMetaData> rowGroups, long fileLength) throws IOException {
        for (BlockMetaData group : rowGroups) {
            long all = 0;
            for (ColumnChunkMetaData column : group.getColumns()) {
                String name = "the column \"" + Excerpt.of(column.getPath().toDotString()) + "\"";
                if (column.isEncrypted()) {
                    throw new UnsupportedFormException(name + " is encrypted; write the file without encryption");
                }
                ParquetCodecs.check(name, column.getCodec());
                long size = column.getTotalSize();
                long start = column.getStartingPos();
                all += size;
                if (size < 0 || start < 0 || all > fileLength || start > fileLength - size) {
                    throw new IOException(name + " is to have " + size + " bytes from byte " + start
                            + " on, and the file has " + fileLength + ": it is damaged or cut off");
                }
            }
            if (group.getRowCount() < 0) {
                throw new IOException("a row group is to have " + group.getRowCount() + " rows: the file is damaged");
            }
        }
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor column) {
        return new Checked(pages.getPageReader(column), column);
    }

    @Override
    public long getRowCount() {
        return pages.getRowCount();
    }

    @Override
    public void close() {
        pages.close();
    }

    private record Checked(PageReader pages, ColumnDescriptor column) implements PageReader {

        @Override
        @SuppressWarnings("NullAway") // null where there is none, by the library's contract
        public DictionaryPage readDictionaryPage() {
            DictionaryPage page = pages.readDictionaryPage();
            if (page != null
                    && (page.getDictionarySize() < 0 || page.getDictionarySize() > page.getUncompressedSize())) {
                throw new ParquetDecodingException("a dictionary of " + page.getUncompressedSize()
                        + " bytes is to have " + page.getDictionarySize() + " values");
            }
            return page;
        }

        @Override
        public long getTotalValueCount() {
            return pages.getTotalValueCount();
        }

        @Override
        @SuppressWarnings("NullAway") // as above
        public DataPage readPage() {
            DataPage page = pages.readPage();
            if (page != null) {
                page.accept(new DataPage.Visitor<Boolean>() {
                    @Override
                    public Boolean visit(DataPageV1 v1) {
                        check(v1.getValueEncoding(), v1.getBytes(), levels(v1), v1.getValueCount());
                        return true;
                    }

                    @Override
                    public Boolean visit(DataPageV2 v2) {
                        check(v2.getDataEncoding(), v2.getData(), 0, v2.getValueCount());
                        return true;
                    }
                });
            }
            return page;
        }

        /** How many lists of levels stand in front of the values. */
        private int levels(DataPageV1 page) {
            boolean legacy = page.getRlEncoding() != Encoding.RLE && page.getDlEncoding() != Encoding.RLE;
            return legacy
                    ? -1
                    : (column.getMaxRepetitionLevel() > 0 ? 1 : 0) + (column.getMaxDefinitionLevel() > 0 ? 1 : 0);
        }

        /** Differences are unpacked into an array as long as they say they are. */
        private static void check(Encoding encoding, BytesInput bytes, int levels, int count) {
            boolean differences = encoding == Encoding.DELTA_BINARY_PACKED
                    || encoding == Encoding.DELTA_LENGTH_BYTE_ARRAY
                    || encoding == Encoding.DELTA_BYTE_ARRAY;
            if (!differences || levels < 0) {
                return;
            }
            try {
                byte[] page = bytes.toInputStream().readAllBytes();
                int at = 0;
                for (int i = 0; i < levels; i++) {
                    at = Math.addExact(at + 4, length(page, at));
                }
                long[] header = new long[3];
                for (int i = 0; i < header.length; i++) {
                    int shift = 0;
                    byte part;
                    do {
                        part = page[at++];
                        header[i] |= (part & 0x7FL) << shift;
                        shift += 7;
                    } while (part < 0 && shift < 35);
                }
                long most = MAX_VALUES_PER_BYTE * page.length;
                if (header[0] > most || header[2] > Math.min(most, Math.max(1, count))) {
                    throw new ParquetDecodingException("a page of " + page.length + " bytes and " + count
                            + " values is to have " + header[2] + " in blocks of " + header[0]);
                }
            } catch (IOException | ArithmeticException | IndexOutOfBoundsException e) {
                throw new ParquetDecodingException("a page ends before its values", e);
            }
        }

        private static int length(byte[] page, int at) {
            int length =
                    page[at] & 0xFF | (page[at + 1] & 0xFF) << 8 | (page[at + 2] & 0xFF) << 16 | page[at + 3] << 24;
            if (length < 0) {
                throw new IndexOutOfBoundsException(length);
            }
            return length;
        }
    }
}
