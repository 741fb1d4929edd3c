// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * One file of a pool: its lines of JSON are read through once, and from then on (as far as they were read) at any
 * place, by any thread.
 */
interface PoolFile extends AutoCloseable {

    /**
     * Opens a file. What cannot be read at any place (packed text, Parquet) has its lines copied into the cache folder
     * on the way, under a digest of the file and of how it is read, and is taken from there the next time.
     *
     * @param name the id of a document that is a file
     */
    static PoolFile open(
            SourceFile file, String name, JsonlOptions options, Optional<Path> cacheFolder, ReadListener listener) {
        try {
            if (file.wholeText()) {
                return new WholeFile(file, name, options, listener);
            }
            if (file.isPlainLines()) {
                return StoredLines.of(file.stored(), file.open(name, options, listener));
            }
            Path folder = cacheFolder.orElseThrow(() -> new InputException(file.path() + " is "
                    + file.packing().name().toLowerCase(Locale.ROOT) + ", which cannot be read at any place: give a"
                    + " cache folder for its text, or unpack the file"));
            String digest = digest(file);
            Optional<Path> cached = TextCache.find(folder, digest);
            if (cached.isPresent()) {
                SourceFile lines = SourceFile.lines(cached.get());
                ReadListener scaled = TextCache.scaled(listener, Files.size(cached.get()), Files.size(file.stored()));
                return StoredLines.of(cached.get(), lines.open(name, options, scaled));
            }
            return StoredLines.copying(folder.resolve(digest), file, name, options, listener, digest);
        } catch (IOException e) {
            throw SourceFile.unreadable(file.path(), e);
        }
    }

    private static String digest(SourceFile file) throws IOException {
        String bytes = Digests.ofFile(file.stored());
        return file.packing() == SourceFile.Packing.PARQUET
                ? new Digests().add("quad.parquet.2").add(bytes).end() // another number when rows are written otherwise
                : bytes;
    }

    /** The lines from the start; read by one thread, once. */
    InputStream text();

    /** Ends the reading of the text: a copy is kept from now on. */
    void complete();

    /** Where the lines lie. */
    Path path();

    /** Bytes of the lines. */
    byte[] read(long offset, int length) throws IOException;

    @Override
    void close() throws IOException;
}
