// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Uncompressed texts in a folder. A file is named {@code <digest of the compressed bytes>.<length>.text} and appears
 * under that name when it is whole; one whose length does not match its name is not used.
 */
final class TextCache {
    private TextCache() {}

    static Optional<Path> find(Path folder, String digest) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, digest + ".*.text")) {
            for (Path file : found) {
                if (file.getFileName().toString().equals(name(digest, Files.size(file)))) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    static Path commit(AtomicFile copy, String digest) {
        return copy.commitAs(length -> name(digest, length));
    }

    private static String name(String digest, long length) {
        return digest + "." + length + ".text";
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
