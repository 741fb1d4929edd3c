// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.bandit.RandomSelector;
import dev.quad.files.JsonText;
import dev.quad.model.Decoder;
import dev.quad.text.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
    @TempDir
    private Path folder;

    private Path pool;
    private Path reference;
    private Path held;
    private Path model;

    @BeforeEach
    void write() throws IOException {
        pool = file(
                "pool.jsonl", 150, i -> i % 3 == 0 ? sum(i) : "ferry " + i + " left its harbour with hands " + i % 7);
        reference = file("reference.jsonl", 20, i -> sum(1_000 + i));
        held = file("held.jsonl", 20, i -> sum(2_000 + i));
        model = folder.resolve("model");
        try (Decoder decoder = Decoder.random(Small.CONFIG, new Seed(7))) {
            decoder.write(model);
        }
    }

    private static String sum(int i) {
        return i + " plus " + 7 * i + " is a sum of " + 8 * i;
    }

    private Path file(String name, int count, IntFunction<String> text) throws IOException {
        StringBuilder lines = new StringBuilder();
        IntStream.range(0, count).forEach(i -> lines.append(JsonText.line(Map.of("text", text.apply(i)))));
        return Files.writeString(folder.resolve(name), lines);
    }

    private Comparison.Builder comparison() {
        return Comparison.builder(List.of(pool), List.of(reference), List.of(held))
                .budget(Budget.tokens(1_200))
                .referee(referee -> referee.from(model, ModelTokenizer.bytes())
                        .seeds(2)
                        .tokens(2_000)
                        .points(1));
    }

    @Test
    void run_tellsLossesAndWhatWasChosen_andAgainTheSame() throws IOException {
        Path out = folder.resolve("out");
        Comparison comparison = comparison()
                .methods("random", "dsir")
                .method("mine", RandomSelector.<Document>of())
                .run(out);

        assertThat(comparison.chosen()).extracting(Chosen::method).containsExactly("random", "dsir", "mine");
        Chosen random = comparison.chosen().get(0);
        Chosen dsir = comparison.chosen().get(1);
        assertThat(dsir.tokens()).isBetween(1_000L, 1_200L);
        assertThat(dsir.duplicates()).isZero();
        assertThat(dsir.learning()).hasValue(70_000);
        assertThat(dsir.operations()).hasValue(2.0 * Files.size(pool) - 2 * 150 * "{\"text\":\"\"}\n".length());
        assertThat(dsir.learningSeconds()).isBetween(1e-9, dsir.seconds());
        assertThat(random.learningSeconds()).isZero();
        assertThat(random.operations()).hasValue(0);
        assertThat(dsir.effectiveClusters()).isBetween(1.0, random.effectiveClusters());
        assertThat(Files.readString(out.resolve("dsir.json"))).contains("\"checksum\"");
        Evaluation evaluation = comparison.evaluation();
        assertThat(evaluation.against()).isZero();
        assertThat(evaluation.ngrams().mean(1)).isLessThan(evaluation.ngrams().mean(0));
        assertThat(comparison.csv().lines()).hasSize(4).allMatch(line -> line.split(",", -1).length == 19);
        assertThat(out.resolve("comparison.csv")).hasContent(comparison.csv());
        assertThat(out.resolve("work")).doesNotExist();

        List<String> stages = new ArrayList<>();
        Comparison again = comparison()
                .methods("dsir", "random", "cosine")
                .listener(new PipelineListener() {
                    @Override
                    public void onStageStarted(String stage, long total, String unit) {
                        stages.add(stage);
                    }
                })
                .run(out);
        assertThat(stages).contains("choosing by cosine").doesNotContain("choosing by dsir", "choosing by random");
        assertThat(again.chosen().subList(0, 2)).containsExactly(dsir, random);
        assertThat(again.evaluation().against()).isOne();
        assertThat(again.evaluation().model().losses(0))
                .isEqualTo(evaluation.model().losses(1));

        byte[] first = Files.readAllBytes(out.resolve("dsir.jsonl.gz"));
        comparison().methods("dsir").run(folder.resolve("other"));
        assertThat(folder.resolve("other/dsir.jsonl.gz")).hasBinaryContent(first);
        Files.write(out.resolve("dsir.jsonl.gz"), new byte[] {1});
        assertThatThrownBy(() -> comparison().methods("dsir").run(out))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("dsir.jsonl.gz was damaged or changed");
        assertThatThrownBy(() -> comparison().methods("dsir").seed(new Seed(2)).run(out))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("seed");
    }

    @Test
    void run_stopped_goesOn() throws IOException {
        Path out = folder.resolve("out");
        assertThatThrownBy(() -> comparison()
                        .methods("random")
                        .method("broken", (from, budget, seed) -> {
                            throw new IllegalStateException("killed");
                        })
                        .run(out))
                .hasMessage("killed");
        byte[] random = Files.readAllBytes(out.resolve("random.jsonl.gz"));

        assertThat(comparison().methods("random").run(out).chosen()).hasSize(1);
        assertThat(out.resolve("random.jsonl.gz")).hasBinaryContent(random);
    }

    @Test
    void run_badInput_isToldInALine() {
        Path out = folder.resolve("out");
        assertThatThrownBy(() -> Comparison.builder(List.of(pool), List.of(reference), List.of(reference))
                        .methods("random")
                        .budget(Budget.tokens(100))
                        .run(out))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(
                        "20 of 20 documents held out stand in the reference too, the first with the id");
        assertThatThrownBy(() -> comparison()
                        .methods("random")
                        .budget(Budget.tokens(1_000_000))
                        .run(out))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("the budget is 1,000,000 tokens, and the pool has ");
        assertThatThrownBy(() -> comparison().methods("dsri"))
                .hasMessageStartingWith("\"dsri\" is no method; allowed are random, quad, rounds, dsir, ");
        assertThatThrownBy(() -> comparison().methods("random", "random")).hasMessageContaining("each name once");
        assertThatThrownBy(() -> comparison().methods("random").against("quad").run(out))
                .hasMessageStartingWith("the methods are [random], compared with quad; needed are");
        assertThatThrownBy(() -> Comparison.builder(List.of(pool), List.of(reference), List.of()))
                .hasMessageContaining("and 0 held out; allowed is one or more of each");
        assertThatThrownBy(() -> comparison()
                        .method(
                                "none",
                                (from, budget, seed) -> RandomSelector.<Document>among(i -> false)
                                        .select(from, budget, seed))
                        .run(out))
                .hasMessageStartingWith("the method none chose nothing");
    }
}
