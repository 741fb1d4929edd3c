// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.InputException;
import dev.quad.MismatchException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of equal records that grows under the name {@code NAME.FINGERPRINT.part} and gets its own name when it is
 * whole. Opening it again after a kill finds the records that are there. For one thread; one writer at a time.
 *
 * <p>Beside it grows a log, {@code NAME.FINGERPRINT.part.log}: after each write a line with the number of records and
 * the checksum of all bytes so far. Only records up to a line that is true are believed; what was damaged is made
 * again.
 */
public final class PartFile implements AutoCloseable {
    private static final Pattern LINE = Pattern.compile("(\\d{1,10}) ([0-9a-f]{8})");
    private static final int BLOCK = 1 << 20;

    private final Path target;
    private final Path part;
    private final Path log;
    private final byte[] header;
    private final long recordBytes;
    private final int records;
    private final RandomAccessFile file;
    private final FileOutputStream lines;
    private Checksum sum;
    private boolean inOrder = true;
    private int done;
    private boolean closed;

    private PartFile(Path target, Path part, byte[] header, long recordBytes, int records) throws IOException {
        this.target = target;
        this.part = part;
        this.log = part.resolveSibling(part.getFileName() + ".log");
        this.header = header.clone();
        this.recordBytes = recordBytes;
        this.records = records;
        // not a file channel, which an interrupted thread would close
        this.file = new RandomAccessFile(part.toFile(), "rw");
        try {
            if (!FileLocks.take(file)) {
                throw new MismatchException(part + " is being written by another writer; wait for it, or end it");
            }
            this.lines = new FileOutputStream(log.toFile(), true);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        try {
            file.write(header); // a kill may have come when the checksum was in it already
            this.done = believed();
            this.sum = sum(done);
            file.setLength(place(done));
            file.seek(file.length());
            lines.write('\n'); // ends a line that a kill cut off
        } catch (IOException | RuntimeException e) {
            file.close();
            lines.close();
            throw e;
        }
    }

    /**
     * Begins a file, or goes on with what is there of it.
     *
     * @param header the first bytes, with the place of a {@link Seal} where the file is to carry one
     * @param fingerprint hexadecimal digits of what all bytes depend on
     * @throws InputException if the target is there
     * @throws MismatchException if another writer has the unfinished file open
     */
    public static PartFile open(Path target, byte[] header, long recordBytes, int records, String fingerprint)
            throws IOException {
        if (Files.exists(target)) {
            throw new InputException(target + " is there already, and what took long to make is not overwritten: delete"
                    + " it, or choose another name");
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Path part = target.resolveSibling(target.getFileName() + "." + fingerprint.substring(0, 16) + ".part");
        return new PartFile(target, part, header, recordBytes, records);
    }

    /** Removes the log of a file that is complete, which a kill at the very end leaves. */
    public static void clean(Path target) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null) {
            return;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(
                folder,
                entry -> entry.getFileName()
                        .toString()
                        .matches(Pattern.quote(String.valueOf(target.getFileName()))
                                + "\\.[0-9a-f]{16}\\.part\\.log"))) {
            for (Path left : found) {
                String name = left.toString();
                if (!Files.exists(Path.of(name.substring(0, name.length() - ".log".length())))) {
                    Files.deleteIfExists(left);
                }
            }
        }
    }

    private long place(int record) {
        return header.length + record * recordBytes;
    }

    /** The most records of which a line of the log tells the truth. */
    private int believed() throws IOException {
        Map<Integer, Set<String>> told = new TreeMap<>();
        for (String line : Files.readString(log, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            Matcher found = LINE.matcher(line);
            if (found.matches() && Long.parseLong(found.group(1)) <= records) {
                told.computeIfAbsent(Integer.parseInt(found.group(1)), count -> new HashSet<>())
                        .add(found.group(2));
            }
        }
        Checksum soFar = new Checksum().add(header, 0, header.length);
        int counted = 0;
        int result = 0;
        for (Map.Entry<Integer, Set<String>> entry : told.entrySet()) {
            if (place(entry.getKey()) > file.length()) {
                break;
            }
            add(soFar, counted, entry.getKey());
            counted = entry.getKey();
            if (entry.getValue().contains(soFar.hex())) {
                result = counted;
            }
        }
        return result;
    }

    private Checksum sum(int count) throws IOException {
        Checksum result = new Checksum().add(header, 0, header.length);
        add(result, 0, count);
        return result;
    }

    private void add(Checksum soFar, int from, int to) throws IOException {
        file.seek(place(from));
        byte[] block = new byte[(int) Math.min(BLOCK, place(to) - place(from))];
        for (long left = place(to) - place(from); left > 0; left -= block.length) {
            int count = (int) Math.min(block.length, left);
            file.readFully(block, 0, count);
            soFar.add(block, 0, count);
        }
    }

    /** Records that are there. */
    public int done() {
        return done;
    }

    /** The checksum of all bytes so far, with zeros in the place of a seal. */
    public String checksum() {
        return sum.hex();
    }

    /** Appends the whole records from the start of a buffer over an array to its position. */
    public void write(ByteBuffer bytes) {
        if (closed) {
            throw new IllegalStateException("the writer of " + target + " was closed");
        }
        try {
            file.write(bytes.array(), bytes.arrayOffset(), bytes.position());
            done += (int) (bytes.position() / recordBytes);
            if (inOrder) {
                sum.add(bytes.array(), bytes.arrayOffset(), bytes.position());
                lines.write((done + " " + sum.hex() + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            throw FileFailure.writing(part, e);
        }
    }

    /** Drops all records and makes place for all, to be put in any order; such a file is not gone on with. */
    public void restart() throws IOException {
        inOrder = false;
        file.setLength(header.length);
        file.setLength(place(records));
        done = 0;
    }

    /** Writes a record that was not yet put since {@link #restart}, of the bytes that {@link #write} would take. */
    public void put(int record, ByteBuffer bytes) {
        try {
            file.seek(place(record));
            write(bytes);
        } catch (IOException e) {
            throw FileFailure.writing(part, e);
        }
    }

    /** Copies the records that are there, from the first on. */
    public void read(ByteBuffer destination) {
        try {
            file.seek(header.length);
            file.readFully(destination.array(), destination.arrayOffset(), destination.remaining());
            file.seek(file.length());
        } catch (IOException e) {
            throw FileFailure.reading(part, e);
        }
    }

    /** Ends the writing and leaves what is done for another time, though all may be there. */
    public void leave() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            file.close();
            lines.close();
        } catch (IOException e) {
            throw FileFailure.writing(part, e);
        }
    }

    /** Gives the file its checksum and its name if all records are there. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (file;
                lines) {
            int seal = Seal.find(header);
            if (done == records && seal >= 0) {
                String hex = (inOrder ? sum : sum(records)).hex();
                file.seek(seal);
                file.write(hex.getBytes(StandardCharsets.US_ASCII));
            }
            file.getFD().sync();
            if (done == records) {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
                Files.deleteIfExists(log);
            }
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }
}
