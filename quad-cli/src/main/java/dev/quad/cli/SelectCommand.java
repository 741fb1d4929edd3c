// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.bandit.SelectionOptions;
import dev.quad.pipeline.Preset;
import dev.quad.pipeline.ScoreSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad select}. */
@Command(
        name = "select",
        description = "Chooses the documents of a pool that are predicted to lower the loss on a reference most.",
        customSynopsis = {
            "quad select --pool=FILE... --reference=FILE... --out=DIR (--budget-tokens=N | --budget-documents=N) [OPTIONS]",
            "       quad select --pool=FILE... --scores=FILE --out=DIR (--budget-tokens=N | --budget-documents=N) [OPTIONS]"
        },
        footer = {
            "",
            "Writes to the output folder: selected.jsonl.gz (the original records, with score, cluster and round added"
                    + " under \"quad\"), report.html for people, report.json, manifest.json, and with --selector quad rounds.jsonl and the proxy"
                    + " model in proxy/.",
            "Every option may stand in the YAML file of --config, by its name without dashes."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SelectCommand implements Callable<Integer> {
    @Mixin
    private PoolOption pool;

    @Mixin
    private ReferenceOption reference;

    @Option(
            names = "--scores",
            paramLabel = "FILE",
            description = "Choose by scores that are there already, in the place of a reference: Parquet, JSONL or"
                    + " safetensors as quad score writes it, matched by id (--id-field). No model is trained or"
                    + " read; --model only counts tokens.")
    private @Nullable Path scoresFile;

    @Mixin
    private MethodOption method;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for the results; new, empty, or with --resume that of the same run.")
    private Path out;

    @ArgGroup(validate = false)
    private BudgetOption budget = new BudgetOption();

    @Mixin
    private SeedOption seed;

    /** What chooses. */
    enum Selector {
        /** What adds most to what is chosen already. */
        COVERAGE,
        /** Rounds of a bandit over clusters, which score some. */
        QUAD,
        /** All are scored. */
        TOP_K
    }

    @Option(
            names = "--selector",
            paramLabel = "NAME",
            converter = ToSelector.class,
            description =
                    "What chooses: coverage, which takes what adds most to the runs of bytes of the reference that the"
                            + " selection teaches, without a model; quad, rounds of a bandit over clusters that score"
                            + " some documents by their influence on a model; or top-k, which scores every document so,"
                            + " or by --method, and takes the best: the baseline. Default: coverage; top-k with --method;"
                            + " quad with --scores, a preset or anything of a model, scores, clusters or rounds.")
    private @Nullable Selector selector;

    @Option(
            names = "--clusters",
            paramLabel = "K",
            description = "Clusters, which are the arms of the bandit. Default: from the size of the pool.")
    private int clusters;

    @Mixin
    private ModelOption model;

    @Mixin
    private ConfigOption config;

    @Option(names = "--dry-run", description = "Read the input, print what the run would take, write nothing.")
    private boolean dryRun;

    @Option(names = "--resume", description = "Go on with the interrupted run in the output folder.")
    private boolean resume;

    @Mixin
    private DuplicateOptions duplicates;

    @Mixin
    private Decontaminate decontaminate;

    @Option(
            names = "--output-format",
            paramLabel = "FORMAT",
            description =
                    "How the selection is written: jsonl, jsonl.gz, jsonl.zst or parquet. Default: ${DEFAULT-VALUE}.")
    private String outputFormat = OutputOptions.DEFAULT_FORMAT;

    @Mixin
    private OutputOptions output;

    @Mixin
    private PageOption page;

    @Mixin
    private EmbeddingOptions embedding;

    @Mixin
    private InputOptions input;

    @Mixin
    private ReferenceField referenceField;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            converter = ToPreset.class,
            description =
                    "What the options of scores and of choosing start from: quad; paper (the formulas: alpha in the"
                            + " unit of the scores, blocks taken whole by their means); or public-code (what the authors' code"
                            + " does, but for its errors in linear algebra); or less (its scores: cosines of what Adam makes of"
                            + " documents). Default: quad.")
    private Preset preset = Preset.QUAD;

    @ArgGroup(validate = false, heading = ScoreOptions.HEADING)
    private ScoreOptions scores = new ScoreOptions();

    @ArgGroup(validate = false, heading = BanditOptions.HEADING)
    private BanditOptions bandit = new BanditOptions();

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Outputs.requireFolder(spec, out);
        Usage.check(spec, clusters >= 0, "--clusters is " + clusters + "; allowed is 1 or more, or 0 for the default");
        model.check(spec);
        Usage.check(
                spec,
                OutputOptions.FORMATS.contains(outputFormat),
                "--output-format is " + outputFormat + "; allowed are " + String.join(", ", OutputOptions.FORMATS));
        Usage.check(
                spec,
                scoresFile != null || !method.needsReference() || reference.isGiven(),
                "there is no --reference; give documents whose loss is to fall, or --scores FILE");
        Usage.check(
                spec,
                scoresFile == null || !method.isGiven(),
                "--scores FILE has the scores, and --method would make others; leave one of them out");
        reference.check(spec);
        int count = threads.count(spec.commandLine());
        SelectRun run = run();
        Outputs outputs = Outputs.beside(pool.files(), reference.files(), decontaminate.files())
                .and(config.file())
                .and(scoresFile)
                .and(embedding.files());
        if (input.rejects().isPresent()) {
            outputs.rejects(input.rejects().get(), resume);
        }
        embedding.checkCache(outputs);
        if (dryRun) {
            return ThreadsOption.computing(count, run::run);
        }
        int code = IfStopped.resume(out, () -> ThreadsOption.computing(count, run::run));
        run.selected().forEach(System.out::println);
        return code;
    }

    InputOptions input() {
        return input;
    }

    ReferenceField referenceField() {
        return referenceField;
    }

    ReferenceOption reference() {
        return reference;
    }

    ModelOption model() {
        return model;
    }

    /** What does nothing beside other options. */
    private List<Useless> useless(ScoreSettings scoring, SelectionOptions choosing) {
        List<Useless> rules = new ArrayList<>();
        Set<String> scored = ofScores();
        scored.addAll(List.of("--reference", "--reference-text-field", "--reference-shares"));
        rules.add(Useless.when(
                method.isGiven(),
                "with --method each document of the reference counts alike",
                "leave out --method",
                "--reference-shares"));
        rules.add(new Useless(
                scoresFile != null,
                "with --scores documents have their scores from a file",
                "leave out --scores",
                scored));
        rules.add(new Useless(
                selector() == Selector.COVERAGE,
                "with --selector coverage there are no model, clusters and rounds",
                "give --selector quad",
                ofModelOrRounds()));
        rules.add(Useless.when(
                selector == Selector.COVERAGE,
                "with --selector coverage no method scores documents",
                "give another --selector",
                "--method"));
        rules.addAll(method.useless(ofScores(), "--reference", "--reference-text-field"));
        rules.add(new Useless(
                selector() == Selector.TOP_K,
                "with " + (selector == null ? "--method" : "--selector top-k")
                        + " every document is scored, without clusters and rounds",
                "give --selector quad",
                ofRounds()));
        rules.add(model.useless());
        rules.addAll(ScoreOptions.useless(scoring));
        rules.addAll(bandit.useless(choosing));
        rules.addAll(embedding.useless());
        return rules;
    }

    /** As given, or by what else is given. */
    private Selector selector() {
        if (selector != null) {
            return selector;
        }
        if (method.isGiven()) {
            return Selector.TOP_K;
        }
        Set<String> others = ofModelOrRounds();
        others.add("--model");
        boolean any = spec.commandLine().getParseResult().matchedOptions().stream()
                .anyMatch(option -> others.contains(option.longestName()));
        return any ? Selector.QUAD : Selector.COVERAGE;
    }

    private Set<String> ofModelOrRounds() {
        Set<String> options = ofRounds();
        options.addAll(ofScores());
        options.addAll(List.of("--scores", "--preset"));
        return options;
    }

    private Set<String> ofScores() {
        Set<String> options = Usage.group(spec, ScoreOptions.HEADING);
        options.addAll(ModelOption.OTHERS);
        options.add("--preference-fields");
        return options;
    }

    /** The options of clusters and rounds. */
    private Set<String> ofRounds() {
        Set<String> options = Usage.group(spec, BanditOptions.HEADING);
        Objects.requireNonNull(spec.mixins().get("embedding"))
                .options()
                .forEach(option -> options.add(option.longestName()));
        options.add("--clusters");
        return options;
    }

    private SelectRun run() {
        try {
            ScoreSettings scoring = scores.of(preset);
            Usage.check(
                    spec,
                    model.isGiven() || !scoring.needsModelFolder(),
                    "--gradient adam-state needs the moments in a model's folder; give --model DIR, or --gradient adam");
            boolean rounds = selector() == Selector.QUAD;
            SelectionOptions choosing = bandit.of(preset);
            Useless.refuse(spec, useless(scoring, choosing));
            return new SelectRun(
                            pool.files(), reference, out, budget.get(), seed.seed(), Progress.standard(), System.out)
                    .input(input.jsonl(), referenceField.of(input), input.rejects())
                    .arguments(spec.commandLine().getParseResult().originalArgs())
                    .temporary(input.temporary())
                    .embedding(rounds ? Optional.of(embedding.source(input.idField())) : Optional.empty())
                    .leavingOut(duplicates.policy(), decontaminate)
                    .model(model)
                    .withoutModel(selector() == Selector.COVERAGE)
                    .scores(Optional.ofNullable(scoresFile), input.idField())
                    .method(method.scorer())
                    .settings(pipeline -> {
                        if (selector() == Selector.COVERAGE) {
                            return pipeline;
                        }
                        pipeline.preset(preset);
                        if (scoresFile == null && !method.isGiven()) {
                            pipeline.scores(scoring);
                        }
                        return rounds ? pipeline.selection(choosing).clusters(clusters) : pipeline.topK();
                    })
                    .output(outputFormat, output.shardBytes())
                    .page(page.isWanted())
                    .resume(resume)
                    .dryRun(dryRun);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** {@code --selector}. */
    static final class ToSelector extends Word.Choice<Selector> {
        ToSelector() {
            super(Selector.class);
        }
    }

    /** {@code --preset}. */
    static final class ToPreset extends Word.Choice<Preset> {
        ToPreset() {
            super(Preset.class);
        }
    }
}
