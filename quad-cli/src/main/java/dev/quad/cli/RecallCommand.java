// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.ScoreRecall;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import dev.quad.text.ScoreColumn;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad recall}. */
@Command(
        name = "recall",
        description =
                "Tells how much of what is wanted stands among the best documents by some scores: the best by other scores, or"
                        + " planted documents.",
        customSynopsis = "quad recall --pool=FILE... --scores=FILE (--against=FILE | --planted=FIELD=VALUE) [OPTIONS]")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RecallCommand implements Callable<Integer> {
    @Mixin
    private PoolOption pool;

    @Option(
            names = "--scores",
            required = true,
            paramLabel = "FILE",
            description = "Scores of the pool, as quad select --scores takes them.")
    private Path scores;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "Other scores of the pool, whose best are wanted. Default: --planted says what is.")
    private @Nullable Path against;

    @Option(
            names = "--planted",
            paramLabel = "FIELD=VALUE",
            description =
                    "The documents with that value of a field are wanted, such as source=noise. Default: --against.")
    private @Nullable String planted;

    @Option(
            names = "--top",
            split = ",",
            paramLabel = "N",
            description = "How many of the best are looked at, one number or several. Default: 10,100.")
    private List<Integer> top = List.of(10, 100);

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the words.")
    private @Nullable Path json;

    @Mixin
    private InputOptions input;

    @Spec
    private CommandSpec spec;

    private final Taken taken = new Taken(Progress.standard());

    @Override
    public Integer call() throws Exception {
        Usage.check(
                spec,
                (against == null) != (planted == null),
                "give --against FILE or --planted FIELD=VALUE, one of the two");
        Usage.check(
                spec,
                planted == null || planted.indexOf('=') > 0,
                "--planted is " + planted + "; allowed is FIELD=VALUE, such as source=noise");
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs = Outputs.beside(pool.files()).and(scores, against).json(target, ScoreRecall.format());
        ScoreRecall found = recall();
        if (target.filter(Outputs::isStandard).isEmpty()) {
            System.out.printf(Locale.ROOT, "%,d documents have scores%n%s%n", found.documents(), found.text());
        }
        Map<String, Object> tree = found.tree();
        tree.put("taken", taken.tree());
        outputs.writeJson(target, ScoreRecall.format(), tree);
        return Quad.DONE;
    }

    private ScoreRecall recall() {
        try (TemporaryFolder work = input.temporary().open();
                JsonlPool documents = JsonlPool.builder()
                        .options(input.jsonl())
                        .cacheFolder(work.path())
                        .listener(taken.listening("pool", ReadListener.NONE))
                        .open(pool.files())) {
            ScoreColumn column = read(documents, scores, "scores");
            return against == null
                    ? planted(documents, column, String.valueOf(planted))
                    : ScoreRecall.of(documents, column, read(documents, against, "other scores"), top);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private ScoreRecall planted(JsonlPool documents, ScoreColumn column, String rule) {
        String field = rule.substring(0, rule.indexOf('='));
        Optional<String> value = Optional.of(rule.substring(rule.indexOf('=') + 1));
        return ScoreRecall.of(documents, column, i -> documents.field(i, field).equals(value), top);
    }

    private ScoreColumn read(JsonlPool documents, Path file, String what) {
        ScoreColumn column = ScoreColumn.read(documents, file, input.idField());
        taken.use(what, column.toString());
        return column;
    }
}
