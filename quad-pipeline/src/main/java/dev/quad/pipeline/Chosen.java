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
 * @param operations floating-point operations of the scoring; empty where the method does not count them
 * @param seconds by the clock, of learning, scoring and choosing
 */
public record Chosen(
        String method,
        long documents,
        long tokens,
        int duplicates,
        int nearDuplicates,
        double effectiveClusters,
        OptionalDouble operations,
        double seconds) {
    /** Checks that all is there. */
    public Chosen {
        Objects.requireNonNull(method, "the name of the method is null");
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
        operations.ifPresent(count -> tree.put("operations", count));
        tree.put("seconds", seconds);
        return tree;
    }

    /** What was written of a {@link #tree} with others beside. */
    static Chosen read(Path file) {
        Map<String, String> texts = Unchecked.get(file, () -> JsonText.texts(file));
        String operations = texts.get("operations");
        return new Chosen(
                texts.getOrDefault("method", ""),
                Long.parseLong(texts.getOrDefault("documents", "0")),
                Long.parseLong(texts.getOrDefault("tokens", "0")),
                Integer.parseInt(texts.getOrDefault("duplicates", "0")),
                Integer.parseInt(texts.getOrDefault("nearDuplicates", "0")),
                Double.parseDouble(texts.getOrDefault("effectiveClusters", "0")),
                operations == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(operations)),
                Double.parseDouble(texts.getOrDefault("seconds", "0")));
    }
}
