// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * What one layer saw in one batch. Rows are tokens that carry a gradient; rows of an item are consecutive, items in
 * batch order. Valid only inside {@link CaptureSink#accept}. It is held to this where it is handed over: lengths below,
 * or {@code starts} that do not ascend from 0, are an {@link IllegalStateException} that names the layer.
 *
 * <p>The output gradients are those of the <b>sum</b> over tokens of the loss, so that the gradient of an item's summed
 * loss with respect to W is {@code Σ_t δ_t x_tᵀ} over its rows t.
 */
public final class LayerCapture {
    private final int layer;
    private final Buffer inputs;
    private final Buffer outputGradients;
    private final int[] starts;

    /**
     * A capture.
     *
     * @param layer index into {@link GradientSource#layers()}
     * @param inputs x, row-major, {@code rows × inputs}, from position 0; without the constant of a bias
     * @param outputGradients δ, row-major, {@code rows × outputs}, from position 0
     * @param starts {@code items + 1} values: the first row of each item, and the number of rows; not copied
     */
    public LayerCapture(int layer, FloatBuffer inputs, FloatBuffer outputGradients, int[] starts) {
        this.layer = layer;
        this.inputs = Objects.requireNonNull(inputs, () -> "the inputs x of layer " + layer + " are null");
        this.outputGradients =
                Objects.requireNonNull(outputGradients, () -> "the output gradients δ of layer " + layer + " are null");
        this.starts = Objects.requireNonNull(starts, () -> "the starts of layer " + layer + " are null");
    }

    /** A capture in double precision, by a source that says {@link Precision#DOUBLE}. */
    public LayerCapture(int layer, DoubleBuffer inputs, DoubleBuffer outputGradients, int[] starts) {
        this.layer = layer;
        this.inputs = Objects.requireNonNull(inputs, () -> "the inputs x of layer " + layer + " are null");
        this.outputGradients =
                Objects.requireNonNull(outputGradients, () -> "the output gradients δ of layer " + layer + " are null");
        this.starts = Objects.requireNonNull(starts, () -> "the starts of layer " + layer + " are null");
    }

    /** Other values for the layer of an index; valid while the memory is. */
    LayerCapture with(int other, Reals x, Reals delta, int[] rows) {
        return x instanceof Floats floats
                ? new LayerCapture(other, floats.buffer(), ((Floats) delta).buffer(), rows)
                : new LayerCapture(other, ((Doubles) x).buffer(), ((Doubles) delta).buffer(), rows);
    }

    /** The precision of x; that of δ is the same. */
    Precision precision() {
        return inputs instanceof FloatBuffer ? Precision.SINGLE : Precision.DOUBLE;
    }

    /**
     * Refuses buffers that have less than the rows need.
     *
     * @throws IllegalStateException naming the layer and the numbers
     */
    void requireRoom(LayerShape shape) {
        requireRoom(shape, "the inputs x", inputs, shape.inputs(), "inputs");
        requireRoom(shape, "the output gradients δ", outputGradients, shape.outputs(), "outputs");
    }

    private void requireRoom(LayerShape shape, String what, Buffer values, int width, String unit) {
        long needed = (long) rows() * width;
        if (values.remaining() < needed) {
            throw new IllegalStateException(what + " of layer " + shape.name() + " are " + values.remaining()
                    + " numbers from position " + values.position() + " on; " + rows() + " rows of " + width + " "
                    + unit
                    + " need " + needed + ": look at the length, the starts, and whether the buffer was flipped");
        }
    }

    /** The index of the layer in {@link GradientSource#layers()}. */
    public int layer() {
        return layer;
    }

    /**
     * x, row-major, {@code rows() × inputs}.
     *
     * @throws IllegalStateException if the capture is in double precision
     */
    public FloatBuffer inputs() {
        return single(inputs);
    }

    /**
     * δ = ∂(summed loss)/∂y, row-major, {@code rows() × outputs}.
     *
     * @throws IllegalStateException if the capture is in double precision
     */
    public FloatBuffer outputGradients() {
        return single(outputGradients);
    }

    /** The row starts, {@code items() + 1} values; not to be changed. */
    int[] starts() {
        return starts;
    }

    /**
     * {@link #inputs()} of a capture in double precision.
     *
     * @throws IllegalStateException if it is in single precision
     */
    public DoubleBuffer doubleInputs() {
        return twofold(inputs);
    }

    /**
     * {@link #outputGradients()} of a capture in double precision.
     *
     * @throws IllegalStateException if it is in single precision
     */
    public DoubleBuffer doubleOutputGradients() {
        return twofold(outputGradients);
    }

    private static DoubleBuffer twofold(Buffer buffer) {
        if (buffer instanceof DoubleBuffer doubles) {
            return doubles;
        }
        throw new IllegalStateException("the capture is in single precision, and this reads double");
    }

    private static FloatBuffer single(Buffer buffer) {
        if (buffer instanceof FloatBuffer floats) {
            return floats;
        }
        throw new IllegalStateException("the capture is in double precision, and this reads single");
    }

    /**
     * x with the constant 1 of a bias as its last column, row-major, {@code rows() × columns}: the captured memory
     * where nothing has to be added. Close it.
     */
    Reals x(LayerShape shape) {
        Reals captured = reals(inputs);
        if (!shape.bias()) {
            return captured;
        }
        int in = shape.inputs();
        Reals extended = Reals.allocate(captured.precision(), rows(), in + 1);
        for (int t = 0; t < rows(); t++) {
            extended.copy(t * (in + 1), captured, t * in, in);
            extended.set(t * (in + 1) + in, 1.0);
        }
        captured.close();
        return extended;
    }

    /** x as captured, row-major, {@code rows() × inputs}: the captured memory. Close it. */
    Reals rawInputs() {
        return reals(inputs);
    }

    /** δ = ∂(summed loss)/∂y, row-major, {@code rows() × outputs}: the captured memory. Close it. */
    Reals delta() {
        return reals(outputGradients);
    }

    private static Reals reals(Buffer buffer) {
        return buffer instanceof FloatBuffer floats ? Floats.of(floats) : Doubles.of((DoubleBuffer) buffer);
    }

    /** The number of items in the batch. */
    public int items() {
        return starts.length - 1;
    }

    /** The number of rows of all items. */
    public int rows() {
        return starts[starts.length - 1];
    }

    /**
     * The first row of an item; {@code firstRow(items())} is {@link #rows()}. An item without rows has no gradient.
     *
     * @throws IndexOutOfBoundsException if it is not in {@code [0, items()]}
     */
    public int firstRow(int item) {
        if (item < 0 || item >= starts.length) {
            throw new IndexOutOfBoundsException(
                    "the first row of item " + item + " is asked for; allowed is [0, " + items() + "]");
        }
        return starts[item];
    }

    @Override
    public String toString() {
        return "capture of layer " + layer + ", " + (starts.length - 1) + " items, " + starts[starts.length - 1]
                + " rows";
    }
}
