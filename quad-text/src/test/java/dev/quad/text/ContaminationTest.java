// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.CandidatePool;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContaminationTest {
    private static CandidatePool<Document> pool(List<String> texts) {
        return CandidatePool.of(documents(texts), d -> 1, "test");
    }

    private static List<Document> documents(List<String> texts) {
        return IntStream.range(0, texts.size())
                .mapToObj(i -> new Document("d" + i, texts.get(i)))
                .toList();
    }

    private static List<String> words(RandomGenerator random, int count) {
        return random.ints(count, 0, 1_000_000).mapToObj(i -> "w" + i).collect(Collectors.toCollection(ArrayList::new));
    }

    private static Set<String> runs(List<String> words, int length) {
        return IntStream.rangeClosed(0, words.size() - length)
                .mapToObj(i -> String.join(" ", words.subList(i, i + length)))
                .collect(Collectors.toSet());
    }

    /** Evaluation texts of 3 to 40 words, and documents of which some hold 5 to 20 words of one. */
    @Test
    void hits_areThoseOfTheDefinition_withAnyThreads() {
        RandomGenerator random = new Seed(5).stream("contamination");
        List<List<String>> texts = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            texts.add(words(random, 3 + random.nextInt(38)));
        }
        List<List<String>> documents = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            List<String> document = words(random, random.nextInt(60));
            for (int part = random.nextInt(3); part > 0; part--) {
                List<String> text = texts.get(random.nextInt(texts.size()));
                int length = Math.min(text.size(), 5 + random.nextInt(16));
                int from = random.nextInt(text.size() - length + 1);
                document.addAll(random.nextInt(document.size() + 1), text.subList(from, from + length));
            }
            documents.add(document);
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) {
            for (int j = 0; j < texts.size(); j++) {
                int length = Math.min(13, texts.get(j).size());
                Set<String> shared = length >= 8 && documents.get(i).size() >= length
                        ? runs(documents.get(i), length)
                        : new HashSet<>();
                shared.retainAll(length >= 8 ? runs(texts.get(j), length) : Set.of());
                if (!shared.isEmpty()) {
                    expected.add(i + " " + j);
                }
            }
        }
        List<String> joined =
                documents.stream().map(words -> String.join(" ", words)).toList();
        List<Document> evaluation =
                documents(texts.stream().map(words -> String.join(" ", words)).toList());
        Contamination found = Contamination.find(pool(joined), evaluation);
        assertThat(found.hits().stream()
                        .map(hit -> hit.ordinal() + " " + hit.evaluation())
                        .sorted())
                .isEqualTo(expected.stream().sorted().toList());
        assertThat(expected).hasSizeBetween(200, 1400);
        assertThat(found.hits()).allSatisfy(hit -> {
            assertThat(joined.get(hit.ordinal())).contains(hit.words());
            assertThat(evaluation.get(hit.evaluation()).text()).contains(hit.words());
            assertThat(found.isClean(hit.ordinal())).isFalse();
        });
        assertThat(found.count()).isEqualTo((int) expected.stream()
                .map(hit -> hit.substring(0, hit.indexOf(' ')))
                .distinct()
                .count());
        assertThat(found.tooShort())
                .isEqualTo((int) texts.stream().filter(text -> text.size() < 8).count())
                .isPositive();
        ForkJoinPool three = new ForkJoinPool(3);
        try {
            assertThat(three.submit(() -> Contamination.find(pool(joined), evaluation))
                            .join()
                            .hits())
                    .isEqualTo(found.hits());
        } finally {
            three.shutdown();
        }
    }

    @Test
    void words_areComparedWithoutSignsAndCase() {
        String question = "Natalia sold clips to 48 of her friends in April, and then she sold half as many in May.";
        String noted = "# natalia (sold) CLIPS to 48 of her friends in “April”\n\tand then she sold half";
        String other = "Natalia sold clips to 47 of her friends in April, and then none.";
        Contamination found = Contamination.find(pool(List.of(noted, other)), documents(List.of(question)));
        assertThat(found.hits())
                .containsExactly(
                        new Contamination.Hit(0, 0, "natalia sold clips to 48 of her friends in april and then she"));
        assertThat(found).hasToString("1 of 2 documents share 13 words with 1 of 1 evaluation texts");
        assertThat(found.eligible().test(1)).isTrue();
    }

    @Test
    void nothing_isSharedWithNothing() {
        Contamination found =
                Contamination.find(pool(Collections.nCopies(3, "too short")), documents(List.of("too short")));
        assertThat(found.hits()).isEmpty();
        assertThat(found)
                .hasToString("0 of 3 documents share 13 words with 0 of 1 evaluation texts; 1 have fewer than 8, and"
                        + " were not looked for");
        assertThat(Contamination.find(pool(List.of()), List.of()).count()).isZero();
    }
}
