// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.cluster.Centres;
import dev.quad.cluster.embeddings.AssignmentFile;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.cluster.report.Agreement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterTest {
    private static final int ROWS = 900;
    private static final int MANY = 60_000; // of which the assignment is written in several pieces

    @TempDir
    private Path folder;

    private final int[] labels = new int[ROWS];
    private Path rows = Path.of("rows.npy");

    @BeforeEach
    void write() {
        rows = folder.resolve("rows.npy");
        Random random = new Random(1);
        FloatBuffer values = FloatBuffer.allocate(ROWS * 4);
        for (int i = 0; i < ROWS; i++) {
            labels[i] = i % 6;
            for (int j = 0; j < 4; j++) {
                values.put((float) (Math.sin(labels[i] * 5 + j * 3) + 0.02 * random.nextGaussian()));
            }
        }
        try (EmbeddingsWriter out = EmbeddingsWriter.open(rows, ROWS, 4, ElementType.FLOAT16, Map.of())) {
            out.write(values.flip());
        }
    }

    @Test
    void cluster_writesCentresAndAssignments_andDoesNothingTheSecondTime() throws Exception {
        Path out = folder.resolve("out");

        Outcome outcome = Outcome.of("cluster", "--embeddings", rows, "--out", out, "--clusters", 6);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("silhouette").contains(out.toString());
        int[] found = AssignmentFile.read(out.resolve("assignment.npy"));
        assertThat(Agreement.of(found, labels).adjustedRand()).isEqualTo(1);
        assertThat(Centres.load(out.resolve("centres.safetensors")).assign(EmbeddingsFile.open(rows)))
                .isEqualTo(found);
        var written = Files.getLastModifiedTime(out.resolve("centres.safetensors"));
        Outcome again = Outcome.of("cluster", "--embeddings", rows, "--out", out, "--clusters", 6);
        assertThat(again.out()).isEqualTo(outcome.out());
        assertThat(Files.getLastModifiedTime(out.resolve("centres.safetensors")))
                .isEqualTo(written);
        Outcome other = Outcome.of("cluster", "--embeddings", rows, "--out", out, "--clusters", 6, "--seed", 2);
        assertThat(other.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(other.err()).contains("another folder");
    }

    /** Killed without warning while it trains, then while it assigns; the second kill leaves half a file. */
    @Test
    void cluster_killedAndResumed_givesTheSameBytes() throws Exception {
        Path big = folder.resolve("big.npy");
        writeNoise(big, MANY, 16);
        Path whole = folder.resolve("whole");
        Path killed = folder.resolve("killed");
        assertThat(Outcome.of(arguments(big, whole)).code()).isEqualTo(Quad.DONE);

        Path log = folder.resolve("log");
        WatchedProcess.killOnce(
                log, killed, () -> Files.exists(killed.resolve("centres.safetensors")), arguments(big, killed));
        assertThat(killed.resolve("assignment.npy")).doesNotExist();
        WatchedProcess.killOnce(log, killed, () -> partBytes(killed) > 100_000, arguments(big, killed));
        assertThat(partBytes(killed)).isBetween(100_000L, 4L * MANY - 1);
        Outcome resumed = Outcome.of(arguments(big, killed));

        assertThat(resumed.code()).as(resumed.toString()).isEqualTo(Quad.DONE);
        for (String name : List.of("centres.safetensors", "assignment.npy")) {
            assertThat(killed.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
        }
        assertThat(partBytes(killed)).isZero();
    }

    /** Killed in the coarse level, in a part of it, and while a part is trained anew. */
    @Test
    void cluster_inTwoLevels_killedAndResumed_givesTheSameBytes() throws Exception {
        Path big = folder.resolve("big.npy");
        writeNoise(big, 20_000, 16);
        Path whole = folder.resolve("whole");
        Path killed = folder.resolve("killed");
        assertThat(Outcome.of(twoLevels(big, whole)).code()).isEqualTo(Quad.DONE);
        assertThat(AssignmentFile.read(whole.resolve("assignment.npy"))).hasSize(20_000);
        assertThat(Centres.load(whole.resolve("centres.safetensors")).count()).isEqualTo(225);

        Path log = folder.resolve("log");
        for (String reached : List.of("coarse/centres.safetensors", "part-3/assignment.npy", "part-9-again-0")) {
            WatchedProcess.killOnce(
                    log, killed, () -> Files.exists(killed.resolve("levels").resolve(reached)), twoLevels(big, killed));
        }
        var part = Files.getLastModifiedTime(killed.resolve("levels/part-3/centres.safetensors"));
        WatchedProcess.killOnce(
                log, killed, () -> Files.exists(killed.resolve("levels/part-12")), twoLevels(big, killed));
        assertThat(Files.getLastModifiedTime(killed.resolve("levels/part-3/centres.safetensors")))
                .as("trained once")
                .isEqualTo(part);
        Outcome resumed = Outcome.of(twoLevels(big, killed));

        assertThat(resumed.code()).as(resumed.toString()).isEqualTo(Quad.DONE);
        assertThat(SmallRun.contents(killed)).isEqualTo(SmallRun.contents(whole));
        assertThat(SmallRun.contents(whole)).containsOnlyKeys("centres.safetensors", "assignment.npy");
        assertThat(Outcome.of(twoLevels(big, killed)).out()).isEqualTo(resumed.out());
        Outcome other = Outcome.of("cluster", "--embeddings", big, "--out", killed, "--clusters", 225);
        assertThat(other.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(other.err()).contains("another folder");
    }

    private static Object[] twoLevels(Path rows, Path out) {
        return new Object[] {
            "cluster",
            "--embeddings",
            rows,
            "--out",
            out,
            "--clusters",
            225,
            "--levels",
            2,
            "--resample",
            1,
            "--iterations",
            5,
            "--threads",
            1
        };
    }

    private static Object[] arguments(Path rows, Path out) {
        return new Object[] {
            "cluster", "--embeddings", rows, "--out", out, "--clusters", 300, "--iterations", 12, "--threads", 1
        };
    }

    private static void writeNoise(Path file, int rows, int dimension) {
        SplittableRandom random = new SplittableRandom(3);
        FloatBuffer values = FloatBuffer.allocate(rows * dimension);
        while (values.hasRemaining()) {
            values.put((float) random.nextDouble());
        }
        try (EmbeddingsWriter out = EmbeddingsWriter.open(file, rows, dimension, ElementType.FLOAT32, Map.of())) {
            out.write(values.flip());
        }
    }

    /** The size of an assignment that is being written. */
    private static long partBytes(Path out) {
        try (Stream<Path> files = Files.exists(out) ? Files.list(out) : Stream.empty()) {
            return files.filter(file -> file.toString().endsWith(".part"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void cluster_severalNumbers_givesATableToChooseBy() {
        Path out = folder.resolve("out");
        Outcome outcome = Outcome.of("cluster", "--embeddings", rows, "--out", out, "--clusters", 3, 6, 12);
        assertThat(outcome.out().lines()).hasSize(5);
        assertThat(out.resolve("k12/assignment.npy")).exists();
    }

    @Test
    void cluster_badInput_saysWhat() {
        Path out = folder.resolve("out");
        Outcome many = Outcome.of("cluster", "--embeddings", rows, "--out", out, "--clusters", 901);
        assertThat(many.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(many.err()).contains("1 to 900");
        Outcome levels = Outcome.of("cluster", "--embeddings", rows, "--out", out, "--levels", 3);
        assertThat(levels.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(levels.err()).contains("--levels is 3; allowed are 1 and 2");
        Outcome resample = Outcome.of("cluster", "--embeddings", rows, "--out", out, "--resample", 2);
        assertThat(resample.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(resample.err()).contains("--resample is 2; allowed is 0, or with --levels 2");
        Outcome absent = Outcome.of("cluster", "--embeddings", folder.resolve("none.npy"), "--out", out);
        assertThat(absent.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(absent.err()).contains("none.npy is not there");
    }
}
