// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Memory does not grow with the input: 200 MB of text are indexed, searched and written by a JVM with 24 MB of heap.
 */
class BoundedHeapTest {
    private static final String TEXT = "all work and no play ".repeat(400);

    @TempDir
    private Path folder;

    private Path corpus(String name, int documents) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
            for (int i = 0; i < documents; i++) {
                out.write((TestFiles.doc("d" + i, i + " " + TEXT) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return file;
    }

    private long[] run(Path file) throws Exception {
        String[] said = new ChildJvm()
                .options("-Xmx24m")
                .run(Rewriter.class, file, folder.resolve("cache"), folder.resolve("out-" + file.getFileName()))
                .split(" ", -1);
        return new long[] {Long.parseLong(said[0]), Long.parseLong(said[1])};
    }

    @Test
    void pool_largerThanHeap_isReadAndWritten() throws Exception {
        long[] small = run(corpus("small.jsonl.gz", 1_000));
        long[] large = run(corpus("large.jsonl.gz", 25_000));

        assertThat(small[0]).isEqualTo(1_000);
        assertThat(large[0]).isEqualTo(25_000);
        // kilobytes: the heap may fill up to its limit, and nothing may grow beside it
        assertThat(large[1] - small[1]).isLessThan(40_000);
    }

    /** Runs in the small JVM. */
    static final class Rewriter {
        private Rewriter() {}

        public static void main(String[] args) throws IOException {
            JsonlOptions options = JsonlOptions.builder().maxExpansion(1_000).build(); // much of a few words
            try (JsonlPool pool = JsonlPool.builder()
                            .options(options)
                            .cacheFolder(Path.of(args[1]))
                            .open(List.of(Path.of(args[0])));
                    RecordWriter writer = RecordWriter.builder(Path.of(args[2]), "quad")
                            .shardBytes(50_000_000)
                            .open()) {
                Duplicates duplicates = Duplicates.find(pool);
                for (int i = 0; i < pool.size(); i++) {
                    if (duplicates.isFirst(i)) {
                        writer.write(pool.rawRecord(i), fields -> fields.put("n", 1));
                    }
                }
                writer.commit();
                System.out.println(pool.size() - duplicates.count() + " " + peakKilobytes());
            }
        }

        /** The most memory that the process had at once; 0 where the system does not tell. */
        private static long peakKilobytes() throws IOException {
            Path status = Path.of("/proc/self/status");
            return Files.isReadable(status)
                    ? Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith("VmHWM:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum()
                    : 0;
        }
    }
}
