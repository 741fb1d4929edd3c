// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.files.JsonText;
import dev.quad.files.Unchecked;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.text.JsonlOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The command that made a folder, so that its files are read again as it read them.
 *
 * @param select of a run
 * @param compare of a comparison
 * @param tokenizer how the run counted tokens, in words
 */
record MadeBy(Optional<SelectCommand> select, Optional<CompareCommand> compare, String tokenizer) {

    /** As the results tell; neither of a run that was made from Java, or that there is not. */
    static MadeBy of(Path folder) {
        Path comparison = folder.resolve("comparison.json");
        if (Files.isRegularFile(comparison)) {
            Map<String, Object> tree = Unchecked.get(comparison, () -> JsonText.tree(comparison));
            return new MadeBy(Optional.empty(), parsed(comparison, tree, new CompareCommand()), "");
        }
        Path report = folder.resolve("report.json");
        Object taken = Files.isRegularFile(report)
                ? Unchecked.get(report, () -> JsonText.tree(report)).get("taken")
                : null;
        if (!(taken instanceof Map<?, ?> tree)) {
            return new MadeBy(Optional.empty(), Optional.empty(), "");
        }
        return new MadeBy(
                parsed(report, tree, new SelectCommand()), Optional.empty(), String.valueOf(tree.get("tokenizer")));
    }

    private static <C> Optional<C> parsed(Path file, Map<?, ?> tree, C command) {
        if (!(tree.get("arguments") instanceof List<?> words)) {
            return Optional.empty();
        }
        try {
            Numbers.register(new CommandLine(command))
                    .registerConverter(Path.class, new FileName.ToPath())
                    .setExpandAtFiles(false)
                    .setUnmatchedArgumentsAllowed(true) // --progress, of all commands
                    .parseArgs(words.stream().skip(1).map(String::valueOf).toArray(String[]::new));
            return Optional.of(command);
        } catch (ParameterException e) {
            throw new InputException(
                    file + " has arguments that this version does not take: " + e.getMessage()
                            + "; make the page with the version that made the run",
                    e);
        }
    }

    /** Reads as it did, but for what is given. */
    void fill(InputOptions input, ReferenceField field) {
        select.ifPresent(made -> {
            input.otherwiseAs(made.input());
            field.otherwiseAs(made.referenceField());
        });
        compare.ifPresent(made -> input.otherwiseAs(made.input()));
    }

    /** How to read what is wanted of the reference. */
    JsonlOptions shown(JsonlOptions options) {
        return select.map(made -> made.reference().shown(options)).orElse(options);
    }

    /** By what it counted tokens. */
    ModelTokenizer tokens() {
        List<Path> folders = select.map(made -> made.model().folders()).orElse(List.of());
        if (folders.isEmpty() || tokenizer.equals(ModelTokenizer.bytes().toString())) {
            return ModelTokenizer.bytes();
        }
        Path folder = folders.get(0);
        if (!Files.isDirectory(folder)) {
            throw new InputException("the run counted tokens by the tokenizer of " + folder + " (" + tokenizer
                    + "), which is gone; name with --model the folder that it lies in now");
        }
        return ModelTokenizer.of(folder);
    }
}
