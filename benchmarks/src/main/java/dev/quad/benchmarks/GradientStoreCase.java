// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.ReferenceSet;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.GradientStore;
import dev.quad.influence.KroneckerProjection;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.RowForm;
import dev.quad.influence.Targets;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A store of made-up gradients, some queries, and what can be done with both. Close it. */
final class GradientStoreCase implements AutoCloseable {
    static final int ITEMS = 32_768;
    static final int WIDTH = 4096;
    private static final int SIDE = 64;
    private static final int BLOCK = 1024;

    private final int items;
    private final Path folder;
    private final GradientStore store;
    private final List<ReferenceDirection> directions;
    private final Floats rows;
    private final Floats queries;
    private final Floats scores;

    private GradientStoreCase(int items, int count, RowForm form) throws IOException {
        Source source = new Source();
        KroneckerProjection whole = KroneckerProjection.random(
                source.layers(), SIDE, new dev.quad.Seed(1)); // as wide as the layer: no loss
        this.items = items;
        this.folder = Files.createTempDirectory("store");
        Path file = folder.resolve("gradients");
        GradientStore.write(
                source, IntStream.range(0, items).boxed().toList(), "made up", whole, form, file, BLOCK, done -> {});
        this.store = GradientStore.open(file, whole);
        this.directions = IntStream.range(0, count)
                .mapToObj(q -> ReferenceDirection.gradient(source, ReferenceSet.of(List.of(q))))
                .toList();
        this.rows = Floats.allocate(items, WIDTH);
        this.queries = Floats.allocate(count, WIDTH);
        this.scores = Floats.allocate(items, count);
        for (int i = 0; i < items; i++) {
            rows.set(i * WIDTH, source.gradient(i), 0, WIDTH);
        }
        for (int q = 0; q < count; q++) {
            queries.set(q * WIDTH, source.gradient(q), 0, WIDTH);
        }
    }

    static GradientStoreCase of(int items, int queries, RowForm form) throws IOException {
        return new GradientStoreCase(items, queries, form);
    }

    double[][] store() {
        return store.score(directions);
    }

    List<List<GradientStore.Ranked>> top(int k) {
        return store.top(directions, k);
    }

    /** Items × queries. */
    Floats product() {
        int count = directions.size();
        Matrix all = Matrix.of(rows, items, WIDTH);
        Matrix asked = Matrix.of(queries, count, WIDTH).transposed();
        Matrix target = Matrix.of(scores, items, count);
        Workers.forBlocks(
                items,
                BLOCK,
                (from, some) -> Blas.multiply(1, all.rows(from, some), asked, 0, target.rows(from, some)));
        return scores;
    }

    double[][] loop() {
        double[][] result = new double[directions.size()][items];
        for (int q = 0; q < result.length; q++) {
            double[] scoresOfQuery = result[q];
            float[] query = new float[WIDTH];
            queries.get(q * WIDTH, query, 0, WIDTH);
            Workers.forBlocks(items, BLOCK, (from, some) -> {
                float[] row = new float[WIDTH];
                for (int item = from; item < from + some; item++) {
                    rows.get(item * WIDTH, row, 0, WIDTH);
                    double sum = 0;
                    for (int i = 0; i < WIDTH; i++) {
                        sum += (double) row[i] * query[i];
                    }
                    scoresOfQuery[item] = sum;
                }
            });
        }
        return result;
    }

    @Override
    public void close() throws IOException {
        directions.forEach(ReferenceDirection::close);
        rows.close();
        queries.close();
        scores.close();
        Files.delete(folder.resolve("gradients"));
        Files.delete(folder);
    }

    /** One token an item. */
    private static final class Source implements GradientSource<Integer> {
        @Override
        public List<LayerShape> layers() {
            return List.of(new LayerShape("layer", SIDE, SIDE));
        }

        @Override
        public String fingerprint() {
            return "made up";
        }

        @Override
        public int tokens(Integer item) {
            return 1;
        }

        private static float[] values(int item, int salt) {
            Random random = new Random(2L * item + salt);
            float[] result = new float[SIDE];
            for (int i = 0; i < SIDE; i++) {
                result[i] = random.nextFloat() - 0.5f;
            }
            return result;
        }

        /** {@code δ xᵀ}. */
        float[] gradient(int item) {
            float[] x = values(item, 0);
            float[] delta = values(item, 1);
            float[] result = new float[WIDTH];
            for (int i = 0; i < WIDTH; i++) {
                result[i] = delta[i / SIDE] * x[i % SIDE];
            }
            return result;
        }

        @Override
        public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
            FloatBuffer x = FloatBuffer.allocate(batch.size() * SIDE);
            FloatBuffer delta = FloatBuffer.allocate(batch.size() * SIDE);
            int[] tokens = new int[batch.size()];
            for (int i = 0; i < tokens.length; i++) {
                x.put(values(batch.get(i), 0));
                delta.put(values(batch.get(i), 1));
                tokens[i] = 1;
            }
            int[] starts = IntStream.rangeClosed(0, tokens.length).toArray();
            sink.accept(new LayerCapture(0, x.flip(), delta.flip(), starts));
            return new BatchLosses(new double[tokens.length], tokens);
        }
    }
}
