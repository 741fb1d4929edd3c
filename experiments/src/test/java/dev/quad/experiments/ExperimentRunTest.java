// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.pipeline.PipelineListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentRunTest {
    @TempDir
    private Path folder;

    private List<Path> tasks;
    private final AtomicInteger measured = new AtomicInteger();

    @BeforeEach
    void tasks() throws IOException {
        SmallTasks small = new SmallTasks(folder);
        tasks = List.of(small.task("first"), small.task("second"), small.task("third"));
    }

    /** Rows that cost nothing; the measure is of the documents, so that tasks differ. */
    private Experiment plain(int stopAfter) {
        Row plain = row("plain", 0, stopAfter);
        Row better = row("better", -1, stopAfter);
        return new Experiment(
                "plain",
                "Nothing",
                "Less is less.",
                "Numbers.",
                List.of(plain, better),
                List.of("number"),
                "plain",
                List.of(Contrast.below("less", "number", "better", "plain")),
                List.of());
    }

    private Row row(String name, double more, int stopAfter) {
        return new Row(name, "a number", trial -> {
            if (measured.getAndIncrement() == stopAfter) {
                throw new QuadException("stopped");
            }
            return Map.of("number", more + trial.pool().tokens(0) / 1000.0);
        });
    }

    private ExperimentRun run(int stopAfter) {
        return ExperimentRun.of(plain(stopAfter), SmallTasks.TINY, tasks);
    }

    @Test
    void run_stoppedAtAnyPoint_goesOn_withTheSamePage() {
        String whole = run(-1).run(folder.resolve("whole"), PipelineListener.NONE);
        assertThat(measured.get()).isEqualTo(6);
        assertThat(whole).contains("**Here it holds.**", "TASKS/small/first", "-1.0000 ± 0.0000");

        for (int stop = 0; stop < 6; stop++) {
            Path out = folder.resolve("stopped-" + stop);
            measured.set(0);
            ExperimentRun stopped = run(stop);
            assertThatThrownBy(() -> stopped.run(out, PipelineListener.NONE)).hasMessage("stopped");
            measured.set(0);
            assertThat(run(-1).run(out, PipelineListener.NONE)).isEqualTo(whole);
            assertThat(measured.get()).isEqualTo(6 - stop);
            assertThat(out.resolve("tiny/plain.md")).hasContent(whole);
            assertThat(out.resolve("tiny/plain.json")).hasSameTextualContentAs(folder.resolve("whole/tiny/plain.json"));
        }
        assertThat(run(-1).results(folder.resolve("whole")))
                .content()
                .contains("\"verdict\" : \"holds\"", "\"mean\" : -1.0", "\"number\" : ");
    }

    @Test
    void run_ofPointsThatAreNotItsOwn_isRefused() throws IOException {
        Path out = folder.resolve("out");
        run(-1).run(out, PipelineListener.NONE);
        Path point = out.resolve("tiny/small/first/seed-1/point-plain.json");
        String good = Files.readString(point);
        Files.writeString(point, good.replace("number\" : ", "number\" : 1"));
        assertThatThrownBy(() -> run(-1).run(out, PipelineListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("point-plain.json is not what was written");
        Files.writeString(point, good);
        Files.writeString(tasks.get(0).resolve("reference.jsonl"), "{\"id\":\"1\",\"text\":\"other text\"}\n");
        assertThatThrownBy(() -> run(-1).run(out, PipelineListener.NONE))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("other documents");
    }

    @Test
    void run_ofAMeasureThatIsNoNumber_isRefused() {
        Experiment plain = plain(-1);
        Row none = new Row("plain", "nothing", trial -> Map.of("number", Double.NaN));
        ExperimentRun run = ExperimentRun.of(
                new Experiment("n", "N", "", "", List.of(none), List.of(), "plain", List.of(), plain.controls()),
                SmallTasks.TINY,
                tasks);
        assertThatThrownBy(() -> run.run(folder.resolve("out"), PipelineListener.NONE))
                .hasMessageContaining("the number of plain");
    }

    @Test
    void names_thatAreNone_areToldInALine() {
        assertThatThrownBy(() -> ExperimentRun.of("fig-9", true, tasks))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"fig-9\" is no experiment; there are fig-4a, fig-4b");
        assertThatThrownBy(() -> ExperimentRun.of("fig-4b", true, List.of(folder)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no task: it has no pool.jsonl");
        assertThatThrownBy(() -> ExperimentRun.of("fig-4b", true, tasks.subList(0, 1)))
                .hasMessageContaining("no interval can be had");
        assertThatThrownBy(() -> ExperimentRun.of("fig-4b", false, List.of(tasks.get(0), tasks.get(0))))
                .hasMessageContaining("of different names");
        assertThatThrownBy(() -> new Row("Upper case", "", trial -> Map.of())).hasMessageContaining("small letters");
    }

    @Test
    void experiment_ofRowsThatAreNotThere_isRefused() {
        Experiment plain = plain(-1);
        List<Contrast> wrong = List.of(Contrast.below("less", "number", "worse", "plain"));
        assertThatThrownBy(() -> new Experiment("n", "N", "", "", plain.rows(), List.of(), "plain", wrong, List.of()))
                .hasMessageContaining("is of no row");
        assertThatThrownBy(
                        () -> new Experiment("n", "N", "", "", plain.rows(), List.of(), "best", List.of(), List.of()))
                .hasMessageContaining("compared with best");
    }

    @Test
    void everyExperiment_hasAClaimThatItsRowsMeasure() {
        assertThat(Experiments.claims()).hasSameSizeAs(Experiments.all());
        for (Experiment experiment : Experiments.all()) {
            assertThat(experiment.parts()).as(experiment.name()).isNotEmpty();
            assertThat(experiment.claim()).as(experiment.name()).endsWith(".");
        }
    }

    /** A real one: models are trained, score, choose and are trained on what they chose. */
    @Test
    void experiment_atATinySize_runsToItsPage_andAgainToTheSame() {
        ExperimentRun layers = ExperimentRun.of(Experiments.named("fig-4b"), SmallTasks.TINY, tasks.subList(0, 2));
        Path out = folder.resolve("real");
        String page = layers.run(out, PipelineListener.NONE);
        assertThat(page)
                .contains("# fig-4b: which layers the scores are of", "quad experiment fig-4b --tasks")
                .containsPattern("\\| `layers-all` \\|.*\\| \\d\\.\\d{4} \\| \\d\\.\\d{4} \\| [+-]\\d\\.\\d{4} ± ")
                .contains("Left out: tasks of the pool mixed and registry.");
        assertThat(layers.run(out, PipelineListener.NONE)).isEqualTo(page);
    }

    /** A loss of 3 − power/2, so that 2.6 is reached at 0.8, and 4 and 1 lie outside. */
    @Test
    void reach_isWhereTheLineCrosses_andAsksNoFurther() {
        List<Integer> asked = new ArrayList<>();
        assertThat(CleanData.reach(2.6, power -> {
                    asked.add(power);
                    return 3 - power / 2.0;
                }))
                .isCloseTo(0.8, within(1e-12));
        assertThat(asked).containsExactly(-1, 0, 1);
        assertThat(CleanData.reach(4, power -> 3 - power / 2.0)).isEqualTo(-1);
        assertThat(CleanData.reach(1, power -> 3 - power / 2.0)).isEqualTo(2);
    }

    @Test
    void cleanData_areOfTheReference_andNotInIt() throws IOException {
        Task task = Task.of(tasks.get(0));
        Size small = new Size("tiny", 1, 12_000, 1_000, 4_000, 2_000, 1_000, 2_000, 32, 1);
        Path place = folder.resolve("clean");
        try (Trial trial = Trial.open(task, task.digest(), new Seed(1), small, place)) {
            Map<String, Double> clean = trial.clean();
            assertThat(trial.clean()).isEqualTo(clean);
            Map<String, Double> random = trial.trained(Rows.random(trial), 1);
            assertThat(clean.get(Trial.NGRAMS)).isLessThan(random.get(Trial.NGRAMS));
        }
        List<String> clean = Files.readAllLines(place.resolve("clean.jsonl"));
        assertThat(clean)
                .isNotEmpty()
                .doesNotContainAnyElementsOf(Files.readAllLines(place.resolve("reference.jsonl")));
        assertThat(clean)
                .allMatch(line ->
                        line.contains("\"source\" : \"reference\"") || line.contains("\"source\":\"reference\""));
    }

    @Test
    void bestClusters_takeWholeClusters_theBestFirst_withinTheBudget() {
        Task task = Task.of(tasks.get(0));
        try (Trial trial = Trial.open(task, task.digest(), new Seed(1), SmallTasks.TINY, folder.resolve("trial"))) {
            List<Selection.Choice> choices = BestClusters.choose(trial).choices();
            long tokens = choices.stream()
                    .mapToLong(choice -> trial.pool().tokens(choice.ordinal()))
                    .sum();
            assertThat(tokens).isBetween(SmallTasks.TINY.budget() * 9 / 10, SmallTasks.TINY.budget());
            assertThat(choices.stream().map(Selection.Choice::ordinal)).doesNotHaveDuplicates();
            long sums = choices.stream()
                    .filter(choice -> trial.pool()
                            .field(choice.ordinal(), "source")
                            .orElseThrow()
                            .equals("sums"))
                    .count();
            assertThat(sums).as("of the kind of the reference").isGreaterThan(choices.size() * 3L / 4);
        }
    }
}
