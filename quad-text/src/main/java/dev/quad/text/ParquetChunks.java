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
                        check(v1);
                        return true;
                    }

                    @Override
                    public Boolean visit(DataPageV2 v2) {
                        check(v2);
                        return true;
                    }
                });
            }
            return page;
        }

        private void check(DataPageV1 page) {
            check(page.getBytes(), page.getValueCount(), runs -> {
                levels(page.getRlEncoding(), column.getMaxRepetitionLevel(), runs);
                levels(page.getDlEncoding(), column.getMaxDefinitionLevel(), runs);
                values(page.getValueEncoding(), runs);
            });
        }

        private static void levels(Encoding encoding, int max, ParquetRuns runs) {
            if (max > 0 && encoding == Encoding.RLE) {
                runs.passWithLength(bits(max));
            } else if (max > 0) {
                runs.passPacked(bits(max));
            }
        }

        private void check(DataPageV2 page) {
            int count = page.getValueCount();
            check(page.getRepetitionLevels(), count, runs -> runs.checkRuns(bits(column.getMaxRepetitionLevel())));
            check(page.getDefinitionLevels(), count, runs -> runs.checkRuns(bits(column.getMaxDefinitionLevel())));
            check(page.getData(), count, runs -> values(page.getDataEncoding(), runs));
        }

        private static int bits(int maxLevel) {
            return Integer.SIZE - Integer.numberOfLeadingZeros(maxLevel);
        }

        private static void values(Encoding encoding, ParquetRuns runs) throws IOException {
            switch (encoding) {
                case PLAIN_DICTIONARY, RLE_DICTIONARY -> runs.checkPlaces();
                case DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY -> runs.checkDifferences();
                case DELTA_BYTE_ARRAY -> runs.checkShared();
                case RLE -> runs.passWithLength(1);
                default -> {}
            }
        }

        /** Looks at the values of a page. */
        private interface Look {
            void at(ParquetRuns runs) throws IOException;
        }

        private static void check(BytesInput bytes, int count, Look look) {
            try {
                look.at(new ParquetRuns(bytes.toInputStream().readAllBytes(), count));
            } catch (IOException | IndexOutOfBoundsException e) {
                throw new ParquetDecodingException("a page ends before its values", e);
            }
        }
    }
}
