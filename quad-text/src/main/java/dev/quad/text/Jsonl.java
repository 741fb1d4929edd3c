// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import dev.quad.files.MarkedFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads whole files of JSONL or text (plain, gzip or zstd) and Parquet. For sets that fit in memory, such as
 * references; a pool is a {@link JsonlPool}.
 */
public final class Jsonl {
    private Jsonl() {}

    /** As the other, with the default options and without a listener. */
    public static List<Document> read(List<Path> files) {
        return read(files, JsonlOptions.defaults(), ReadListener.NONE);
    }

    /**
     * All documents of the files, in order.
     *
     * @param files at least one, as {@link JsonlPool} takes them
     * @return at least one document
     * @throws InputException if a file cannot be read, a line is bad and bad lines are not skipped, or there is no
     *     document; the message names file and line
     */
    public static List<Document> read(List<Path> files, JsonlOptions options, ReadListener listener) {
        Objects.requireNonNull(files, "the files are null");
        Objects.requireNonNull(options, "the options are null");
        Objects.requireNonNull(listener, "the listener is null");
        List<Document> documents = new ArrayList<>();
        Map<String, String> places = new HashMap<>();
        long skipped = 0;
        Optional<BadLine> first = Optional.empty();
        InputFiles found = InputFiles.find(files);
        List<SourceFile> sources = found.files().stream().map(SourceFile::of).toList();
        List<String> names = JsonlReader.names(found.files());
        listener.onInputs(Inputs.of(sources, found.leftOut(), new Partitions(found, options)));
        for (int f = 0; f < sources.size(); f++) {
            SourceFile file = sources.get(f);
            try (InputStream text = file.open(names.get(f), options, listener);
                    JsonlReader reader = new JsonlReader(file, names.get(f), text, options, listener)) {
                while (reader.next()) {
                    String earlier = places.putIfAbsent(reader.id(), reader.place());
                    if (earlier == null) {
                        documents.add(new Document(reader.id(), reader.text()));
                    } else {
                        reader.reject(duplicate(reader.id(), earlier));
                    }
                }
                skipped += reader.skipped();
                first = first.or(reader::firstSkipped);
            } catch (IOException e) {
                throw SourceFile.unreadable(file.path(), e);
            }
        }
        if (documents.isEmpty()) {
            throw empty(files, skipped, first);
        }
        return documents;
    }

    /**
     * Hands over documents one after the other, for who needs each once: memory is that of a pool's index.
     *
     * @param files at least one, as {@link JsonlPool} takes them
     * @param text folder for the text of packed files meanwhile; made, and nothing of it stays
     * @return how many there are, at least one
     * @throws InputException as {@link #read}
     */
    public static int forEach(
            List<Path> files, JsonlOptions options, ReadListener listener, Path text, Consumer<Document> documents) {
        Objects.requireNonNull(files, "the files are null");
        Objects.requireNonNull(options, "the options are null");
        Objects.requireNonNull(listener, "the listener is null");
        Objects.requireNonNull(text, "the folder of the text is null");
        Objects.requireNonNull(documents, "what takes the documents is null");
        MarkedFolder.remove(text);
        MarkedFolder.make(text);
        try (JsonlPool pool = JsonlPool.builder()
                .options(options)
                .listener(listener)
                .cacheFolder(text)
                .open(files)) {
            for (int i = 0; i < pool.size(); i++) {
                documents.accept(pool.get(i));
            }
            return pool.size();
        } finally {
            MarkedFolder.remove(text);
        }
    }

    static String duplicate(String id, String firstPlace) {
        return "has the id \"" + Excerpt.of(id) + "\" of " + firstPlace
                + "; allowed is one document an id (or an --id-field that no document has)";
    }

    static InputException empty(List<Path> files, long skipped, Optional<BadLine> first) {
        String named = files.isEmpty() ? "no file was given" : "there is none in " + join(files);
        return new InputException("at least one document is needed, and " + named
                + first.map(bad -> "; " + skipped + (skipped == 1 ? " bad line was" : " bad lines were")
                                + " skipped, the first: " + bad.message())
                        .orElse(""));
    }

    private static String join(List<Path> files) {
        List<String> shown = files.stream().limit(5).map(Path::toString).toList();
        return String.join(", ", shown) + (files.size() > 5 ? " and " + (files.size() - 5) + " more" : "");
    }
}
