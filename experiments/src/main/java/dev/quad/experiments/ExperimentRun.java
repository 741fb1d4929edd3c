// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.InputException;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.files.Unchecked;
import dev.quad.pipeline.PipelineListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;

/**
 * Runs an experiment over tasks and seeds, and writes its page. Each point is kept as a file when it is there: a run
 * that was stopped goes on with the next one, and ends with the same page; another experiment that has the same row
 * takes its points from there. Immutable.
 *
 * <p>Cost: for each task and seed a small model and its scores, once; for each row the training of a model. It runs on
 * the current fork-join pool, or the common one.
 */
public final class ExperimentRun {
    private final Experiment experiment;
    private final Size size;
    private final List<Task> tasks;

    private ExperimentRun(Experiment experiment, Size size, List<Task> tasks) {
        this.experiment = experiment;
        this.size = size;
        this.tasks = tasks;
    }

    /**
     * Of an experiment by its name.
     *
     * @param quick minutes instead of a night
     * @param tasks folders with {@code pool.jsonl}, {@code reference.jsonl} and {@code holdout/NAME.jsonl}
     * @throws IllegalArgumentException if there is no such experiment; lists those that there are
     * @throws InputException if a folder is no task, two have one name, or there are too few for an interval
     */
    public static ExperimentRun of(String name, boolean quick, List<Path> tasks) {
        return of(Experiments.named(name), quick ? Size.QUICK : Size.WHOLE, tasks);
    }

    static ExperimentRun of(Experiment experiment, Size size, List<Path> tasks) {
        List<Task> opened = tasks.stream().map(Task::of).toList();
        List<String> names = opened.stream().map(Task::name).toList();
        if (names.isEmpty() || names.stream().distinct().count() != names.size()) {
            throw new InputException("the tasks are " + names
                    + "; needed are one or more, of different names: those of their folders and of the folders above");
        }
        if (names.size() == 1 && size.seeds() == 1) {
            throw new InputException(
                    names + " is one task, with one seed, from which no interval can be had; give two or" + " more");
        }
        return new ExperimentRun(experiment, size, opened);
    }

    /**
     * Measures what is not measured yet.
     *
     * @param out folder for the points, of all experiments of these tasks, and for the page
     * @return the page, in Markdown
     * @throws dev.quad.MismatchException if the folder has points of other documents
     * @throws InputException if a point was damaged
     */
    public String run(Path out, PipelineListener listener) {
        MarkedFolder.make(out);
        Map<Points.Key, Map<String, Double>> values = new HashMap<>();
        OutputLock lock = OutputLock.ofFolder(out);
        try {
            for (Task task : tasks) {
                String digest = task.digest();
                for (int seed = 1; seed <= size.seeds(); seed++) {
                    Path folder = out.resolve(size.name()).resolve(task.name()).resolve("seed-" + seed);
                    String stage = task.name() + ", seed " + seed;
                    listener.onStageStarted(stage, experiment.rows().size(), "points");
                    long started = System.nanoTime();
                    int fresh = 0;
                    try (Trial trial = Trial.open(task, digest, new Seed(seed), size, folder)) {
                        for (int row = 0; row < experiment.rows().size(); row++) {
                            Row one = experiment.rows().get(row);
                            Path file = folder.resolve("point-" + one.name() + ".json");
                            if (!Files.exists(file)) {
                                measure(one, trial, file);
                                fresh++;
                            }
                            values.put(new Points.Key(task.name(), seed, one.name()), read(file));
                            listener.onStageAt(row + 1L);
                        }
                    }
                    listener.onStageFinished(
                            stage,
                            String.format(
                                    Locale.ROOT,
                                    "%d points, %d of them new",
                                    experiment.rows().size(),
                                    fresh),
                            (System.nanoTime() - started) / 1e9);
                }
            }
        } finally {
            lock.close();
        }
        List<String> names = tasks.stream().map(Task::name).toList();
        Page page = new Page(experiment, size, tasks, new Points(names, size.seeds(), values));
        AtomicFile.replace(results(out), JsonText.text(Results.tree(page)));
        AtomicFile.replace(out.resolve(size.name()).resolve(experiment.name() + ".md"), page.text());
        return page.text();
    }

    /** Where in the folder of {@link #run} what came out stands in JSON, of which {@code quad report} makes a page. */
    public Path results(Path out) {
        return out.resolve(size.name()).resolve(experiment.name() + ".json");
    }

    private static void measure(Row row, Trial trial, Path file) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted before the point " + file);
        }
        Map<String, Double> values = row.measure().apply(trial);
        values.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                throw new QuadException("the " + name + " of " + row + " in " + file + " is " + value);
            }
        });
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("row", row.name());
        tree.put("values", values);
        AtomicFile.write(file, JsonText.sealed(tree));
    }

    private static Map<String, Double> read(Path file) {
        Unchecked.run(file, () -> JsonText.checkSealed(file));
        Map<String, Double> values = new LinkedHashMap<>();
        Unchecked.get(file, () -> JsonText.texts(file, "values"))
                .forEach((name, value) -> values.put(name, Double.valueOf(value)));
        return values;
    }

    /** What will be done, in a line. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        tasks.forEach(task -> names.add(task.name()));
        return experiment.name() + ", " + size.name() + ", on " + String.join(", ", names);
    }
}
