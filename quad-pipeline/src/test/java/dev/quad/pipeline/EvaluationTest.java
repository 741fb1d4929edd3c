// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.baselines.NgramModel;
import dev.quad.files.JsonText;
import dev.quad.model.Decoder;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.pipeline.Difference.Verdict;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
    private static final List<String> NUMBERS =
            List.of("two", "three", "four", "five", "six", "seven", "eight", "nine");

    @TempDir
    private Path folder;

    private Path model;
    private Path sums;
    private Path sailing;
    private Path held;

    @BeforeEach
    void write() throws IOException {
        model = folder.resolve("model");
        try (Decoder decoder = Decoder.random(Small.CONFIG, new Seed(7))) {
            decoder.write(model);
        }
        sums = file("sums.jsonl", 60, EvaluationTest::sum);
        sailing = file("sailing.jsonl", 60, EvaluationTest::boat);
        held = file("held.jsonl", 20, i -> sum(1_000 + i));
    }

    private static String sum(int i) {
        RandomGenerator random = new Seed(i).stream("sum");
        String one = NUMBERS.get(random.nextInt(NUMBERS.size()));
        return one + " plus " + NUMBERS.get(random.nextInt(NUMBERS.size())) + " is no more than " + i + " sums";
    }

    private static String boat(int i) {
        return "the ferry of pier " + i + " left its harbour at dawn with " + NUMBERS.get(i % 8) + " hands";
    }

    private Path file(String name, int count, IntFunction<String> text) throws IOException {
        StringBuilder lines = new StringBuilder();
        IntStream.range(0, count).forEach(i -> lines.append(JsonText.line(Map.of("text", text.apply(i)))));
        return Files.writeString(folder.resolve(name), lines);
    }

    private Evaluation.Builder of(Path... train) {
        return Evaluation.builder(List.of(train), List.of(held))
                .from(model, ModelTokenizer.bytes())
                .learningRate(0.03)
                .tokens(6_000)
                .points(2);
    }

    private Evaluation run(Evaluation.Builder builder, String name) throws IOException {
        return builder.run(Files.createDirectories(folder.resolve(name)));
    }

    @Test
    void run_sameTextsInOtherFiles_haveNoDifferenceByEitherReader_andOthersHave() throws IOException {
        Path again = Files.copy(sums, folder.resolve("again.jsonl"));
        Path boats = file("boats.jsonl", 20, i -> boat(5_000 + i));

        Evaluation evaluation = run(of(sums, again, sailing).forget(List.of(boats)), "work");

        assertThat(evaluation.model().difference(1)).isEqualTo(new Difference(0, 0, 0));
        assertThat(evaluation.ngrams().difference(1)).isEqualTo(new Difference(0, 0, 0));
        assertThat(evaluation.verdict(1)).isEqualTo("not told apart");
        assertThat(evaluation.model().difference(2).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(evaluation.ngrams().difference(2).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(evaluation.verdict(2)).isEqualTo("worse by both");
        assertThat(evaluation.model().trainings()).isEqualTo(3);
        assertThat(evaluation.ngrams().trainings()).isEqualTo(10);
        assertThat(evaluation.model().mean(2)).isGreaterThan(evaluation.model().mean(0));
        assertThat(evaluation.tokensToReach(2)).isEmpty();
        Reading forgotten = evaluation.forgotten().get(0);
        assertThat(forgotten).hasToString(boats.toString());
        assertThat(forgotten.mean(2))
                .isLessThan(forgotten.mean(0))
                .isLessThan(forgotten.before().orElseThrow());
        assertThat(evaluation.tokensToReach(1)).hasValue(6_000);
    }

    @Test
    void run_randomChoicesOfOnePool_areNotToldApart() throws IOException {
        IntFunction<String> mixed = i -> i % 2 == 0 ? sum(i) : boat(i);
        List<Path> random = new ArrayList<>();
        for (int seed = 1; seed <= 2; seed++) {
            RandomGenerator draw = new Seed(seed).stream("draw");
            random.add(file("random" + seed + ".jsonl", 60, i -> mixed.apply(draw.nextInt(400))));
        }

        Evaluation evaluation = run(of(random.get(0), random.get(1), sailing), "work");

        assertThat(evaluation.verdict(1)).isEqualTo("not told apart");
        assertThat(evaluation.model().difference(1).visible()).isPositive();
        assertThat(evaluation.model().mean(2)).isGreaterThan(evaluation.model().mean(1));
        assertThat(evaluation.ngrams().difference(2).verdict()).isEqualTo(Verdict.WORSE);
    }

    @Test
    void run_again_givesTheSame_withAnyThreads_andTakesWhatWasKept() throws Exception {
        Path keep = Files.createDirectories(folder.resolve("keep"));
        List<String> stages = new ArrayList<>();
        PipelineListener listener = new PipelineListener() {
            @Override
            public void onStageStarted(String stage, long total, String unit) {
                stages.add(stage);
            }
        };
        Map<String, Object> first =
                run(of(sums, sailing).keep(keep).listener(listener), "first").tree();
        assertThat(stages).contains("seed 1, file 1 of 2", "seed 3, file 2 of 2", "n-grams, file 2 of 2");

        ForkJoinPool three = new ForkJoinPool(3);
        assertThat(three.submit(() -> run(of(sums, sailing), "threads").tree()).get())
                .isEqualTo(first);
        three.shutdown();
        stages.clear();
        assertThat(run(of(sums, sailing).keep(keep).listener(listener), "kept").tree())
                .isEqualTo(first);
        assertThat(stages).noneMatch(stage -> stage.startsWith("seed"));
        run(of(sums, sailing).keep(keep).listener(listener).learningRate(0.02), "other");
        assertThat(stages).filteredOn(stage -> stage.startsWith("seed")).hasSize(6);
    }

    /** As evaluations were before there was a common model: the whole of a file, random weights of the seed. */
    @Test
    void run_fromScratchOnTheWhole_isAPlainTraining() throws IOException {
        Path few = file("few.jsonl", 40, EvaluationTest::sum);
        Evaluation evaluation = run(
                Evaluation.builder(List.of(few), List.of(held))
                        .fromScratch()
                        .whole()
                        .seeds(1)
                        .points(1)
                        .tokens(2_100),
                "work");

        Chunker chunker = Chunker.builder(Tokenizer.bytes())
                .length(256)
                .maxChunks(Integer.MAX_VALUE)
                .build();
        List<TokenSequence> read = new ArrayList<>();
        List<TokenSequence> measured = new ArrayList<>();
        Jsonl.read(List.of(few)).forEach(document -> read.addAll(chunker.chunks(document)));
        Jsonl.read(List.of(held)).forEach(document -> measured.addAll(chunker.chunks(document)));
        try (Decoder decoder = Decoder.random(Proxy.CONFIG, new Seed(1))) {
            new Trainer(TrainingOptions.builder(2_100).build(), new Seed(1)).train(decoder, read);
            assertThat(evaluation.model().mean(0)).isEqualTo(Trainer.meanLoss(decoder, measured, 10_000), within(1e-6));
        }
        NgramModel counts = NgramModel.train(
                Jsonl.read(List.of(few)).stream().map(Document::text).toList());
        double nats = Jsonl.read(List.of(held)).stream()
                .mapToDouble(document -> counts.nats(document.text()))
                .sum();
        assertThat(evaluation.ngrams().mean(0))
                .isEqualTo(nats / evaluation.ngrams().bytes(), within(1e-12));
        assertThat(evaluation.model().before()).isEmpty();
    }

    @Test
    void run_withoutAModel_goesOnFromACommonOne() throws IOException {
        Evaluation evaluation = run(
                Evaluation.builder(List.of(sums, sailing), List.of(held))
                        .common(List.of(), 1_000)
                        .against(1)
                        .tokens(1_000)
                        .points(2)
                        .seeds(2),
                "work");

        assertThat(evaluation.start()).isEqualTo("a common model, trained on 1,000 tokens of all training sets");
        assertThat(evaluation.model().before().orElseThrow())
                .as("after a step")
                .isGreaterThan(evaluation.model().mean(0));
        assertThat(evaluation.curve(0)[1]).isEqualTo(evaluation.model().mean(0), within(1e-12));
        assertThat(evaluation.model().difference(1)).isEqualTo(new Difference(0, 0, 0));
        assertThat(JsonText.text(evaluation.tree())).contains("\"visible\"", "\"before\"", "\"leftOut\" : 0");
    }

    @Test
    void run_documentsThatAreTrainedOn_areNotMeasuredOn() throws IOException {
        Path leaked = file("leaked.jsonl", 60, i -> i < 5 ? sum(1_000 + i).toUpperCase(Locale.ROOT) : boat(i));
        List<String> notes = new ArrayList<>();
        PipelineListener listener = new PipelineListener() {
            @Override
            public void onNote(String words) {
                notes.add(words);
            }
        };

        Evaluation evaluation = run(of(sums, leaked).listener(listener), "work");

        assertThat(evaluation.model().documents()).isEqualTo(15);
        assertThat(evaluation.model().leftOut()).isEqualTo(5);
        assertThat(notes)
                .containsExactly(
                        "5 of 20 documents of " + held + " stand in a training set, and are left out of the measure");
        assertThatThrownBy(() -> run(of(sums, held), "again"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "the reference, " + held + ", has 20 documents, of which 20 stand in a training set");
        assertThatThrownBy(() -> CommonModel.sample(
                        List.of(Small.pool()),
                        document -> true,
                        Chunker.builder(Tokenizer.bytes()).build(),
                        100))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no loss is measured on");
    }

    @Test
    void run_fewDocuments_areRefused_unlessTheWholeIsTrainedOn() throws IOException {
        Path one = file("one.jsonl", 1, EvaluationTest::boat);

        assertThatThrownBy(() -> run(of(one), "work"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(one + " has 1 documents, too few to leave out another part");
        assertThat(run(of(one).whole(), "whole").ngrams().trainings()).isOne();
        assertThatThrownBy(() -> run(of(one).fromScratch(), "both")).hasMessageContaining("take one");
        assertThatThrownBy(() -> of(one).against(1)).hasMessageContaining("allowed is 0 to 0");
        assertThatThrownBy(() -> of(one).learningRate(Double.NaN)).hasMessageContaining("learning rate is NaN");
    }
}
