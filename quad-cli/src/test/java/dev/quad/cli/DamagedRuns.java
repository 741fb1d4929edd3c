// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Copies of what a killed run leaves, one of whose files is damaged. The same command ends with the same bytes as if
 * nothing had been touched, or says which file or folder it is, without a trace. CI damages one file at some of the
 * changes; {@code -Dquad.damage.tries=N} damages each file N times at each of these, and {@code -Dquad.damage.stride=N}
 * takes every Nth change.
 */
final class DamagedRuns {
    private static final int TRIES = Integer.getInteger("quad.damage.tries", 0);
    private static final int STRIDE = Integer.getInteger("quad.damage.stride", 0);

    private enum Damage {
        FLIP,
        TRUNCATE,
        ZERO_TAIL,
        APPEND,
        DELETE;

        void to(Path file, RandomGenerator random) throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
            switch (this) {
                case FLIP -> {
                    if (bytes.length > 0) {
                        bytes[at] ^= (byte) (1 << random.nextInt(8));
                        Files.write(file, bytes);
                    }
                }
                case TRUNCATE -> Files.write(file, Arrays.copyOf(bytes, at));
                case ZERO_TAIL -> {
                    Arrays.fill(bytes, Math.max(0, bytes.length - 4096), bytes.length, (byte) 0);
                    Files.write(file, bytes);
                }
                case APPEND -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 100);
                    for (int i = bytes.length; i < longer.length; i++) {
                        longer[i] = (byte) random.nextInt();
                    }
                    Files.write(file, longer);
                }
                case DELETE -> Files.delete(file);
            }
        }
    }

    private final KillTest.Case each;
    private final SmallRun files;
    private final Path watched;
    private final Map<String, String> expected;
    private final RandomGenerator random;
    private final Map<String, Integer> table = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    /** Of a case whose process writes to the folder {@code watched} what is expected there at the end. */
    DamagedRuns(KillTest.Case each, SmallRun files, Path watched, Map<String, String> expected) {
        this.each = each;
        this.files = files;
        this.watched = watched;
        this.expected = expected;
        random = new Seed(11).stream("damage." + each.name());
    }

    /** While the process stands still before a change. */
    void before(WatchedProcess.Change change) throws IOException {
        int stride = STRIDE > 0 ? STRIDE : 5 * each.stride();
        if (change.number() % stride == stride / 2) {
            damage();
        }
    }

    /** At the end of the process. */
    void check() {
        table.forEach((what, count) -> System.out.println(each + ": " + what + ": " + count));
        if (STRIDE == 0 && each != KillTest.Case.SAMPLE) {
            assertThat(table).isNotEmpty();
        }
        assertThat(faults).isEmpty();
    }

    private void damage() throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.walk(watched)) {
            all = found.filter(file ->
                            Files.isRegularFile(file) && !file.toString().endsWith(".lock"))
                    .map(watched::relativize)
                    .sorted()
                    .toList();
        }
        if (TRIES == 0 && !all.isEmpty()) {
            all = List.of(all.get(random.nextInt(all.size())));
        }
        for (Path file : all) {
            for (int i = 0; i < Math.max(1, TRIES); i++) {
                Damage damage = Damage.values()[random.nextInt(Damage.values().length)];
                Path killed = files.folder.resolve("damaged");
                KillTest.copy(watched, killed);
                damage.to(killed.resolve(file), random);
                Outcome resumed = Outcome.of(each.again(files, killed));
                judge(file, damage, resumed, results(killed));
                SmallRun.remove(killed);
            }
        }
    }

    /** The results that are not as they should be. A cache of embeddings is none: what is damaged in it is not used. */
    private List<String> results(Path killed) throws IOException {
        return KillTest.other(KillTest.contents(killed), expected).stream()
                .filter(name -> !name.startsWith("cache/"))
                .toList();
    }

    private void judge(Path file, Damage damage, Outcome resumed, List<String> other) {
        boolean done = resumed.code() == Quad.DONE;
        boolean traced = Stream.of(resumed.err(), resumed.out())
                .anyMatch(said -> said.contains("\tat ") || said.contains("Exception"));
        String result;
        if (traced) {
            result = "TRACE";
        } else if (other.isEmpty() && (done || resumed.err().contains("is there already"))) {
            result = "same bytes";
        } else if (done) {
            result = "SILENT DIFFERENCE";
        } else if (resumed.code() == Quad.BAD_INPUT
                && (resumed.err().contains(String.valueOf(file.getFileName()))
                        || resumed.err().contains("damaged/" + file.getParent()))) {
            result = "error that names the file";
        } else {
            result = "OTHER ERROR";
        }
        table.merge(file.toString().replaceAll("[0-9a-f]{16,}", "…") + ": " + result, 1, Integer::sum);
        if (!result.equals("same bytes") && !result.equals("error that names the file")) {
            faults.add(damage + " of " + file + ": " + result + ", exit " + resumed.code() + ", other " + other
                    + ", said " + resumed.err());
        }
    }
}
