// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.StopReason;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.Redundancy;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderGradients;
import dev.quad.text.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuadPipelineTest {
    private static final Budget BUDGET = Budget.documents(20);
    private static final Seed SEED = new Seed(1);

    @TempDir
    private Path folder;

    private final CandidatePool<Document> pool = Small.pool();
    private Path model;

    @BeforeEach
    void model() {
        model = Small.model(folder.resolve("model"));
    }

    private Selection select(QuadPipeline.Builder builder) {
        return builder.build().select(pool, BUDGET, SEED);
    }

    /** The score of a document is the share of the letter m in it, which sums have and boats have not. */
    private static final class LetterM implements InfluenceEstimator<Document> {
        @Override
        public InfluenceScores score(List<? extends Document> items) {
            return InfluenceScores.of(items.stream()
                    .mapToDouble(document ->
                            document.text().chars().filter(c -> c == 'm').count()
                                    / (double) document.text().length())
                    .toArray());
        }

        @Override
        public String fingerprint() {
            return "the share of m";
        }
    }

    @Test
    void run_keptOrInMemory_isTheSame_andLeavesDuplicatesOut() throws IOException {
        Path work = folder.resolve("run");
        PipelineResult kept = Small.pipeline(model).work(work).build().run(pool, BUDGET, SEED);
        Selection selection = kept.selection();

        assertThat(selection).isEqualTo(select(Small.pipeline(model)));
        assertThat(selection.choices()).hasSize(20);
        assertThat(selection.choices().stream().map(Selection.Choice::ordinal)).doesNotContain(Small.DOCUMENTS);
        assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
        assertThat(kept.clustering().orElseThrow().clusterCount()).isBetween(1, 6);
        assertThat(kept.clustersChosenFrom())
                .isBetween(1, kept.clustering().orElseThrow().clusterCount());
        assertThat(kept.threshold()).isFinite();
        assertThat(kept.seconds())
                .containsOnlyKeys(
                        "embedding", "clustering", "curvature", "reference", "rounds", "roundsScoring", "roundsBandit");
        assertThat(work.resolve("manifest.json")).isNotEmptyFile();
        assertThat(work.resolve(".quad.lock")).doesNotExist();
    }

    /** A finished run gives its result again, and scores nothing. */
    @Test
    void run_again_readsWhatIsKept() throws IOException {
        QuadPipeline pipeline = Small.withProxy().work(folder.resolve("run")).build();
        Selection first = pipeline.select(pool, BUDGET, SEED);
        byte[] rounds = Files.readAllBytes(folder.resolve("run/rounds.jsonl"));
        PipelineResult again = pipeline.run(pool, BUDGET, SEED);

        assertThat(again.selection()).isEqualTo(first);
        assertThat(again.seconds()).doesNotContainKeys("proxy", "curvature", "reference");
        assertThat(folder.resolve("run/rounds.jsonl")).hasBinaryContent(rounds);
    }

    @Test
    void work_ofAnotherRun_isRefusedWithAllThatDiffers() throws IOException {
        Path work = folder.resolve("run");
        select(Small.pipeline(model).work(work));
        QuadPipeline other = Small.pipeline(model)
                .scores(Small.scores().qkv(ScoreSettings.Qkv.HEADS).build())
                .work(work)
                .build();

        assertThatThrownBy(() -> other.select(pool, BUDGET, new Seed(2)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("the folder " + work + " holds another run")
                .hasMessageContaining("seed was 1 and is 2")
                .hasMessageContaining("qkv was joint and is heads");
        Path foreign = Files.createDirectories(folder.resolve("foreign"));
        Files.writeString(foreign.resolve("thesis.tex"), "years of work");
        assertThatThrownBy(() -> select(Small.pipeline(model).work(foreign)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("[thesis.tex]");
        assertThat(foreign).isDirectoryNotContaining(path -> path.endsWith("work"));
    }

    /** Gradients of another stack; here of ours, so that the answer is known. */
    @Test
    void gradients_ofTheCaller_areScoredAsThoseOfAFolder() throws IOException {
        try (Decoder decoder = Decoder.read(model)) {
            QuadPipeline.Builder own = QuadPipeline.builder(Small.reference())
                    .model(new DecoderGradients(decoder), Tokenizer.bytes(), Small.CONFIG.maxLength())
                    .scores(Small.scores().build())
                    .clusters(6);
            QuadPipeline.Builder ofFolder = Small.pipeline(model)
                    .scores(Small.scores().layers(ScoreSettings.LayerGroup.ALL).build());
            assertThat(select(own).choices()).isEqualTo(select(ofFolder).choices());
            own.scores(Small.scores().layers(ScoreSettings.LayerGroup.MLP).build());
            assertThatThrownBy(() -> select(own))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("layers is mlp and qkv is joint")
                    .hasMessageContaining("Layers.only");
            own.scores(Small.scores().passes(ScoreSettings.Passes.FORWARD).build());
            assertThatThrownBy(() -> select(own))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            "passes is forward and gradient is sgd, and the model was given by its gradients");
            select(own.scores(Small.scores().build()).work(folder.resolve("own")));
            assertThat(folder.resolve("own/manifest.json")).content().contains("\"layers\" : \"all\"");
        }
    }

    /** All documents, best first: the same scores to rounding, at fewer operations. */
    @Test
    void passes_forward_scoreAsBackward() throws IOException {
        Budget all = Budget.documents(Small.DOCUMENTS);
        ScoreSettings passes =
                Small.scores().passes(ScoreSettings.Passes.FORWARD).build();
        QuadPipeline.Builder forward = best().scores(passes);
        Selection backward = best().build().select(pool, all, SEED);
        Selection found = forward.build().select(pool, all, SEED);
        Selection kept = forward.work(folder.resolve("forward")).build().select(pool, all, SEED);

        assertThat(kept).isEqualTo(found);
        requireClose(found, backward, 1e-5);
        assertThat(folder.resolve("forward/manifest.json")).content().contains("\"passes\" : \"forward\"");
        assertThat(found.costs().flops().orElseThrow())
                .isBetween(
                        2.0 / 3 * backward.costs().flops().orElseThrow(),
                        0.9 * backward.costs().flops().orElseThrow());
    }

    /** To the error that is told, at two thirds of the operations. */
    @Test
    void passes_differences_scoreAsBackward() throws IOException {
        List<String> told = new ArrayList<>();
        PipelineListener listener = new PipelineListener() {
            @Override
            public void onStageFinished(String stage, String result, double seconds) {
                if (stage.equals("finding the step of forward scores")) {
                    told.add(result);
                }
            }
        };
        Budget all = Budget.documents(Small.DOCUMENTS);
        ScoreSettings passes =
                Small.scores().passes(ScoreSettings.Passes.DIFFERENCES).build();
        Selection backward = best().build().select(pool, all, SEED);
        Selection found = best().scores(passes).listener(listener).build().select(pool, all, SEED);

        requireClose(found, backward, 1e-2);
        assertThat(told)
                .singleElement()
                .satisfies(result -> assertThat(result).matches("scores within \\d\\.\\de-\\d\\d of the largest"));
        assertThat(3 * found.costs().flops().orElseThrow())
                .isEqualTo(2 * backward.costs().flops().orElseThrow());
    }

    /** With the curvature from a file, as where a run goes on, and without. */
    @Test
    void score_relative_isTheSameKeptOrNot_andOrdersOtherwise() throws IOException {
        Budget all = Budget.documents(Small.DOCUMENTS);
        ScoreSettings relative =
                Small.scores().kind(ScoreSettings.Kind.RELATIVE).build();
        Selection found = best().scores(relative).build().select(pool, all, SEED);

        assertThat(best().scores(relative)
                        .work(folder.resolve("relative"))
                        .build()
                        .select(pool, all, SEED))
                .isEqualTo(found);
        assertThat(found.choices().stream().map(Selection.Choice::ordinal).toList())
                .isNotEqualTo(best().build().select(pool, all, SEED).choices().stream()
                        .map(Selection.Choice::ordinal)
                        .toList());
        assertThat(folder.resolve("relative/manifest.json")).content().contains("\"score\" : \"relative\"");
        assertThatThrownBy(() -> Small.scores()
                        .kind(ScoreSettings.Kind.RELATIVE)
                        .gradient(GradientRule.SIGN)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("score is relative, of plain gradients, and gradient is sign");
    }

    @Test
    void precision_double_scoresAsSingleButForRounding() throws IOException {
        Budget all = Budget.documents(Small.DOCUMENTS);
        ScoreSettings twice = Small.scores().precision(Precision.DOUBLE).build();
        Selection single = best().build().select(pool, all, SEED);
        Selection found =
                best().scores(twice).work(folder.resolve("double")).build().select(pool, all, SEED);

        requireClose(found, single, 1e-5);
        assertThat(folder.resolve("double/manifest.json")).content().contains("\"precision\" : \"double\"");
    }

    private static void requireClose(Selection found, Selection other, double part) {
        double[] expected = scores(other);
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertThat(scores(found)).isNotEqualTo(expected).containsExactly(expected, within(part * largest));
    }

    private QuadPipeline.Builder best() {
        return QuadPipeline.builder(Small.reference())
                .model(model, Tokenizer.bytes())
                .scores(Small.scores().build())
                .topK();
    }

    /** By ordinal. */
    private static double[] scores(Selection all) {
        double[] scores = new double[Small.DOCUMENTS];
        all.choices()
                .forEach(choice -> scores[choice.ordinal()] = choice.score().orElseThrow());
        return scores;
    }

    @Test
    void scoresAndClusters_madeElsewhere_needNoModelAndNoEmbeddings() throws IOException {
        int[] kinds = IntStream.range(0, pool.size()).map(i -> i % 3).toArray();
        QuadPipeline.Builder given = QuadPipeline.scoredBy(new LetterM()).clusters(Clustering.of(kinds, 3));
        PipelineResult result = given.work(folder.resolve("run")).build().run(pool, BUDGET, SEED);

        assertThat(result.seconds()).containsOnlyKeys("rounds", "roundsScoring", "roundsBandit");
        assertThat(result.selection().choices()).hasSize(20).allMatch(choice -> choice.ordinal() % 3 == 0);
        assertThat(result.selection().manifest()).containsEntry("estimator", "the share of m");
        assertThat(folder.resolve("run/work")).isDirectoryNotContaining("glob:**.safetensors");
        assertThatThrownBy(() -> select(given.clusters(Clustering.of(new int[4], 1))))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("the clusters are of 4 documents and the pool has " + pool.size());
        assertThatThrownBy(() -> given.clusters(5).build())
                .hasMessageContaining("and clusters(count) would do nothing; leave one of them out");
    }

    @Test
    void moreThanThePoolHolds_isRemarkedOn() {
        List<String> notes = new ArrayList<>();
        PipelineListener listener = new PipelineListener() {
            @Override
            public void onNote(String words) {
                notes.add(words);
            }
        };
        Selection all = QuadPipeline.scoredBy(new LetterM())
                .duplicates(DuplicatePolicy.KEEP)
                .topK()
                .listener(listener)
                .build()
                .select(pool, Budget.documents(500), SEED);
        assertThat(all.choices()).hasSize(pool.size());
        assertThat(all.stopReason()).isNotEqualTo(StopReason.BUDGET);
        assertThat(notes)
                .singleElement()
                .asString()
                .startsWith("the budget is 500 documents, but the pool has only 121 to choose from (121 documents, ");
        notes.clear();
        QuadPipeline.scoredBy(new LetterM())
                .clusters(99_999)
                .listener(listener)
                .build()
                .session(pool, BUDGET, SEED)
                .close();
        assertThat(notes)
                .anyMatch(words -> words.startsWith("99,999 clusters are asked for, and the pool has 121 documents"));
    }

    @Test
    void topK_scoresAll_withoutClusters_andGoesOn() throws IOException {
        QuadPipeline best = QuadPipeline.scoredBy(new LetterM())
                .topK()
                .work(folder.resolve("run"))
                .build();
        PipelineResult result = best.run(pool, BUDGET, SEED);

        assertThat(result.seconds()).containsOnlyKeys("rounds", "roundsScoring", "roundsBandit");
        assertThat(result.clustering()).isEmpty();
        assertThat(result.selection().costs().documentsScored()).isEqualTo(Small.DOCUMENTS);
        assertThat(result.selection().choices())
                .hasSize(20)
                .allMatch(choice -> choice.ordinal() % 3 == 0 && choice.arm() == -1);
        byte[] scores = Files.readAllBytes(folder.resolve("run/rounds.jsonl"));
        assertThat(best.select(pool, BUDGET, SEED)).isEqualTo(result.selection());
        assertThat(folder.resolve("run/rounds.jsonl")).hasBinaryContent(scores);
        assertThatThrownBy(() -> select(QuadPipeline.scoredBy(new LetterM()).work(folder.resolve("run"))))
                .isInstanceOf(MismatchException.class);
        assertThatThrownBy(() ->
                        QuadPipeline.scoredBy(new LetterM()).topK().clusters(6).build())
                .hasMessageContaining("with topK() there are no clusters, and clusters(count) would do nothing");
    }

    @Test
    void rows_madeElsewhere_areClustered_andRefusedIfTheyAreUnfit() {
        float[] values = new float[2 * pool.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 2 == 0 ? i / 2 % 3 : 1;
        }
        QuadPipeline.Builder given = QuadPipeline.scoredBy(new LetterM()).clusters(3);
        Selection selection = select(given.embeddings(EmbeddingSource.rows(Embeddings.of(values, 2), "by kind")));
        assertThat(selection.choices()).hasSize(20).allMatch(choice -> choice.ordinal() % 3 == 0);

        Path work = folder.resolve("run");
        values[7] = Float.NaN;
        given.embeddings(EmbeddingSource.rows(Embeddings.of(values, 2), "by kind"));
        assertThatThrownBy(() -> select(given.work(work))).isInstanceOf(NumericalException.class);
        assertThat(work).as("others will be given").doesNotExist();
        given.embeddings(EmbeddingSource.rows(Embeddings.of(new float[8], 2), "too few"));
        assertThatThrownBy(() -> select(given.work(work))).hasMessageContaining("there are 4 rows of embeddings");
    }

    @Test
    void redundancy_takesTheEmbeddings() {
        Redundancy redundancy = new Redundancy("embeddings", 1e-4, Redundancy.OnNegative.COUNT_AS_ZERO);
        QuadPipeline.Builder given = QuadPipeline.scoredBy(new LetterM())
                .clusters(6)
                .selection(Preset.QUAD.selection().redundancy(redundancy).build());
        assertThat(select(given).choices()).as("all are like the first").hasSizeLessThan(5);
        given.clusters(0).clusters(Clustering.of(new int[pool.size()], 1));
        assertThatThrownBy(() -> select(given)).hasMessageContaining("give them with vectors(...)");
        given.embeddings(EmbeddingSource.hashedNgrams());
        assertThat(select(given).choices()).hasSizeLessThan(5);
    }

    @Test
    void session_tellsWhatTheRunWouldTake_andWritesNothing() throws IOException {
        QuadPipeline pipeline = Small.withProxy().work(folder.resolve("run")).build();
        try (PipelineSession session = pipeline.session(pool, BUDGET, SEED)) {
            assertThat(session.stock().documents()).isEqualTo(Small.DOCUMENTS);
            assertThat(session.stock().repeats().words()).isEqualTo("1 duplicates");
            assertThat(session.clusters()).isEqualTo(6);
            assertThat(session.estimate().proxyTokens()).isEqualTo(3_000);
            assertThat(session.estimate().scoredTokens())
                    .isEqualTo(session.stock().tokens());
            assertThat(session.estimate().flops()).isPresent();
            assertThat(session.identity())
                    .containsEntry("budget", "20 documents")
                    .containsEntry("embeddings", "hashed")
                    .containsEntry("threshold", "Quantile[q=0.5]")
                    .containsEntry("preset", "quad");
        }
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void estimate_hasThePilot_andNoMoreThanThePoolHas() throws IOException {
        QuadPipeline pipeline = QuadPipeline.builder(Small.reference())
                .model(model, Tokenizer.bytes())
                .selection(Preset.QUAD.selection().pilot(40).build())
                .build();
        try (PipelineSession session = pipeline.session(pool, Budget.documents(3), SEED)) {
            long tokens = session.stock().tokens();
            assertThat(session.estimate().scoredTokens())
                    .isCloseTo(tokens * (6 * 3 + 40) / Small.DOCUMENTS, within(1L));
            assertThat(session.estimate().curvatureTokens()).isEqualTo(tokens);
        }
    }

    /** How long a pilot takes says nothing of the rounds. */
    @Test
    void listener_hearsOfThePilotAsAStage_andOfWhatStandsInTheReference() {
        List<String> heard = new ArrayList<>();
        List<Document> reference = new ArrayList<>(Small.reference().items());
        reference.add(new Document("r2", pool.get(5).text().toUpperCase(Locale.ROOT)));
        select(QuadPipeline.builder(ReferenceSet.of(reference))
                .model(model, Tokenizer.bytes())
                .scores(Small.scores().build())
                .clusters(6)
                .selection(Preset.QUAD.selection().pilot(70).build())
                .listener(new PipelineListener() {
                    @Override
                    public void onStageStarted(String stage, long total, String unit) {
                        heard.add(stage + " " + total + " " + unit);
                    }

                    @Override
                    public void onStageFinished(String stage, String result, double seconds) {
                        heard.add(stage + ": " + result);
                    }

                    @Override
                    public void onPilotScored(PilotScored event) {
                        heard.add(event.scored() + " of " + event.documents());
                    }

                    @Override
                    public void onNote(String words) {
                        heard.add(words);
                    }
                }));

        assertThat(heard)
                .startsWith("1 of the pool's documents stands in the reference too")
                .containsSequence(
                        "setting the threshold 70 documents",
                        "0 of 70",
                        "64 of 70",
                        "70 of 70",
                        "setting the threshold: 70 documents",
                        "selecting 20 documents")
                .last(as(InstanceOfAssertFactories.STRING))
                .matches("selecting: 20 documents in \\d+ rounds; \\d+ scored in all");
    }

    @Test
    void texts_tooShortForAGradient_areRefused() {
        CandidatePool<Document> letters = CandidatePool.of(
                IntStream.range(0, 12)
                        .mapToObj(i -> new Document("d" + i, "" + (char) ('a' + i)))
                        .toList(),
                document -> 1,
                "letters");
        assertThatThrownBy(() -> Small.pipeline(model).build().select(letters, Budget.documents(2), SEED))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no document of the pool is long enough to have a gradient");
    }

    @Test
    void settings_outOfRange_areAllNamed() {
        assertThatThrownBy(() -> Small.withProxy().proxy(0).clusters(-1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the proxy is trained on 0 tokens; allowed is 1 or more")
                .hasMessageContaining("clusters is -1; allowed is 1 or more, or 0 for the default");
        Tokenizer large = new Tokenizer() {
            @Override
            public int vocabularySize() {
                return 300;
            }

            @Override
            public TokenSequence encode(String text) {
                return Tokenizer.bytes().encode(text);
            }

            @Override
            public String id() {
                return "large";
            }
        };
        assertThatThrownBy(() -> select(QuadPipeline.builder(Small.reference()).model(model, large)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("knows 257 tokens, and the tokenizer has 300");
    }
}
