// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.files.Safetensors;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderGradients;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import dev.quad.text.ScoreColumn;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolScoresTest {
    private static final Seed SEED = new Seed(1);
    /** Of a long document: several chunks. */
    private static final String LONG = "five plus seven is a sum, and so is two plus three. ".repeat(12);

    @TempDir
    private Path folder;

    private Path model;
    private CandidatePool<Document> pool;

    @BeforeEach
    void files() {
        model = Small.model(folder.resolve("model"));
        CandidatePool<Document> small = Small.pool();
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < small.size(); i++) {
            documents.add(small.get(i));
        }
        documents.add(new Document("short", "hi"));
        documents.add(new Document("long", LONG));
        documents.add(new Document("chunk", "three plus nine is a sum."));
        pool = CandidatePool.of(documents, document -> document.text().getBytes(StandardCharsets.UTF_8).length, "pool");
    }

    private PoolScores.Builder along() {
        return with(PoolScores.along(Small.reference()));
    }

    private PoolScores.Builder with(PoolScores.Builder builder) {
        return builder.model(model, Tokenizer.bytes()).scores(Small.scores().build());
    }

    private Path write(PoolScores.Builder scores, String name) {
        Path file = folder.resolve(name);
        scores.build().write(file, pool, SEED);
        assertThat(PoolScores.work(file)).doesNotExist();
        return file;
    }

    private static Safetensors tensors(Path file) throws IOException {
        return Safetensors.open(file, "quad.document-scores.1");
    }

    private static float[][] rows(Path file, String name, int columns) throws IOException {
        Safetensors tensors = tensors(file);
        FloatBuffer all =
                FloatBuffer.allocate(Arrays.stream(tensors.shape(name)).reduce(1, (a, b) -> a * b));
        tensors.floats(name, all);
        float[][] rows = new float[all.capacity() / columns][columns];
        all.flip();
        Arrays.stream(rows).forEach(all::get);
        return rows;
    }

    @Test
    void rows_areThePool_inItsOrder_withReasonsAndDeviations() throws IOException {
        Path file = folder.resolve("scores.safetensors");
        ScoreSummary summary = along().build().write(file, pool, SEED);

        double[] scores = tensors(file).doubles("score");
        double[] z = tensors(file).doubles("z");
        List<String> ids = tensors(file).lines("ids", pool.size());
        List<String> flags = tensors(file).lines("flags", pool.size());
        assertThat(ids)
                .isEqualTo(IntStream.range(0, pool.size())
                        .mapToObj(i -> pool.get(i).id())
                        .toList());
        int unscored = ids.indexOf("short");
        assertThat(flags.get(unscored)).contains("fewer than 8 tokens");
        assertThat(scores[unscored]).isNaN();
        assertThat(z[unscored]).isNaN();
        assertThat(flags.stream().filter(String::isEmpty)).hasSize(pool.size() - 1);
        assertThat(summary.scored()).isEqualTo(pool.size() - 1);
        assertThat(scores[ids.indexOf("again")]).isEqualTo(scores[0], within(1e-5 * summary.deviation()));
        double[] known = Arrays.stream(z).filter(Double::isFinite).toArray();
        // n roundings of numbers of order 1
        assertThat(Arrays.stream(known).sum()).isEqualTo(0, within(known.length * 1e-14));
        assertThat(Arrays.stream(known).map(v -> v * v).sum()).isEqualTo(known.length, within(known.length * 1e-13));
        assertThat(tensors(file).metadata("pool")).isEqualTo("pool");
        assertThat(tensors(file).metadata("curvature")).isEqualTo("kfac");
        assertThat(tensors(file).metadata("spectra"))
                .startsWith("[{\"layer\":\"layers.0.mlp.gate_up\",\"eigenvalues\":")
                .contains("\"stableRank\":", "\"damping\":", "\"condition\":", "{\"layer\":\"layers.0.mlp.down\"");
    }

    @Test
    void forms_holdTheSame() throws IOException {
        write(along(), "scores.safetensors");
        write(along(), "scores.jsonl");
        double[] tensor = tensors(folder.resolve("scores.safetensors")).doubles("score");

        List<String> lines = Files.readAllLines(folder.resolve("scores.jsonl"));
        Pattern score = Pattern.compile("\"score\":([^,]+),");
        double[] json = lines.stream()
                .map(score::matcher)
                .peek(found -> assertThat(found.find()).isTrue())
                .mapToDouble(found -> found.group(1).equals("null") ? Double.NaN : Double.parseDouble(found.group(1)))
                .toArray();
        assertThat(json).isEqualTo(tensor);
        assertThat(lines.get(pool.size() - 3))
                .contains("\"score\":null,\"z\":null,\"tokens\":2,\"flag\":\"the document has fewer");
        assertThat(folder.resolve("scores.meta.json")).content().contains("\"kind\" : \"aggregated\"");
        try (JsonlPool read = JsonlPool.builder().open(List.of(jsonl()))) {
            // of another fingerprint, since the pool here says its own
            assertThatThrownBy(() -> ScoreColumn.read(read, folder.resolve("scores.jsonl"), "id"))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("are of the pool pool, and this one is " + read.fingerprint());
        }
    }

    private Path jsonl() throws IOException {
        List<String> lines = IntStream.range(0, pool.size())
                .mapToObj(pool::get)
                .map(document -> "{\"id\":\"" + document.id() + "\",\"text\":\"" + document.text() + "\"}")
                .toList();
        return Files.write(folder.resolve("pool.jsonl"), lines);
    }

    /** What is chosen by scores of a file is what the model chooses, whatever the budget. */
    @ParameterizedTest
    @ValueSource(strings = {"scores.jsonl", "scores.jsonl.gz"})
    void selection_byTheFile_isThatByTheModel(String name) throws IOException {
        try (JsonlPool read = JsonlPool.builder().open(List.of(jsonl()))) {
            Path file = folder.resolve(name);
            along().build().write(file, read, SEED);
            Budget budget = Budget.documents(30);
            Selection byModel = QuadPipeline.builder(Small.reference())
                    .model(model, Tokenizer.bytes())
                    .scores(Small.scores().build())
                    .topK()
                    .build()
                    .select(read, budget, SEED);
            Selection byFile = QuadPipeline.scoredBy(ScoreColumn.read(read, file, "id"))
                    .topK()
                    .build()
                    .select(read, budget, SEED);

            assertThat(byFile.choices().stream().map(Selection.Choice::ordinal))
                    .isEqualTo(byModel.choices().stream()
                            .map(Selection.Choice::ordinal)
                            .toList());
            assertThat(byFile.costs().documentsFlagged()).isEqualTo(1);
        }
    }

    private PoolScores.Builder of(String kind) {
        return switch (kind) {
            case "self" -> PoolScores.self();
            case "pairwise" -> PoolScores.along(Small.reference()).pairwise();
            case "layer" -> PoolScores.along(Small.reference()).by(PoolScores.By.LAYER);
            case "token" -> PoolScores.along(Small.reference()).by(PoolScores.By.TOKEN);
            default -> PoolScores.along(Small.reference());
        };
    }

    private double[][] found(PoolScores.Builder scores, String name) throws IOException {
        Safetensors tensors = tensors(write(scores.scores(Small.scores().build()), name + ".safetensors"));
        List<double[]> found = new ArrayList<>(List.of(tensors.doubles("score")));
        for (String values : List.of("scores", "layers", "tokenScores")) {
            if (tensors.has(values)) {
                FloatBuffer all = FloatBuffer.allocate(
                        Arrays.stream(tensors.shape(values)).reduce(1, (a, b) -> a * b));
                tensors.floats(values, all);
                found.add(
                        IntStream.range(0, all.capacity()).mapToDouble(all::get).toArray());
            }
        }
        return found.toArray(double[][]::new);
    }

    /** Whatever there is of a score, it is the weighted sum of that by each model alone. */
    @ParameterizedTest
    @ValueSource(strings = {"aggregated", "pairwise", "self", "layer", "token"})
    void checkpoints_areAddedUp(String kind) throws IOException {
        Path other = folder.resolve("other");
        try (Decoder decoder = Decoder.random(Small.CONFIG, new Seed(8))) {
            decoder.write(other);
        }
        double[][] first = found(of(kind).model(model, Tokenizer.bytes()), "first");
        double[][] second = found(of(kind).model(other, Tokenizer.bytes()), "second");
        double[][] both =
                found(of(kind).checkpoints(List.of(model, other), List.of(0.5, 2.0), Tokenizer.bytes()), "both");

        assertThat(both.length).isEqualTo(first.length);
        for (int tensor = 0; tensor < both.length; tensor++) {
            double largest = Arrays.stream(both[tensor])
                    .filter(Double::isFinite)
                    .map(Math::abs)
                    .max()
                    .orElseThrow();
            for (int i = 0; i < both[tensor].length; i++) {
                double expected = 0.5 * first[tensor][i] + 2 * second[tensor][i];
                if (Double.isFinite(expected)) {
                    assertThat(both[tensor][i]).isCloseTo(expected, within(1e-6 * largest)); // values are single
                } else {
                    assertThat(both[tensor][i]).isNaN();
                }
            }
        }
    }

    /** LESS: of each task what two checkpoints say, added up, and then the best of the tasks. */
    @Test
    void alongBest_ofCheckpoints_isTheBestOfTheSums() throws IOException {
        Path other = folder.resolve("other");
        try (Decoder decoder = Decoder.random(Small.CONFIG, new Seed(8))) {
            decoder.write(other);
        }
        List<ReferenceSet<Document>> tasks = List.of(
                Small.reference(),
                ReferenceSet.of(List.of(
                        new Document("a", "the ferry sailed with a crew of nine. the brig sailed with a crew of two."),
                        new Document(
                                "b", "the canoe sailed with a crew of five. the sloop sailed with a crew of six."))));
        ScoreSettings settings = ScoreSettings.builder()
                .kind(ScoreSettings.Kind.MEAN_COSINE)
                .gradient(GradientRule.ADAM)
                .build();
        List<double[]> sums = new ArrayList<>();
        for (ReferenceSet<Document> task : tasks) {
            double[] first = scores(
                    PoolScores.along(task).model(model, Tokenizer.bytes()).scores(settings), "first");
            double[] second = scores(
                    PoolScores.along(task).model(other, Tokenizer.bytes()).scores(settings), "second");
            double[] sum = new double[first.length];
            Arrays.setAll(sum, i -> 0.25 * first[i] + 2 * second[i]);
            sums.add(sum);
        }
        double[] best = new double[sums.get(0).length];
        Arrays.setAll(best, i -> Math.max(sums.get(0)[i], sums.get(1)[i]));
        double[] found = scores(
                PoolScores.alongBest(tasks)
                        .checkpoints(List.of(model, other), List.of(0.25, 2.0), Tokenizer.bytes())
                        .scores(settings),
                "best");
        assertThat(best).isNotEqualTo(sums.get(0)).isNotEqualTo(sums.get(1));
        for (int i = 0; i < best.length; i++) {
            assertThat(found[i]).isCloseTo(best[i], within(1e-6));
        }
    }

    private int files;

    private double[] scores(PoolScores.Builder scores, String name) throws IOException {
        return tensors(write(scores, name + files++ + ".safetensors")).doubles("score");
    }

    @Test
    void alongBest_ofWhatHasNoBest_isRefused() {
        assertThatThrownBy(
                        () -> PoolScores.alongBest(List.of(Small.reference())).build())
                .hasMessageContaining("there is one task, which is the best of all");
        assertThatThrownBy(() -> PoolScores.alongBest(List.of(Small.reference(), Small.reference()))
                        .pairwise()
                        .build())
                .hasMessageContaining("scores are of the best of several tasks, and are pairwise by document");
    }

    /** A score by pairs is that by what is wanted less that by what is not, by their tokens; and so is each of both. */
    @Test
    void reference_ofPairs_isADifference() throws IOException {
        List<Document> both = Small.reference().items();
        ReferenceSet<Document> pair = ReferenceSet.weighted(both, 1, -1);
        double[][] wanted =
                found(PoolScores.along(ReferenceSet.of(both.subList(0, 1))).model(model, Tokenizer.bytes()), "w");
        double[][] other =
                found(PoolScores.along(ReferenceSet.of(both.subList(1, 2))).model(model, Tokenizer.bytes()), "o");
        double[][] asOne = found(PoolScores.along(pair).model(model, Tokenizer.bytes()), "pair");
        double[][] each = found(PoolScores.along(pair).pairwise().model(model, Tokenizer.bytes()), "each");
        double first = both.get(0).text().length();
        double second = both.get(1).text().length();
        double largest = Arrays.stream(wanted[0])
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElseThrow();
        for (int i = 0; i < asOne[0].length; i++) {
            double expected = (first * wanted[0][i] - second * other[0][i]) / (first + second);
            if (Double.isFinite(expected)) {
                assertThat(asOne[0][i]).isCloseTo(expected, within(1e-5 * largest)); // in single precision
                assertThat(each[0][i]).isCloseTo(expected, within(1e-5 * largest));
            }
        }
        assertThatThrownBy(() -> PoolScores.along(pair)
                        .scores(Small.scores()
                                .kind(ScoreSettings.Kind.MEAN_COSINE)
                                .build())
                        .build())
                .hasMessageContaining("the reference has weights, and with the score mean-cosine");
    }

    /** Another measurement of the reference, of the same documents and with the same curvature. */
    @Test
    void measure_margin_isAlongTheGradientOfMargins() throws IOException {
        Path file = folder.resolve("margin.safetensors");
        ScoreSettings.Builder plain = Small.scores().curvature(ScoreSettings.CurvatureKind.IDENTITY);
        along().scores(plain.measure(ScoreSettings.Measure.MARGIN).build())
                .build()
                .write(file, pool, SEED);
        double[] found = tensors(file).doubles("score");
        try (Decoder decoder = Decoder.map(model)) {
            DecoderGradients source = new DecoderGradients(decoder, name -> name.contains(".mlp."));
            List<TokenSequence> reference = Small.reference().items().stream()
                    .map(document -> Tokenizer.bytes().encode(document.text()))
                    .toList();
            try (ReferenceDirection v = ReferenceDirection.gradient(source.margin(), ReferenceSet.of(reference));
                    InfluenceEstimator<TokenSequence> estimator =
                            Influence.of(source).direction(v).estimator()) {
                TokenSequence first =
                        Tokenizer.bytes().encode(pool.get(pool.size() - 1).text());
                assertThat(found[pool.size() - 1])
                        .isCloseTo(estimator.score(List.of(first)).value(0), within(1e-5 * v.norm()));
            }
        }
        assertThat(tensors(file).metadata("measure")).isEqualTo("margin");
        assertThat(tensors(file).metadata()).doesNotContainKey("spectra");
        assertThatThrownBy(() -> PoolScores.self().scores(plain.build()).build())
                .hasMessageContaining("scores are self, of the loss of each document");
    }

    @Test
    void checkpoints_withOtherWeights_areRefused() {
        assertThatThrownBy(() -> PoolScores.along(Small.reference())
                        .checkpoints(List.of(model), List.of(1.0, 2.0), Tokenizer.bytes())
                        .build())
                .hasMessageContaining("there are 1 checkpoints with 2 weights");
        assertThatThrownBy(() -> PoolScores.along(Small.reference())
                        .checkpoints(List.of(model, model), List.of(1.0, Double.NaN), Tokenizer.bytes())
                        .build())
                .hasMessageContaining("the weights of checkpoints are [1.0, NaN]");
    }

    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Stops in the middle of the scores. */
    private static final PipelineListener STOPS = new PipelineListener() {
        private boolean scoring;

        @Override
        public void onStageStarted(String stage, long total, String unit) {
            scoring = stage.equals("scoring");
        }

        @Override
        public void onStageAt(long done) {
            if (scoring) {
                throw new Stop();
            }
        }
    };

    @Test
    void stopped_andCalledAgain_endsWithTheSameBytes_damagedOrNot() throws IOException {
        byte[] whole = Files.readAllBytes(write(along(), "whole.jsonl"));
        for (boolean damaged : new boolean[] {false, true}) {
            Path file = folder.resolve("damaged-" + damaged + ".jsonl");
            assertThatThrownBy(() -> along().listener(STOPS).build().write(file, pool, SEED))
                    .isInstanceOf(Stop.class);
            Path kept = PoolScores.work(file).resolve("work/scores");
            assertThat(ScoreSpool.open(kept).documents()).isEqualTo(64);
            if (damaged) {
                byte[] bytes = Files.readAllBytes(kept);
                bytes[bytes.length / 2]++;
                Files.write(kept, bytes);
                assertThat(ScoreSpool.open(kept).documents()).isZero();
            }
            assertThatThrownBy(() -> along().build().write(file, pool, new Seed(2)))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("seed");
            int[] heard = {0};
            along().listener(new PipelineListener() {
                        @Override
                        public void onStageStarted(String stage, long total, String unit) {
                            assertThat(stage).isEqualTo("scoring"); // all before it is kept
                            heard[0]++;
                        }
                    })
                    .build()
                    .write(file, pool, SEED);
            assertThat(heard[0]).isOne();
            assertThat(file).hasBinaryContent(whole);
        }
    }

    @Test
    void threads_changeNoByte() throws Exception {
        Path all = write(along().by(PoolScores.By.LAYER), "all.jsonl");
        ForkJoinPool one = new ForkJoinPool(1);
        try {
            Path file = one.submit(() -> write(along().by(PoolScores.By.LAYER), "one.jsonl"))
                    .get();
            assertThat(file).hasSameBinaryContentAs(all);
        } finally {
            one.shutdown();
        }
    }

    /** Sums of single precision: each value is rounded once, and its products are sums over some hundred terms. */
    private static double bound(float[] parts) {
        double size = 0;
        for (float part : parts) {
            size += Math.abs(part);
        }
        return 1e-4 * size;
    }

    @Test
    void layers_sumToTheScore_whichIsThatWithoutThem() throws IOException {
        ScoreSettings all = Small.scores().layers(ScoreSettings.LayerGroup.ALL).build();
        double[] scores =
                tensors(write(along().scores(all), "plain.safetensors")).doubles("score");
        Path file = write(along().scores(all).by(PoolScores.By.LAYER), "layers.safetensors");
        float[][] layers = rows(file, "layers", tensors(file).shape("layers")[1]);

        assertThat(tensors(file).metadata("layerNames")).contains("attention").contains("mlp");
        assertThat(layers[0].length).isGreaterThan(2);
        for (int i = 0; i < scores.length; i++) {
            double sum = 0;
            for (float layer : layers[i]) {
                sum += layer;
            }
            if (Double.isNaN(scores[i])) {
                assertThat(sum).isNaN();
            } else {
                assertThat(sum).as(pool.get(i).id()).isEqualTo(scores[i], within(bound(layers[i])));
            }
        }
    }

    @Test
    void tokens_haveTheScoreAsTheirMean_whichIsThatOfAllChunks() throws IOException {
        PoolScores.Builder all =
                along().scores(Small.scores().chunksPerDocument(100).build());
        double[] scores = tensors(write(all, "plain.safetensors")).doubles("score");
        write(along().by(PoolScores.By.TOKEN), "tokens.jsonl");
        Pattern list = Pattern.compile("\"tokenScores\":\\[([^]]*)]");
        List<String> lines = Files.readAllLines(folder.resolve("tokens.jsonl"));

        for (int i = 0; i < scores.length; i++) {
            var found = list.matcher(lines.get(i));
            assertThat(found.find()).isEqualTo(Double.isFinite(scores[i]));
            if (Double.isFinite(scores[i])) {
                String[] words = found.group(1).split(",", -1);
                float[] values = new float[words.length];
                double sum = 0;
                for (int t = 0; t < values.length; t++) {
                    values[t] = Float.parseFloat(words[t]);
                    sum += values[t];
                }
                // the tokenizer begins a document with a token of its own, so that each byte is predicted
                assertThat(values).hasSize((int) pool.tokens(i));
                assertThat(sum / values.length)
                        .as(pool.get(i).id())
                        .isEqualTo(scores[i], within(bound(values) / values.length));
            }
        }
        Path file = write(along().by(PoolScores.By.TOKEN), "tokens.safetensors");
        assertThat(tensors(file).shape("tokenScores")[0])
                .isEqualTo(IntStream.range(0, scores.length)
                        .filter(i -> Double.isFinite(scores[i]))
                        .mapToLong(pool::tokens)
                        .sum());
        assertThat(tensors(file).shape("ends")).containsExactly(pool.size());
    }

    @Test
    void pairs_haveTheScoreByTheWholeReference_asTheirMeanByTokens() throws IOException {
        double[] scores = tensors(write(along(), "plain.safetensors")).doubles("score");
        Path file = write(along().pairwise(), "pairs.safetensors");
        List<Document> reference = Small.reference().items();
        float[][] pairs = rows(file, "scores", reference.size());
        double[] own = tensors(file).doubles("score");
        double all = reference.stream()
                .mapToInt(document -> document.text().length())
                .sum();

        assertThat(tensors(file).metadata("references")).isEqualTo("[\"r0\",\"r1\"]");
        for (int i = 0; i < scores.length; i++) {
            if (Double.isFinite(scores[i])) {
                double mean = 0;
                for (int r = 0; r < reference.size(); r++) {
                    mean += reference.get(r).text().length() / all * pairs[i][r];
                }
                assertThat(mean).isEqualTo(scores[i], within(bound(pairs[i])));
                assertThat(own[i]).isEqualTo(scores[i], within(bound(pairs[i])));
            } else {
                assertThat(pairs[i]).containsOnly(Float.NaN);
            }
        }
    }

    /** A document that is the reference has its own influence, in the unit of self. */
    @Test
    void self_isTheScoreOfADocumentByItself() throws IOException {
        Document one = pool.get(pool.size() - 1);
        double[] self =
                tensors(write(with(PoolScores.self()), "self.safetensors")).doubles("score");
        double[] along = tensors(write(with(PoolScores.along(ReferenceSet.of(List.of(one)))), "along.safetensors"))
                .doubles("score");

        int place = pool.size() - 1;
        assertThat(self[place]).isPositive().isEqualTo(along[place], within(1e-4 * along[place]));
        assertThat(Arrays.stream(self).filter(Double::isFinite)).allMatch(value -> value > 0);
    }

    @Test
    void badRequests_areRefused_andLeaveNothing() {
        assertThatThrownBy(() -> along().build().write(folder.resolve("scores.csv"), pool, SEED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("scores.csv; allowed are names that end in .parquet, .safetensors, and .jsonl");
        assertThatThrownBy(() -> along().pairwise().by(PoolScores.By.LAYER).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("only aggregated ones are split");
        assertThatThrownBy(() -> along().by(PoolScores.By.TOKEN)
                        .scores(ScoreSettings.builder()
                                .kind(ScoreSettings.Kind.MEAN_COSINE)
                                .build())
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give score product");
        assertThatThrownBy(() -> PoolScores.self().pairwise().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no reference");
        PoolScores tooShort = with(PoolScores.along(ReferenceSet.of(List.of(new Document("r", "a")))))
                .build();
        assertThatThrownBy(() -> tooShort.write(folder.resolve("scores.parquet"), pool, SEED))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no reference document is long enough");
        assertThat(folder.toFile().list()).containsExactly("model");
    }
}
