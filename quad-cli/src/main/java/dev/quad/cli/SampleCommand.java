// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.bandit.RandomSelector;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.JsonlWriter;
import dev.quad.text.ReadListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.IntPredicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad sample}. */
@Command(
        name = "sample",
        description = "Chooses documents at random: the control that a selection is compared with.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SampleCommand implements Callable<Integer> {
    @Option(
            names = "--pool",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to choose from: JSONL, plain or gzip.")
    private List<Path> pool;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "File to write: JSONL, gzip by its name.")
    private Path out;

    @Option(
            names = "--budget-tokens",
            required = true,
            paramLabel = "N",
            description = "Tokens to choose at most; a token is a byte of UTF-8.")
    private long budgetTokens;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the choice. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--keep-duplicates",
            description = "Let texts that are equal up to case and white space be chosen more than once.")
    private boolean keepDuplicates;

    @Option(
            names = "--skip-bad-lines",
            description = "Leave out lines that cannot be read instead of ending with an error.")
    private boolean skipBadLines;

    @Option(
            names = "--text-field",
            paramLabel = "NAME",
            description = "Field with the text, dots for nesting. Default: ${DEFAULT-VALUE}.")
    private String textField = "text";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (budgetTokens < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--budget-tokens is " + budgetTokens + "; allowed is 1 or more");
        }
        if (Files.exists(out)) {
            throw new InputException("the file " + out + " is there already; give another name, or remove it");
        }
        JsonlOptions options = JsonlOptions.builder()
                .textField(textField)
                .skipBadLines(skipBadLines)
                .build();
        Path cache = Files.createTempDirectory("quad");
        try (JsonlPool documents = JsonlPool.builder()
                .options(options)
                .cacheFolder(cache)
                .listener(ReadListener.NONE)
                .open(pool)) {
            IntPredicate eligible = keepDuplicates
                    ? ordinal -> true
                    : Duplicates.find(documents).eligible();
            Selection selection = write(documents, eligible, budgetTokens, new Seed(seed), out);
            System.out.printf(
                    Locale.ROOT,
                    "%,d documents, %,d tokens chosen at random; %s%n%s%n",
                    selection.costs().documentsChosen(),
                    selection.costs().tokensChosen(),
                    selection.stopReason().words(),
                    out);
            return SelectRun.code(selection.stopReason());
        } finally {
            RunFolder.remove(cache);
        }
    }

    /** Chooses at random and writes the chosen records as they are. */
    static Selection write(JsonlPool pool, IntPredicate eligible, long tokens, Seed seed, Path file)
            throws IOException {
        Selection selection = RandomSelector.<Document>among(eligible).select(pool, Budget.tokens(tokens), seed);
        try (JsonlWriter writer = JsonlWriter.create(file, "quad")) {
            for (Selection.Choice choice : selection.choices()) {
                writer.write(pool.rawRecord(choice.ordinal()), fields -> fields.put("round", 0L));
            }
            writer.commit();
        }
        return selection;
    }
}
