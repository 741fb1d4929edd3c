// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.bandit.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What came out of an experiment, for programs: what its page says, with numbers as they are. */
final class Results {
    private static final String FORMAT = "quad.experiment.1";

    private Results() {}

    /** As JSON. */
    static Map<String, Object> tree(Page page) {
        Experiment experiment = page.experiment();
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("name", experiment.name());
        tree.put("title", experiment.title());
        tree.put("claim", experiment.claim());
        tree.put("verdict", page.points().verdict(experiment).toString());
        tree.put("reasons", Page.capital(page.reasons()));
        tree.put("design", experiment.design());
        tree.put("intervals", page.intervals());
        tree.put("tasks", page.tasks().stream().map(Task::name).toList());
        tree.put("baseline", experiment.baseline());
        tree.put(
                "rows",
                experiment.rows().stream()
                        .map(row -> row(page.points(), experiment, row))
                        .toList());
        tree.put("parts", contrasts(page.points(), experiment.parts()));
        tree.put("controls", contrasts(page.points(), experiment.controls()));
        tree.put("command", page.command());
        tree.put("sizes", page.sizes());
        page.missing().ifPresent(words -> tree.put("missing", words));
        return tree;
    }

    private static Map<String, Object> row(Points points, Experiment experiment, Row row) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("row", row.name());
        tree.put("words", row.words());
        if (points.has(experiment.baseline(), Trial.LOSS)) {
            Map<String, Object> losses = new LinkedHashMap<>();
            points.tasks().forEach(task -> losses.put(task, points.mean(task, row.name(), Trial.LOSS)));
            tree.put("losses", losses);
            tree.put("ngrams", points.mean(row.name(), Trial.NGRAMS));
            if (!row.name().equals(experiment.baseline())) {
                tree.put("difference", interval(points.interval(row.name(), experiment.baseline(), Trial.LOSS)));
                tree.put(
                        "ngramsDifference", interval(points.interval(row.name(), experiment.baseline(), Trial.NGRAMS)));
            }
        }
        Map<String, Object> columns = new LinkedHashMap<>();
        experiment.columns().stream()
                .filter(column -> points.has(row.name(), column))
                .forEach(column -> columns.put(column, points.mean(row.name(), column)));
        tree.put("columns", columns);
        return tree;
    }

    private static List<Map<String, Object>> contrasts(Points points, List<Contrast> contrasts) {
        double[] chances = points.chances(contrasts);
        List<Map<String, Object>> trees = new ArrayList<>();
        for (int i = 0; i < contrasts.size(); i++) {
            Contrast contrast = contrasts.get(i);
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("words", contrast.words());
            tree.put("measure", contrast.measure());
            tree.put("row", contrast.row());
            tree.put("against", contrast.against());
            tree.put("difference", interval(points.interval(contrast)));
            tree.put("wanted", contrast.wanted().toString());
            tree.put("verdict", points.verdict(contrast).toString());
            tree.put("chance", chances[i]);
            if (contrast.measure().equals(Trial.LOSS)) {
                tree.put(
                        "ngramsDifference",
                        interval(points.interval(contrast.row(), contrast.against(), Trial.NGRAMS)));
            }
            trees.add(tree);
        }
        return trees;
    }

    private static Map<String, Object> interval(Interval interval) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("mean", interval.mean());
        tree.put("halfWidth", interval.halfWidth());
        return tree;
    }
}
