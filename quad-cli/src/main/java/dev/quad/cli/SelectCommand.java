// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Writes to the output folder: selected.jsonl.gz (the original records, with score, cluster and round added"
                    + " under \"quad\"), rounds.jsonl, report.json, manifest.json, and the proxy model in proxy/.",
            "Every option may stand in the YAML file of --config, by its name without dashes."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SelectCommand implements Callable<Integer> {
    @Option(
            names = "--pool",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to choose from: " + InputOptions.FILES)
    private List<Path> pool;

    @Option(
            names = "--reference",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents whose loss is to fall: " + InputOptions.FILES)
    private List<Path> reference;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for the results; new, empty, or with --resume that of the same run.")
    private Path out;

    @Option(
            names = "--budget-tokens",
            required = true,
            paramLabel = "N",
            description = "Tokens to choose at most, of the model's tokenizer; without one a token is a byte of UTF-8.")
    private long budgetTokens;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of every random decision. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--clusters",
            paramLabel = "K",
            description = "Clusters, which are the arms of the bandit. Default: from the size of the pool.")
    private int clusters;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "Model folder to score with: config.json, safetensors files, and tokenizer.json unless its tokens are bytes. Default: a proxy is trained on a sample of the pool.")
    private @Nullable Path model;

    @SuppressWarnings("unused") // ConfigFile reads it before the line is parsed
    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with options.")
    private @Nullable Path config;

    @Option(names = "--dry-run", description = "Read the input, print what the run would take, write nothing.")
    private boolean dryRun;

    @Option(names = "--resume", description = "Go on with the interrupted run in the output folder.")
    private boolean resume;

    @Mixin
    private DuplicateOptions duplicates;

    @Option(
            names = "--output-format",
            paramLabel = "FORMAT",
            description =
                    "How the selection is written: jsonl, jsonl.gz, jsonl.zst or parquet. Default: ${DEFAULT-VALUE}.")
    private String outputFormat = OutputOptions.DEFAULT_FORMAT;

    @Mixin
    private OutputOptions output;

    @Mixin
    private EmbeddingOptions embedding;

    @Mixin
    private InputOptions input;

    @Option(
            names = "--proxy-tokens",
            paramLabel = "N",
            description = "Tokens the proxy is trained on. Default: ${DEFAULT-VALUE}.")
    private long proxyTokens = 500_000;

    @Option(
            names = "--factor-tokens",
            paramLabel = "N",
            description = "Pool tokens the curvature is estimated from. Default: ${DEFAULT-VALUE}.")
    private long factorTokens = 100_000;

    @Option(
            names = "--reference-tokens",
            paramLabel = "N",
            description = "Reference tokens to use at most, sampled where there are more. Default: ${DEFAULT-VALUE}.")
    private long referenceTokens = 200_000;

    @Option(
            names = "--chunks-per-document",
            paramLabel = "N",
            description =
                    "Chunks of 256 tokens to score of a document at most, evenly spaced. Default: ${DEFAULT-VALUE}.")
    private int chunksPerDocument = 2;

    @Option(
            names = "--damping",
            paramLabel = "X",
            description = "Damping of the curvature, as a share of its mean eigenvalue. Default: ${DEFAULT-VALUE}.")
    private double damping = 0.1;

    @Option(
            names = "--threshold",
            paramLabel = "Q",
            description =
                    "Quantile of the scores of a random sample that a document must exceed, in [0, 1). Default: from budget and pool.")
    private @Nullable Double threshold;

    @Option(
            names = "--alpha",
            paramLabel = "X",
            description = "Weight of exploration, in standard deviations of the scores. Default: ${DEFAULT-VALUE}.")
    private double alpha = 0.25;

    @Option(
            names = "--whole-blocks",
            description = "Accept a block by the mean of a scored sample of it, so that fewer documents are scored.")
    private boolean wholeBlocks;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        check(budgetTokens >= 1, "--budget-tokens is " + budgetTokens + "; allowed is 1 or more");
        check(clusters >= 0, "--clusters is " + clusters + "; allowed is 1 or more, or 0 for the default");
        check(proxyTokens >= 1, "--proxy-tokens is " + proxyTokens + "; allowed is 1 or more");
        check(factorTokens >= 1, "--factor-tokens is " + factorTokens + "; allowed is 1 or more");
        check(referenceTokens >= 1, "--reference-tokens is " + referenceTokens + "; allowed is 1 or more");
        check(chunksPerDocument >= 1, "--chunks-per-document is " + chunksPerDocument + "; allowed is 1 or more");
        check(damping > 0 && damping < Double.POSITIVE_INFINITY, "--damping is " + damping + "; allowed is above 0");
        check(alpha >= 0 && alpha < Double.POSITIVE_INFINITY, "--alpha is " + alpha + "; allowed is 0 or more");
        Double quantile = threshold;
        check(
                quantile == null || (quantile >= 0 && quantile < 1),
                "--threshold is " + quantile + "; allowed is [0, 1)");
        check(
                OutputOptions.FORMATS.contains(outputFormat),
                "--output-format is " + outputFormat + "; allowed are " + String.join(", ", OutputOptions.FORMATS));
        SelectSettings settings = new SelectSettings(
                pool,
                reference,
                out,
                budgetTokens,
                seed,
                clusters,
                Optional.ofNullable(model),
                dryRun,
                resume,
                duplicates.policy(),
                embedding.source(),
                input.jsonl(),
                input.rejects(),
                outputFormat,
                output.shardBytes(),
                proxyTokens,
                factorTokens,
                referenceTokens,
                chunksPerDocument,
                damping,
                quantile == null ? OptionalDouble.empty() : OptionalDouble.of(quantile),
                alpha,
                wholeBlocks,
                threads.count(spec.commandLine()));
        int code = ThreadsOption.on(settings.threads(), () -> {
            try (ModelTokenizer tokens = ModelTokenizer.of(settings.model())) {
                return new SelectRun(settings, Progress.standard(), System.out, tokens).run();
            }
        });
        if (!dryRun) {
            RunFolder.selectedFiles(out, outputFormat).forEach(System.out::println);
        }
        return code;
    }

    private void check(boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
