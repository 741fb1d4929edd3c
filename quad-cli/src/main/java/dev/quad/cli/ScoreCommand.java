// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.files.TemporaryFolder;
import dev.quad.files.Words;
import dev.quad.pipeline.MethodScores;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.pipeline.PoolScores;
import dev.quad.pipeline.Preset;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.pipeline.ScoreSummary;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import dev.quad.text.RejectFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad score}. */
@Command(
        name = "score",
        description =
                "Scores every document of a pool by how much it is predicted to lower the loss on a reference, or by another --method, and"
                        + " writes the scores to a file. A run that was killed goes on with the same command.",
        customSynopsis = "quad score --pool=FILE... --reference=FILE... --out=FILE [OPTIONS]",
        footer = {
            "",
            "Positive means that training on the document is predicted to lower the loss. quad select --scores chooses by"
                    + " such a file. Every option may stand in the YAML file of --config, by its name without dashes."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ScoreCommand implements Callable<Integer> {
    /** What a score is of. */
    enum Kind {
        /** The reference as one. */
        AGGREGATED,
        /** Each reference document. */
        PAIRWISE,
        /** The document itself. */
        SELF
    }

    @Mixin
    private PoolOption pool;

    @Mixin
    private ReferenceOption reference;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "File to write: .parquet, .safetensors, or .jsonl, also with .gz or .zst.")
    private Path out;

    @Mixin
    private MethodOption method;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            converter = ToKind.class,
            description =
                    "aggregated: a score by the reference as one; pairwise: one for each reference document; self: what a"
                            + " document does to its own loss, without a reference. Default: aggregated.")
    private Kind kind = Kind.AGGREGATED;

    @Option(
            names = "--by",
            paramLabel = "PART",
            converter = ToBy.class,
            description = "Also write what an aggregated score is made of: layer (they sum to it) or token (it is their"
                    + " mean; every chunk is scored). Default: document, nothing more.")
    private PoolScores.By by = PoolScores.By.DOCUMENT;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            converter = SelectCommand.ToPreset.class,
            description =
                    "What the options of scores start from: quad; paper; public-code; or less, cosines of what Adam"
                            + " makes of documents. Default: quad.")
    private Preset preset = Preset.QUAD;

    @Option(
            names = "--best-of-files",
            description =
                    "Each file of --reference is a task of its own, and a document has the score of the task that it"
                            + " is best for.")
    private boolean bestOfFiles;

    @Option(
            names = "--segments",
            split = ",",
            paramLabel = "N",
            description =
                    "Score through a training and not at its end, as SOURCE does: the folders of --model are its checkpoints"
                            + " in order, as many of each segment, and the numbers are of each the learning rate times the"
                            + " steps. Default: none.")
    private List<Double> segments = List.of();

    @Mixin
    private StoreOptions store;

    @Mixin
    private ModelOption model;

    @Option(names = "--resume", hidden = true, description = "Not needed: the same command goes on by itself.")
    private boolean resume;

    @Mixin
    private SeedOption seed;

    @Mixin
    private ConfigOption config;

    @ArgGroup(validate = false, heading = ScoreOptions.HEADING)
    private ScoreOptions scores = new ScoreOptions();

    @Mixin
    private InputOptions input;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        check();
        ScoreSettings settings = settings();
        int count = threads.count(spec.commandLine());
        boolean there = Files.exists(out);
        Outputs outputs =
                store.checked(Outputs.beside(pool.files(), reference.files()).and(config.file()));
        StandardOutput standard = new StandardOutput(out);
        if (there || Files.exists(PoolScores.work(out))) {
            standard.checkAgain(outputs, input);
        } else {
            standard.check(outputs, input);
        }
        PoolScores.requireFree(out);
        Progress progress = Progress.standard();
        Taken taken = new Taken(progress);
        try (TemporaryFolder cache = input.temporary().open();
                ModelTokenizer tokens = model.open();
                RejectFile rejects = new RejectFile(input.rejects().orElse(standard.rejects(cache.path())))) {
            if (method.isGiven()) {
                MethodScores made = MethodScores.of(
                                method.scorer().orElseThrow(),
                                method.needsReference() ? read(taken, rejects).items() : List.of())
                        .listener(progress);
                taken.use("tokenizer", tokens.toString());
                return write(made::write, count, there, tokens, cache, taken, rejects);
            }
            PoolScores.Builder builder = kind == Kind.SELF
                    ? PoolScores.self()
                    : bestOfFiles
                            ? PoolScores.alongBest(reference.readEach(
                                    input.jsonl(), file -> taken.listening("reference " + file, rejects), taken))
                            : PoolScores.along(read(taken, rejects));
            builder.scores(settings).by(by).listener(progress);
            store.use(builder);
            if (kind == Kind.PAIRWISE) {
                builder.pairwise();
            }
            use(builder, tokens, taken);
            return write(build(builder)::write, count, there, tokens, cache, taken, rejects);
        }
    }

    /** Writes the scores of a pool. */
    private interface Writer {
        ScoreSummary write(Path target, JsonlPool documents, Seed seed);
    }

    private int write(
            Writer writer,
            int count,
            boolean there,
            ModelTokenizer tokens,
            TemporaryFolder cache,
            Taken taken,
            RejectFile rejects)
            throws Exception {
        try (JsonlPool documents = JsonlPool.builder()
                .options(input.jsonl())
                .tokenizer(tokens.tokenizer())
                .cacheFolder(cache.path())
                .listener(taken.listening("pool", rejects))
                .open(pool.files())) {
            Outputs.commit(rejects, true);
            ScoreSummary summary = IfStopped.again(
                    () -> ThreadsOption.computing(count, () -> writer.write(out, documents, seed.seed())));
            if (there) {
                Progress.standard().say("the scores in " + out + " are finished already");
            }
            print(summary);
            return Quad.DONE;
        }
    }

    private void check() {
        model.check(spec);
        reference.check(spec);
        store.check(spec, out);
        Usage.check(
                spec,
                segments.isEmpty() || model.isGiven(),
                "--segments are of a training, and there is no checkpoint of it; give --model with some of each segment");
        Usage.check(
                spec,
                kind == Kind.SELF || !method.needsReference() || reference.isGiven(),
                "there is no --reference; give documents whose loss is to fall"
                        + (method.isGiven() ? "" : ", or --kind self"));
        Usage.check(
                spec,
                kind == Kind.AGGREGATED || by == PoolScores.By.DOCUMENT,
                "--by " + Words.of(by) + " splits an aggregated score, and --kind is " + Words.of(kind)
                        + "; leave one of them out");
        Usage.check(spec, !resume, "--resume is not needed: the same command goes on by itself; leave it out");
        try {
            PoolScores.checkName(out);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--out: " + e.getMessage(), e);
        }
    }

    private ScoreSettings settings() {
        try {
            ScoreSettings settings = scores.of(preset);
            Usage.check(
                    spec,
                    model.isGiven() || !settings.needsModelFolder(),
                    "--gradient adam-state needs the moments in a model's folder; give --model DIR, or --gradient adam");
            Useless.refuse(spec, useless(settings));
            return settings;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** What does nothing beside other options. */
    private List<Useless> useless(ScoreSettings settings) {
        Set<String> influence = Usage.group(spec, ScoreOptions.HEADING);
        influence.addAll(ModelOption.OTHERS);
        influence.addAll(
                List.of("--preset", "--best-of-files", "--kind", "--by", "--reference-shares", "--preference-fields"));
        influence.addAll(List.of("--store", "--store-rank", "--store-form", "--top", "--segments"));
        List<Useless> rules = new ArrayList<>(method.useless(influence, "--reference"));
        rules.addAll(List.of(
                model.useless(),
                store.useless(),
                Useless.when(
                        !segments.isEmpty(),
                        "with --segments the steps of the training stand for a damping and for weights",
                        "leave out --segments",
                        "--damping",
                        "--checkpoint-weights"),
                Useless.when(
                        kind == Kind.SELF,
                        "with --kind self a document is scored by itself",
                        "give --kind aggregated",
                        "--reference",
                        "--reference-shares",
                        "--preference-fields",
                        "--measure",
                        "--reference-tokens"),
                Useless.when(
                        kind == Kind.PAIRWISE,
                        "with --kind pairwise all of each reference document is used",
                        "give --kind aggregated",
                        "--reference-tokens"),
                Useless.when(
                        bestOfFiles,
                        "with --best-of-files each file of the reference is a task of its own",
                        "leave out --best-of-files",
                        "--reference-shares"),
                Useless.when(
                        by == PoolScores.By.TOKEN,
                        "with --by token every chunk is scored",
                        "leave out --by",
                        "--chunks-per-document")));
        rules.addAll(ScoreOptions.useless(settings));
        return rules;
    }

    private PoolScores build(PoolScores.Builder builder) {
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private void use(PoolScores.Builder builder, ModelTokenizer tokens, Taken taken) {
        if (!segments.isEmpty()) {
            builder.unrolled(model.folders(), segments, model.tokenizer(tokens, taken));
        } else if (model.isGiven()) {
            builder.checkpoints(model.folders(), model.weights(), model.tokenizer(tokens, taken));
        } else {
            builder.proxy(model.proxy(taken));
        }
        taken.use("tokenizer", tokens.toString());
    }

    private ReferenceSet<Document> read(Taken taken, RejectFile rejects) throws IOException {
        return reference.read(input.jsonl(), taken.listening("reference", rejects), taken);
    }

    private void print(ScoreSummary summary) {
        System.out.printf(
                Locale.ROOT,
                "%,d documents scored, %,d flagged; mean %.4g, deviation %.4g%n%s%n",
                summary.scored(),
                summary.documents() - summary.scored(),
                summary.mean(),
                summary.deviation(),
                out);
    }

    /** {@code --kind}. */
    static final class ToKind extends Word.Choice<Kind> {
        ToKind() {
            super(Kind.class);
        }
    }

    /** {@code --by}. */
    static final class ToBy extends Word.Choice<PoolScores.By> {
        ToBy() {
            super(PoolScores.By.class);
        }
    }
}
