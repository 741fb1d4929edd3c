// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.SelectionFile;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How records are written. */
final class OutputOptions {
    static final String DEFAULT_FORMAT = "jsonl.gz";
    static final List<String> FORMATS = List.of("jsonl", DEFAULT_FORMAT, "jsonl.zst", "parquet");

    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*([kmgt]?)(i?b)?");

    @Option(
            names = "--shard-size",
            paramLabel = "SIZE",
            description =
                    "Spread the records over files of at most so many bytes of JSON lines, such as 200MB; they are"
                            + " named NAME-00000-of-00003. Default: one file.")
    private @Nullable String shardSize;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** The size of a shard in bytes; 0 if there is to be one file. */
    long shardBytes() {
        String size = shardSize;
        if (size == null) {
            return 0;
        }
        Matcher matcher = SIZE.matcher(size.strip().toLowerCase(Locale.ROOT));
        if (matcher.matches()) {
            int power = "kmgt".indexOf(matcher.group(2)) + 1;
            long unit = (long) Math.pow(
                    "ib".equals(matcher.group(3)) ? 1024 : 1000,
                    matcher.group(2).isEmpty() ? 0 : power);
            long bytes = Long.parseLong(matcher.group(1)) * unit;
            if (bytes >= 1) {
                return bytes;
            }
        }
        String message = "--shard-size is " + size + "; allowed is a number of bytes, such as 500000, 200MB or 1GiB";
        CommandSpec command = spec;
        throw command == null
                ? new IllegalArgumentException(message)
                : new ParameterException(command.commandLine(), message);
    }

    /** Checks that the name of a file of records says how they are written. */
    static void checkName(CommandSpec command, Path target) {
        try {
            RecordWriter.builder(target, "quad");
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--out: " + e.getMessage(), e);
        }
    }

    /** Writes chosen records of a pool. */
    static RecordWriter.Builder writer(Path target, JsonlPool pool, long shardBytes) {
        RecordWriter.Builder writer =
                RecordWriter.builder(target, SelectionFile.FIELD).source(pool);
        return shardBytes > 0 ? writer.shardBytes(shardBytes) : writer;
    }
}
