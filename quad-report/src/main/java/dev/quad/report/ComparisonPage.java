// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The page of a comparison of ways of choosing. */
final class ComparisonPage {
    private ComparisonPage() {}

    /**
     * The whole page.
     *
     * @param folder of {@code quad compare}
     * @param cache where packed files are unpacked
     */
    static String of(SelectionReport.Builder asked, Path folder, Path cache) {
        Path file = folder.resolve("comparison.json");
        Tree comparison = Tree.of(Unchecked.get(file, () -> JsonText.tree(file)));
        List<Tree> methods = comparison.trees("methods");
        List<Page.View> views = new ArrayList<>();
        views.add(new Page.View(
                "loss",
                "Verdict",
                Arena.view("loss", "Which way of choosing is best?", comparison.child("evaluation"), methods)));
        try (Overlap overlap = new Overlap()) {
            for (Tree method : methods) {
                String name = method.text("method").orElse("");
                overlap.add(name, List.of(folder.resolve(name + ".jsonl.gz")), asked.options, cache, Map.of());
            }
            views.add(new Page.View("compare", "Compare", overlap.view(asked.fields)));
        }
        Map<String, String> settings = Tree.of(
                        Unchecked.get(folder, () -> JsonText.tree(folder.resolve("manifest.json"))))
                .child("run")
                .texts();
        views.add(new Page.View("repeat", "Repeat", Repeat.ofComparison(comparison, settings)));
        return Page.of(
                String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                "A comparison of " + methods.size() + " ways of choosing",
                views,
                "");
    }
}
