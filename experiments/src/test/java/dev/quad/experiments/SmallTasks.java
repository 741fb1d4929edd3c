// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tasks of a few kilobytes: sentences of two kinds of words, of which the reference has one. */
final class SmallTasks {
    static final Size TINY = new Size("tiny", 1, 12_000, 3_000, 4_000, 2_000, 3_000, 2_000, 32, 1);

    private static final List<String> SUMS = List.of("one", "two", "plus", "times", "minus", "sum", "equals", "half");
    private static final List<String> TREES = List.of("oak", "elm", "root", "leaf", "bark", "under", "grows", "shade");

    private final Path folder;
    private final RandomGenerator random = new Seed(3).stream("texts");

    SmallTasks(Path folder) {
        this.folder = folder;
    }

    Path task(String name) throws IOException {
        Path task = folder.resolve("small").resolve(name);
        Files.createDirectories(task.resolve("holdout"));
        Files.writeString(task.resolve("pool.jsonl"), texts("sums", SUMS, 80) + texts("trees", TREES, 80));
        Files.writeString(task.resolve("reference.jsonl"), texts("reference", SUMS, 12));
        Files.writeString(task.resolve("holdout/sums.jsonl"), texts("held", SUMS, 12));
        return task;
    }

    private String texts(String source, List<String> words, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> JsonText.line(Map.of("id", source + i, "source", source, "text", text(words))))
                .collect(Collectors.joining());
    }

    private String text(List<String> words) {
        return IntStream.range(0, 30)
                .mapToObj(i -> words.get(random.nextInt(words.size())))
                .collect(Collectors.joining(" "));
    }
}
