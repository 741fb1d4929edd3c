// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import dev.quad.files.Checksum;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Uncompressed texts in a folder. A file is named {@code <digest of the compressed bytes>.<length>.<checksum>.text} and
 * appears under that name when it is whole; one that does not match its name was damaged, and is made again.
 */
final class TextCache {
    private TextCache() {}

    static Optional<Path> find(Path folder, String digest) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, digest + ".*.text")) {
            for (Path file : found) {
                String name = String.valueOf(file.getFileName());
                if (name.startsWith(digest + "." + Files.size(file) + ".") && name.equals(name(digest, file))) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    static Path commit(AtomicFile copy, String digest) {
        return copy.commitAs(written -> name(digest, written));
    }

    private static String name(String digest, Path text) throws IOException {
        return digest + "." + Files.size(text) + "." + Checksum.of(text) + ".text";
    }

    /** Lets the reading of a text be heard as the reading of the compressed file it was made from. */
    static ReadListener scaled(ReadListener listener, long textLength, long fileLength) {
        return new ReadListener() {
            private long read;
            private long told;

            @Override
            public void onBytesRead(long bytes) {
                read += bytes;
                long total = (long) ((double) read / textLength * fileLength);
                listener.onBytesRead(total - told);
                told = total;
            }
        };
    }
}
