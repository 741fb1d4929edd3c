// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.model.ModelFolder;
import dev.quad.pipeline.Evaluation;
import dev.quad.pipeline.ModelTokenizer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How training sets are trained on to be compared. */
final class RefereeOptions {
    @Option(
            names = "--forget",
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Other sets to measure the loss on, each a file, a folder or a pattern: what a gain costs there.")
    private List<Path> forget = List.of();

    @Option(
            names = "--from",
            paramLabel = "DIR",
            description = "Model folder to go on from. Default: a common model is trained first.")
    private @Nullable Path from;

    @Option(
            names = "--scratch",
            description = "Begin with random weights, those of the seed, which takes many more tokens and seeds to tell"
                    + " training sets apart.")
    private boolean scratch;

    @Option(
            names = "--common-tokens",
            paramLabel = "N",
            description = "Tokens that the common model is trained on. Default: ${DEFAULT-VALUE}.")
    private long commonTokens = Evaluation.DEFAULT_COMMON_TOKENS;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "Highest learning rate. Default: 0.001, or with --scratch 0.003.")
    private @Nullable Double learningRate;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens to train on; what is smaller is repeated. Default: those of the smallest part.")
    private long tokens;

    @Option(
            names = "--whole",
            description =
                    "Train on the whole of each set with each seed, instead of leaving out another part with each: the"
                            + " intervals then speak of these sets alone, and not of others chosen in the same way.")
    private boolean whole;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "Number of seeds of the training. Default: ${DEFAULT-VALUE}.")
    private int seeds = Evaluation.DEFAULT_SEEDS;

    List<Path> forget() {
        return forget;
    }

    /** The tokenizer of the model to go on from, or of bytes. */
    ModelTokenizer tokenizer() {
        return from == null ? ModelTokenizer.bytes() : ModelTokenizer.of(from);
    }

    /** Refuses what is out of range, and what another option makes idle, such as those of the common model. */
    void check(CommandSpec command, String... ofCommon) {
        Usage.check(
                command,
                seeds >= 1 && tokens >= 0,
                "--seeds is " + seeds + " and --tokens " + tokens + "; allowed are 1 or more and 0 or more");
        Usage.check(command, commonTokens >= 1, "--common-tokens is " + commonTokens + "; allowed is 1 or more");
        Usage.check(
                command,
                learningRate == null || (learningRate > 0 && learningRate < 1),
                "--learning-rate is " + learningRate + "; allowed is (0, 1)");
        Set<String> idle = new HashSet<>(Set.of(ofCommon));
        idle.add("--common-tokens");
        Useless.refuse(
                command,
                List.of(
                        new Useless(
                                from != null, "with --from trainings go on from that model", "leave out --from", idle),
                        new Useless(
                                scratch,
                                "with --scratch trainings begin with random weights",
                                "leave out --scratch",
                                Stream.concat(idle.stream(), Stream.of("--from"))
                                        .collect(Collectors.toSet()))));
    }

    /**
     * Sets all of it.
     *
     * @param common what the common model is trained on
     */
    Evaluation.Builder set(Evaluation.Builder builder, List<Path> common, ModelTokenizer tokenizer, Taken taken) {
        builder.forget(forget).common(common, commonTokens).tokens(tokens).seeds(seeds);
        if (from != null) {
            builder.from(from, tokenizer);
            taken.model(ModelFolder.of(from));
        }
        if (whole) {
            builder.whole();
        }
        if (scratch) {
            builder.fromScratch();
        }
        if (learningRate != null) {
            builder.learningRate(learningRate);
        }
        return builder;
    }
}
