// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.TemporaryFolder;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quad evaluate}. */
@Command(
        name = "evaluate",
        description = "Trains the same small model from the same start on each file, for the same number of tokens, and"
                + " compares the losses on a reference.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = "--train",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Training sets to compare, each a file, a folder or a pattern in quotes. The first is what the others are"
                            + " compared with. " + InputOptions.FORMATS)
    private List<Path> train;

    @Option(
            names = "--reference",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to measure the loss on: " + InputOptions.FILES)
    private List<Path> reference;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens to train on; smaller files are repeated. Default: those of the smallest file.")
    private long tokens;

    @Option(names = "--seeds", paramLabel = "N", description = "Number of seeds. Default: ${DEFAULT-VALUE}.")
    private int seeds = 3;

    @Option(names = "--seed", paramLabel = "N", description = "First seed. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the table.")
    private @Nullable Path json;

    @SuppressWarnings("unused") // ConfigFile reads it before the line is parsed
    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with options.")
    private @Nullable Path config;

    @Mixin
    private InputOptions input;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Usage.check(
                spec,
                seeds >= 1 && tokens >= 0,
                "--seeds is " + seeds + " and --tokens " + tokens + "; allowed are 1 or more and 0 or more");
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs = Outputs.beside(train, reference).and(config).json(target, Evaluation.FORMAT);
        if (input.rejects().isPresent()) {
            outputs.stream(input.rejects().get());
        }
        Evaluation evaluation = ThreadsOption.computing(threads.count(spec.commandLine()), () -> run());
        if (target.filter(Outputs::isStandard).isEmpty()) {
            evaluation.print(System.out);
        }
        target.ifPresent(file -> AtomicFile.write(file, JsonText.text(evaluation.tree())));
        return Quad.DONE;
    }

    private Evaluation run() throws IOException {
        try (TemporaryFolder work = input.temporary().open();
                RejectFile rejects = new RejectFile(input.rejects().orElse(Path.of("")))) {
            Evaluation evaluation = Evaluation.run(
                    work.path(),
                    train,
                    reference,
                    tokens,
                    seeds,
                    seed,
                    input.jsonl(),
                    input.rejects().isPresent() ? rejects : ReadListener.NONE,
                    Progress.standard());
            rejects.commit();
            return evaluation;
        }
    }
}
