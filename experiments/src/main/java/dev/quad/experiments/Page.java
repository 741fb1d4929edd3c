// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.bandit.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What came out of an experiment, as a page in Markdown. The same points give the same page. */
record Page(Experiment experiment, Size size, List<Task> tasks, Points points) {
    private static final List<String> KNOWN_POOLS = List.of("mixed", "registry");

    String text() {
        StringBuilder page = new StringBuilder();
        line(page, "# " + experiment.name() + ": " + lower(experiment.title()));
        line(page, "**Claim.** " + experiment.claim());
        line(page, "**Here it " + points.verdict(experiment) + ".** " + capital(reasons()));
        line(page, experiment.design());
        table(page);
        line(page, "## What the verdict rests on");
        contrasts(page, experiment.parts());
        if (!experiment.controls().isEmpty()) {
            line(page, "## Controls, without which nothing is told");
            contrasts(page, experiment.controls());
        }
        line(page, intervals());
        how(page);
        return page.toString().stripTrailing() + "\n";
    }

    /** What the intervals are, and what they tell. */
    String intervals() {
        return "Intervals are of 95 %, by Student's t, "
                + (tasks.size() > 1
                        ? "over the " + tasks.size()
                                + " tasks"
                                + (size.seeds() > 1 ? ", each the mean of its seeds" : "")
                                + ": they speak of other tasks of this kind."
                        : "over the seeds of the one task: they speak of this task alone.")
                + " A claim of several parts holds where all of them do, and does not where one does not: of m parts"
                + " that is said by chance in m times 2.5 % at most. *p (Holm)* is the chance of a difference as"
                + " large where there is none, for all parts at once.";
    }

    private static String lower(String words) {
        return words.substring(0, 1).toLowerCase(Locale.ROOT) + words.substring(1);
    }

    static String capital(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private static void line(StringBuilder page, String line) {
        page.append(line).append("\n\n");
    }

    /** What the verdict rests on, in words. */
    String reasons() {
        List<String> failed = experiment.controls().stream()
                .filter(control -> points.verdict(control) != Verdict.HOLDS)
                .map(control -> "\"" + control.words() + "\"")
                .toList();
        if (!failed.isEmpty()) {
            return "A control does not show what it must: " + String.join(", ", failed) + ".";
        }
        return experiment.parts().stream()
                        .map(part -> part.words() + ": " + points.verdict(part))
                        .collect(Collectors.joining("; "))
                + ".";
    }

    private void table(StringBuilder page) {
        boolean losses = points.has(experiment.baseline(), Trial.LOSS);
        List<String> titles = new ArrayList<>(List.of("row", "what"));
        if (losses) {
            tasks.forEach(task -> titles.add("`" + task.name() + "`"));
            titles.addAll(
                    List.of("to `" + experiment.baseline() + "`", "n-grams", "to `" + experiment.baseline() + "`"));
        }
        titles.addAll(experiment.columns());
        List<List<String>> lines = new ArrayList<>();
        for (Row row : experiment.rows()) {
            List<String> cells = new ArrayList<>(List.of("`" + row.name() + "`", row.words()));
            if (losses) {
                tasks.forEach(task -> cells.add(number(points.mean(task.name(), row.name(), Trial.LOSS))));
                cells.add(difference(row, Trial.LOSS));
                cells.add(number(points.mean(row.name(), Trial.NGRAMS)));
                cells.add(difference(row, Trial.NGRAMS));
            }
            experiment
                    .columns()
                    .forEach(column -> cells.add(
                            points.has(row.name(), column) ? significant(points.mean(row.name(), column)) : ""));
            lines.add(cells);
        }
        if (losses) {
            line(
                    page,
                    "Losses on documents held out are in nats a byte, of a model that went on from the one that scored,"
                            + " trained on what was chosen, and of an n-gram model of the same; differences below 0 are better"
                            + " than `" + experiment.baseline() + "`.");
        }
        table(page, titles, lines);
    }

    private String difference(Row row, String measure) {
        return row.name().equals(experiment.baseline())
                ? ""
                : Contrast.text(points.interval(row.name(), experiment.baseline(), measure));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String significant(double value) {
        return Math.abs(value) >= 100
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.3g", value);
    }

    private static void table(StringBuilder page, List<String> titles, List<List<String>> lines) {
        page.append("| ").append(String.join(" | ", titles)).append(" |\n");
        page.append("|").append(" --- |".repeat(titles.size())).append('\n');
        lines.forEach(
                cells -> page.append("| ").append(String.join(" | ", cells)).append(" |\n"));
        page.append('\n');
    }

    private void contrasts(StringBuilder page, List<Contrast> contrasts) {
        List<String> titles =
                new ArrayList<>(List.of("what is to hold", "measured", "interval", "wanted", "", "by n-grams"));
        double[] chances = points.chances(contrasts);
        if (contrasts.size() > 1) {
            titles.add("p (Holm)");
        }
        List<List<String>> lines = new ArrayList<>();
        for (int i = 0; i < contrasts.size(); i++) {
            Contrast contrast = contrasts.get(i);
            Interval interval = points.interval(contrast);
            List<String> cells = new ArrayList<>(List.of(
                    contrast.words(),
                    contrast.measure() + " of `" + contrast.row() + "`"
                            + (contrast.against().isEmpty() ? "" : " − `" + contrast.against() + "`"),
                    Contrast.text(interval),
                    contrast.wanted().toString(),
                    contrast.wanted().verdict(interval).toString(),
                    contrast.measure().equals(Trial.LOSS)
                            ? Contrast.text(points.interval(contrast.row(), contrast.against(), Trial.NGRAMS))
                            : ""));
            if (contrasts.size() > 1) {
                cells.add(chances[i] < 0.001 ? "< 0.001" : String.format(Locale.ROOT, "%.3f", chances[i]));
            }
            lines.add(cells);
        }
        table(page, titles, lines);
    }

    private void how(StringBuilder page) {
        line(page, "## How");
        line(page, "```sh\n" + command() + "\n```");
        line(page, "`TASKS` is made as [experiments/pools](../../experiments/pools/README.md) tells. " + sizes());
        missing().ifPresent(words -> line(page, words));
    }

    /** The command, for tasks in one folder. */
    String command() {
        String folders = tasks.stream().map(task -> "TASKS/" + task.name()).collect(Collectors.joining(" "));
        return "quad experiment " + experiment.name() + (size.equals(Size.QUICK) ? " --quick" : "") + " --tasks "
                + folders + " --out OUT";
    }

    /** How much of everything there was. */
    String sizes() {
        return String.format(
                Locale.ROOT,
                "%s: %,d bytes to choose from, %,d to choose, a decoder of %d blocks of width %d that was trained on %,d"
                        + " bytes of other documents of the pool, and is trained on %,d bytes of what is chosen; at most"
                        + " %,d bytes of the reference, and of each file held out.",
                size.seeds() == 1
                        ? "One seed of each task"
                        : size.seeds()
                                + " seeds of each task, each with other documents, another model and another choice",
                size.pool(),
                size.budget(),
                size.layers(),
                size.width(),
                size.start(),
                size.training(),
                size.measured());
    }

    /** The pools of the published pages that are not here. */
    Optional<String> missing() {
        List<String> missing = KNOWN_POOLS.stream()
                .filter(pool -> tasks.stream().noneMatch(task -> task.poolName().equals(pool)))
                .toList();
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("Left out: tasks of the pool " + String.join(" and ", missing) + ".");
    }

    @Override
    public String toString() {
        return "page of " + experiment.name() + " on " + Arrays.toString(tasks.toArray());
    }
}
