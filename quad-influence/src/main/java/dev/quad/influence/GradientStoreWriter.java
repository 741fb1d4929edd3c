// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Checksum;
import dev.quad.files.Seal;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/**
 * The file of a {@link GradientStore} while it grows. Beside it stands a log: what it is made from, then a line for
 * each batch with the number of items done and a checksum of all bytes so far, written when these are on the disk. What
 * stands behind the last line was cut off by a kill, and is dropped. At the end the checksum goes into the file itself.
 */
final class GradientStoreWriter implements AutoCloseable {
    private final Path file;
    private final Path part;
    private final Path log;
    private final int rowBytes;
    private final int seal;
    private final Checksum checksum = new Checksum();
    private final RandomAccessFile data;
    private final FileOutputStream lines;
    private int done;

    private GradientStoreWriter(Path file, byte[] header, String made, int rowBytes) throws IOException {
        this.file = file;
        this.rowBytes = rowBytes;
        this.seal = Seal.find(header);
        checksum.add(header, 0, header.length);
        this.part = file.resolveSibling(file.getFileName() + ".part");
        this.log = file.resolveSibling(file.getFileName() + ".part.log");
        if (Files.exists(log) && Files.exists(part)) {
            resume(header, made);
        } else {
            start(header, made);
        }
        this.data = new RandomAccessFile(part.toFile(), "rw");
        data.seek(data.length());
        this.lines = new FileOutputStream(log.toFile(), true);
    }

    /**
     * Begins a file, or goes on with what is there of it.
     *
     * @param header the first bytes of the file
     * @param made in one line, what all of its bytes depend on
     * @param rowBytes bytes of an item
     * @throws MismatchException if what is there is made from something else; names both
     */
    static GradientStoreWriter open(Path file, byte[] header, String made, int rowBytes) throws IOException {
        return new GradientStoreWriter(file, header, made, rowBytes);
    }

    private void start(byte[] header, String made) throws IOException {
        Files.deleteIfExists(log);
        try (FileOutputStream out = new FileOutputStream(part.toFile())) {
            out.write(header);
            out.getFD().sync();
        }
        try (FileOutputStream out = new FileOutputStream(log.toFile())) {
            out.write((made + "\n").getBytes(StandardCharsets.UTF_8));
            out.getFD().sync();
        }
    }

    private void resume(byte[] header, String made) throws IOException {
        String text = Files.readString(log);
        int end = text.indexOf('\n');
        if (end < 0) { // killed while it began
            start(header, made);
            return;
        }
        if (!text.substring(0, end).equals(made)) {
            throw new MismatchException(part + " was begun with " + text.substring(0, end) + ", and not with " + made
                    + "; go on with what it was begun with, delete it to begin anew, or write to another file");
        }
        int next = text.indexOf('\n', end + 1);
        String last = "";
        while (next >= 0) {
            last = text.substring(end + 1, next);
            end = next;
            next = text.indexOf('\n', end + 1);
        }
        try (RandomAccessFile bytes = new RandomAccessFile(part.toFile(), "rw");
                RandomAccessFile kept = new RandomAccessFile(log.toFile(), "rw")) {
            String expected = checksum.hex();
            if (!last.isEmpty()) {
                String[] words = last.split(" ", -1);
                if (words.length != 2 || !words[0].matches("\\d{1,9}")) {
                    throw damaged("its log has the line \"" + last + "\"");
                }
                done = Integer.parseInt(words[0]);
                expected = words[1];
            }
            long length = header.length + (long) rowBytes * done;
            byte[] found = new byte[header.length];
            if (bytes.length() < length) {
                throw damaged("it has " + bytes.length() + " bytes, and " + length + " for the " + done
                        + " items that its log names");
            }
            bytes.readFully(found);
            System.arraycopy(header, seal, found, seal, Checksum.DIGITS); // a kill may have come after finish() began
            byte[] chunk = new byte[1 << 20];
            for (long at = header.length; at < length; at += chunk.length) {
                int count = (int) Math.min(chunk.length, length - at);
                bytes.readFully(chunk, 0, count);
                checksum.add(chunk, 0, count);
            }
            if (!Arrays.equals(found, header) || !checksum.hex().equals(expected)) {
                throw damaged("its first " + done + " items are not those that its log names");
            }
            bytes.setLength(length);
            kept.setLength(text.substring(0, end + 1).getBytes(StandardCharsets.UTF_8).length);
        }
    }

    private InputException damaged(String fault) {
        return new InputException(part + " cannot be gone on with: " + fault + "; delete it to begin anew");
    }

    /** The number of items that are written. */
    int done() {
        return done;
    }

    /** Writes the rows of the next items, and returns when they will outlast a kill. */
    void append(byte[] rows) throws IOException {
        data.write(rows);
        data.getFD().sync();
        checksum.add(rows, 0, rows.length);
        done += rows.length / rowBytes;
        lines.write((done + " " + checksum.hex() + "\n").getBytes(StandardCharsets.UTF_8));
        lines.getFD().sync();
    }

    /** The file is whole: puts it in its place. */
    void finish() throws IOException {
        data.seek(seal);
        data.write(checksum.hex().getBytes(StandardCharsets.US_ASCII));
        data.getFD().sync();
        close();
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(log);
    }

    @Override
    public void close() throws IOException {
        data.close();
        lines.close();
    }
}
