// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * What a method of a {@link Comparison} chose, and what that took.
 *
 * @param method its name
 * @param documents how many it chose
 * @param tokens how many tokens they have
 * @param duplicates documents among them with the text of an earlier one
 * @param nearDuplicates documents among them with nearly the text of an earlier one
 * @param effectiveClusters how many clusters of the pool, of equal size, would be as diverse: {@code exp(−Σ p ln p)}
 *     with the shares p of the tokens by cluster (Hill, 1973)
 * @param learning floating-point operations of learning before it scores; empty where the method does not count them
 * @param operations those of the scoring, of n-grams and words the most that they may be; likewise
 * @param learningSeconds by the clock, of learning, such as training, curvature and clusters; 0 where it learns nothing
 * @param seconds of learning, scoring and choosing
 */
public record Chosen(
        String method,
        long documents,
        long tokens,
        int duplicates,
        int nearDuplicates,
        double effectiveClusters,
        OptionalDouble learning,
        OptionalDouble operations,
        double learningSeconds,
        double seconds) {
    /** Checks that all is there. */
    public Chosen {
        Objects.requireNonNull(method, "the name of the method is null");
        Objects.requireNonNull(learning, "the operations of learning are null; allowed is an empty number");
        Objects.requireNonNull(operations, "the operations are null; allowed is an empty number");
    }

    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("method", method);
        tree.put("documents", documents);
        tree.put("tokens", tokens);
        tree.put("duplicates", duplicates);
        tree.put("nearDuplicates", nearDuplicates);
        tree.put("effectiveClusters", effectiveClusters);
        learning.ifPresent(count -> tree.put("learningOperations", count));
        operations.ifPresent(count -> tree.put("operations", count));
        tree.put("learningSeconds", learningSeconds);
        tree.put("seconds", seconds);
        return tree;
    }

    /** What was written of a {@link #tree} with others beside. */
    static Chosen read(Path file) {
        Map<String, String> texts = Unchecked.get(file, () -> JsonText.texts(file));
        return new Chosen(
                texts.getOrDefault("method", ""),
                Long.parseLong(texts.getOrDefault("documents", "0")),
                Long.parseLong(texts.getOrDefault("tokens", "0")),
                Integer.parseInt(texts.getOrDefault("duplicates", "0")),
                Integer.parseInt(texts.getOrDefault("nearDuplicates", "0")),
                Double.parseDouble(texts.getOrDefault("effectiveClusters", "0")),
                number(texts, "learningOperations"),
                number(texts, "operations"),
                Double.parseDouble(texts.getOrDefault("learningSeconds", "0")),
                Double.parseDouble(texts.getOrDefault("seconds", "0")));
    }

    private static OptionalDouble number(Map<String, String> texts, String name) {
        String found = texts.get(name);
        return found == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(found));
    }
}
