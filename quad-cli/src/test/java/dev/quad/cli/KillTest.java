// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a process leaves that is killed before any change to its files, an open for writing, a write, a rename, a
 * deletion or a new folder, is continued by the same command, and ends with the same bytes as a run that was never
 * stopped. While the process stands still before a change, its files are copied and the copy is continued; and a second
 * run beside the first is refused; and at a few changes a file of the copy is damaged, see {@link DamagedRuns}. CI
 * takes some of the changes; {@code -Dquad.kills=all} takes all.
 */
class KillTest {
    private static final boolean ALL = "all".equals(System.getProperty("quad.kills"));

    /** Each a short run in a folder, and how many of its changes CI lets pass for one that it takes. */
    enum Case {
        SELECT_WITH_PROXY(61) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(
                        "select",
                        "--pool",
                        few(files),
                        "--reference",
                        few(files),
                        "--out",
                        out.resolve("run"),
                        "--budget-documents",
                        3,
                        "--proxy-tokens",
                        400,
                        "--factor-tokens",
                        200);
            }
        },
        SELECT_IN_SHARDS(31) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(files.select(out.resolve("run"), "--shard-size", "3kB"));
            }
        },
        SELECT_WITH_EMBEDDING_CACHE(37) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(files.selectFrom(
                        few(files),
                        files.reference,
                        out.resolve("run"),
                        "--embedder",
                        "bge-small",
                        "--embedding-tokens",
                        8,
                        "--embedding-cache",
                        out.resolve("cache"),
                        "--budget-documents",
                        3));
            }
        },
        SCORE(7) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(
                        "score",
                        "--pool",
                        few(files),
                        "--reference",
                        few(files),
                        "--out",
                        out.resolve("scores.jsonl"),
                        "--model",
                        files.model,
                        "--factor-tokens",
                        200);
            }
        },
        TRAIN(17) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(
                        "train",
                        "--data",
                        files.pool,
                        "--out",
                        out.resolve("model"),
                        "--width",
                        16,
                        "--layers",
                        1,
                        "--length",
                        32,
                        "--tokens",
                        2_000,
                        "--batch-tokens",
                        100,
                        "--checkpoint-steps",
                        3,
                        "--evaluation-steps",
                        2,
                        "--held-out-share",
                        0.02);
            }
        },
        EMBED(5) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of("embed", "--pool", files.pool, "--out", out.resolve("rows.npy"));
            }
        },
        CLUSTER(5) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(
                        "cluster",
                        "--embeddings",
                        rows(files),
                        "--out",
                        out.resolve("clusters"),
                        "--clusters",
                        9,
                        "--iterations",
                        4);
            }
        },
        CLUSTER_IN_TWO_LEVELS(53) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(
                        "cluster",
                        "--embeddings",
                        rows(files),
                        "--out",
                        out.resolve("clusters"),
                        "--clusters",
                        9,
                        "--iterations",
                        3,
                        "--levels",
                        2,
                        "--resample",
                        1);
            }
        },
        SAMPLE(3) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return sample(files, out);
            }
        },
        SAMPLE_IN_SHARDS(5) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return sample(files, out, "--shard-size", "3kB");
            }
        },
        COMPARE(29) {
            @Override
            List<Object> command(SmallRun files, Path out) {
                return List.of(
                        "compare",
                        "--pool",
                        files.pool,
                        "--reference",
                        files.reference,
                        "--holdout",
                        few(files),
                        "--methods",
                        "random,quad",
                        "--out",
                        out.resolve("comparison"),
                        "--budget-tokens",
                        SmallRun.BUDGET,
                        "--common-tokens",
                        200,
                        "--tokens",
                        200,
                        "--seeds",
                        1);
            }
        };

        private final int stride;

        Case(int stride) {
            this.stride = stride;
        }

        abstract List<Object> command(SmallRun files, Path out);

        int stride() {
            return stride;
        }

        boolean isTaken(WatchedProcess.Change change) {
            return ALL || change.number() % stride == stride / 2;
        }

        Object[] again(SmallRun files, Path out) {
            List<Object> command = new ArrayList<>(command(files, out));
            if (List.of("select", "train").contains(command.get(0))) {
                command.add("--resume");
            }
            return command.toArray();
        }
    }

    private static List<Object> sample(SmallRun files, Path out, Object... others) {
        List<Object> command = new ArrayList<>(List.of("sample", "--pool", files.pool));
        command.addAll(List.of("--out", out.resolve("sample.jsonl"), "--budget-tokens", SmallRun.BUDGET));
        command.addAll(List.of(others));
        return command;
    }

    /** Texts so few and so short that no model takes time. */
    private static Path few(SmallRun files) {
        try {
            return files.file(
                    "few.jsonl",
                    Files.readAllLines(files.pool).stream()
                            .limit(8)
                            .map(line -> line.replaceFirst("(\"text\":\"[^\"\\\\]{40,60})[^\"]*", "$1"))
                            .toArray(String[]::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows of three groups. */
    private static Path rows(SmallRun files) {
        Path file = files.folder.resolve("rows.npy");
        if (!Files.exists(file)) {
            RandomGenerator random = new Seed(3).stream("rows");
            float[] values = new float[300 * 4];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() + (i / 4 % 3) * 5 * (i % 4));
            }
            try (EmbeddingsWriter out = EmbeddingsWriter.open(file, 300, 4, ElementType.FLOAT32, Map.of())) {
                out.write(FloatBuffer.wrap(values));
            }
        }
        return file;
    }

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void killedBeforeAnyChange_goesOnToTheSameBytes(Case each) throws Exception {
        SmallRun files = new SmallRun(folder);
        Path whole = Files.createDirectory(folder.resolve("whole"));
        Outcome undisturbed = Outcome.of(each.command(files, whole).toArray());
        assertThat(undisturbed.code()).as(undisturbed.toString()).isEqualTo(Quad.DONE);
        Map<String, String> expected = contents(whole);
        Path watched = Files.createDirectory(folder.resolve("watched"));
        Map<String, Integer> taken = new TreeMap<>();
        List<String> different = new ArrayList<>();
        Set<String> refused = new TreeSet<>();
        DamagedRuns damaged = new DamagedRuns(each, files, watched, expected);

        WatchedProcess.Outcome process = WatchedProcess.run(
                folder.resolve("log"),
                watched,
                change -> {
                    if (each.isTaken(change)) {
                        taken.merge(change.call(), 1, Integer::sum);
                        if (isLocked(watched) && !change.file().toString().endsWith(".lock")) {
                            refused.add(refusal(each, files, watched));
                        }
                        Path killed = folder.resolve("killed");
                        copy(watched, killed);
                        Outcome resumed = Outcome.of(each.again(files, killed));
                        String fault = fault(resumed, contents(killed), expected);
                        if (!fault.isEmpty()) {
                            different.add("before " + change + ": " + fault);
                        }
                        SmallRun.remove(killed);
                    }
                    damaged.before(change);
                    return true;
                },
                each.command(files, watched).toArray());

        assertThat(process.code()).as(process.said()).isEqualTo(Quad.DONE);
        assertThat(other(contents(watched), expected)).isEmpty();
        System.out.println(
                each + ": changes " + process.calls() + ", killed before " + taken + ", different " + different.size());
        assertThat(different).isEmpty();
        damaged.check();
        assertThat(refused).as("what a second run says beside the first").hasSize(1);
        assertThat(refused.iterator().next()).contains(" is being written by another run; wait for it");
    }

    private static boolean isLocked(Path out) throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            return files.anyMatch(file -> file.toString().endsWith(".lock"));
        }
    }

    /** What another run says that is begun while the process holds the output. */
    private static String refusal(Case each, SmallRun files, Path out) throws IOException {
        Map<String, String> before = SmallRun.contents(out);
        Outcome second = Outcome.of(each.again(files, out));
        assertThat(second.code()).as(second.toString()).isEqualTo(Quad.BAD_INPUT);
        assertThat(other(SmallRun.contents(out), before)).as(second.toString()).isEmpty();
        return second.err().lines().reduce((first, last) -> last).orElse("");
    }

    /** Done, or refused because what was to be written is there. */
    private static String fault(Outcome resumed, Map<String, String> found, Map<String, String> expected) {
        boolean ended = resumed.code() == Quad.DONE
                || (resumed.code() == Quad.BAD_INPUT && resumed.err().contains("is there already"));
        List<String> other = other(found, expected);
        return ended && other.isEmpty()
                ? ""
                : "exit " + resumed.code() + ", other " + other + ", said " + resumed.err();
    }

    /** The names of the files that are not as they should be. */
    static List<String> other(Map<String, String> found, Map<String, String> expected) {
        return Stream.concat(found.keySet().stream(), expected.keySet().stream())
                .distinct()
                .filter(name -> !found.getOrDefault(name, "absent").equals(expected.getOrDefault(name, "absent")))
                .toList();
    }

    /**
     * Every file, without the seconds that reports and comparisons tell and the folder that these name; of the page,
     * which tells them too, that it is there.
     */
    static Map<String, String> contents(Path out) throws IOException {
        Map<String, String> contents = SmallRun.contents(out);
        contents.replaceAll((name, text) -> comparable(name, text).replace(out.toString(), ""));
        return contents;
    }

    private static String comparable(String name, String text) {
        if (name.endsWith(PageOption.FILE)) {
            return "";
        }
        if (name.endsWith("comparison.csv")) {
            return text.replaceAll("(?m),[^,\n]+$", "");
        }
        return name.endsWith("report.json") || name.startsWith("comparison/")
                ? text.replaceAll("(?s)\"arguments\" : \\[[^]]*],\\s*", "")
                        .replaceAll("(?s)\"(seconds|crc32c)\" ?: ?(\\{[^}]*}|\"[0-9a-f]*\"|[-0-9.E]+)", "")
                : text;
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> entries = Files.walk(from)) {
            for (Path entry : entries.toList()) {
                Files.copy(entry, to.resolve(from.relativize(entry)));
            }
        }
    }
}
