// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Projected gradients of all items of a pool in a memory-mapped file, so that a new reference costs one pass over them
 * and none over the pool with the model: {@code score(q, z) ≈ ⟨P v_q, P D_z⟩}, of summed losses.
 *
 * <p>{@code items × width} values in a {@link RowForm}, behind a safetensors header that names the model, the
 * projection and the pool; what belongs to another model or projection is refused. The file stays mapped: of it nothing
 * is on the heap, and what is, is a block of rows for each thread. An item without a token to predict, or with a
 * gradient that is not finite, has a row of NaN, and no score. Safe for use by several threads; scores do not depend on
 * their number.
 */
public final class GradientStore {
    private static final String FORMAT = "quad.gradient-store.1";
    private static final String TENSOR = "gradients";
    private static final String NO_SCORE =
            "its projected gradient is not finite, or it has no token to predict, or the direction is too large";
    private static final long SEGMENT_BYTES = 1L << 30;
    private static final int TASK_ROWS = 1024;
    private static final int TASK_VALUES = 1 << 22;

    /** Values that are brought into single precision at once: they stay in the cache of a core. */
    private static final int DECODED_VALUES = 1 << 18;

    /** Items that are cut into batches at once, so that no list of all is made. */
    private static final int SLICE = 4096;

    /** Values of a batch, which are on the heap in double precision while it is computed: 32 MiB. */
    private static final int BATCH_VALUES = 1 << 22;

    private final Path file;
    private final Projection projection;
    private final RowForm form;
    private final String modelFingerprint;
    private final String pool;
    private final int items;
    private final int rowsOfTask;
    private final int rowsOfSegment;
    private final List<ByteBuffer> segments = new ArrayList<>();

    private GradientStore(Path file, Projection projection, RowForm form, Safetensors tensors) throws IOException {
        this.file = file;
        this.projection = projection;
        this.form = form;
        this.modelFingerprint = tensors.metadata("model");
        this.pool = tensors.metadata("pool");
        this.items = tensors.shape(TENSOR)[0];
        int[] ends = projection.ends();
        int values = form == RowForm.SINGLE ? TASK_VALUES : DECODED_VALUES;
        this.rowsOfTask = Math.max(1, Math.min(TASK_ROWS, values / projection.width()));
        long rowBytes = form.rowBytes(ends);
        this.rowsOfSegment = (int) Math.max(1, SEGMENT_BYTES / (rowBytes * rowsOfTask)) * rowsOfTask;
        try (FileChannel channel = FileChannel.open(file)) {
            for (int row = 0; row < items; row += rowsOfSegment) {
                int rows = Math.min(rowsOfSegment, items - row);
                long at = tensors.position(TENSOR, form.type()) + rowBytes * row;
                segments.add(channel.map(FileChannel.MapMode.READ_ONLY, at, rowBytes * rows)
                        .order(ByteOrder.LITTLE_ENDIAN));
            }
        }
    }

    /**
     * {@link #write(GradientSource, List, String, Projection, RowForm, Path, int, LongConsumer)} in single precision.
     */
    public static <T> void write(
            GradientSource<T> source,
            List<? extends T> items,
            String pool,
            Projection projection,
            Path file,
            int batchTokens,
            LongConsumer progress) {
        write(source, items, pool, projection, RowForm.SINGLE, file, batchTokens, progress);
    }

