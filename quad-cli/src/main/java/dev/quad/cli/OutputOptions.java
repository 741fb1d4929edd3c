// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.files.OutputLock;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

    /** Keeps a file that is not there for one run; the lock is held until it is closed. */
    static OutputLock lockNew(Path target) throws IOException {
        OutputLock lock = OutputLock.ofFile(target);
        boolean isNew = false;
        try {
            refuseToReplace(target);
            isNew = true;
            return lock;
        } finally {
            if (!isNew) {
                lock.close();
            }
        }
    }

    /** Checks that neither a file nor shards of its name are there. */
    static void refuseToReplace(Path target) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return;
        }
        String name = String.valueOf(target.getFileName());
        int ending = name.indexOf('.', 1) < 0 ? name.length() : name.indexOf('.', 1);
        Pattern taken = Pattern.compile(Pattern.quote(name) + "|" + Pattern.quote(name.substring(0, ending))
                + "-\\d+-of-\\d+" + Pattern.quote(name.substring(ending)));
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> found = files.filter(file ->
                            taken.matcher(String.valueOf(file.getFileName())).matches())
                    .sorted()
                    .findFirst();
            if (found.isPresent()) {
                throw new InputException(
                        "the file " + target.resolveSibling(found.get().getFileName())
                                + " is there already; give another name, or remove it");
            }
        }
    }

    /** Starts to write chosen records of a pool. */
    static RecordWriter writer(Path target, JsonlPool pool, long shardBytes) {
        RecordWriter.Builder writer = RecordWriter.builder(target, "quad").source(pool);
        return (shardBytes > 0 ? writer.shardBytes(shardBytes) : writer).open();
    }
}
