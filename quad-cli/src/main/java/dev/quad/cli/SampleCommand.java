// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.Draw;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.StopReason;
import dev.quad.bandit.RandomSelector;
import dev.quad.baselines.ScoredSelector;
import dev.quad.files.OutputLock;
import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.DuplicatePolicy;
import dev.quad.text.Contamination;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import dev.quad.text.RejectFile;
import dev.quad.text.ScoreColumn;
import dev.quad.text.WrittenColumns;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad sample}. */
@Command(
        name = "sample",
        description =
                "Chooses documents at random: the control that a selection is compared with; or by scores, with chance.",
        customSynopsis = "quad sample --pool=FILE... --out=FILE (--budget-tokens=N | --budget-documents=N) [OPTIONS]")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SampleCommand implements Callable<Integer> {
    @Mixin
    private PoolOption pool;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description =
                    "File to write: .jsonl, .jsonl.gz, .jsonl.zst or .parquet; - is the standard output, as JSONL.")
    private Path out;

    @Option(
            names = "--scores",
            paramLabel = "FILE",
            description = "Draw by these scores: Parquet, JSONL or safetensors as quad score writes it, matched by id.")
    private @Nullable Path scores;

    @Option(
            names = "--draw",
            paramLabel = "RULE",
            converter = ToDraw.class,
            description = "How --scores draws, by scores in standard deviations from their mean: gumbel:T, without"
                    + " replacement in proportion to exp(score / T); multinomial:T, with replacement, each at most 4"
                    + " times, which is its weight; at-least:X; share:P, the best of that share of the documents; or"
                    + " top. Default: gumbel:2.")
    private Draw draw = Draw.gumbel(Draw.DEFAULT_TEMPERATURE);

    @ArgGroup(validate = false)
    private BudgetOption budget = new BudgetOption();

    @Mixin
    private SeedOption seed;

    @Mixin
    private DuplicateOptions duplicates;

    @Mixin
    private Decontaminate decontaminate;

    @Mixin
    private OutputOptions output;

    @Mixin
    private InputOptions input;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Budget most = budget();
        DuplicatePolicy policy = duplicates.policy();
        long shardBytes = output.shardBytes();
        StandardOutput standard = new StandardOutput(out);
        Usage.check(
                spec,
                shardBytes == 0 || !standard.isMeant(),
                "--shard-size makes several files, and --out is a stream, which takes one; leave one out");
        Useless.refuse(spec, List.of(Useless.when(scores == null, "without --scores", "give --scores FILE", "--draw")));
        Outputs outputs = Outputs.beside(pool.files(), decontaminate.files()).and(scores);
        OutputOptions.checkName(spec, standard.out());
        standard.check(outputs, input);
        Taken taken = new Taken(Progress.standard());
        try (TemporaryFolder cache = input.temporary().open();
                OutputLock kept = standard.lock(outputs, cache.path(), "out.jsonl");
                RejectFile rejects = new RejectFile(input.rejects().orElse(standard.rejects(cache.path())));
                JsonlPool documents = JsonlPool.builder()
                        .options(input.jsonl())
                        .cacheFolder(cache.path())
                        .listener(taken.listening("pool", rejects))
                        .open(pool.files())) {
            List<Document> evaluation = decontaminate.read(input.jsonl(), taken.listening("evaluation", rejects));
            DuplicatePolicy.Repeats repeats = ThreadsOption.on(
                    threads.count(spec.commandLine()),
                    () -> policy.find(documents, Optional.of(cache.path()), Progress.standard()));
            if (!evaluation.isEmpty()) {
                Contamination found = ThreadsOption.on(
                        threads.count(spec.commandLine()), () -> Contamination.find(documents, evaluation));
                Progress.standard().say(found.toString());
                repeats = repeats.and(found);
            }
            IntPredicate eligible = repeats.eligible();
            rejects.commit();
            Path file = standard.file(cache.path(), "out.jsonl");
            kept.removeUnfinished(file);
            kept.removeUnfinished(rejects.path());
            Path scored = scores;
            Selection chosen = scored == null
                    ? random(documents, eligible, most, seed.seed())
                    : ThreadsOption.on(
                            threads.count(spec.commandLine()), () -> drawn(documents, scored, eligible, most));
            Written written = write(documents, chosen, outputs, file, shardBytes);
            taken.columns(written.columns());
            taken.ownField(written.replaced());
            standard.copy(file);
            Selection selection = written.selection();
            PrintStream words = standard.words();
            words.printf(
                    Locale.ROOT,
                    "%,d documents, %,d tokens chosen %s; %s%n",
                    selection.costs().documentsChosen(),
                    selection.costs().tokensChosen(),
                    scores == null ? "at random" : "by " + draw.standardised(),
                    selection.stopReason().words());
            if (repeats.count() > 0) {
                words.println(repeats.words() + " left out");
            }
            if (!standard.isMeant()) {
                written.files().forEach(words::println);
            }
            if (rejects.count() > 0) {
                boolean thrownAway = rejects.path().startsWith(cache.path());
                words.printf(
                        Locale.ROOT,
                        "%,d bad lines skipped; %s%n",
                        rejects.count(),
                        thrownAway ? "--rejects keeps them" : rejects.path() + " has them");
            }
            return SelectRun.code(selection.stopReason());
        }
    }

    private Budget budget() {
        try {
            return budget.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private Selection drawn(JsonlPool documents, Path file, IntPredicate eligible, Budget most) {
        ScoreColumn column = ScoreColumn.read(documents, file, input.idField());
        return requireSome(
                documents,
                eligible,
                most,
                ScoredSelector.<Document>of(column, draw.standardised())
                        .among(eligible)
                        .select(documents, most, seed.seed()));
    }

    /** Chooses at random. */
    static Selection random(JsonlPool pool, IntPredicate eligible, Budget budget, Seed seed) {
        return requireSome(
                pool, eligible, budget, RandomSelector.<Document>among(eligible).select(pool, budget, seed));
    }

    private static Selection requireSome(JsonlPool pool, IntPredicate eligible, Budget budget, Selection selection) {
        if (selection.choices().isEmpty() && selection.stopReason() == StopReason.BUDGET) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "no document fits the budget of %,d tokens; the shortest has %,d: raise --budget-tokens",
                    budget.limit(),
                    IntStream.range(0, pool.size())
                            .filter(eligible)
                            .mapToLong(pool::tokens)
                            .min()
                            .orElse(0)));
        }
        return selection;
    }

    /** Writes the chosen records as they are, with what is known of each. */
    static Written write(JsonlPool pool, Selection selection, Outputs outputs, Path file, long shardBytes)
            throws IOException {
        try (RecordWriter writer = OutputOptions.writer(file, pool, shardBytes).open()) {
            for (Selection.Choice choice : selection.choices()) {
                writer.write(pool.rawRecord(choice.ordinal()), fields -> {
                    choice.score().ifPresent(score -> fields.put("score", score));
                    fields.put("round", 0L);
                    if (choice.weight() > 1) {
                        fields.put("weight", choice.weight());
                    }
                });
            }
            outputs.requireFree(file);
            List<Path> files = writer.commit();
            return new Written(selection, files, writer.columns(), writer.replaced());
        }
    }

    /** {@code --draw}. */
    static final class ToDraw implements ITypeConverter<Draw> {
        @Override
        public Draw convert(String value) {
            return Word.parse(
                    value, "gumbel:2, multinomial:2, at-least:1, share:0.1, top", word -> switch (word.name()) {
                        case "gumbel" -> Draw.gumbel(word.number());
                        case "multinomial" -> Draw.multinomial(word.number());
                        case "at-least" -> Draw.atLeast(word.number());
                        case "share" -> Draw.topShare(word.number());
                        case "top" -> {
                            if (!word.text().isEmpty()) {
                                throw word.unknown();
                            }
                            yield Draw.top();
                        }
                        default -> throw word.unknown();
                    });
        }
    }

    /** What was chosen, the files that it is in, and what of its records was changed. */
    record Written(Selection selection, List<Path> files, WrittenColumns columns, long replaced) {}
}