    /**
     * Computes and writes the projected gradients of all items, batch by batch; the file appears when it is whole.
     *
     * <p>Where an earlier call with the same arguments was killed, this one goes on behind its last finished batch, and
     * ends with the same bytes. Until then {@code <file>.part} holds what is done, and {@code <file>.part.log} what it
     * is made from.
     *
     * @param items asked for one after the other, a second time when their turn comes
     * @param pool names the items, such as {@link dev.quad.CandidatePool#fingerprint}: what was begun with other items
     *     is not gone on with
     * @param form how values lie in the file
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}; memory is that of a batch
     * @param progress told the number of items done, at once where there are some already, and after each batch
     * @throws MismatchException if the projection is for other layers, or {@code <file>.part} was begun with another
     *     model, projection, form, pool or bound; names both
     */
    public static <T> void write(
            GradientSource<T> source,
            List<? extends T> items,
            String pool,
            Projection projection,
            RowForm form,
            Path file,
            int batchTokens,
            LongConsumer progress) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(items, "the items are null");
        Objects.requireNonNull(pool, "the fingerprint of the pool is null");
        Objects.requireNonNull(projection, "the projection is null");
        Objects.requireNonNull(form, "the form is null; allowed are those of RowForm");
        Objects.requireNonNull(progress, "progress is null; give n -> {} to hear nothing");
        Batches.requireTokens(batchTokens);
        Unchecked.run(file, () -> writeFile(source, items, pool, projection, form, file, batchTokens, progress));
    }

    private static <T> void writeFile(
            GradientSource<T> source,
            List<? extends T> items,
            String pool,
            Projection projection,
            RowForm form,
            Path file,
            int batchTokens,
            LongConsumer progress)
            throws IOException {
        projection.requireLayers(source.layers());
        int[] ends = projection.ends();
        int rowBytes = form.rowBytes(ends);
        byte[] header = SafetensorsWriter.start(
                Map.of(
                        "format",
                        FORMAT,
                        "model",
                        source.fingerprint(),
                        "projection",
                        projection.fingerprint(),
                        "pool",
                        pool,
                        "loss",
                        "sum",
                        "unit",
                        "nats",
                        "mask",
                        "gradient",
                        "sign",
                        "positive inner product with a direction = training on the item lowers the reference loss"),
                TENSOR,
                form.type(),
                form.size(),
                items.size(),
                rowBytes / form.size());
        String made = "model " + source.fingerprint() + ", projection " + projection.fingerprint() + ", pool "
                + pool.replaceAll("\\s", " ") + " of " + items.size() + " items, batches of " + batchTokens
                + " tokens, "
                + form;
        int perBatch = Math.max(1, BATCH_VALUES / projection.width());
        int least = batchTokens / perBatch; // an item of few tokens has as long a row
        try (GradientStoreWriter writer = GradientStoreWriter.open(file, header, made, rowBytes)) {
            if (writer.done() > 0) {
                progress.accept(writer.done());
            }
            for (int from = 0; from < items.size(); from += SLICE) {
                int to = Math.min(items.size(), from + SLICE);
                if (to <= writer.done()) {
                    continue;
                }
                int first = from;
                for (List<? extends T> batch :
                        Batches.of(items.subList(from, to), item -> atLeast(least, source.rows(item)), batchTokens)) {
                    if (first == writer.done()) {
                        writer.append(rows(source, new ArrayList<>(batch), projection, form));
                        progress.accept(writer.done());
                    }
                    first += batch.size();
                }
            }
            writer.finish();
        }
    }

    /** Numbers of rows below 0 stay as they are, to be refused. */
    private static int atLeast(int least, int rows) {
        return rows < 0 ? rows : Math.max(least, rows);
    }

    /** The rows of a batch, as they lie in the file. */
    private static <T> byte[] rows(
            GradientSource<T> source, List<? extends T> batch, Projection projection, RowForm form) {
        int[] ends = projection.ends();
        int width = projection.width();
        double[] rows = new double[Math.multiplyExact(batch.size(), width)];
        BatchLosses losses = CapturePass.run(
                source, projection.layers(), batch, Targets.observed(), capture -> projection.project(capture, rows));
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(batch.size(), form.rowBytes(ends)))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < batch.size(); i++) {
            if (losses.tokens(i) == 0 || !Double.isFinite(losses.sum(i))) {
                rows[i * width] = Double.NaN;
            }
            form.append(rows, i * width, ends, bytes);
        }
        return bytes.array();
    }

    /**
     * Maps a file that {@link #write} wrote, in whatever form; reads it once, for its checksum.
     *
     * @param projection the one it was written with
     * @throws MismatchException if it was written with another projection
     * @throws InputException if the file is damaged
     */
    public static GradientStore open(Path file, Projection projection) {
        Objects.requireNonNull(projection, "the projection is null");
        return Unchecked.get(file, () -> map(file, projection));
    }

    private static GradientStore map(Path file, Projection projection) throws IOException {
        Safetensors tensors = Safetensors.open(file, FORMAT);
        String found = tensors.metadata("projection");
        if (!found.equals(projection.fingerprint())) {
            throw new MismatchException(file + " holds gradients of the projection " + found + ", not of "
                    + projection.fingerprint() + "; open it with the projection it was written with");
        }
        String type = tensors.type(TENSOR);
        int[] shape = tensors.shape(TENSOR);
        for (RowForm form : RowForm.values()) {
            if (form.type().equals(type)
                    && shape.length == 2
                    && (long) shape[1] * form.size() == form.rowBytes(projection.ends())) {
                return new GradientStore(file, projection, form, tensors);
            }
        }
        throw new InputException(file + " has gradients of the type " + type + " and the shape "
                + Arrays.toString(shape) + "; rows of " + projection.width() + " values in one of the forms "
                + Arrays.toString(RowForm.values()) + " are needed: write it again");
    }

    /** The number of items. */
    public int items() {
        return items;
    }

    /** What {@link #write} was told of the items. */
    public String pool() {
        return pool;
    }

    /**
     * Scores of all items along directions, {@code queries × items}; sums over tokens, as {@link DirectionScores}
     * gives. One product of the mapped rows with all queries: {@code 2·queries·items·width} floating-point operations,
     * in single precision, and the file is read once.
     *
     * @throws MismatchException if a direction belongs to another model or other layers
     * @throws NumericalException if an item has no score; names it. {@link Query#scores} says so of the item instead
     */
    public double[][] score(List<ReferenceDirection> directions) {
        double[][] result;
        try (Query query = along(directions)) {
            result = query.raw(0, items);
        }
        for (double[] scores : result) {
            for (int item = 0; item < items; item++) {
                if (!Double.isFinite(scores[item])) {
                    throw new NumericalException("item " + item + " has no score in " + file + ": " + NO_SCORE
                            + "; leave it out, or take along(directions).scores(from, count), which flag it");
                }
            }
        }
        return result;
    }

    /**
     * The best items for each direction, best first, equal scores in the order of items; items without a score are left
     * out. Cost is that of {@link #score}; memory is {@code k} a direction.
     *
     * @param k how many at most, {@code >= 1}
     * @throws MismatchException if a direction belongs to another model or other layers
     */
    public List<List<Ranked>> top(List<ReferenceDirection> directions, int k) {
        Objects.requireNonNull(directions, "the directions are null");
        List<Best> best = directions.stream().map(direction -> new Best(k)).toList();
        try (Query query = along(directions)) {
            query.run(0, items, (first, count, scores) -> {
                for (int q = 0; q < best.size(); q++) {
                    best.get(q).offer(first, count, scores, q, best.size());
                }
            });
        }
        return best.stream().map(Best::ranked).toList();
    }

    /**
     * An item and its score.
     *
     * @param item its place in the list that the store was written from
     * @param score as {@link #score} gives it
     */
    public record Ranked(int item, double score) {}

    /**
     * Projects directions once, for who writes scores down as they come.
     *
     * @return the caller's to close; the directions may be closed before
     * @throws MismatchException if a direction belongs to another model or other layers
     */
    public Query along(List<ReferenceDirection> directions) {
        Objects.requireNonNull(directions, "the directions are null");
        for (ReferenceDirection direction : Sources.requireItems("direction", "of the list", directions)) {
            direction.requireModel(modelFingerprint, projection.layers());
        }
        return new Query(directions);
    }

    /** Takes the scores of some items, {@code count × queries}. */
    private interface Sink {
        void accept(int first, int count, Floats scores);
    }

    /** Projected directions. Owns native memory: close it. Safe for use by several threads. */
    public final class Query implements AutoCloseable {
        private final int queries;
        private final Floats projected;

        private Query(List<ReferenceDirection> directions) {
            this.queries = directions.size();
            try (Owned owned = new Owned()) {
                this.projected = owned.add(Floats.allocate(queries, projection.width()));
                for (int q = 0; q < queries; q++) {
                    double[] values = projection.project(directions.get(q));
                    projected.write(q * values.length, values, 0, values.length);
                }
                owned.release(projected);
            }
        }

        /**
         * The scores of some consecutive items, one list a direction; an item without a gradient is flagged. For the
         * same range they are the same bits.
         *
         * @param from first item
         * @param count how many, in {@code [0, items − from]}
         */
        public List<InfluenceScores> scores(int from, int count) {
            Objects.checkFromIndexSize(from, count, items);
            List<InfluenceScores> result = new ArrayList<>();
            for (double[] scores : raw(from, count)) {
                InfluenceScores.Builder builder = InfluenceScores.builder();
                for (double score : scores) {
                    if (Double.isFinite(score)) {
                        builder.add(score);
                    } else {
                        builder.flag(NO_SCORE);
                    }
                }
                result.add(builder.build());
            }
            return result;
        }

        private double[][] raw(int from, int count) {
            double[][] result = new double[queries][count];
            run(from, count, (first, some, scores) -> {
                for (int q = 0; q < queries; q++) {
                    for (int i = 0; i < some; i++) {
                        result[q][first - from + i] = scores.get(i * queries + q);
                    }
                }
            });
            return result;
        }

        private void run(int from, int count, Sink sink) {
            if (queries == 0 || count == 0) {
                return;
            }
            int[] ends = projection.ends();
            int width = projection.width();
            int stride = form.rowBytes(ends);
            int before = from / rowsOfTask;
            Matrix asked = Matrix.of(projected, queries, width).transposed();
            Workers.forEach((from + count - 1) / rowsOfTask - before + 1, task -> {
                int first = Math.max(from, (before + task) * rowsOfTask);
                int some = Math.min(from + count, (before + task + 1) * rowsOfTask) - first;
                ByteBuffer bytes = segments.get(first / rowsOfSegment)
                        .slice(first % rowsOfSegment * stride, some * stride)
                        .order(ByteOrder.LITTLE_ENDIAN);
                try (Floats rows = form.floats(bytes, some, ends);
                        Floats scores = Floats.allocate(some, queries)) {
                    Blas.multiply(1, Matrix.of(rows, some, width), asked, 0, Matrix.of(scores, some, queries));
                    sink.accept(first, some, scores);
                }
            });
        }

        @Override
        public void close() {
            projected.close();
        }

        @Override
        public String toString() {
            return queries + " directions over " + GradientStore.this;
        }
    }

    @Override
    public String toString() {
        return "gradients of " + items + " items in " + file + ", " + projection + ", " + form;
    }
}
