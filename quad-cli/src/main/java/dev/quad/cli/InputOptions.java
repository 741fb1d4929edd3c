// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.text.JsonlOptions;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** How documents are read. */
final class InputOptions {
    /** What the options that take documents say of them. */
    static final String FORMATS = "JSONL or text, plain, gzip or zstd, or Parquet, told by what they hold.";

    static final String FILES = "files, folders, patterns in quotes, or - for the standard input. " + FORMATS;

    @Option(
            names = "--text-field",
            paramLabel = "NAME",
            description =
                    "Field or column with the text; dots are part of the name, or nest. Default: ${DEFAULT-VALUE}.")
    private String textField = "text";

    @Option(
            names = "--id-field",
            paramLabel = "NAME",
            description = "Field or column with the id; dots are part of the name, or nest. Default: ${DEFAULT-VALUE}.")
    private String idField = "id";

    @Option(
            names = "--skip-bad-lines",
            description = "Leave out lines and rows that cannot be read instead of ending with an error.")
    private boolean skipBadLines;

    @Option(
            names = "--rejects",
            paramLabel = "FILE",
            description = "Where skipped lines are written with place and reason. Default: rejects.jsonl in the output"
                    + " folder, or the name of the output file with .rejects.jsonl.")
    private @Nullable Path rejects;

    @Option(
            names = "--max-expansion",
            paramLabel = "N",
            description =
                    "Bytes of text that a byte of a packed file may hold, beyond 1 MiB. Default: ${DEFAULT-VALUE}.")
    private int maxExpansion = JsonlOptions.DEFAULT_MAX_EXPANSION;

    @Option(
            names = "--max-line-bytes",
            paramLabel = "N",
            description = "Bytes that a line, row or text file may have. Default: ${DEFAULT-VALUE}.")
    private int maxLineBytes = JsonlOptions.DEFAULT_MAX_LINE_BYTES;

    @Mixin
    private TempOption temporary = new TempOption();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    JsonlOptions jsonl() {
        return jsonl(textField);
    }

    /** With the text in another field. */
    JsonlOptions jsonl(String field) {
        return jsonl(field, skipBadLines);
    }

    JsonlOptions skippingBadLines() {
        return jsonl(textField, true);
    }

    private JsonlOptions jsonl(String field, boolean skip) {
        try {
            return JsonlOptions.builder()
                    .textField(field)
                    .idField(idField)
                    .skipBadLines(skip)
                    .maxLineBytes(maxLineBytes)
                    .maxExpansion(maxExpansion)
                    .build();
        } catch (IllegalArgumentException e) {
            CommandSpec command = spec;
            if (command == null) {
                throw e;
            }
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    String idField() {
        return idField;
    }

    /** What is not given here is as it was in another command. */
    void otherwiseAs(InputOptions other) {
        ParseResult given =
                Objects.requireNonNull(spec, "picocli sets it").commandLine().getParseResult();
        textField = given.hasMatchedOption("--text-field") ? textField : other.textField;
        idField = given.hasMatchedOption("--id-field") ? idField : other.idField;
        skipBadLines = given.hasMatchedOption("--skip-bad-lines") ? skipBadLines : other.skipBadLines;
        maxExpansion = given.hasMatchedOption("--max-expansion") ? maxExpansion : other.maxExpansion;
        maxLineBytes = given.hasMatchedOption("--max-line-bytes") ? maxLineBytes : other.maxLineBytes;
    }

    Optional<Path> rejects() {
        return Optional.ofNullable(rejects).map(Outputs::named);
    }

    /** Whether lines may be skipped, and written to the file for them. */
    boolean skips() {
        return skipBadLines;
    }

    TempOption temporary() {
        return temporary;
    }
}
