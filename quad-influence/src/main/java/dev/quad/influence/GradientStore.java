// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InputException;
import dev.quad.MismatchException;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Projected gradients of all items of a pool in a memory-mapped file, so that a new reference costs one pass over them and
 * none over the pool with the model: {@code score(q, z) ≈ ⟨P v_q, P D_z⟩}, of summed losses.
 *
 * <p>Single precision, {@code items × width}, behind a safetensors header that names the model and the projection; what
 * belongs to another model or projection is refused. Safe for use by several threads.
 */
public final class GradientStore {
    private static final String FORMAT = "quad.gradient-store.1";
    private static final String TENSOR = "gradients";
    private static final long SEGMENT_BYTES = 1L << 30;

    private final KroneckerProjection projection;
    private final String modelFingerprint;
    private final int items;
    private final int rowsOfSegment;
    private final List<FloatBuffer> segments;

    private GradientStore(
            KroneckerProjection projection,
            String modelFingerprint,
            int items,
            int rowsOfSegment,
            List<FloatBuffer> segments) {
        this.projection = projection;
        this.modelFingerprint = modelFingerprint;
        this.items = items;
        this.rowsOfSegment = rowsOfSegment;
        this.segments = segments;
    }

    /**
     * Computes and writes the projected gradients of all items, batch by batch; the file appears when it is whole.
     *
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}; memory is that of a batch
     * @param progress told the number of items done after each batch
     */
    public static <T> void write(
            GradientSource<T> source,
            List<? extends T> items,
            KroneckerProjection projection,
            Path file,
            int batchTokens,
            LongConsumer progress)
            throws IOException {
        projection.requireLayers(source.layers());
        int width = projection.width();
        byte[] header = SafetensorsWriter.header(
                Map.of(
                        "format",
                        FORMAT,
                        "model",
                        source.fingerprint(),
                        "projection",
                        projection.fingerprint(),
                        "loss",
                        "sum",
                        "sign",
                        "positive inner product with a direction = training on the item lowers the reference loss"),
                TENSOR,
                items.size(),
                width);
        Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
        try (FileOutputStream out = new FileOutputStream(temporary.toFile());
                DataOutputStream data = new DataOutputStream(new BufferedOutputStream(out, 1 << 16))) {
            data.writeLong(Long.reverseBytes(header.length));
            data.write(header);
            long done = 0;
            for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
                double[] rows = new double[Math.multiplyExact(batch.size(), width)];
                source.capture(batch, Targets.observed(), capture -> projection.project(capture, rows, 0));
                ByteBuffer bytes = ByteBuffer.allocate(rows.length * 4).order(ByteOrder.LITTLE_ENDIAN);
                for (double value : rows) {
                    bytes.putFloat((float) value);
                }
                data.write(bytes.array());
                done += batch.size();
                progress.accept(done);
            }
            data.flush();
            out.getFD().sync();
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Maps a file that {@link #write} wrote.
     *
     * @param projection the one it was written with
     * @throws MismatchException if it was written with another projection
     * @throws InputException if the file is damaged
     */
    public static GradientStore open(Path file, KroneckerProjection projection) throws IOException {
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
        int rowsOfSegment = (int) Math.max(1, SEGMENT_BYTES / (4L * shape[1]));
        List<FloatBuffer> segments = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file)) {
            for (int row = 0; row < shape[0]; row += rowsOfSegment) {
                int rows = Math.min(rowsOfSegment, shape[0] - row);
                MappedByteBuffer bytes = channel.map(
                        FileChannel.MapMode.READ_ONLY,
                        tensors.position(TENSOR, "F32") + 4L * row * shape[1],
                        4L * rows * shape[1]);
                segments.add(bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
            }
        }
        return new GradientStore(projection, tensors.metadata("model"), shape[0], rowsOfSegment, segments);
    }

    /** The number of items. */
    public int items() {
        return items;
    }

    /**
     * Scores of all items along directions, {@code queries × items}; sums over tokens, as {@link DirectionScores} gives.
     *
     * @throws MismatchException if a direction belongs to another model or other layers
     */
    public double[][] score(List<ReferenceDirection> directions) {
        double[][] result = new double[directions.size()][items];
        for (int q = 0; q < directions.size(); q++) {
            directions.get(q).requireModel(modelFingerprint, projection.layers());
            double[] query = projection.project(directions.get(q));
            double[] scores = result[q];
            dev.quad.linalg.Workers.forBlocks(items, 1024, (from, count) -> {
                float[] row = new float[query.length];
                for (int item = from; item < from + count; item++) {
                    segments.get(item / rowsOfSegment).get(item % rowsOfSegment * query.length, row);
                    double sum = 0;
                    for (int i = 0; i < row.length; i++) {
                        sum += row[i] * query[i];
                    }
                    scores[item] = sum;
                }
            });
        }
        return result;
    }
}
