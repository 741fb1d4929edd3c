// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.QuadException;
import dev.quad.files.FileFailure;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The file of a run's finished rounds: read first, if there is one, then appended to and forced to the disk at the end
 * of each round. A last line that is not complete is what a killed run leaves; it is cut off. Lines as in
 * {@link JournalFormat}.
 *
 * <p>The file is written through a stream and not through its channel, because a channel closes itself when the thread
 * is interrupted, and an interrupted run must still be able to finish its round.
 */
final class Journal implements AutoCloseable {
    private final Path path;
    private final RandomAccessFile file;
    private final InputStream in;
    private final Checksum sum = new Checksum();
    private long goodBytes;
    private int goodLines;

    private Journal(Path path, RandomAccessFile file) throws IOException {
        this.path = path;
        this.file = file;
        this.in = new BufferedInputStream(new FileInputStream(file.getFD()), 1 << 16);
    }

    /**
     * Opens or starts the journal of the run with the given manifest.
     *
     * @throws MismatchException if the file is the journal of another run
     * @throws InputException if the file is not a journal
     */
    static Journal open(Path path, Map<String, String> manifest) {
        try {
            RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
            try {
                lock(path, file);
                Journal journal = new Journal(path, file);
                journal.readHead(manifest);
                return journal;
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the journal " + path + " cannot be opened: " + FileFailure.reason(e), e);
        }
    }

    private static void lock(Path path, RandomAccessFile file) throws IOException {
        boolean free;
        try {
            free = file.getChannel().tryLock() != null;
        } catch (OverlappingFileLockException e) {
            free = false;
        }
        if (!free) {
            throw new QuadException(
                    "the journal " + path + " is in use by another run; wait for it or choose another path");
        }
    }

    private void readHead(Map<String, String> manifest) throws IOException {
        byte[] expected = JournalFormat.write(manifest);
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        if (!readLine(start)) {
            byte[] torn = start.toByteArray();
            if (!isPrefix(torn, sum.appendedTo(expected))) {
                throw new InputException(notAJournal("it has no complete line"));
            }
            startAppending();
            append(expected);
            return;
        }
        JournalFormat.Head head;
        try {
            head = JournalFormat.readHead(Checksum.without(start.toByteArray()));
        } catch (IOException e) {
            throw new InputException(notAJournal(JournalFormat.fault(e)), e);
        }
        try {
            head.check();
        } catch (IOException e) {
            throw new InputException(path + ", line 1: " + e.getMessage(), e);
        }
        try {
            sum.check(start.toByteArray());
        } catch (IOException e) {
            throw new InputException(notAJournal(JournalFormat.fault(e)), e);
        }
        compare(head.manifest(), manifest);
        accept(start.size());
    }

    private static boolean isPrefix(byte[] part, byte[] whole) {
        return part.length <= whole.length && Arrays.equals(part, Arrays.copyOf(whole, part.length));
    }

    private void compare(Map<String, String> written, Map<String, String> expected) {
        StringBuilder differences = new StringBuilder();
        TreeSet<String> names = new TreeSet<>(written.keySet());
        names.addAll(expected.keySet());
        for (String name : names) {
            String there = written.getOrDefault(name, "absent");
            String here = expected.getOrDefault(name, "absent");
            if (!there.equals(here)) {
                differences
                        .append("; ")
                        .append(name)
                        .append(" is ")
                        .append(there)
                        .append(" there and ");
                differences.append(here).append(" here");
            }
        }
        if (!differences.isEmpty()) {
            throw new MismatchException("the journal " + path + " belongs to another run" + differences
                    + ". Resume with what it was made with, or choose another path");
        }
    }

    private String notAJournal(String why) {
        return path + ", line 1 is not the head of a round journal (" + why
                + "). The file is left as it is: choose another path";
    }

    /**
     * The next round of an earlier run; empty after the last complete one.
     *
     * @throws InputException if a line before the last is broken
     */
    Optional<RoundRecord> read() {
        try {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            if (!readLine(line)) {
                return Optional.empty();
            }
            RoundRecord round;
            try {
                byte[] text = line.toByteArray();
                round = JournalFormat.readRound(Checksum.without(text));
                sum.check(text);
            } catch (IOException | IllegalArgumentException e) {
                if (in.read() < 0) {
                    return Optional.empty();
                }
                throw new InputException(
                        path + ", line " + (goodLines + 1) + " is broken: " + JournalFormat.fault(e)
                                + ". Bring the file back from a copy, or cut it before this line to repeat from there",
                        e);
            }
            accept(line.size());
            return Optional.of(round);
        } catch (IOException e) {
            throw FileFailure.reading(path, e);
        }
    }

    /** The line last read, as a place for messages. */
    String place() {
        return path + ", line " + goodLines;
    }

    /** Ends reading and cuts off what is not a complete line. */
    void startAppending() {
        try {
            file.setLength(goodBytes);
            file.seek(goodBytes);
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    /** Adds a round; when this returns, it is on the disk. */
    void append(RoundRecord round) {
        append(JournalFormat.write(round));
    }

    private void append(byte[] content) {
        byte[] line = sum.append(content);
        try {
            file.write(line);
            file.getFD().sync();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
        accept(line.length);
    }

    private void accept(long bytes) {
        goodBytes += bytes;
        goodLines++;
    }

    /** Reads up to and with the next line feed; false if the file ends before one. */
    private boolean readLine(ByteArrayOutputStream line) throws IOException {
        for (int b = in.read(); b >= 0; b = in.read()) {
            line.write(b);
            if (b == '\n') {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }
}
