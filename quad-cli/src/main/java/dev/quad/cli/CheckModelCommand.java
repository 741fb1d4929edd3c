// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.Damping;
import dev.quad.pipeline.ModelInspection;
import dev.quad.pipeline.ScoreSettings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quad check-model}. */
@Command(
        name = "check-model",
        description =
                "Tells what scores would see of a model, and by which options; whether its gradients are those of its loss,"
                        + " by central differences on some tokens; and whether a batch changes a score. Nothing is trained."
                        + " Ends with 1 where a score could not be believed.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CheckModelCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "DIR",
            description =
                    "Model folder: config.json, safetensors files, and tokenizer.json unless its tokens are bytes.")
    private Path folder;

    @Option(
            names = "--curvature",
            paramLabel = "FILE",
            description = "Also tell the spectrum of a curvature that was written for this model, a layer a line.")
    private @Nullable Path curvature;

    @Option(
            names = "--damping",
            paramLabel = "RULE",
            converter = ScoreRules.ToDamping.class,
            description = "The damping that --curvature is looked at under, as for quad select. Default: 0.1.")
    private Damping damping = ScoreSettings.DEFAULT_DAMPING;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the table.")
    private @Nullable Path json;

    @Mixin
    private SeedOption seed;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        int count = threads.count(spec.commandLine());
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs = Outputs.beside().and(folder).json(target, CheckedModel.FORMAT);
        ModelInspection found = ThreadsOption.computing(
                count, () -> ModelInspection.of(folder, Optional.ofNullable(curvature), damping, seed.seed()));
        CheckedModel checked = new CheckedModel(found);
        if (target.filter(Outputs::isStandard).isEmpty()) {
            checked.print(System.out);
        }
        outputs.writeJson(target, CheckedModel.FORMAT, checked.tree());
        return found.problems().isEmpty() ? Quad.DONE : Quad.BAD_INPUT;
    }
}
