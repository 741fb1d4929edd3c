// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Tokenizer;
import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.report.MapLayout;
import dev.quad.report.SelectionReport;
import dev.quad.text.JsonlOptions;
import dev.quad.text.TableWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quad report}. */
@Command(
        name = "report",
        description =
                "Shows in one HTML file what a run chose, beside a random choice of the same size, and how it differs"
                        + " from other runs. The file needs no network.",
        customSynopsis = "quad report RUN... --out=FILE [OPTIONS]")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ReportCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "RUN",
            description =
                    "Folders of quad select, the first of which is shown whole and compared with the others; or one of"
                            + " quad compare; or NAME.json of quad experiment.")
    private List<Path> runs;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The HTML file; replaces a report of that name.")
    private Path out;

    @Option(
            names = "--pool",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Where the pool lies now. Default: where the run found it.")
    private List<Path> pool = List.of();

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Where the model lies now by whose tokenizer the run counted tokens. Default: where the run"
                    + " found it.")
    private @Nullable Path model;

    @Option(
            names = "--field",
            arity = "1..*",
            split = ",",
            paramLabel = "NAME",
            description = "Fields of the records to tell of. Default: the first three that have few values.")
    private List<String> fields = List.of();

    @Option(
            names = "--evaluation",
            paramLabel = "FILE",
            description = "What quad evaluate --json wrote of the selection and of what it is compared with.")
    private @Nullable Path evaluation;

    @Option(
            names = "--score-check",
            paramLabel = "FILE",
            description = "What quad check-scores --json wrote of the scores of the run.")
    private @Nullable Path scoreCheck;

    @Option(
            names = "--layout",
            paramLabel = "NAME",
            converter = ToLayout.class,
            description = "How the map is laid out: components, the two principal components; or neighbours, so that"
                    + " neighbours stay near and groups come apart. Default: components.")
    private MapLayout layout = MapLayout.COMPONENTS;

    @Option(
            names = "--map",
            paramLabel = "FILE",
            description =
                    "Also the map as a table, JSON lines or Parquet by its name, for programs that draw maps; it must"
                            + " not be there.")
    private @Nullable Path map;

    @Mixin
    private InputOptions input;

    @Mixin
    private ReferenceField referenceField;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    private Optional<ModelTokenizer> tokens = Optional.empty();

    @Override
    public Integer call() throws Exception {
        Usage.check(
                spec,
                runs.stream()
                                .map(run -> run.toAbsolutePath().normalize())
                                .distinct()
                                .count()
                        == runs.size(),
                "the runs are " + runs + "; give each once");
        Path target = Outputs.named(out);
        Outputs outputs = Outputs.beside(pool).and(evaluation, scoreCheck).requireNoInput(target);
        Path table = map;
        if (table != null) {
            Usage.check(
                    spec,
                    TableWriter.isNamed(table),
                    "--map is " + table + "; allowed endings are .jsonl, .ndjson, both"
                            + " with .gz or .zst behind them, and .parquet");
            outputs.file(table);
        }
        int count = threads.count(spec.commandLine());
        try (TemporaryFolder work = input.temporary().open()) {
            return ThreadsOption.on(count, () -> run(target, work.path()));
        }
    }

    private int run(Path target, Path work) {
        MadeBy made = MadeBy.of(runs.get(0));
        made.fill(input, referenceField);
        try {
            write(target, work, () -> tokenizer(made), made.shown(referenceField.of(input)));
        } finally {
            tokens.ifPresent(ModelTokenizer::close);
        }
        return Quad.DONE;
    }

    private Tokenizer tokenizer(MadeBy made) {
        Path folder = model;
        ModelTokenizer opened = folder == null ? made.tokens() : ModelTokenizer.of(folder);
        tokens = Optional.of(opened);
        return opened.tokenizer();
    }

    private void write(Path target, Path work, Supplier<Tokenizer> tokenizer, JsonlOptions ofReference) {
        SelectionReport.Builder report = SelectionReport.builder(runs.get(0))
                .pool(pool)
                .tokenizer(tokenizer)
                .layout(layout)
                .fields(fields.toArray(String[]::new))
                .input(input.jsonl(), ofReference)
                .temporary(work);
        runs.subList(1, runs.size()).forEach(report::with);
        Path measured = evaluation;
        if (measured != null) {
            report.evaluation(measured);
        }
        Path checked = scoreCheck;
        if (checked != null) {
            report.scoreCheck(checked);
        }
        Path table = map;
        if (table != null) {
            report.map(table);
        }
        report.write(target);
    }

    /** {@code --layout}. */
    static final class ToLayout extends Word.Choice<MapLayout> {
        ToLayout() {
            super(MapLayout.class);
        }
    }
}
