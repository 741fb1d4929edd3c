// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NearDuplicatesTest {

    private static CandidatePool<Document> pool(List<String> texts) {
        List<Document> documents = new ArrayList<>();
        for (String text : texts) {
            documents.add(new Document("d" + documents.size(), text));
        }
        return CandidatePool.of(documents, d -> 1, "test");
    }

    private static List<String> words(RandomGenerator random, int count) {
        return random.ints(count, 0, 5000).mapToObj(i -> "w" + i).collect(Collectors.toCollection(ArrayList::new));
    }

    /** The definition, word for word. */
    private static double jaccard(List<String> a, List<String> b) {
        Set<String> shared = new HashSet<>(runs(a));
        Set<String> all = new HashSet<>(runs(a));
        shared.retainAll(runs(b));
        all.addAll(runs(b));
        return (double) shared.size() / all.size();
    }

    private static List<String> runs(List<String> words) {
        List<String> runs = new ArrayList<>();
        for (int i = 0; i + 5 <= words.size(); i++) {
            runs.add(String.join(" ", words.subList(i, i + 5)));
        }
        return runs;
    }

    private static <V> V on(int threads, Callable<V> work) {
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            return pool.submit(work).join();
        } finally {
            pool.shutdown();
        }
    }

    /** 300 texts, each with a copy in which one word in 60 is another: found as the definition says, by any threads. */
    @Test
    void changedCopies_areFoundByTheirSimilarity() {
        RandomGenerator random = new Seed(1).stream("test");
        List<String> texts = new ArrayList<>();
        List<Double> similarities = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            List<String> words = words(random, 300);
            List<String> changed = new ArrayList<>(words);
            for (int j = 0; j < 1 + i % 15; j++) {
                changed.set(random.nextInt(changed.size()), "other" + j);
            }
            texts.add(String.join(" ", words));
            texts.add(String.join("  \n", changed).toUpperCase(Locale.ROOT));
            similarities.add(jaccard(words, changed));
        }
        NearDuplicates found = on(1, () -> NearDuplicates.find(pool(texts), 0.8));
        NearDuplicates threaded = on(3, () -> NearDuplicates.find(pool(texts), 0.8));

        int similar = 0;
        for (int i = 0; i < 300; i++) {
            assertThat(found.isFirst(2 * i)).isTrue();
            assertThat(threaded.isFirst(2 * i + 1)).isEqualTo(found.isFirst(2 * i + 1));
            if (similarities.get(i) < 0.8) {
                assertThat(found.isFirst(2 * i + 1)).isTrue();
            } else {
                similar++;
            }
            if (similarities.get(i) > 0.9) { // missed with probability below 0.001
                assertThat(found.isFirst(2 * i + 1)).isFalse();
            }
        }
        assertThat(similar).isBetween(100, 250);
        assertThat((double) found.count() / similar).isGreaterThan(0.9);
        assertThat(found.groups()).isEqualTo(found.count());
    }

    @Test
    void exactAndShortDuplicates_count() {
        NearDuplicates found = NearDuplicates.find(
                pool(List.of("one two", "One  two", "one two three", "!", "?", "a b c d e f", "a b c d e f")));

        assertThat(List.of(0, 2, 3, 4, 5)).allMatch(found::isFirst);
        assertThat(found.isFirst(1) || found.isFirst(6)).isFalse();
        assertThat(found.count()).isEqualTo(2);
        assertThat(found.size()).isEqualTo(7);
        assertThat(NearDuplicates.find(pool(List.of())).count()).isZero();
    }

    @Test
    void similarity_isThatOfTheSets() {
        assertThat(NearDuplicates.similarity(new long[] {1, 2, 3}, new long[] {2, 3, 4}))
                .isEqualTo(0.5);
        assertThat(NearDuplicates.similarity(new long[] {1}, new long[] {2})).isZero();
        RandomGenerator random = new Seed(2).stream("test");
        List<String> words = words(random, 60);
        List<String> other = new ArrayList<>(words);
        other.set(30, "x");
        assertThat(NearDuplicates.similarity(NearDuplicates.runs(words), NearDuplicates.runs(other)))
                .isCloseTo(jaccard(words, other), within(1e-12));
        assertThat(Arrays.stream(NearDuplicates.runs(NearDuplicates.words("a b c d e a b c d e")))
                        .count())
                .isEqualTo(5);
    }

    @Test
    void kept_isReadAgain_unlessThePoolIsAnother(@TempDir Path folder) throws IOException {
        List<String> texts = new ArrayList<>(List.of("a b c d e f", "A b c d e f", "g", "g", "h"));
        List<Integer> told = new ArrayList<>();
        NearDuplicates first = NearDuplicates.kept(folder, pool(texts), 0.8, told::add);
        NearDuplicates again = NearDuplicates.kept(folder, pool(texts), 0.8, told::add);
        NearDuplicates stricter = NearDuplicates.kept(folder, pool(texts), 0.9, told::add);
        Path file = folder.resolve("near-duplicates.bits");
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 4;
            Files.write(file, changed);
            assertThat(new NearDuplicatesFile(folder, pool(texts), 0.9).read()).isEmpty();
        }
        Files.write(file, Arrays.copyOf(whole, 20));
        NearDuplicates damaged = NearDuplicates.kept(folder, pool(texts), 0.9, told::add);

        assertThat(told)
                .as("searched once, for 0.9, and again after the damage")
                .containsExactly(5, 5, 5);
        for (NearDuplicates found : List.of(first, again, stricter, damaged)) {
            assertThat(found.count()).isEqualTo(2);
            assertThat(found.groups()).isEqualTo(2);
            assertThat(found.tooShort()).isEqualTo(3);
            assertThat(found.size()).isEqualTo(5);
            assertThat(List.of(0, 2, 4)).allMatch(found::isFirst);
        }
    }

    @Test
    void values_outOfRange_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NearDuplicates.find(pool(List.of("a")), Double.NaN))
                .withMessageContaining("minSimilarity is NaN");
    }
}
