// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.MarkedFolder;
import dev.quad.text.Document;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Documents of files one after the other, for who needs each once: memory is that of a pool's index. */
final class Documents {
    private Documents() {}

    /**
     * Reads all, and returns how many there are.
     *
     * @param text folder for the text of packed files meanwhile; nothing of it stays
     */
    static int read(
            List<Path> files, JsonlOptions options, ReadListener listener, Path text, Consumer<Document> documents)
            throws IOException {
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
}
