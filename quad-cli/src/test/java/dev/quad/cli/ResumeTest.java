// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.files.JsonText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that was killed and is resumed writes what an uninterrupted one writes, byte for byte. */
class ResumeTest {
    private static final String SELECTED = ResultFiles.SELECTED;

    @TempDir
    private Path folder;

    private SmallRun small;
    private Path whole;
    private Path killed;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        whole = folder.resolve("whole");
        killed = folder.resolve("killed");
    }

    /** A run with a proxy of its own, for its training to be killed too. */
    private Object[] withProxy(Path out) {
        return new Object[] {
            "select",
            "--pool",
            small.pool,
            "--reference",
            small.reference,
            "--out",
            out,
            "--budget-tokens",
            SmallRun.BUDGET,
            "--proxy-tokens",
            2_000,
            "--factor-tokens",
            600,
            "--resume"
        };
    }

    @Test
    void resume_ofNothing_saysThatItIsNew() {
        assertThat(Outcome.of(small.select(whole, "--resume")).err())
                .contains(whole + " holds no run to go on with; this is a new one");
        assertThat(Outcome.of(small.select(whole, "--resume")).err()).doesNotContain("to go on with");
    }

    @Test
    void signal_saysHowToGoOn() throws Exception {
        String[] training = "--tokens 1e9 --width 16 --layers 1 --length 32 --batch-tokens 200".split(" ", -1);
        List<Object> arguments = new ArrayList<>(List.of("train", "--data", small.pool, "--out", killed));
        arguments.addAll(List.of(training));

        String said = OwnProcess.terminated(folder, exists("training.jsonl"), arguments.toArray());

        assertThat(said).contains("stopped; go on with the same command and --resume\n");
    }

    @Test
    void killedAgainAndAgain_endsWithTheSameBytes() throws Exception {
        assertThat(Outcome.of(withProxy(whole)).code()).isEqualTo(Quad.DONE);

        killOnce(exists("work/embeddings.safetensors"));
        var embedded = Files.getLastModifiedTime(killed.resolve("work/embeddings.safetensors"));
        killOnce(exists("work/training.safetensors"));
        assertThat(killed.resolve("proxy")).doesNotExist();
        if ("all".equals(System.getProperty("quad.kills"))) {
            killOnce(exists("proxy/config.json"));
            killOnce(exists("work/direction.safetensors"));
        }
        killOnce(lines("rounds.jsonl", 3));
        assertThat(killed.resolve(SELECTED)).doesNotExist();
        assertThat(Files.getLastModifiedTime(killed.resolve("work/embeddings.safetensors")))
                .as("embedded once")
                .isEqualTo(embedded);
        Outcome last = Outcome.of(withProxy(killed));

        assertThat(last.code()).as(last.toString()).isEqualTo(Quad.DONE);
        assertThat(killed.resolve(SELECTED)).hasSameBinaryContentAs(whole.resolve(SELECTED));
        assertThat(killed.resolve("rounds.jsonl")).hasSameBinaryContentAs(whole.resolve("rounds.jsonl"));
        assertThat(SmallRun.contents(killed).keySet())
                .isEqualTo(SmallRun.contents(whole).keySet());
        assertThat(JsonText.texts(killed.resolve("report.json"), ResultFiles.CHECKSUMS))
                .containsOnlyKeys(
                        "manifest.json", "proxy/config.json", "proxy/model.safetensors", "rounds.jsonl", SELECTED);
    }

    private void killOnce(BooleanSupplier reached) throws Exception {
        WatchedProcess.killOnce(folder.resolve("log"), killed, reached, withProxy(killed));
    }

    private BooleanSupplier exists(String file) {
        Path path = killed.resolve(file);
        return () -> Files.exists(path);
    }

    private BooleanSupplier lines(String file, int count) {
        Path path = killed.resolve(file);
        return () -> {
            try (Stream<String> lines = Files.exists(path) ? Files.lines(path) : Stream.empty()) {
                return lines.count() >= count;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    @Test
    void killedWhileWritingTheResults_writesThemAgain() throws IOException {
        assertThat(Outcome.of(small.select(whole)).code()).isEqualTo(Quad.DONE);
        byte[] expected = Files.readAllBytes(whole.resolve(SELECTED));
        Files.delete(whole.resolve(SELECTED));
        Files.delete(whole.resolve("report.json"));
        SmallRun.write(whole.resolve("." + SELECTED + ".0.made-by-quad"), "half of it");

        Outcome again = Outcome.of(small.select(whole, "--resume"));

        assertThat(again.code()).as(again.toString()).isEqualTo(Quad.DONE);
        assertThat(Files.readAllBytes(whole.resolve(SELECTED))).isEqualTo(expected);
        assertThat(SmallRun.contents(whole)).containsOnlyKeys("manifest.json", "report.json", "rounds.jsonl", SELECTED);
    }

    @Test
    void finished_isNotRunAgain() throws IOException {
        assertThat(Outcome.of(small.select(whole)).code()).isEqualTo(Quad.DONE);
        var before = SmallRun.contents(whole);

        Outcome again = Outcome.of(small.select(whole, "--resume"));

        assertThat(again.code()).isEqualTo(Quad.DONE);
        assertThat(again.err()).contains("is finished already");
        assertThat(again.out()).contains(SELECTED);
        assertThat(SmallRun.contents(whole)).isEqualTo(before);
    }
}
