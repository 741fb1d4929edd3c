// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Texts of four vocabularies, with copies, and near-copies, in files of very different sizes. */
final class Corpus {
    private Corpus() {}

    /** Some words of one of the vocabularies. */
    static String text(RandomGenerator random, int vocabulary, int words) {
        return random.ints(words, 0, 400)
                .map(word -> (int) Math.sqrt(word * 400))
                .mapToObj(word -> "w" + Integer.toString(word * 4 + vocabulary, 36) + (word % 7 == 0 ? "é" : ""))
                .collect(Collectors.joining(" "));
    }

    static List<String> texts(int count) {
        RandomGenerator random = new Seed(7).stream("corpus");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i % 11 == 10) {
                texts.add(texts.get(random.nextInt(i)).toUpperCase(java.util.Locale.ROOT)); // a copy
            } else if (i % 13 == 12) {
                texts.add(texts.get(random.nextInt(i)) + " and more");
            } else {
                texts.add(text(random, random.nextInt(4), 5 + random.nextInt(60)));
            }
        }
        return texts;
    }

    /** Lines of JSON in three files of a folder: 90 %, some and none. */
    static Path write(Path folder, List<String> texts) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String text : texts) {
            lines.add("{\"id\": \"d" + lines.size() * 7919 % 1000003 + "\", \"text\": \"" + text + "\", \"score\": "
                    + lines.size() + "}");
        }
        Files.createDirectories(folder);
        int most = lines.size() * 9 / 10;
        Files.write(folder.resolve("b large.jsonl"), lines.subList(0, most));
        Files.write(folder.resolve("c.jsonl"), lines.subList(most, lines.size()));
        Files.write(folder.resolve("d.jsonl"), List.of());
        return folder;
    }

    /** What is to be learnt: texts of the first vocabulary, and one of the second. */
    static List<String> reference() {
        RandomGenerator random = new Seed(8).stream("reference");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            texts.add(text(random, i == 11 ? 1 : 0, 80));
        }
        return texts;
    }
}
