// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;

/** Stops a small file from becoming an endless text. */
final class BoundedExpansion extends BlockStream {
    /** 1 MiB: below this no harm is done, whatever the ratio; a few lines that are nearly the same pack to nothing. */
    private static final long HARMLESS = 1L << 20;

    /** 256 MiB: the same for Parquet, whose columns of one value take no space at all. */
    private static final long HARMLESS_COLUMNS = 256L << 20;

    private final InputStream in;
    private final SourceFile file;
    private final int most;
    private final LongSupplier packed;
    private final long harmless;
    private long text;

    /**
     * Wraps a text.
     *
     * @param most the most bytes of text for a byte of the file
     * @param packed how much of the file was read so far
     */
    BoundedExpansion(InputStream in, SourceFile file, int most, LongSupplier packed) {
        this.in = in;
        this.file = file;
        this.most = most;
        this.packed = packed;
        this.harmless = file.packing() == SourceFile.Packing.PARQUET ? HARMLESS_COLUMNS : HARMLESS;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = in.read(target, offset, length);
        text += Math.max(0, count);
        if (text > harmless && text / most > packed.getAsLong()) {
            throw new InputException(String.format(
                    "%s holds more than %d bytes of text for each of its own: %,d bytes came of the first %,d. Text does"
                            + " not pack so well, so this is taken for a decompression bomb; if it is meant, raise"
                            + " --max-expansion, or unpack the file",
                    file.path(), most, text, packed.getAsLong()));
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
