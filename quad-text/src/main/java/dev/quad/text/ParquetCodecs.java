// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.airlift.compress.lz4.Lz4Compressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/** How pages are compressed. The library's own codecs need Hadoop; these do not. */
final class ParquetCodecs implements CompressionCodecFactory {

    /** 512 MiB: pages have about one, and a damaged or hostile header must not make a reader take all memory. */
    static final int MAX_PAGE_BYTES = 512 << 20;

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
        return new Compressor(known(name));
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
        return new Decompressor(known(name));
    }

    private static CompressionCodecName known(CompressionCodecName name) {
        try {
            check("a column", name);
            return name;
        } catch (UnsupportedFormException e) {
            throw new UnsupportedOperationException(e.getMessage(), e);
        }
    }

    /** Refuses what cannot be unpacked. */
    static void check(String column, CompressionCodecName name) throws UnsupportedFormException {
        switch (name) {
            case UNCOMPRESSED, SNAPPY, GZIP, ZSTD, LZ4, LZ4_RAW -> {}
            default ->
                throw new UnsupportedFormException(column + " is compressed with " + name + ", which is not read;"
                        + " allowed are snappy, gzip, zstd, lz4 and none: write the file again with one of them");
        }
    }

    @Override
    public void release() {}

    private record Compressor(CompressionCodecName name) implements BytesInputCompressor {
        @Override
        public BytesInput compress(BytesInput input) throws IOException {
            byte[] bytes = input.toInputStream().readAllBytes();
            return BytesInput.from(
                    switch (name) {
                        case SNAPPY -> Snappy.compress(bytes);
                        case ZSTD -> {
                            ZstdLibrary.load();
                            yield Zstd.compress(bytes, Zstd.defaultCompressionLevel());
                        }
                        case GZIP -> {
                            ByteArrayOutputStream out = new ByteArrayOutputStream();
                            try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                                gzip.write(bytes);
                            }
                            yield out.toByteArray();
                        }
                        case LZ4_RAW -> {
                            Lz4Compressor lz4 = new Lz4Compressor();
                            byte[] target = new byte[lz4.maxCompressedLength(bytes.length)];
                            yield Arrays.copyOf(target, lz4.compress(bytes, 0, bytes.length, target, 0, target.length));
                        }
                        case UNCOMPRESSED -> bytes;
                        default -> throw new UnsupportedOperationException("nothing is written with " + name);
                    });
        }

        @Override
        public CompressionCodecName getCodecName() {
            return name;
        }

        @Override
        public void release() {}
    }

    private record Decompressor(CompressionCodecName name) implements BytesInputDecompressor {
        @Override
        public BytesInput decompress(BytesInput input, int size) throws IOException {
            return BytesInput.from(decompress(input.toInputStream().readAllBytes(), size));
        }

        @Override
        public void decompress(ByteBuffer input, int inputSize, ByteBuffer output, int size) throws IOException {
            byte[] bytes = new byte[inputSize];
            input.get(bytes);
            output.put(decompress(bytes, size));
        }

        private byte[] decompress(byte[] bytes, int size) throws IOException {
            if (size < 0 || size > MAX_PAGE_BYTES) {
                throw new IOException("a page says it has " + size + " bytes; allowed is at most " + MAX_PAGE_BYTES
                        + " (the file is damaged, or has to be written again with smaller pages)");
            }
            if (size > (bytes.length + 1L) * mostPerByte()) { // before memory is taken for it
                throw damaged();
            }
            byte[] result = switch (name) {
                case SNAPPY -> {
                    if (Snappy.uncompressedLength(bytes) != size) {
                        throw damaged();
                    }
                    yield Snappy.uncompress(bytes);
                }
                case ZSTD -> zstd(bytes, size);
                case GZIP -> new GZIPInputStream(new ByteArrayInputStream(bytes)).readNBytes(size + 1);
                case LZ4_RAW -> ParquetLz4.block(bytes, size);
                case LZ4 -> ParquetLz4.hadoop(bytes, size);
                default -> bytes;
            };
            if (result.length != size) {
                throw damaged();
            }
            return result;
        }

        /** More than a byte can stand for: a copy of 64, of 258 in two bits, of 128 KiB in four bytes, of 255. */
        private int mostPerByte() {
            return switch (name) {
                case SNAPPY -> 64;
                case GZIP -> 1032;
                case ZSTD -> 1 << 15;
                case LZ4, LZ4_RAW -> 255;
                default -> 1;
            };
        }

        private static byte[] zstd(byte[] bytes, int size) throws IOException {
            try {
                byte[] result = new byte[size];
                ZstdLibrary.load();
                long length = Zstd.decompressByteArray(result, 0, size, bytes, 0, bytes.length);
                return length == size ? result : Arrays.copyOf(result, (int) Math.max(0, length));
            } catch (ZstdException e) {
                throw new IOException("a page cannot be decompressed: " + e.getMessage(), e);
            }
        }

        private static IOException damaged() {
            return new IOException("a page does not have the length that its header gives: the file is damaged");
        }

        @Override
        public void release() {}
    }
}
