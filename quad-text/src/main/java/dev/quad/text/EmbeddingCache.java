// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Embedder;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Checksum;
import dev.quad.files.FileFailure;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Keeps the rows of a slow embedder in a file, so that no text is embedded twice, in this run or a later one. A row is
 * found by the digest of its text, in a file that is named by the {@link Embedder#id} of what made it.
 *
 * <p>The file grows by a record for each new text: 16 bytes of SHA-256, the row in little-endian single precision, and
 * a CRC-32C. What a kill left half written is cut off when the file is opened again, and a row that was damaged is made
 * anew. Memory: some 32 bytes a row in the file, which opening reads once. Rows are what the embedder gives, bit for
 * bit. Safe for use by several threads, which take turns; one run has the file at a time, and others wait.
 */
public final class EmbeddingCache implements Embedder<String>, AutoCloseable {
    private static final int KEY = 16;
    private static final int CHECK = 4;

    private final Embedder<String> embedder;
    private final RandomAccessFile file;
    private final CacheTurn turn;
    private final Path path;
    private final int recordBytes;
    private final OrdinalTable table = new OrdinalTable();
    private final BitSet sound = new BitSet();
    private long[] lowBits = new long[1024];
    private long hits;

    private EmbeddingCache(Embedder<String> embedder, Path path, RandomAccessFile file, CacheTurn turn)
            throws IOException {
        this.embedder = embedder;
        this.path = path;
        this.file = file;
        this.turn = turn;
        this.recordBytes = KEY + Float.BYTES * embedder.dimension() + CHECK;
        readKeys();
    }

    /** As the other, and nobody is told of a wait. */
    public static EmbeddingCache open(Path folder, Embedder<String> embedder) {
        return open(folder, embedder, path -> {});
    }

    /**
     * Opens the cache of an embedder, or starts it. If another run has it open, waits until it is closed there, however
     * long that takes, or this thread is interrupted; then the rows of that run are found.
     *
     * @param folder made if missing
     * @param onWait told the file, once, before it is waited for
     * @throws MismatchException if the thread was interrupted, or has the cache open itself
     * @throws UncheckedIOException if it cannot be written
     */
    public static EmbeddingCache open(Path folder, Embedder<String> embedder, Consumer<Path> onWait) {
        Objects.requireNonNull(folder, "the folder is null");
        Objects.requireNonNull(embedder, "the embedder is null");
        Objects.requireNonNull(onWait, "onWait is null; give path -> {} to hear nothing");
        String digest = new Digests().add(embedder.id()).end().substring(0, 32);
        Path path = folder.resolve(digest + ".rows");
        try {
            Files.createDirectories(folder);
            RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
            boolean opened = false;
            try {
                CacheTurn turn = CacheTurn.take(path, file, onWait);
                try {
                    EmbeddingCache cache = new EmbeddingCache(embedder, path, file, turn);
                    opened = true;
                    return cache;
                } finally {
                    if (!opened) {
                        turn.close();
                    }
                }
            } finally {
                if (!opened) {
                    file.close();
                }
            }
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    private static UncheckedIOException failure(Path path, IOException e) {
        return new UncheckedIOException(
                "cannot read or write the embeddings in " + path + ": " + FileFailure.reason(e), e);
    }

    /** Records that are not sound keep their place, and are never found again. */
    private void readKeys() throws IOException {
        long whole = file.length() / recordBytes;
        byte[] record = new byte[recordBytes];
        file.seek(0);
        InputStream in = new BufferedInputStream(new FileInputStream(file.getFD()), 1 << 20);
        for (long number = 0; number < whole; number++) {
            if (in.readNBytes(record, 0, recordBytes) < recordBytes) {
                throw new EOFException("it became shorter while it was read");
            }
            boolean isSound = isSound(record);
            if (!isSound && number == whole - 1) { // torn by a kill
                whole--;
            } else {
                add(record, isSound && find(record) < 0);
            }
        }
        file.setLength(whole * recordBytes);
    }

    private static boolean isSound(byte[] record) {
        return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getInt(record.length - CHECK)
                == Checksum.crc(record, 0, record.length - CHECK);
    }

    /** The number of a key, or −1. */
    private int find(byte[] key) {
        long low = ByteBuffer.wrap(key).getLong(Long.BYTES);
        return table.find(ByteBuffer.wrap(key).getLong(0), number -> sound.get(number) && lowBits[number] == low);
    }

    private void add(byte[] key, boolean isSound) {
        if (table.size() == lowBits.length) {
            lowBits = Arrays.copyOf(lowBits, 2 * lowBits.length);
        }
        lowBits[table.size()] = ByteBuffer.wrap(key).getLong(Long.BYTES);
        sound.set(table.size(), isSound);
        table.findOrAdd(ByteBuffer.wrap(key).getLong(0), number -> false);
    }

    @Override
    public int dimension() {
        return embedder.dimension();
    }

    @Override
    public synchronized void embed(List<? extends String> texts, FloatBuffer target) {
        Objects.requireNonNull(texts, "the texts are null");
        Objects.requireNonNull(target, "the buffer is null");
        MessageDigest digest = Digests.sha256();
        List<byte[]> keys = new ArrayList<>();
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            byte[] key = digest.digest(bytes(texts.get(i)));
            keys.add(key);
            if (find(key) < 0) {
                missing.add(i);
            }
        }
        hits += texts.size() - missing.size();
        try {
            if (!missing.isEmpty()) {
                FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(missing.size(), dimension()));
                embedder.embedFully(missing.stream().map(texts::get).toList(), rows);
                append(missing.stream().map(keys::get).toList(), rows.flip());
            }
            for (byte[] key : keys) {
                read(find(key), target);
            }
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    /** As UTF-8; with half a character in it, which that has none for, as UTF-16 after a byte that UTF-8 never has. */
    private static byte[] bytes(String text) {
        if (text.codePoints()
                .noneMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.addExact(1, Math.multiplyExact(2, text.length())));
        bytes.put((byte) 0xFF).asCharBuffer().put(text);
        return bytes.array();
    }

    private void append(List<byte[]> keys, FloatBuffer rows) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(recordBytes).order(ByteOrder.LITTLE_ENDIAN);
        for (byte[] key : keys) {
            record.clear().put(key, 0, KEY);
            for (int j = 0; j < dimension(); j++) {
                record.putFloat(rows.get());
            }
            record.putInt(Checksum.crc(record.array(), 0, recordBytes - CHECK));
            if (find(key) < 0) { // the same text may be twice in a batch
                file.seek((long) table.size() * recordBytes);
                file.write(record.array());
                add(key, true);
            }
        }
    }

    private void read(int number, FloatBuffer target) throws IOException {
        byte[] record = new byte[recordBytes];
        file.seek((long) number * recordBytes);
        file.readFully(record);
        if (!isSound(record)) {
            throw new InputException("row " + number + " of " + path
                    + " is damaged; remove the file, and its rows will be" + " made again");
        }
        target.put(ByteBuffer.wrap(record, KEY, recordBytes - KEY - CHECK)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer());
    }

    /** How many rows were found rather than made. */
    public synchronized long hits() {
        return hits;
    }

    /** That of the embedder. */
    @Override
    public String id() {
        return embedder.id();
    }

    /** Closes the file; the embedder stays open. */
    @Override
    public synchronized void close() {
        try {
            turn.close();
            file.close();
        } catch (IOException e) {
            throw failure(path, e);
        }
    }
}
