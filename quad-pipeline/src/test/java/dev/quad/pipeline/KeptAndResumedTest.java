// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.text.Document;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A run from Java that ended at any boundary goes on when it is called again, and ends with the same bytes. */
class KeptAndResumedTest {
    private static final Budget BUDGET = Budget.documents(20);
    private static final Seed SEED = new Seed(1);
    private static final int KILLED = 137;
    private static final boolean ALL = "all".equals(System.getProperty("quad.kills"));
    /**
     * Each boundary is met in one folder; in a folder of its own every eleventh, with {@code -Dquad.kills=all} each.
     */
    private static final int STEP = ALL ? 1 : 11;

    private static final CandidatePool<Document> POOL = Small.pool();

    @TempDir
    private static Path undisturbed;

    private static Selection expected;

    @TempDir
    private Path folder;

    @BeforeAll
    static void whole() {
        expected = select(undisturbed, PipelineListener.NONE);
    }

    private static Selection select(Path work, PipelineListener listener) {
        return pipeline(work, listener).select(POOL, BUDGET, SEED);
    }

    private static QuadPipeline pipeline(Path work, PipelineListener listener) {
        return Small.withProxy().work(work).listener(listener).build();
    }

    private static void hasTheSameBytes(Path work) throws IOException {
        for (String file : new String[] {"rounds.jsonl", "manifest.json", "proxy/model.safetensors"}) {
            assertThat(work.resolve(file)).hasSameBinaryContentAs(undisturbed.resolve(file));
        }
    }

    /** Ends the run at the n-th thing that it hears, from 0. */
    private static final class Ending implements PipelineListener {
        private final int last;
        private int heard;

        Ending(int last) {
            this.last = last;
        }

        private void hear() {
            if (heard++ == last) {
                throw new Ended();
            }
        }

        @Override
        public void onStageStarted(String stage, long total, String unit) {
            hear();
        }

        @Override
        public void onStageFinished(String stage, String result, double seconds) {
            hear();
        }

        @Override
        public void onRunStarted(RunStarted event) {
            hear();
        }

        @Override
        public void onRoundFinished(RoundFinished event) {
            hear();
        }

        @Override
        public void onRunFinished(RunFinished event) {
            hear();
        }
    }

    /** What the listener throws. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Test
    void run_endedAtEachBoundary_goesOnToTheSame() throws IOException {
        Ending all = new Ending(-1);
        assertThat(select(folder.resolve("heard"), all)).isEqualTo(expected);
        assertThat(all.heard).as("six stages, and rounds").isGreaterThan(2 * 6 + 2);
        for (int last = 0; last < all.heard; last += STEP) {
            Path work = folder.resolve("ended" + last);
            Ending ending = new Ending(last);
            assertThatThrownBy(() -> select(work, ending))
                    .as("boundary %d", last)
                    .isInstanceOf(Ended.class);
            assertThat(select(work, PipelineListener.NONE))
                    .as("boundary %d", last)
                    .isEqualTo(expected);
            hasTheSameBytes(work);
        }
    }

    /** In one folder, one boundary further each time. */
    @Test
    void run_endedAgainAndAgain_goesOnToTheSame() throws IOException {
        Path work = folder.resolve("again");
        int ended = 0;
        boolean done = false;
        for (int last = 0; !done; last++) {
            try {
                assertThat(select(work, new Ending(last))).isEqualTo(expected);
                done = true;
            } catch (Ended e) {
                ended++;
            }
        }
        assertThat(ended).isGreaterThan(6);
        hasTheSameBytes(work);
    }

    private static List<String> boundaries() {
        return ALL
                ? List.of(
                        "start of training the proxy",
                        "end of training the proxy",
                        "end of estimating the curvature",
                        "end of reference direction",
                        "round 2")
                : List.of("end of training the proxy", "round 2");
    }

    /** A process that stands still at a boundary, and is killed there. */
    @ParameterizedTest
    @MethodSource("boundaries")
    void process_killed_goesOnToTheSame(String boundary) throws Exception {
        Path work = folder.resolve("killed");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Standing.class.getName(),
                        work.toString(),
                        boundary)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.equals(boundary)) {
                line = out.readLine();
            }
            assertThat(line).as("the boundary was reached").isEqualTo(boundary);
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).isEqualTo(KILLED);
        assertThat(Files.exists(work.resolve("manifest.json"))).isTrue();

        assertThat(select(work, PipelineListener.NONE)).isEqualTo(expected);
        hasTheSameBytes(work);
        assertThat(work.resolve(".quad.lock")).doesNotExist();
    }

    /** Stands still at the boundary that it is told. */
    static final class Standing implements PipelineListener {
        private final String boundary;

        private Standing(String boundary) {
            this.boundary = boundary;
        }

        public static void main(String... arguments) {
            pipeline(Path.of(arguments[0]), new Standing(arguments[1])).select(Small.pool(), BUDGET, SEED);
        }

        private void reached(String place) {
            if (place.equals(boundary)) {
                System.out.println(place);
                try {
                    new CountDownLatch(1).await(); // until it is killed
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        @Override
        public void onStageStarted(String stage, long total, String unit) {
            reached("start of " + stage);
        }

        @Override
        public void onStageFinished(String stage, String result, double seconds) {
            reached("end of " + stage);
        }

        @Override
        public void onRoundFinished(RoundFinished event) {
            reached("round " + event.round());
        }
    }
}
