// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.quad.Seed;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A process that runs the command on mutants, and judges what it says. What it begins and what it finds stands in a
 * file, so that a mutant that takes the process down is known; the mutant and its command lie in a folder until it is
 * judged.
 */
final class FuzzWorker {
    static final int HANGS = 97;
    static final String OK = "ok";
    static final String REFUSED = "refused";
    /** Of one mutant, far above what any takes that is read once. */
    private static final long MOST_CPU_SECONDS = 120;
    /** How many times in a row a look each second finds that nothing was computed. */
    private static final int MOST_IDLE_SECONDS = 120;

    private static final Pattern TRACE = Pattern.compile("(?m)^\\s+at [\\w.$/<>]+\\(.*\\)$|^Exception in thread");
    private static final Pattern RAW = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]");
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final Path seeds;
    private final Path work;
    private final Seed seed;
    private final AtomicReference<String> uncaught = new AtomicReference<>();
    private volatile long begun;
    private volatile int index;

    private FuzzWorker(Path seeds, Path work, Seed seed) {
        this.seeds = seeds;
        this.work = work;
        this.seed = seed;
    }

    /** Arguments: seeds, folder for the work, seed, and the numbers of the first mutant and the one after the last. */
    public static void main(String[] arguments) throws IOException {
        FuzzWorker worker =
                new FuzzWorker(Path.of(arguments[0]), Path.of(arguments[1]), new Seed(Long.parseLong(arguments[2])));
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            worker.uncaught.set(thread.getName() + ": " + e);
            e.printStackTrace();
        });
        Thread watch = new Thread(worker::watch, "watch");
        watch.setDaemon(true);
        List<FuzzTarget> targets = FuzzTarget.in(worker.seeds);
        for (int i = Integer.parseInt(arguments[3]); i < Integer.parseInt(arguments[4]); i++) {
            worker.begin(i);
            if (!watch.isAlive()) {
                watch.start();
            }
            worker.run(i, targets);
        }
        Runtime.getRuntime().halt(0); // threads of a command that failed may still wait
    }

    private void begin(int mutant) {
        index = mutant;
        begun = PROCESS.getProcessCpuTime();
    }

    private void run(int mutant, List<FuzzTarget> targets) throws IOException {
        RandomGenerator random = seed.stream("fuzz", mutant);
        FuzzTarget target = FuzzTarget.pick(targets, random);
        FuzzTarget other = targets.get(random.nextInt(targets.size()));
        Path folder = work.resolve("case");
        delete(folder);
        String[] command = target.prepare(folder, random, other);
        say("begin " + mutant + " " + target.name() + " " + target.what());
        Files.write(folder.resolve(".command"), Arrays.asList(command));
        uncaught.set(null);
        String verdict;
        String said = "";
        try {
            Outcome outcome = Outcome.of((Object[]) command);
            said = outcome.out() + outcome.err();
            verdict = judge(outcome, said);
        } catch (Throwable e) { // whatever leaves the command's entry
            verdict = "thrown " + e + " " + firstOfOurs(e.getStackTrace());
        }
        verdict = Optional.ofNullable(uncaught.get()).map("uncaught "::concat).orElse(verdict);
        if (!List.of(OK, REFUSED).contains(verdict)) {
            keep(mutant, folder, said);
        }
        say("end " + mutant + " " + target.name() + " " + verdict);
    }

    private static String judge(Outcome outcome, String said) {
        if (outcome.code() < 0 || outcome.code() > 3) {
            return "code " + outcome.code();
        }
        if (TRACE.matcher(said).find()) {
            return "trace "
                    + said.lines()
                            .filter(line -> line.contains("dev.quad"))
                            .findFirst()
                            .orElse("");
        }
        if (said.contains("OutOfMemoryError") || said.contains("StackOverflowError")) {
            return "error "
                    + said.lines()
                            .filter(line -> line.contains("Error"))
                            .findFirst()
                            .orElse("");
        }
        return RAW.matcher(said)
                .results()
                .findFirst()
                .map(raw -> "raw U+%04X".formatted((int) raw.group().charAt(0)))
                .orElse(outcome.code() == Quad.DONE || outcome.code() == Quad.BEFORE_BUDGET ? OK : REFUSED);
    }

    private static String firstOfOurs(StackTraceElement[] trace) {
        return Arrays.stream(trace)
                .filter(element -> element.getClassName().startsWith("dev.quad"))
                .findFirst()
                .map(StackTraceElement::toString)
                .orElse("");
    }

    private void keep(int mutant, Path folder, String said) throws IOException {
        Path kept = work.resolveSibling("failures").resolve(String.valueOf(mutant));
        delete(kept);
        Files.createDirectories(kept);
        FuzzTarget.copy(folder, kept);
        Files.write(kept.resolve(".said"), said.getBytes(StandardCharsets.UTF_8));
    }

    private void say(String line) throws IOException {
        Files.write(
                work.resolve("log"),
                (line.replaceAll("\\R", " ") + "\n").getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    /** Judges by what was computed, so that a busy machine is not taken for a hang. */
    private void watch() {
        int idle = 0;
        int seen = -1;
        long before = 0;
        while (true) {
            try {
                TimeUnit.SECONDS.sleep(1);
            } catch (InterruptedException e) {
                return;
            }
            long now = PROCESS.getProcessCpuTime();
            idle = index == seen && now - before < TimeUnit.MILLISECONDS.toNanos(5) ? idle + 1 : 0;
            boolean same = index == seen;
            seen = index;
            before = now;
            if (idle > MOST_IDLE_SECONDS || (same && now - begun > TimeUnit.SECONDS.toNanos(MOST_CPU_SECONDS))) {
                hang(idle > MOST_IDLE_SECONDS ? "waits" : "computes");
            }
        }
    }

    private void hang(String how) {
        try {
            String stacks = Thread.getAllStackTraces().entrySet().stream()
                    .map(entry -> entry.getKey() + "\n"
                            + Arrays.stream(entry.getValue())
                                    .map(element -> "    at " + element + "\n")
                                    .collect(Collectors.joining()))
                    .collect(Collectors.joining());
            keep(index, work.resolve("case"), stacks);
            say("end " + index + " hang " + how);
        } catch (IOException e) {
            // the exit says it
        }
        Runtime.getRuntime().halt(HANGS);
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }

    /** The numbers of a worker's log that were begun and not judged. */
    static List<Integer> unjudged(List<String> log) {
        return IntStream.range(0, log.size())
                .filter(i -> log.get(i).startsWith("begin ")
                        && (i + 1 == log.size() || !log.get(i + 1).startsWith("end ")))
                .map(i -> Integer.parseInt(log.get(i).split(" ", -1)[1]))
                .boxed()
                .toList();
    }
}
