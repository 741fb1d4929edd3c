// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.Tokenizer;
import dev.quad.model.ModelFolder;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.pipeline.QuadPipeline;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The model that scores, or the checkpoints of a training. */
final class ModelOption {
    /** What is of a model, beside {@link ScoreOptions}. */
    static final Set<String> OTHERS = Set.of("--proxy-tokens", "--checkpoint-weights");

    @Option(
            names = "--model",
            arity = "1..*",
            paramLabel = "DIR",
            description =
                    "Model folder to score with: config.json, safetensors files, and tokenizer.json unless its tokens are bytes;"
                            + " of several, such as checkpoints of a training, scores are the weighted sum. Where no model"
                            + " scores, its tokenizer only counts tokens. Default: a proxy is trained on a sample of the"
                            + " pool.")
    private List<Path> folders = List.of();

    @Option(
            names = "--checkpoint-weights",
            split = ",",
            paramLabel = "N",
            description = "How much the scores of each folder of --model count, such as its learning rate. Default: one"
                    + " over their number.")
    private List<Double> weights = List.of();

    @Option(
            names = "--proxy-tokens",
            paramLabel = "N",
            description = "Tokens the proxy is trained on. Default: ${DEFAULT-VALUE}.")
    private long proxyTokens = QuadPipeline.DEFAULT_PROXY_TOKENS;

    void check(CommandSpec command) {
        Usage.check(command, proxyTokens >= 1, "--proxy-tokens is " + proxyTokens + "; allowed is 1 or more");
        Usage.check(
                command,
                weights.isEmpty() || (folders.size() > 1 && weights.size() == folders.size()),
                "--checkpoint-weights are " + weights.size() + " for " + folders.size()
                        + " folders of --model; allowed is one for each of two or more");
        Usage.check(
                command,
                weights.stream().allMatch(Double::isFinite),
                "--checkpoint-weights are " + weights + "; allowed are finite numbers");
    }

    boolean isGiven() {
        return !folders.isEmpty();
    }

    List<Path> folders() {
        return folders;
    }

    List<Double> weights() {
        return weights.isEmpty() ? Collections.nCopies(folders.size(), 1.0 / folders.size()) : weights;
    }

    long proxyTokens() {
        return proxyTokens;
    }

    /** What does nothing beside it. */
    Useless useless() {
        return Useless.when(isGiven(), "with --model no proxy is trained", "leave out --model", "--proxy-tokens");
    }

    /** Of the first folder, or bytes. */
    ModelTokenizer open() {
        return isGiven() ? ModelTokenizer.of(folders.get(0)) : ModelTokenizer.bytes();
    }

    /** That of all folders, of which it says what they are. */
    Tokenizer tokenizer(ModelTokenizer tokens, Taken taken) {
        Tokenizer first = tokens.forModel(folders.get(0));
        for (Path folder : folders) {
            taken.model(ModelFolder.of(folder));
            try (ModelTokenizer its = ModelTokenizer.of(folder)) {
                if (!its.tokenizer().id().equals(first.id())) {
                    throw new InputException("the tokenizer of " + folder + " is another than that of " + folders.get(0)
                            + "; give checkpoints that read the same tokens");
                }
            }
        }
        return first;
    }

    /** Says that a proxy is trained. */
    long proxy(Taken taken) {
        taken.use(
                "model",
                String.format(Locale.ROOT, "a proxy on bytes, trained on %,d tokens of the pool", proxyTokens));
        return proxyTokens;
    }
}
