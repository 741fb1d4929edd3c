// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Fingerprint;
import dev.quad.TokenSequence;
import dev.quad.files.FileFailure;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * Token sequences in a file, which are read when they are asked for: 8 bytes of memory each, however long they are. An
 * id takes 2 bytes of the file, or 4 where the vocabulary is large. Each run writes its own file anew. For one thread.
 */
public final class SequenceFile extends AbstractList<TokenSequence> implements RandomAccess, AutoCloseable {
    private static final int FEW = 1 << 16;

    private final Path path;
    private final int idBytes;
    private final OutputStream out;
    private final Fingerprint contents = Fingerprint.of("quad.sequences");
    private long[] ends = new long[1024]; // of each, in ids from the start of the file
    private int size;
    private final RandomAccessFile in;

    private SequenceFile(Path path, int vocabulary) throws IOException {
        this.path = path;
        this.idBytes = vocabulary <= FEW ? Short.BYTES : Integer.BYTES;
        this.out = new BufferedOutputStream(new FileOutputStream(path.toFile()), 1 << 16);
        this.in = new RandomAccessFile(path.toFile(), "r");
    }

    /**
     * An empty file in a folder that is there, in the place of any of that name.
     *
     * @param vocabulary ids are in {@code [0, vocabulary)}
     * @throws UncheckedIOException if it cannot be written
     */
    public static SequenceFile create(Path path, int vocabulary) {
        Objects.requireNonNull(path, "the file is null");
        try {
            return new SequenceFile(path, vocabulary);
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    /**
     * Writes further sequences; before any is read.
     *
     * @throws IllegalArgumentException if an id is beyond the vocabulary
     * @throws UncheckedIOException if they cannot be written
     */
    public void append(List<TokenSequence> sequences) {
        Objects.requireNonNull(sequences, "the sequences are null");
        sequences.forEach(this::append);
    }

    private void append(TokenSequence sequence) {
        ByteBuffer file = ByteBuffer.allocate(idBytes * sequence.length());
        ByteBuffer ids = ByteBuffer.allocate(Integer.BYTES * sequence.length());
        for (int i = 0; i < sequence.length(); i++) {
            int id = sequence.id(i);
            ids.putInt(id);
            if (idBytes == Integer.BYTES) {
                file.putInt(id);
            } else if (id >= 0 && id < FEW) {
                file.putShort((short) id);
            } else {
                throw new IllegalArgumentException("the tokenizer gave the id " + id + ", beyond its vocabulary");
            }
        }
        try {
            out.write(file.array());
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
        contents.add(ids.flip());
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size + size / 2);
        }
        ends[size] = start(size) + sequence.length();
        size++;
    }

    /** Ends the writing, and tells what was written, as a digest. */
    public String complete() {
        try {
            out.close();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
        return contents.hex();
    }

    /** Tokens that are predicted: all but the first of each sequence. */
    public long tokens() {
        return start(size) - size;
    }

    private long start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    @Override
    public TokenSequence get(int index) {
        Objects.checkIndex(index, size);
        byte[] bytes = new byte[(int) (ends[index] - start(index)) * idBytes];
        try {
            in.seek(start(index) * idBytes);
            in.readFully(bytes);
        } catch (IOException e) {
            throw FileFailure.reading(path, e);
        }
        ByteBuffer file = ByteBuffer.wrap(bytes);
        int[] ids = new int[bytes.length / idBytes];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = idBytes == Integer.BYTES ? file.getInt() : Short.toUnsignedInt(file.getShort());
        }
        return TokenSequence.of(ids);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void close() {
        try (in) {
            out.close();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }
}
