// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import dev.quad.files.AtomicFile;
import dev.quad.files.FileFailure;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Near-duplicates as a file: what was searched, then the counts, then one bit a document, then a checksum of it all.
 */
final class NearDuplicatesFile {
    private final Path file;
    private final int size;
    private final byte[] header;

    NearDuplicatesFile(Path folder, CandidatePool<Document> pool, double minSimilarity) {
        this.file = folder.resolve("near-duplicates.bits");
        this.size = pool.size();
        this.header = bytes(out -> {
            out.writeUTF("quad.near-duplicates.2");
            out.writeUTF(pool.fingerprint());
            out.writeDouble(minSimilarity);
            out.writeInt(pool.size());
        });
    }

    /** What the file holds; empty if that is nothing, or of another search. */
    Optional<NearDuplicates> read() {
        try {
            byte[] bytes = Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
            int end = bytes.length - Long.BYTES;
            if (end < header.length + 2 * Integer.BYTES
                    || !Arrays.equals(header, Arrays.copyOf(bytes, header.length))
                    || ByteBuffer.wrap(bytes).getLong(end) != checksum(bytes, end)) {
                return Optional.empty();
            }
            ByteBuffer rest = ByteBuffer.wrap(bytes, header.length, end - header.length);
            int groups = rest.getInt();
            int tooShort = rest.getInt();
            BitSet repeats = BitSet.valueOf(rest);
            return repeats.length() <= size
                    ? Optional.of(NearDuplicates.of(repeats, size, groups, tooShort))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // it can be found again
        }
    }

    NearDuplicates write(NearDuplicates found) {
        try (AtomicFile out = AtomicFile.create(file)) {
            byte[] whole = bytes(data -> {
                data.write(header);
                data.writeInt(found.groups());
                data.writeInt(found.tooShort());
                data.write(found.repeats().toByteArray());
            });
            out.stream().write(whole);
            out.stream()
                    .write(ByteBuffer.allocate(Long.BYTES)
                            .putLong(checksum(whole, whole.length))
                            .array());
            out.commit();
            return found;
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return checksum.getValue();
    }

    private static byte[] bytes(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            content.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new AssertionError("memory is no device", e);
        }
        return bytes.toByteArray();
    }

    @FunctionalInterface
    private interface Content {
        void write(DataOutputStream out) throws IOException;
    }
}
