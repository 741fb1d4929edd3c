// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.text.Duplicates;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.Deflater;

/**
 * The most memory that a process takes, heap and all, for reading JSONL.gz of several sizes with a heap of 64 MB: each
 * line checked and indexed, duplicates found, every first record written, packed, in shards. What grows with the input
 * is the index and the search for duplicates, 20 to 64 bytes a document, inside the heap.
 *
 * <p>From the repository's root, for 10 MB and 2 GB of text, which takes three minutes and 5 GB of disk:
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" dev.quad.benchmarks.FlatMemory 10 2000
 * }</pre>
 */
public final class FlatMemory {
    private FlatMemory() {}

    /** Takes sizes of text in megabytes. */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.out.printf(Locale.ROOT, "%10s %12s %10s %10s%n", "MB of text", "documents", "seconds", "peak MB");
        for (String megabytes : args) {
            Path folder = Files.createTempDirectory("quad-memory");
            try {
                ReadCase corpus = new ReadCase(folder, Long.parseLong(megabytes) * 1_000_000, Deflater.BEST_SPEED);
                Process process = new ProcessBuilder(command(corpus.file, folder))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                System.out.print(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                if (process.waitFor() != 0) {
                    throw new IllegalStateException(megabytes + " MB of text were not read with so little memory");
                }
            } finally {
                ReadCase.remove(folder);
            }
        }
    }

    private static List<String> command(Path file, Path folder) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Rewriter.class.getName(), file.toString(), folder.toString()));
        return command;
    }

    /** What runs in the small process. */
    public static final class Rewriter {
        private Rewriter() {}

        /** Takes a file and a folder for the copy of its text and for what is written. */
        public static void main(String[] args) throws IOException {
            long started = System.nanoTime();
            Path folder = Path.of(args[1]);
            try (JsonlPool pool = JsonlPool.builder()
                            .cacheFolder(folder.resolve("cache"))
                            .open(List.of(Path.of(args[0])));
                    RecordWriter writer = RecordWriter.builder(folder.resolve("out.jsonl.zst"), "quad")
                            .shardBytes(500_000_000)
                            .open()) {
                Duplicates duplicates = Duplicates.find(pool);
                long bytes = 0;
                for (int i = 0; i < pool.size(); i++) {
                    bytes += pool.tokens(i);
                    if (duplicates.isFirst(i)) {
                        writer.write(pool.rawRecord(i), fields -> fields.put("round", 0L));
                    }
                }
                writer.commit();
                System.out.printf(
                        Locale.ROOT,
                        "%,10.0f %,12d %10.1f %10.0f%n",
                        bytes / 1e6,
                        pool.size(),
                        (System.nanoTime() - started) / 1e9,
                        peakKilobytes() / 1e3);
            }
        }

        /** As the system counts it: the high-water mark of the resident set. */
        private static long peakKilobytes() throws IOException {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }
    }
}
