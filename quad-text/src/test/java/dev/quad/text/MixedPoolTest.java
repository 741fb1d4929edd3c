// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quad.Embeddings;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real documents of many kinds, where the machine has them: {@code shared/data/mixed} beside a folder above. */
class MixedPoolTest {
    private static final Path FILE = Path.of("shared", "data", "mixed", "pool.jsonl.gz");

    private static List<Path> files() {
        List<Path> found = Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve(FILE))
                .filter(Files::exists)
                .limit(1)
                .toList();
        assumeTrue(!found.isEmpty(), "the documents are not on this machine");
        return found;
    }

    @Test
    void neighbours_ofRealDocuments_areFromTheSameSource(@TempDir Path cache) {
        try (JsonlPool pool = JsonlPool.builder().cacheFolder(cache).open(files())) {
            String[] sources = IntStream.range(0, pool.size())
                    .mapToObj(i -> pool.field(i, "source").orElseThrow())
                    .toArray(String[]::new);
            int[] kept = IntStream.range(0, pool.size())
                    .filter(i -> i % 2 == 0 && !sources[i].startsWith("noise"))
                    .toArray();
            HashedNgramEmbedder embedder = HashedNgramEmbedder.fit(pool, HashedNgramOptions.defaults());
            Embeddings all = PoolEmbeddings.inMemory(pool, new DocumentEmbedder(embedder), done -> {});
            FloatBuffer rows = FloatBuffer.allocate(kept.length * all.dimension());
            Arrays.stream(kept).forEach(i -> all.read(i, 1, rows));

            double accuracy = Neighbours.accuracy(rows.array(), all.dimension(), 5, i -> sources[kept[i]]);

            assertThat(accuracy).isGreaterThan(0.80); // guessing the largest source gets 0.28
        }
    }

    @Test
    void duplicates_planted_areFound(@TempDir Path cache) {
        try (JsonlPool pool = JsonlPool.builder().cacheFolder(cache).open(files())) {
            Duplicates duplicates = Duplicates.find(pool);

            long planted = IntStream.range(0, pool.size())
                    .filter(i -> !duplicates.isFirst(i))
                    .count();
            assertThat(planted).isBetween(200L, 300L).isEqualTo(duplicates.count());
        }
    }
}
