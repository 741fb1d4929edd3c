// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A file such as {@code quad experiment} leaves. */
final class TestExperiment {
    private TestExperiment() {}

    /** With one text for all that people choose or write. */
    static Path write(Path place, String text) throws IOException {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", "quad.experiment.1");
        for (String name : List.of(
                "name",
                "title",
                "claim",
                "reasons",
                "design",
                "intervals",
                "command",
                "sizes",
                "missing",
                "baseline")) {
            tree.put(name, name + " " + text);
        }
        tree.put("verdict", "holds");
        tree.put("tasks", List.of(text, "two"));
        tree.put("rows", List.of(row("baseline " + text, text), with(row("better", text))));
        Map<String, Object> part = new LinkedHashMap<>(with(Map.of("words", text, "measure", "loss")));
        part.putAll(
                Map.of("row", "better", "against", text, "wanted", "below 0", "verdict", "holds", "chance", 0.03125));
        tree.put("parts", List.of(part));
        tree.put("controls", List.of(part));
        return Files.writeString(place.resolve("experiment.json"), JsonText.text(tree));
    }

    private static Map<String, Object> row(String name, String text) {
        return Map.of(
                "row",
                name,
                "words",
                "`code` " + text,
                "losses",
                Map.of(text, 1.5, "two", 2.5),
                "ngrams",
                2.25,
                "columns",
                Map.of("pulls " + text, 12.5));
    }

    private static Map<String, Object> with(Map<String, Object> row) {
        Map<String, Object> tree = new LinkedHashMap<>(row);
        tree.put("difference", Map.of("mean", -0.25, "halfWidth", 0.125));
        tree.put("ngramsDifference", Map.of("mean", -0.5, "halfWidth", 0.75));
        return tree;
    }

    /** Its page. */
    static Path page(Path place, String text) throws IOException {
        Path page = place.resolve("experiment.html");
        SelectionReport.builder(write(place, text)).write(page);
        return page;
    }
}
