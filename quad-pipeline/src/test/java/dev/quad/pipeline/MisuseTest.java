// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Tokenizer;
import dev.quad.bandit.SelectionOptions;
import dev.quad.text.Document;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Parts of a pipeline that are not there, and what their users are told where they hand them over. */
class MisuseTest {
    private static final ReferenceSet<Document> REFERENCE = ReferenceSet.of(List.of(new Document("id", "text")));

    private static DynamicTest absent(String name, ThrowingCallable call, String... words) {
        return dynamicTest(
                name,
                () -> assertThatThrownBy(call)
                        .isInstanceOf(NullPointerException.class)
                        .hasMessageContainingAll(words));
    }

    private static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return dynamicTest(
                name,
                () -> assertThatThrownBy(call)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll(words));
    }

    /** What a caller without null checks hands over. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    /** An estimator that has nothing to say. */
    private record Silent(String fingerprint) implements InfluenceEstimator<Document> {
        @Override
        public InfluenceScores score(List<? extends Document> items) {
            return nothing();
        }
    }

    @TestFactory
    Stream<DynamicTest> estimatorsThatGiveNull_areNamed() {
        CandidatePool<Document> pool = CandidatePool.of(REFERENCE.items(), document -> 1, "pool");
        return Stream.of(
                dynamicTest(
                        "scores",
                        () -> assertThatThrownBy(() -> select(new Silent("silent"), pool))
                                .isInstanceOf(QuadException.class)
                                .hasMessageContaining(
                                        Silent.class.getName() + " returned null; it must return one score")),
                dynamicTest(
                        "a fingerprint",
                        () -> assertThatThrownBy(() -> select(new Silent(nothing()), pool))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining(Silent.class.getName() + " has the fingerprint null")));
    }

    private static Selection select(InfluenceEstimator<Document> estimator, CandidatePool<Document> pool) {
        return QuadPipeline.scoredBy(estimator).topK().build().select(pool, Budget.documents(1), new Seed(1));
    }

    @TestFactory
    Stream<DynamicTest> pipelines() {
        QuadPipeline.Builder pipeline = QuadPipeline.builder(REFERENCE);
        return Stream.of(
                absent("a reference", () -> QuadPipeline.builder(nothing()), "reference is null"),
                absent("an estimator", () -> QuadPipeline.scoredBy(nothing()), "estimator is null"),
                absent("a model's folder", () -> pipeline.model(nothing(), Tokenizer.bytes()), "folder of the model"),
                absent(
                        "a model's tokenizer",
                        () -> pipeline.model(Path.of("model"), nothing()),
                        "tokenizer of the model"),
                absent(
                        "a source of gradients",
                        () -> pipeline.model(nothing(), Tokenizer.bytes(), 9),
                        "source of gradients is null"),
                absent("a preset", () -> pipeline.preset(nothing()), "preset is null", "default"),
                absent("scores", () -> pipeline.scores(nothing()), "scores is null"),
                absent("options of rounds", () -> pipeline.selection(nothing()), "selection is null"),
                absent("duplicates", () -> pipeline.duplicates(nothing()), "duplicates is null"),
                absent("embeddings", () -> pipeline.embeddings(nothing()), "embeddings is null"),
                absent("clusters", () -> pipeline.clusters(nothing()), "clusters is null"),
                absent("a listener", () -> pipeline.listener(nothing()), "listener is null"),
                absent("a folder", () -> pipeline.work(MisuseTest.<Path>nothing()), "work is null"),
                absent(
                        "a pool",
                        () -> pipeline.build().session(nothing(), Budget.documents(1), new Seed(1)),
                        "pool is null"),
                argument(
                        "clusters below 0",
                        () -> QuadPipeline.builder(REFERENCE).clusters(-1).build(),
                        "clusters is -1"));
    }

    @TestFactory
    Stream<DynamicTest> settingsThatExcludeEachOther_areNamed_whateverTheOrder() {
        Path folder = Path.of("model");
        return Stream.of(
                excluded("scoredBy(estimator)", "proxy(tokens)", scored().proxy(9)),
                excluded("scoredBy(estimator)", "model(folder)", scored().model(folder, Tokenizer.bytes())),
                excluded("scoredBy(estimator)", "scores(settings)", scored().scores(ScoreSettings.defaults())),
                excluded("model(folder)", "proxy(tokens)", plain().proxy(9).model(folder, Tokenizer.bytes())),
                excluded(
                        "model(folder)",
                        "proxy(tokens)",
                        plain().model(folder, Tokenizer.bytes()).proxy(9)),
                excluded("topK()", "selection(options)", plain().topK().selection(SelectionOptions.defaults())),
                excluded(
                        "topK()",
                        "selection(options)",
                        plain().selection(SelectionOptions.defaults()).topK()),
                excluded(
                        "topK()",
                        "embeddings(source)",
                        plain().embeddings(EmbeddingSource.hashedNgrams()).topK()),
                dynamicTest(
                        "the default number of clusters",
                        () -> plain().topK().clusters(0).build()),
                dynamicTest(
                        "a preset, which sets scores and rounds",
                        () -> scored().preset(Preset.PAPER).topK().build()));
    }

    private static QuadPipeline.Builder scored() {
        return QuadPipeline.scoredBy(new Silent("silent"));
    }

    private static QuadPipeline.Builder plain() {
        return QuadPipeline.builder(REFERENCE);
    }

    private static DynamicTest excluded(String one, String other, QuadPipeline.Builder both) {
        return argument(one + " and " + other, both::build, "with " + one + " ", "and " + other + " would do nothing");
    }

    @TestFactory
    Stream<DynamicTest> scores() {
        ScoreSettings.Builder scores = ScoreSettings.builder();
        return Stream.of(
                absent("a kind", () -> scores.kind(nothing()), "kind is null"),
                absent("a projection", () -> scores.projection(nothing()), "projection is null"),
                absent("a gradient", () -> scores.gradient(nothing()), "gradient is null"),
                absent("a curvature", () -> scores.curvature(nothing()), "curvature is null"),
                absent("labels", () -> scores.labels(nothing()), "labels is null"),
                absent("data of factors", () -> scores.factorData(nothing()), "factorData is null"),
                absent("a damping", () -> scores.damping(nothing()), "damping is null"),
                absent("layers", () -> scores.layers(nothing()), "layers is null"),
                absent("biases", () -> scores.biases(nothing()), "biases is null"),
                absent("short documents", () -> scores.shortDocuments(nothing()), "shortDocuments is null"));
    }

    @TestFactory
    Stream<DynamicTest> trainingAndEvaluation() {
        ModelTraining.Builder training = ModelTraining.builder(List.of(Path.of("data.jsonl")));
        Evaluation.Builder evaluation = Evaluation.builder(List.of(Path.of("a.jsonl")), List.of(Path.of("b.jsonl")));
        return Stream.of(
                absent("held-out files", () -> training.heldOut(MisuseTest.<List<Path>>nothing()), "heldOut is null"),
                absent("options of training", () -> training.options(nothing()), "options is null"),
                absent("a seed", () -> training.seed(nothing()), "seed is null"),
                absent("a listener", () -> training.listener(nothing()), "listener is null"),
                absent("options of reading", () -> evaluation.options(nothing()), "options is null"),
                absent("a listener of evaluation", () -> evaluation.listener(nothing()), "listener is null"));
    }
}
