// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import dev.quad.CandidatePool;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/** Near-duplicates as a file: what was searched, then the groups, then one bit a document. */
final class NearDuplicatesFile {
    private final Path file;
    private final int size;
    private final byte[] header;

    NearDuplicatesFile(Path folder, CandidatePool<Document> pool, double minSimilarity) {
        this.file = folder.resolve("near-duplicates.bits");
        this.size = pool.size();
        this.header = bytes(out -> {
            out.writeUTF("quad.near-duplicates.1");
            out.writeUTF(pool.fingerprint());
            out.writeDouble(minSimilarity);
            out.writeInt(pool.size());
        });
    }

    /** What the file holds; empty if that is nothing, or of another search. */
    Optional<NearDuplicates> read() {
        try {
            byte[] bytes = Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
            if (bytes.length < header.length + Integer.BYTES
                    || !Arrays.equals(header, Arrays.copyOf(bytes, header.length))) {
                return Optional.empty();
            }
            ByteBuffer rest = ByteBuffer.wrap(bytes, header.length, bytes.length - header.length);
            int groups = rest.getInt();
            BitSet repeats = BitSet.valueOf(rest);
            return repeats.length() <= size ? Optional.of(NearDuplicates.of(repeats, size, groups)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // it can be found again
        }
    }

    NearDuplicates write(NearDuplicates found) {
        try (AtomicFile out = AtomicFile.create(file)) {
            out.stream().write(bytes(data -> {
                data.write(header);
                data.writeInt(found.groups());
                data.write(found.repeats().toByteArray());
            }));
            out.commit();
            return found;
        } catch (IOException e) {
            throw AtomicFile.failure(file, e);
        }
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
