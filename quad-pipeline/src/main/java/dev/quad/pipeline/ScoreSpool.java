// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.files.Checksum;
import dev.quad.files.FileFailure;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Scored documents on the disk, in batches with a checksum each. A batch that a kill cut off, or that was damaged
 * since, is none, nor are those after it: they are scored again. For one thread.
 */
final class ScoreSpool {
    private final Path file;
    private long end;
    private int documents;

    private ScoreSpool(Path file) {
        this.file = file;
    }

    /** Begins a file, or goes on with what is there of it. */
    static ScoreSpool open(Path file) {
        ScoreSpool spool = new ScoreSpool(file);
        try {
            if (Files.exists(file)) {
                spool.find();
            }
            return spool;
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private void find() throws IOException {
        try (DataInputStream in = input()) {
            for (List<ScoredDocument> batch = batch(in); !batch.isEmpty(); batch = batch(in)) {
                documents += batch.size();
            }
        }
    }

    private DataInputStream input() throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
    }

    /** The next batch; none at the end of what can be believed. */
    private List<ScoredDocument> batch(DataInputStream in) throws IOException {
        try {
            int length = in.readInt();
            int crc = in.readInt();
            byte[] bytes = length > 0 ? in.readNBytes(length) : new byte[0];
            if (bytes.length == 0 || bytes.length < length || Checksum.crc(bytes, 0, length) != crc) {
                return List.of();
            }
            end += 8L + length;
            DataInputStream rows = new DataInputStream(new ByteArrayInputStream(bytes));
            int count = rows.readInt();
            List<ScoredDocument> batch = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                batch.add(ScoredDocument.read(rows));
            }
            return batch;
        } catch (EOFException e) {
            return List.of();
        }
    }

    /** Documents that are there. */
    int documents() {
        return documents;
    }

    /** Adds a batch, not empty. */
    void append(List<ScoredDocument> batch) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // not a file channel, which an interrupted thread would close
        try (DataOutputStream rows = new DataOutputStream(bytes);
                RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            rows.writeInt(batch.size());
            for (ScoredDocument document : batch) {
                document.write(rows);
            }
            byte[] all = bytes.toByteArray();
            out.setLength(end);
            out.seek(end);
            ByteArrayOutputStream whole = new ByteArrayOutputStream(8 + all.length);
            try (DataOutputStream record = new DataOutputStream(whole)) {
                record.writeInt(all.length);
                record.writeInt(Checksum.crc(all, 0, all.length));
                record.write(all);
            }
            out.write(whole.toByteArray());
            end += whole.size();
            documents += batch.size();
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    /** All documents, in order; read from the disk as they are asked for. */
    Reader reader() {
        try {
            return new Reader(documents == 0 ? new DataInputStream(new ByteArrayInputStream(new byte[0])) : input());
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    /** Goes through the documents once. */
    final class Reader implements AutoCloseable {
        private final DataInputStream in;
        private List<ScoredDocument> batch = List.of();
        private int next;
        private int given;

        private Reader(DataInputStream in) {
            this.in = in;
        }

        boolean hasNext() {
            return given < documents;
        }

        ScoredDocument next() {
            if (!hasNext()) {
                throw new NoSuchElementException("all " + documents + " documents were given");
            }
            try {
                if (next == batch.size()) {
                    long known = end;
                    batch = batch(in);
                    end = known;
                    next = 0;
                    if (batch.isEmpty()) {
                        throw new IOException("it was damaged while it was read");
                    }
                }
            } catch (IOException e) {
                throw FileFailure.reading(file, e);
            }
            given++;
            return batch.get(next++);
        }

        @Override
        public void close() {
            try {
                in.close();
            } catch (IOException e) {
                throw FileFailure.reading(file, e);
            }
        }
    }
}
