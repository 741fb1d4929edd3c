// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import dev.quad.CandidatePool;
import java.io.File;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of gzip with 200 MB of text is indexed by a JVM that has 24 MB of heap. */
class BoundedHeapTest {
    private static final int DOCUMENTS = 25_000;
    private static final String TEXT = "all work and no play ".repeat(400);

    private final Path folder;

    BoundedHeapTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void pool_largerThanHeap_isIndexed() throws Exception {
        Path file = folder.resolve("big.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
            for (int i = 0; i < DOCUMENTS; i++) {
                out.write((TestFiles.doc("d" + i, TEXT) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx24m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath(Indexer.class, JsonlPool.class, CandidatePool.class, JsonFactory.class),
                        Indexer.class.getName(),
                        file.toString(),
                        folder.resolve("cache").toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said.strip()).endsWith(DOCUMENTS + " documents");
    }

    private static String classPath(Class<?>... classes) throws URISyntaxException {
        List<String> places = new ArrayList<>();
        for (Class<?> type : classes) {
            places.add(Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, places);
    }

    /** Runs in the small JVM. */
    static final class Indexer {
        private Indexer() {}

        public static void main(String[] args) {
            try (JsonlPool pool =
                    JsonlPool.builder().cacheFolder(Path.of(args[1])).open(List.of(Path.of(args[0])))) {
                System.out.println(pool.size() + " documents");
            }
        }
    }
}
