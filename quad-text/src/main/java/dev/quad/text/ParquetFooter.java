// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;

/**
 * Mends what the library writes of intervals. The format knows them by their older name only; the library puts
 * {@code UNKNOWN} beside it as the newer one, and other readers take that for a column of nulls.
 */
final class ParquetFooter {
    private static final int TAIL = 8; // the length, and PAR1

    private ParquetFooter() {}

    static void mendIntervals(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            byte[] tail = new byte[TAIL];
            file.seek(file.length() - TAIL);
            file.readFully(tail);
            byte[] footer = new byte
                    [ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt()];
            long start = file.length() - TAIL - footer.length;
            file.seek(start);
            file.readFully(footer);
            FileMetaData metadata = Util.readFileMetaData(new ByteArrayInputStream(footer));
            boolean mended = false;
            for (SchemaElement column : metadata.getSchema()) {
                if (column.getConverted_type() == ConvertedType.INTERVAL && column.isSetLogicalType()) {
                    column.unsetLogicalType();
                    mended = true;
                }
            }
            if (mended) {
                ByteArrayOutputStream written = new ByteArrayOutputStream();
                Util.writeFileMetaData(metadata, written);
                ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).putInt(written.size());
                file.seek(start);
                file.write(written.toByteArray());
                file.write(tail);
                file.setLength(file.getFilePointer());
            }
        }
    }
}
