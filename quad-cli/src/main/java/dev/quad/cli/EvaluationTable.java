// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.Evaluation;
import dev.quad.pipeline.Reading;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/** An {@link Evaluation} for people: losses first, and differences with what they could have shown. */
final class EvaluationTable {
    private static final String VERDICT = "verdict";
    private static final String TRAIN = "train";

    private final Evaluation evaluation;
    private final List<String> names;
    private final String title;

    /** With the names of the training sets. */
    EvaluationTable(Evaluation evaluation) {
        this(evaluation, evaluation.files().stream().map(Path::toString).toList(), TRAIN);
    }

    /** With other names, which are of what a title says. */
    EvaluationTable(Evaluation evaluation, List<String> names, String title) {
        this.evaluation = evaluation;
        this.names = names;
        this.title = title;
    }

    void print(PrintStream out) {
        Reading model = evaluation.model();
        out.printf(
                Locale.ROOT,
                "loss in nats a byte on %,d documents of %,d bytes, after %,d tokens from %s, seeds %d to %d%n",
                model.documents(),
                model.bytes(),
                evaluation.tokens(),
                evaluation.start(),
                evaluation.firstSeed(),
                evaluation.firstSeed() + model.trainings() - 1);
        boolean several = names.size() > 1;
        List<Column> columns = new ArrayList<>();
        columns.add(new Column("model", f -> number(model.mean(f))));
        if (model.trainings() > 1) {
            columns.add(new Column("of the seeds", f -> range(model.losses(f))));
        }
        columns.add(new Column("n-grams", f -> number(evaluation.ngrams().mean(f))));
        table(out, columns);
        if (several) {
            out.printf(
                    "%ndifference to %s, with 95 %% intervals (Student's t, over documents and trainings); a true one of the size"
                            + " \"seen from\" is told from none four times in five%n",
                    names.get(evaluation.against()));
            table(
                    out,
                    List.of(
                            new Column("model", others(f -> model.difference(f).toString())),
                            new Column(
                                    "seen from",
                                    others(f -> number(model.difference(f).visible()))),
                            new Column(
                                    "n-grams",
                                    others(f ->
                                            evaluation.ngrams().difference(f).toString())),
                            new Column(
                                    "its loss after",
                                    others(f -> evaluation.tokensToReach(f).isPresent()
                                            ? String.format(
                                                    Locale.ROOT,
                                                    "%,d tokens",
                                                    evaluation.tokensToReach(f).getAsLong())
                                            : "never")),
                            new Column(VERDICT, others(evaluation::verdict))));
        }
        out.println();
        out.println("loss by the model after so many tokens");
        long[] points = evaluation.points();
        List<Column> curve = new ArrayList<>();
        model.before().ifPresent(loss -> curve.add(new Column("0", f -> number(loss))));
        for (int i = 0; i < points.length; i++) {
            int point = i;
            curve.add(new Column(
                    String.format(Locale.ROOT, "%,d", points[i]),
                    f -> number(evaluation.curve(f)[point])));
        }
        table(out, curve);
        for (Reading forgotten : evaluation.forgotten()) {
            out.printf(
                    Locale.ROOT,
                    "%nloss by the model on %s, %,d documents of %,d bytes%n",
                    forgotten,
                    forgotten.documents(),
                    forgotten.bytes());
            List<Column> of = new ArrayList<>();
            forgotten.before().ifPresent(loss -> of.add(new Column("before", f -> number(loss))));
            of.add(new Column("after", f -> number(forgotten.mean(f))));
            if (several) {
                of.add(new Column(
                        "difference", others(f -> forgotten.difference(f).toString())));
            }
            table(out, of);
        }
        List<String> untold = untold();
        if (!untold.isEmpty()) {
            out.println();
            untold.forEach(out::println);
        }
    }

    /** What cannot be told from so little, and what to give to have it told. */
    private List<String> untold() {
        List<String> lines = new ArrayList<>();
        if (names.size() == 1) {
            lines.add("one " + title
                    + ": nothing is compared, and whether this loss is low is told by that of another; give "
                    + (title.equals(TRAIN) ? "--train two files or more" : "--methods two or more, such as random"));
        }
        if (evaluation.model().trainings() == 1) {
            lines.add("one seed: no interval is over trainings, so that what another seed would give is not told; give"
                    + " --seeds 2 or more");
        }
        return lines;
    }

    /** Nothing in the row that the others are compared with. */
    private IntFunction<String> others(IntFunction<String> cell) {
        return file -> file == evaluation.against() ? "" : cell.apply(file);
    }

    private static String number(double loss) {
        return String.format(Locale.ROOT, "%.4f", loss);
    }

    private static String range(double... losses) {
        return number(Arrays.stream(losses).min().orElseThrow()) + " to "
                + number(Arrays.stream(losses).max().orElseThrow());
    }

    record Column(String title, IntFunction<String> cell) {}

    private void table(PrintStream out, List<Column> columns) {
        table(out, names, title, columns);
    }

    /** A line a name under one of titles; numbers to the right. */
    static void table(PrintStream out, List<String> names, String title, List<Column> columns) {
        List<Column> all = new ArrayList<>(columns);
        all.add(0, new Column(title, names::get));
        StringBuilder[] lines = new StringBuilder[names.size() + 1];
        Arrays.setAll(lines, i -> new StringBuilder());
        for (Column column : all) {
            List<String> cells = new ArrayList<>(List.of(column.title));
            for (int row = 0; row < names.size(); row++) {
                cells.add(column.cell.apply(row));
            }
            int width = cells.stream().mapToInt(String::length).max().orElseThrow();
            boolean left = column.title.equals(VERDICT) || column.title.equals(title);
            for (int i = 0; i < lines.length; i++) {
                lines[i].append(lines[i].length() == 0 ? "" : "  ")
                        .append(String.format(left ? "%-" + width + "s" : "%" + width + "s", cells.get(i)));
            }
        }
        for (StringBuilder line : lines) {
            out.println(line.toString().stripTrailing());
        }
    }
}
