// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.Seed;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** A corpus that is made, and the ways to read it. Words are drawn by Zipf's law; gzip packs it 2 to 3 times. */
final class ReadCase {
    private static final int WORDS = 50_000;

    final Path file;
    final long documents;
    final long bytes;

    /** As the other, packed as hard as gzip does if not told otherwise. */
    ReadCase(Path folder, long textBytes) throws IOException {
        this(folder, textBytes, Deflater.DEFAULT_COMPRESSION);
    }

    /** Writes {@code corpus.jsonl.gz} with at least so many bytes of text. */
    ReadCase(Path folder, long textBytes, int level) throws IOException {
        this.file = folder.resolve("corpus.jsonl.gz");
        RandomGenerator random = new Seed(1).stream("benchmark.read");
        String[] words = new String[WORDS];
        for (int i = 0; i < WORDS; i++) {
            StringBuilder word = new StringBuilder();
            random.ints(2 + random.nextInt(9), 'a', 'z' + 1).forEach(c -> word.append((char) c));
            words[i] = word.toString();
        }
        long written = 0;
        long count = 0;
        try (OutputStream out = gzip(Files.newOutputStream(file), level)) {
            while (written < textBytes) {
                StringBuilder text = new StringBuilder();
                int length = 50 + random.nextInt(900);
                for (int i = 0; i < length; i++) {
                    int rank = (int) Math.exp(random.nextDouble() * Math.log(WORDS));
                    text.append(words[rank % WORDS]).append(i % 11 == 10 ? ".\\n" : " ");
                }
                byte[] line = ("{\"id\": \"doc-" + count + "\", \"text\": \"" + text
                                + "\", \"meta\": {\"source\": \"made\", \"n\": " + length + "}}\n")
                        .getBytes(StandardCharsets.UTF_8);
                out.write(line);
                written += line.length;
                count++;
            }
        }
        this.documents = count;
        this.bytes = written;
    }

    private static OutputStream gzip(OutputStream out, int level) throws IOException {
        return new GZIPOutputStream(out, 1 << 16) {
            {
                def.setLevel(level);
            }
        };
    }

    /** Removes a folder. */
    static void remove(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
                for (Path file : all) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Lines by {@code zcat FILE | wc -l}. */
    long zcat() throws IOException {
        Process process = new ProcessBuilder("sh", "-c", "zcat \"$0\" | wc -l", file.toString()).start();
        return Long.parseLong(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    }

    /** Opens a pool: every line checked, indexed, fingerprinted, its text copied to an empty cache. */
    long pool(Path cache) {
        try (JsonlPool pool = JsonlPool.builder().cacheFolder(cache).open(List.of(file))) {
            return pool.size();
        }
    }

    /** All documents into memory. */
    List<Document> documents() {
        return Jsonl.read(List.of(file), JsonlOptions.defaults(), ReadListener.NONE);
    }

    /** Documents and characters by DuckDB, which parses the lines and keeps nothing. */
    long duckDb() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select count(*), sum(length(text)), count(distinct id) from"
                        + " read_json('" + file + "', format = 'newline_delimited', columns = {id: 'VARCHAR', text:"
                        + " 'VARCHAR', meta: 'JSON'})")) {
            result.next();
            return result.getLong(1);
        }
    }
}
