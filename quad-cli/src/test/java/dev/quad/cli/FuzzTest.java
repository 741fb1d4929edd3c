// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Damaged files of every format end in a result or in an error in words: no stack trace, no abort of the process, no
 * hang, no memory that runs out at 512 MiB, no raw control character on a terminal.
 *
 * <p>{@code -Dquad.fuzz.mutants=20000} tries more than CI does, {@code -Dquad.fuzz.seed=} others. Mutants that fail
 * stay in {@code target/fuzz/failures} with the command and what it said; totals are in {@code target/fuzz/totals.txt}.
 */
class FuzzTest {
    private static final int MUTANTS = Integer.getInteger("quad.fuzz.mutants", 120);
    private static final long SEED = Long.getLong("quad.fuzz.seed", 1);
    private static final Pattern END = Pattern.compile("end \\d+ (\\S+) (\\S+).*");

    private final Path root = Path.of("target", "fuzz").toAbsolutePath();
    private final Path work = root.resolve("work");

    @Test
    void damagedFiles_giveResultsOrErrorsInWords() throws Exception {
        FuzzWorker.delete(root);
        Files.createDirectories(work);
        FuzzSeeds.write(root.resolve("seeds"));
        int next = 0;
        while (next < MUTANTS) {
            int code = worker(next);
            List<String> log = log();
            List<Integer> unjudged = FuzzWorker.unjudged(log);
            if (!unjudged.isEmpty() && unjudged.get(unjudged.size() - 1) >= next) {
                int aborted = unjudged.get(unjudged.size() - 1);
                String name = log.get(log.size() - 1).split(" ", -1)[2];
                Path kept = root.resolve("failures").resolve(String.valueOf(aborted));
                Files.createDirectories(kept);
                FuzzTarget.copy(work.resolve("case"), kept);
                Files.writeString(
                        work.resolve("log"),
                        "end " + aborted + " " + name + " abort " + code + "\n",
                        java.nio.file.StandardOpenOption.APPEND);
                next = aborted + 1;
            } else if (code == FuzzWorker.HANGS) {
                next = Integer.parseInt(log.get(log.size() - 1).split(" ", -1)[1]) + 1;
            } else {
                assertThat(code)
                        .as("the worker ended before its mutants: %s", root.resolve("worker.log"))
                        .isZero();
                next = MUTANTS;
            }
        }
        report();
    }

    private List<String> log() throws IOException {
        Path log = work.resolve("log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private int worker(int from) throws Exception {
        Path temporary = Files.createDirectories(root.resolve("tmp"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                FuzzWorker.class.getName()));
        command.addAll(List.of(root.resolve("seeds").toString(), work.toString(), "" + SEED, "" + from, "" + MUTANTS));
        return new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        root.resolve("worker.log").toFile()))
                .start()
                .waitFor();
    }

    private void report() throws IOException {
        List<String> ends =
                log().stream().filter(line -> line.startsWith("end ")).toList();
        Map<String, Map<String, Long>> totals = ends.stream()
                .map(END::matcher)
                .filter(java.util.regex.Matcher::matches)
                .collect(Collectors.groupingBy(
                        end -> end.group(1),
                        TreeMap::new,
                        Collectors.groupingBy(end -> end.group(2), TreeMap::new, Collectors.counting())));
        String table = totals.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue() + "\n")
                .collect(Collectors.joining());
        Files.writeString(root.resolve("totals.txt"), table, StandardCharsets.UTF_8);
        List<String> failures = ends.stream()
                .filter(line -> !line.endsWith(" " + FuzzWorker.OK) && !line.endsWith(" " + FuzzWorker.REFUSED))
                .toList();
        assertThat(failures)
                .as("of %d mutants, which lie in %s:%n%s", ends.size(), root.resolve("failures"), table)
                .isEmpty();
        assertThat(ends).hasSize(MUTANTS);
    }
}
