// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Projected gradients of all items of a pool in a memory-mapped file, so that a new reference costs one pass over them
 * and none over the pool with the model: {@code score(q, z) ≈ ⟨P v_q, P D_z⟩}, of summed losses.
 *
 * <p>Single precision, {@code items × width}, behind a safetensors header that names the model and the projection; what
 * belongs to another model or projection is refused. Safe for use by several threads.
 */
public final class GradientStore {
    private static final String FORMAT = "quad.gradient-store.1";
    private static final String TENSOR = "gradients";
    private static final long SEGMENT_BYTES = 1L << 30;
    private static final int TASK_ROWS = 1024;
    private static final int TASK_VALUES = 1 << 22;

    private final Path file;
    private final Projection projection;
    private final String modelFingerprint;
    private final int items;
    private final int rowsOfTask;
    private final int rowsOfSegment;
    private final List<Floats> segments;

    private GradientStore(
            Path file,
            Projection projection,
            String modelFingerprint,
            int items,
            int rowsOfTask,
            int rowsOfSegment,
            List<Floats> segments) {
        this.file = file;
        this.projection = projection;
        this.modelFingerprint = modelFingerprint;
        this.items = items;
        this.rowsOfTask = rowsOfTask;
        this.rowsOfSegment = rowsOfSegment;
        this.segments = segments;
    }

    /**
     * Computes and writes the projected gradients of all items, batch by batch; the file appears when it is whole.
     *
     * <p>Where an earlier call with the same arguments was killed, this one goes on behind its last finished batch, and
     * ends with the same bytes. Until then {@code <file>.part} holds what is done, and {@code <file>.part.log} what it
     * is made from.
     *
     * @param pool names the items, such as {@link dev.quad.CandidatePool#fingerprint}: what was begun with other items
     *     is not gone on with
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}; memory is that of a batch
     * @param progress told the number of items done, at once where there are some already, and after each batch
     * @throws MismatchException if the projection is for other layers, or {@code <file>.part} was begun with another
     *     model, projection, pool or bound; names both
     * @throws dev.quad.NumericalException if the gradient of an item is not finite; names the item
     */
    public static <T> void write(
            GradientSource<T> source,
            List<? extends T> items,
            String pool,
            Projection projection,
            Path file,
            int batchTokens,
            LongConsumer progress) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(items, "the items are null");
        Objects.requireNonNull(pool, "the fingerprint of the pool is null");
        Objects.requireNonNull(projection, "the projection is null");
        Objects.requireNonNull(progress, "progress is null; give n -> {} to hear nothing");
        Batches.requireTokens(batchTokens);
        Unchecked.run(file, () -> writeFile(source, items, pool, projection, file, batchTokens, progress));
    }

    private static <T> void writeFile(
            GradientSource<T> source,
            List<? extends T> items,
            String pool,
            Projection projection,
            Path file,
            int batchTokens,
            LongConsumer progress)
            throws IOException {
        projection.requireLayers(source.layers());
        int width = projection.width();
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
                "F32",
                Float.BYTES,
                items.size(),
                width);
        String made = "model " + source.fingerprint() + ", projection " + projection.fingerprint() + ", pool "
                + pool.replaceAll("\\s", " ") + " of " + items.size() + " items, batches of " + batchTokens + " tokens";
        try (GradientStoreWriter writer = GradientStoreWriter.open(file, header, made, width)) {
            int first = 0;
            if (writer.done() > 0) {
                progress.accept(writer.done());
            }
            for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
                if (first == writer.done()) {
                    double[] rows = new double[Math.multiplyExact(batch.size(), width)];
                    CapturePass.run(
                            source,
                            projection.layers(),
                            batch,
                            Targets.observed(),
                            capture -> projection.project(capture, rows));
                    writer.append(rows);
                    progress.accept(writer.done());
                }
                first += batch.size();
            }
            writer.finish();
        }
    }

    /**
     * Maps a file that {@link #write} wrote.
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
        int[] shape = tensors.shape(TENSOR);
        if (shape.length != 2 || shape[1] != projection.width()) {
            throw new InputException(file + " has gradients of the shape " + java.util.Arrays.toString(shape)
                    + "; rows of " + projection.width() + " values are needed: write it again");
        }
        int rowsOfTask = Math.max(1, Math.min(TASK_ROWS, TASK_VALUES / shape[1]));
        int rowsOfSegment = (int) Math.max(1, SEGMENT_BYTES / (4L * shape[1] * rowsOfTask)) * rowsOfTask;
        List<Floats> segments = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file)) {
            for (int row = 0; row < shape[0]; row += rowsOfSegment) {
                int rows = Math.min(rowsOfSegment, shape[0] - row);
                MappedByteBuffer bytes = channel.map(
                        FileChannel.MapMode.READ_ONLY,
                        tensors.position(TENSOR, "F32") + 4L * row * shape[1],
                        4L * rows * shape[1]);
                segments.add(Floats.of(bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()));
            }
        }
        return new GradientStore(
                file, projection, tensors.metadata("model"), shape[0], rowsOfTask, rowsOfSegment, segments);
    }

    /** The number of items. */
    public int items() {
        return items;
    }

    /**
     * Scores of all items along directions, {@code queries × items}; sums over tokens, as {@link DirectionScores}
     * gives. One product of the mapped rows with all queries: {@code 2·queries·items·width} floating-point operations,
     * in single precision, and the file is read once.
     *
     * @throws MismatchException if a direction belongs to another model or other layers
     * @throws InputException if a score is not finite, which a sound file does not cause; names the item
     */
    public double[][] score(List<ReferenceDirection> directions) {
        Objects.requireNonNull(directions, "the directions are null");
        int width = projection.width();
        int queries = directions.size();
        double[][] result = new double[queries][items];
        try (Floats projected = Floats.allocate(queries, width)) {
            for (int q = 0; q < queries; q++) {
                directions.get(q).requireModel(modelFingerprint, projection.layers());
                projected.write(q * width, projection.project(directions.get(q)), 0, width);
            }
            Workers.forBlocks(items, rowsOfTask, (from, count) -> {
                Floats segment = segments.get(from / rowsOfSegment);
                int at = from % rowsOfSegment * width;
                try (Floats scores = Floats.allocate(count, queries)) {
                    Blas.multiply(
                            1,
                            Matrix.of(segment, at, count, width, width),
                            Matrix.of(projected, queries, width).transposed(),
                            0,
                            Matrix.of(scores, count, queries));
                    for (int q = 0; q < queries; q++) {
                        for (int i = 0; i < count; i++) {
                            result[q][from + i] = scores.get(i * queries + q);
                        }
                    }
                }
            });
        }
        for (double[] scores : result) {
            for (int item = 0; item < items; item++) {
                if (!Double.isFinite(scores[item])) {
                    throw new InputException(file + " gives item " + item + " the score " + scores[item]
                            + ": its gradient is damaged, or the direction is too large; write the file again");
                }
            }
        }
        return result;
    }

    @Override
    public String toString() {
        return "gradients of " + items + " items in " + file + ", " + projection;
    }
}
