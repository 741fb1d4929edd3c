// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
    private static final DecoderConfig CONFIG = DecoderConfig.builder(8)
            .width(16)
            .layers(1)
            .heads(2)
            .keyValueHeads(1)
            .mlpWidth(24)
            .maxLength(16)
            .build();
    private static final int STEPS = 20;
    private static final TrainingListener SILENT = (step, tokens, total, loss) -> {};

    @TempDir
    Path folder;

    private long before;

    @BeforeEach
    void count() {
        before = Floats.liveBytes();
    }

    @AfterEach
    void nothingLeaks() {
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** Seven sequences of 2 to 9 tokens, 31 to predict. */
    private static List<TokenSequence> data() {
        List<TokenSequence> data = new ArrayList<>();
        for (int length : new int[] {9, 2, 5, 1, 7, 6, 8}) {
            RandomGenerator random = new Seed(length).stream("data");
            data.add(TokenSequence.of(
                    IntStream.range(0, length).map(t -> random.nextInt(8)).toArray()));
        }
        return data;
    }

    /** {@link #STEPS} steps over several epochs, a checkpoint at every third. */
    private static TrainingOptions options() {
        return TrainingOptions.builder(140)
                .batchTokens(10)
                .checkpointSteps(3)
                .learningRate(0.01)
                .build();
    }

    private Path state() {
        return folder.resolve("state");
    }

    private static float[] train(Trainer trainer, List<TokenSequence> data) throws IOException {
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
            trainer.train(decoder, data);
            return decoder.parameters().toArray();
        }
    }

    private static float[] train(Trainer trainer) throws IOException {
        return train(trainer, data());
    }

    private static float[] uninterrupted() throws IOException {
        return train(new Trainer(options(), new Seed(2), SILENT, Optional.empty()));
    }

    /** Goes on from the state and checks that the first step done is the one after {@code last}. */
    private float[] resume(int last) throws IOException {
        List<Integer> steps = new ArrayList<>();
        float[] weights = train(new Trainer(
                options(), new Seed(2), (step, tokens, total, loss) -> steps.add(step), Optional.of(state())));
        assertThat(steps)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(last + 1, STEPS).boxed().toList());
        return weights;
    }

    @Test
    void train_repetitiveText_learnsIt() throws IOException {
        List<TokenSequence> data = new ArrayList<>();
        for (int s = 0; s < 6; s++) {
            int start = s;
            data.add(TokenSequence.of(
                    IntStream.range(0, 17).map(t -> (start + 3 * t) % 8).toArray()));
        }
        List<Double> losses = new ArrayList<>();
        TrainingOptions options =
                TrainingOptions.builder(9600).batchTokens(96).learningRate(0.01).build();
        train(
                new Trainer(options, new Seed(1), (step, tokens, total, loss) -> losses.add(loss), Optional.empty()),
                data);
        assertThat(losses).hasSize(100);
        assertThat(losses.get(0)).isCloseTo(Math.log(8), within(0.05));
        assertThat(losses.get(99)).isLessThan(0.05);
    }

    @Test
    void train_again_givesTheSameBits() throws IOException {
        float[] weights = uninterrupted();
        assertThat(uninterrupted()).isEqualTo(weights);
        for (int threads = 1; threads <= 2; threads++) {
            assertThat(DecoderLaws.inPool(threads, () -> {
                        try {
                            return uninterrupted();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }))
                    .isEqualTo(weights);
        }
    }

    @Test
    void train_otherSeed_givesOtherWeights() throws IOException {
        assertThat(train(new Trainer(options(), new Seed(3), SILENT, Optional.empty())))
                .isNotEqualTo(uninterrupted());
    }

    @Test
    void train_withCheckpoint_givesTheSameBitsAsWithout() throws IOException {
        assertThat(resume(0)).isEqualTo(uninterrupted());
    }

    @Test
    void resume_killedAtAnyStep_equalsUninterrupted() throws IOException {
        float[] expected = uninterrupted();
        for (int kill = 1; kill <= STEPS; kill++) {
            Files.deleteIfExists(state());
            int last = kill;
            Trainer killed = new Trainer(
                    options(),
                    new Seed(2),
                    (step, tokens, total, loss) -> {
                        if (step == last) {
                            throw new IllegalStateException("killed");
                        }
                    },
                    Optional.of(state()));
            assertThatThrownBy(() -> train(killed))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("killed");
            int saved = (kill - 1) / 3 * 3;
            assertThat(resume(saved)).as("killed at %s", kill).isEqualTo(expected);
        }
    }

    @Test
    void resume_killedTwice_equalsUninterrupted() throws IOException {
        for (int kill : new int[] {4, 8, 14}) {
            assertThatThrownBy(() -> train(new Trainer(
                            options(),
                            new Seed(2),
                            (step, tokens, total, loss) -> {
                                if (step == kill) {
                                    throw new IllegalStateException("killed");
                                }
                            },
                            Optional.of(state()))))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(resume(12)).isEqualTo(uninterrupted());
    }

    /** Writes down what it hears, as a log does that is cut back to the state; and dies at a given call. */
    private static final class Told implements TrainingListener {
        private final List<String> log;
        private int left;

        Told(List<String> log, int calls) {
            this.log = log;
            this.left = calls;
        }

        private void live() {
            if (left-- == 0) {
                throw new IllegalStateException("killed");
            }
        }

        @Override
        public void onStep(int step, long tokens, long total, double loss) {
            live();
            log.add("step " + step + " " + tokens + " " + loss);
        }

        @Override
        public void onEvaluation(int step, double loss) {
            live();
            log.add("evaluation " + step + " " + loss);
        }

        @Override
        public String onSave(int step) {
            live();
            return Integer.toString(log.size());
        }

        @Override
        public void onResume(int step, String kept) {
            live();
            log.subList(Integer.parseInt(kept), log.size()).clear();
            assertThat(log.get(log.size() - 1)).contains(" " + step + " ");
        }
    }

    @Test
    void listener_killedAtAnyCall_hearsOfEachStepOnce() throws IOException {
        TrainingOptions options = TrainingOptions.builder(140)
                .batchTokens(10)
                .checkpointSteps(3)
                .evaluationSteps(2)
                .learningRate(0.01)
                .build();
        List<TokenSequence> heldOut = List.of(TokenSequence.of(1, 2, 3));
        List<String> whole = new ArrayList<>();
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
            new Trainer(options, new Seed(2), new Told(whole, -1), Optional.empty()).train(decoder, data(), heldOut);
        }
        assertThat(whole).hasSize(STEPS + STEPS / 2);
        int calls = whole.size() + STEPS / 3 + 1;
        for (int kill = 0; kill < calls; kill++) {
            Files.deleteIfExists(state());
            List<String> log = new ArrayList<>();
            for (int left : new int[] {kill, kill / 2, -1}) {
                if (!Files.exists(state())) {
                    log.clear();
                }
                try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
                    Trainer trainer = new Trainer(options, new Seed(2), new Told(log, left), Optional.of(state()));
                    try {
                        trainer.train(decoder, data(), heldOut);
                    } catch (IllegalStateException e) {
                        assertThat(e).hasMessage("killed");
                    }
                }
            }
            assertThat(log).as("killed at call %s", kill).isEqualTo(whole);
        }
    }

    @Test
    void train_heldOutOfOneToken_isMeasuredOverAllParts() throws IOException {
        List<TokenSequence> heldOut = List.of(
                TokenSequence.of(1, 2, 3), TokenSequence.of(4), TokenSequence.of(5, 6), TokenSequence.of(1, 2, 3, 4));
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
            double whole = Trainer.meanLoss(decoder, heldOut, 1000);
            assertThat(whole)
                    .isCloseTo(
                            Arrays.stream(DecoderCase.sums(decoder.losses(heldOut)))
                                            .sum()
                                    / 6,
                            within(1e-6));
            for (int most = 1; most < 7; most++) {
                assertThat(Trainer.meanLoss(decoder, heldOut, most)).isCloseTo(whole, within(1e-6));
            }
        }
    }

    @Test
    void meanLoss_ofNothing_isRefused() {
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
            assertThatThrownBy(() -> Trainer.meanLoss(decoder, List.of(TokenSequence.of(1, 2)), 0))
                    .hasMessage("batchTokens is 0; a batch has at least 1 token");
            assertThatThrownBy(() -> Trainer.meanLoss(decoder, List.of(TokenSequence.of(4)), 9))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("none of the 1 sequences has a token to predict");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, STEPS - 2})
    void resume_interrupted_goesOnFromThatStep(int after) throws IOException {
        if (after == 0) {
            Thread.currentThread().interrupt();
        }
        Trainer trainer = new Trainer(
                options(),
                new Seed(2),
                (step, tokens, total, loss) -> {
                    if (step == after) {
                        Thread.currentThread().interrupt();
                    }
                },
                Optional.of(state()));
        try {
            assertThatThrownBy(() -> train(trainer))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("training was cancelled after step " + (after + 1));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(resume(after + 1)).isEqualTo(uninterrupted());
    }

    @Test
    void resume_finished_doesNothingMore() throws IOException {
        float[] expected = resume(0);
        byte[] state = Files.readAllBytes(state());
        assertThat(resume(STEPS)).isEqualTo(expected);
        assertThat(Files.readAllBytes(state())).isEqualTo(state);
    }

    @Test
    void resume_otherTraining_isRefusedAndLeftAlone() throws IOException {
        resume(0);
        byte[] state = Files.readAllBytes(state());
        List<TokenSequence> other = new ArrayList<>(data());
        other.set(0, TokenSequence.of(1, 2, 3));
        TrainingOptions faster =
                TrainingOptions.builder(140).batchTokens(10).learningRate(0.02).build();
        List<Trainer> trainers = List.of(
                new Trainer(options(), new Seed(3), SILENT, Optional.of(state())),
                new Trainer(faster, new Seed(2), SILENT, Optional.of(state())));
        for (Trainer trainer : trainers) {
            refused(() -> train(trainer));
        }
        Trainer same = new Trainer(options(), new Seed(2), SILENT, Optional.of(state()));
        refused(() -> train(same, other));
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(99))) {
            refused(() -> same.train(decoder, data()));
        }
        assertThat(Files.readAllBytes(state())).isEqualTo(state);
    }

    private void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(MismatchException.class)
                .hasMessageStartingWith(state() + " is the state of another training (start ")
                .hasMessageEndingWith("; remove it to start again");
    }

    @Test
    void resume_truncatedState_namesTheFile() throws IOException {
        resume(0);
        byte[] state = Files.readAllBytes(state());
        Files.write(state(), Arrays.copyOf(state, state.length - 1));
        assertThatThrownBy(() -> train(new Trainer(options(), new Seed(2), SILENT, Optional.of(state()))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(state().toString());
    }

    @Test
    void resume_stateWithOneBitOfAWeightChanged_namesTheFile() throws IOException {
        resume(0);
        byte[] state = Files.readAllBytes(state());
        state[state.length - 3] ^= 1;
        Files.write(state(), state);
        assertThatThrownBy(() -> train(new Trainer(options(), new Seed(2), SILENT, Optional.of(state()))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(state().toString())
                .hasMessageContaining("it was damaged or changed");
    }

    @Test
    void checkpoint_whereNoFolderCanBe_namesTheFile() throws IOException {
        Path state = Files.createFile(folder.resolve("file")).resolve("state");
        assertThatThrownBy(() -> train(new Trainer(options(), new Seed(2), SILENT, Optional.of(state))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot write " + state);
    }

    @Test
    void train_noToken_isAnError() {
        Trainer trainer = new Trainer(options(), new Seed(2), SILENT, Optional.empty());
        assertThatThrownBy(() -> train(trainer, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the 0 training sequences have no token to predict");
        assertThatThrownBy(() -> train(trainer, List.of(TokenSequence.of(1), TokenSequence.of(2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the 2 training sequences have no token to predict");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE})
    void train_diverged_namesTheStepAndKeepsTheState(float poison) throws IOException {
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
            Trainer trainer = new Trainer(
                    options(),
                    new Seed(2),
                    (step, tokens, total, loss) -> {
                        if (step == 7) {
                            int at = decoder.layout().position(0, decoder.layout().qkv);
                            for (int i = 0; i < 64; i++) {
                                decoder.parameters().set(at + i, poison);
                            }
                        }
                    },
                    Optional.of(state()));
            assertThatThrownBy(() -> trainer.train(decoder, data()))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageStartingWith("training diverged at step 8: loss ")
                    .hasMessageMatching(".*, on the sequences \\d(, \\d)* of the data.*")
                    .hasMessageContaining("; the last good state stays in " + state())
                    .hasMessageEndingWith("; use a lower learning rate than 0.01");
        }
        assertThat(resume(6)).isEqualTo(uninterrupted());
    }

    /** The gradient is that of the whole step, whatever the number of passes; and each is resumed to the bit. */
    @Test
    void train_severalPassesAStep_goesTheSameWay() throws IOException {
        TrainingOptions parts = TrainingOptions.builder(140)
                .batchTokens(10)
                .microBatchTokens(4)
                .checkpointSteps(3)
                .learningRate(0.01)
                .build();
        float[] whole = uninterrupted();
        float[] summed = train(new Trainer(parts, new Seed(2), SILENT, Optional.empty()));
        double furthest = 0;
        for (int i = 0; i < whole.length; i++) {
            furthest = Math.max(furthest, Math.abs(whole[i] - summed[i]));
        }
        // Adam turns the rounding of a gradient near 0 into a part of the rate, 0.01, at some of the steps
        assertThat(furthest).isLessThan(0.005).isGreaterThan(0);
        assertThatThrownBy(() -> train(new Trainer(
                        parts,
                        new Seed(2),
                        (step, tokens, total, loss) -> {
                            if (step == 8) {
                                throw new IllegalStateException("killed");
                            }
                        },
                        Optional.of(state()))))
                .hasMessage("killed");
        assertThat(train(new Trainer(parts, new Seed(2), SILENT, Optional.of(state()))))
                .isEqualTo(summed);
    }

    @Test
    void train_heldOut_isMeasuredAndChangesNothing() throws IOException {
        List<TokenSequence> heldOut = List.of(TokenSequence.of(1, 2, 3), TokenSequence.of(4), TokenSequence.of(5, 6));
        TrainingOptions options = TrainingOptions.builder(140)
                .batchTokens(10)
                .evaluationSteps(8)
                .learningRate(0.01)
                .build();
        List<Integer> steps = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void onStep(int step, long tokens, long total, double loss) {}

            @Override
            public void onEvaluation(int step, double loss) {
                steps.add(step);
                losses.add(loss);
            }
        };
        try (Decoder decoder = Decoder.random(CONFIG, new Seed(1))) {
            new Trainer(options, new Seed(2), listener, Optional.empty()).train(decoder, data(), heldOut);
            assertThat(decoder.parameters().toArray()).isEqualTo(uninterrupted());
            assertThat(steps).containsExactly(8, 16, STEPS);
            double sum =
                    Arrays.stream(DecoderCase.sums(decoder.losses(heldOut))).sum();
            assertThat(losses.get(2)).isCloseTo(sum / 3, within(1e-6));
            assertThatThrownBy(() ->
                            new Trainer(options, new Seed(2)).train(decoder, data(), List.of(TokenSequence.of(1))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the 1 held-out sequences have no token to predict");
        }
    }

    /** Lengths that are powers of two tell which sequences a step took. */
    @Test
    void order_everyEpoch_takesAllSequencesOnceInAnotherOrder() throws IOException {
        List<TokenSequence> data = IntStream.range(0, 5)
                .mapToObj(i -> TokenSequence.of(new int[(1 << i) + 1]))
                .toList();
        List<Long> taken = new ArrayList<>();
        long[] last = {0};
        TrainingOptions options = TrainingOptions.builder(31 * 4).batchTokens(1).build();
        train(
                new Trainer(
                        options,
                        new Seed(1),
                        (step, tokens, total, loss) -> {
                            assertThat(total).isEqualTo(31 * 4);
                            taken.add(tokens - last[0]);
                            last[0] = tokens;
                        },
                        Optional.empty()),
                data);
        assertThat(taken).hasSize(20);
        HashSet<List<Long>> orders = new HashSet<>();
        for (int epoch = 0; epoch < 4; epoch++) {
            List<Long> order = taken.subList(5 * epoch, 5 * epoch + 5);
            assertThat(order).containsExactlyInAnyOrder(1L, 2L, 4L, 8L, 16L);
            orders.add(order);
        }
        assertThat(orders).hasSizeGreaterThan(1);
    }

    @Test
    void batches_holdAtMostTheTokensAskedFor() throws IOException {
        List<Long> taken = new ArrayList<>();
        train(new Trainer(options(), new Seed(2), (step, tokens, total, loss) -> taken.add(tokens), Optional.empty()));
        assertThat(taken).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            assertThat(taken.get(i) - (i == 0 ? 0 : taken.get(i - 1))).isBetween(1L, 10L);
        }
        assertThat(taken.get(STEPS - 1)).isEqualTo(140);
    }
}
