// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Tokenizer;
import dev.quad.files.Safetensors;
import dev.quad.influence.Damping;
import dev.quad.influence.RowForm;
import dev.quad.model.Decoder;
import dev.quad.text.Document;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredGradientsTest {
    private static final Seed SEED = new Seed(1);
    /** Of either side of any layer here. */
    private static final int ALL = 1000;

    @TempDir
    private Path folder;

    private Path model;
    private Path store;
    private CandidatePool<Document> pool;
    private final List<String> stages = new ArrayList<>();

    @BeforeEach
    void files() {
        model = Small.model(folder.resolve("model"));
        store = folder.resolve("store");
        List<Document> documents = new ArrayList<>(
                IntStream.range(0, 60).mapToObj(Small.pool()::get).toList());
        documents.add(new Document("short", "hi"));
        documents.add(new Document("long", "five plus seven is a sum, and so is two plus three. ".repeat(12)));
        pool = pool(documents);
    }

    private static CandidatePool<Document> pool(List<Document> documents) {
        return CandidatePool.of(
                documents,
                document -> document.text().getBytes(StandardCharsets.UTF_8).length,
                "pool of " + documents.size());
    }

    private PoolScores.Builder along(ReferenceSet<Document> reference) {
        return PoolScores.along(reference)
                .model(model, Tokenizer.bytes())
                .scores(Small.scores().build())
                .listener(new PipelineListener() {
                    @Override
                    public void onStageStarted(String stage, long total, String unit) {
                        stages.add(stage);
                    }
                });
    }

    private double[][] found(PoolScores.Builder scores, String name) throws IOException {
        Path file = folder.resolve(name + ".safetensors");
        scores.build().write(file, pool, SEED);
        Safetensors tensors = Safetensors.open(file);
        List<double[]> found = new ArrayList<>(List.of(tensors.doubles("score")));
        if (tensors.has("scores")) {
            FloatBuffer all =
                    FloatBuffer.allocate(Arrays.stream(tensors.shape("scores")).reduce(1, (a, b) -> a * b));
            tensors.floats("scores", all);
            found.add(IntStream.range(0, all.capacity()).mapToDouble(all::get).toArray());
        }
        assertThat(tensors.lines("flags", pool.size()).get(60)).isNotEmpty(); // the short one
        return found.toArray(double[][]::new);
    }

    private static void assertClose(double[][] found, double[][] expected, double tolerance) {
        assertThat(found).hasSameDimensionsAs(expected);
        for (int tensor = 0; tensor < found.length; tensor++) {
            double largest = Arrays.stream(expected[tensor])
                    .filter(Double::isFinite)
                    .map(Math::abs)
                    .max()
                    .orElseThrow();
            for (int i = 0; i < found[tensor].length; i++) {
                assertThat(Double.isNaN(found[tensor][i])).isEqualTo(Double.isNaN(expected[tensor][i]));
                if (Double.isFinite(expected[tensor][i])) {
                    assertThat(found[tensor][i]).isCloseTo(expected[tensor][i], within(tolerance * largest));
                }
            }
        }
    }

    /** With all eigenvectors nothing is lost but rounding, whatever a document's chunks and however they count. */
    @ParameterizedTest
    @CsvSource({"TOKENS, SINGLE", "CHUNKS, DOUBLE"})
    void scores_byAllOfTheGradients_areThoseOfTheModel(ScoreSettings.ChunkMean mean, Precision precision)
            throws IOException {
        ScoreSettings settings =
                Small.scores().chunkMean(mean).precision(precision).build();
        double[][] expected = found(along(Small.reference()).scores(settings).pairwise(), "model");
        double[][] found =
                found(along(Small.reference()).scores(settings).pairwise().store(store, ALL, RowForm.SINGLE), "store");
        double[][] one = found(along(Small.reference()).scores(settings).store(store, ALL, RowForm.SINGLE), "one");

        assertClose(found, expected, 1e-4);
        assertClose(one, new double[][] {expected[0]}, 1e-4);
    }

    /** Bytes are off by half steps, which are 1/254 of the largest value of a layer. */
    @Test
    void scores_ofBytes_rankAsTheModel() throws IOException {
        double[][] expected = found(along(Small.reference()), "model");
        double[][] found = found(along(Small.reference()).store(store, ALL, RowForm.INT8), "store");

        assertClose(found, expected, 0.02);
    }

    @Test
    void laterReferences_needNoPassOverThePool() throws IOException {
        found(along(Small.reference()).store(store), "first");
        assertThat(stages).contains("estimating the curvature", "storing gradients");
        stages.clear();
        byte[] before = Files.readAllBytes(store.resolve("gradients.safetensors"));
        ReferenceSet<Document> other = ReferenceSet.of(List.of(
                new Document("a", "the ferry sailed with a crew of nine. the brig sailed with a crew of two.")));
        ScoreSettings damped =
                Small.scores().damping(Damping.relative(1)).referenceTokens(50).build();
        found(along(other).scores(damped).store(store), "second");

        assertThat(stages).contains("scoring").doesNotContain("estimating the curvature", "storing gradients");
        assertThat(store.resolve("gradients.safetensors")).hasBinaryContent(before);
    }

    @Test
    void store_ofAnother_isRefused() throws IOException {
        found(along(Small.reference()).store(store), "first");
        Path file = folder.resolve("second.safetensors");

        PoolScores.Builder seeded = along(Small.reference()).store(store);
        assertThatThrownBy(() -> seeded.build().write(file, pool, new Seed(2)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("the folder " + store + " holds another run: seed");
        assertThatThrownBy(() -> along(Small.reference())
                        .store(store, 4, RowForm.INT8)
                        .build()
                        .write(file, pool, SEED))
                .hasMessageContaining("store rank was 32 and is 4");
        CandidatePool<Document> fewer =
                pool(IntStream.range(0, 20).mapToObj(pool::get).toList());
        assertThatThrownBy(() -> along(Small.reference()).store(store).build().write(file, fewer, SEED))
                .hasMessageContaining("pool of 62")
                .hasMessageContaining("pool of 20");
        Path other = folder.resolve("other");
        try (Decoder decoder = Decoder.random(Small.CONFIG, new Seed(8))) {
            decoder.write(other);
        }
        assertThatThrownBy(() -> along(Small.reference())
                        .model(other, Tokenizer.bytes())
                        .store(store)
                        .build()
                        .write(file, pool, SEED))
                .hasMessageContaining("holds another run: model");
        assertThat(file).doesNotExist();
        assertThat(PoolScores.work(file)).doesNotExist();
    }

    @Test
    void store_damagedOrCut_isRefused() throws IOException {
        found(along(Small.reference()).store(store), "first");
        Path gradients = store.resolve("gradients.safetensors");
        byte[] whole = Files.readAllBytes(gradients);
        byte[] damaged = whole.clone();
        damaged[whole.length - 9] ^= 4;
        Files.write(gradients, damaged);
        PoolScores again = along(Small.reference()).store(store).build();
        Path file = folder.resolve("second.safetensors");
        assertThatThrownBy(() -> again.write(file, pool, SEED))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(gradients.toString())
                .hasMessageContaining("damaged");
        Files.write(gradients, Arrays.copyOf(whole, whole.length - 100));
        assertThatThrownBy(() -> again.write(file, pool, SEED)).isInstanceOf(InputException.class);
        Files.write(gradients, whole);
        again.write(file, pool, SEED);

        assertThat(file).hasSameBinaryContentAs(folder.resolve("first.safetensors"));
    }

    @Test
    void build_whatAStoreCannotGive_isRefused() {
        assertThatThrownBy(() -> PoolScores.self()
                        .store(store, 0, RowForm.INT8)
                        .scores(Small.scores()
                                .factorData(ScoreSettings.FactorData.BOTH)
                                .build())
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the rank of the store is 0; allowed is 1 or more")
                .hasMessageContaining("gradients are stored, and they are those of a model; give one")
                .hasMessageContaining("are products with a reference, by document")
                .hasMessageContaining("stored gradients are for any reference, and factor data is both; give pool");
        assertThatThrownBy(() -> along(Small.reference()).top(3).build())
                .hasMessageContaining("scores are aggregated; allowed is 1 or more, of pairwise scores");
        PoolScores top = along(Small.reference()).pairwise().top(3).build();
        assertThatThrownBy(() -> top.write(folder.resolve("top.safetensors"), pool, SEED))
                .hasMessageContaining("the best documents of each reference document are rows");
    }

    /**
     * The beginning of the order of all pairwise scores, of which each has its rank; and the same call ends at once.
     */
    @Test
    void top_ofEachReferenceDocument_isTheBeginningOfTheOrder() throws IOException {
        double[][] pairwise = found(along(Small.reference()).pairwise().store(store), "all");
        PoolScores top = along(Small.reference()).pairwise().store(store).top(5).build();
        Path file = folder.resolve("top.jsonl");
        top.write(file, pool, SEED);
        List<String> expected = new ArrayList<>();
        List<Document> reference = Small.reference().items();
        for (int r = 0; r < reference.size(); r++) {
            int of = r;
            List<Integer> order = IntStream.range(0, pool.size())
                    .boxed()
                    .filter(i -> Double.isFinite(pairwise[0][i]))
                    .sorted(Comparator.comparingDouble((Integer i) -> -pairwise[1][i * reference.size() + of])
                            .thenComparing(i -> i))
                    .toList();
            for (int rank = 1; rank <= 5; rank++) {
                expected.add("{\"reference\":\"" + reference.get(r).id() + "\",\"rank\":" + rank + ",\"id\":\""
                        + pool.get(order.get(rank - 1)).id() + "\"");
            }
        }

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSameSizeAs(expected);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).startsWith(expected.get(i));
        }
        stages.clear();
        assertThat(top.write(file, pool, SEED).documents()).isEqualTo(62);
        assertThat(stages).isEmpty();
    }
}
