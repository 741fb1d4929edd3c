// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Seed;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.TemporaryFolder;
import dev.quad.text.JsonlPool;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Takes documents of a file at random, each once, as many as fit a number of bytes. Those with more than a quarter of
 * it are passed over, since a few of them would be all there is.
 */
final class Documents implements AutoCloseable {
    private static final int MOST_OF_ALL = 4;

    private final TemporaryFolder unpacked;
    private final JsonlPool pool;
    private final int[] order;
    private final long bytes;
    private int next;

    Documents(Path file, Seed seed) {
        unpacked = TemporaryFolder.in(Path.of(System.getProperty("java.io.tmpdir")));
        pool = JsonlPool.builder().cacheFolder(unpacked.path()).open(List.of(file));
        order = IntStream.range(0, pool.size()).toArray();
        bytes = IntStream.of(order).mapToLong(pool::tokens).sum();
        shuffle(order, seed.stream("experiment.documents"));
    }

    /** Into an order by lot. */
    static void shuffle(int[] order, RandomGenerator random) {
        for (int i = order.length; i > 1; i--) {
            int j = random.nextInt(i);
            int other = order[i - 1];
            order[i - 1] = order[j];
            order[j] = other;
        }
    }

    /** All there are. */
    long bytes() {
        return bytes;
    }

    /** Writes the next ones, in the order of the file that they are of. */
    void write(Path target, long most) {
        StringBuilder lines = new StringBuilder();
        take(most).sorted().forEach(ordinal -> {
            Map<String, String> record = new LinkedHashMap<>();
            record.put("id", pool.get(ordinal).id());
            record.put("source", pool.field(ordinal, "source").orElse("unknown"));
            record.put("text", pool.get(ordinal).text());
            lines.append(JsonText.line(record));
        });
        AtomicFile.write(target, lines.toString());
    }

    /** Passes over those that were written where so many bytes were. */
    void pass(long most) {
        take(most);
    }

    private IntStream take(long most) {
        long left = most;
        IntStream.Builder taken = IntStream.builder();
        for (; next < order.length && left >= pool.tokens(order[next]); next++) {
            if (pool.tokens(order[next]) <= most / MOST_OF_ALL) {
                taken.add(order[next]);
                left -= pool.tokens(order[next]);
            }
        }
        return taken.build();
    }

    @Override
    public void close() {
        pool.close();
        unpacked.close();
    }
}
