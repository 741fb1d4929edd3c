// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.Precision;
import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A block of native {@code float} memory that BLAS works on without a copy. Whoever allocates one closes it.
 *
 * <p>Reads and writes of different elements may happen in several threads at once. Use after {@link #close} throws
 * {@link IllegalStateException}, unless through a buffer that was taken before.
 */
public final class Floats extends Reals {
    static final AtomicLong LIVE_BYTES = new AtomicLong();

    private static final Spares<FloatPointer> SPARES = new Spares<>(Float.BYTES, FloatPointer::new);

    /** To convert in, a thread's own: loops over arrays are vectorised, and new ones would be garbage. */
    private static final ThreadLocal<float[]> SOME = ThreadLocal.withInitial(() -> new float[1024]);

    private final FloatPointer pointer;
    private final FloatBuffer buffer;
    private final int length;
    private final boolean owned;
    private boolean closed;

    private Floats(FloatPointer pointer, FloatBuffer buffer, int length, boolean owned) {
        this.pointer = pointer;
        this.buffer = buffer;
        this.length = length;
        this.owned = owned;
    }

    /**
     * New memory, all zeros.
     *
     * @param length number of elements, {@code >= 0}
     * @throws OutOfMemoryError if the system has none left
     */
    public static Floats allocate(int length) {
        Floats result = scratch(length);
        Pointer.memset(result.pointer, 0, 4L * length);
        return result;
    }

    /** New memory with any content; see {@link Reals#scratch}. */
    public static Floats scratch(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("the length is " + length + "; allowed is 0 or more");
        }
        Natives.load();
        FloatPointer pointer = SPARES.take(length);
        LIVE_BYTES.addAndGet(4L * length);
        return new Floats(pointer, pointer.asBuffer(), length, true);
    }

    /** New memory for {@code rows × columns} elements; see {@link #allocate(int)}. */
    public static Floats allocate(int rows, int columns) {
        return (Floats) allocate(Precision.SINGLE, rows, columns);
    }

    /**
     * The remaining elements of a buffer: the same memory where the buffer is direct and in native order, else a copy.
     * Close it in either case.
     */
    public static Floats of(FloatBuffer source) {
        if (source.isDirect() && source.order() == java.nio.ByteOrder.nativeOrder()) {
            Natives.load();
            FloatBuffer slice = source.slice();
            return new Floats(new FloatPointer(slice), slice, slice.remaining(), false);
        }
        Floats copy = allocate(source.remaining());
        copy.buffer().put(0, source, source.position(), source.remaining());
        return copy;
    }

    /** New memory with a copy of an array. */
    public static Floats of(float... values) {
        Floats result = allocate(values.length);
        result.set(0, values, 0, values.length);
        return result;
    }

    @Override
    public Precision precision() {
        return Precision.SINGLE;
    }

    @Override
    public double value(int index) {
        return get(index);
    }

    @Override
    public void read(int index, double[] target, int offset, int count) {
        float[] some = SOME.get();
        for (int at = 0; at < count; at += some.length) {
            int more = Math.min(some.length, count - at);
            buffer().get(index + at, some, 0, more);
            for (int i = 0; i < more; i++) {
                target[offset + at + i] = some[i];
            }
        }
    }

    @Override
    public void addTo(int index, double[] target, int offset, int count) {
        float[] some = SOME.get();
        for (int at = 0; at < count; at += some.length) {
            int more = Math.min(some.length, count - at);
            buffer().get(index + at, some, 0, more);
            for (int i = 0; i < more; i++) {
                target[offset + at + i] += some[i];
            }
        }
    }

    @Override
    public void write(int index, double[] source, int offset, int count) {
        float[] some = SOME.get();
        for (int at = 0; at < count; at += some.length) {
            int more = Math.min(some.length, count - at);
            for (int i = 0; i < more; i++) {
                some[i] = (float) source[offset + at + i];
            }
            buffer().put(index + at, some, 0, more);
        }
    }

    @Override
    public int length() {
        return length;
    }

    /** The elements as a direct buffer; use its absolute methods only, its position is shared. */
    public FloatBuffer buffer() {
        if (closed) {
            throw new IllegalStateException("the memory was closed");
        }
        return buffer;
    }

    /** A buffer of its own over {@code count} elements from {@code offset}; valid until this is closed. */
    public FloatBuffer slice(int offset, int count) {
        return buffer().slice(offset, count);
    }

    /** One element. */
    public float get(int index) {
        return buffer().get(index);
    }

    @Override
    public void set(int index, double value) {
        set(index, (float) value);
    }

    /** Sets one element. */
    public void set(int index, float value) {
        buffer().put(index, value);
    }

    /** Copies {@code count} elements from {@code index} on into an array. */
    public void get(int index, float[] target, int offset, int count) {
        buffer().get(index, target, offset, count);
    }

    /** Copies {@code count} elements of an array to {@code index} and on. */
    public void set(int index, float[] source, int offset, int count) {
        buffer().put(index, source, offset, count);
    }

    @Override
    public void copy(int index, Reals source, int sourceIndex, int count) {
        if (!(source instanceof Floats floats)) {
            throw Blas.mixed();
        }
        buffer().put(index, floats.buffer(), sourceIndex, count);
    }

    @Override
    public void clear(int index, int count) {
        java.util.Objects.checkFromIndexSize(index, count, length);
        Pointer.memset(at(index), 0, 4L * count);
    }

    /** All elements in a new array. */
    public float[] toArray() {
        float[] result = new float[length];
        buffer().get(0, result);
        return result;
    }

    /** Frees the memory; further calls do nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (owned) {
                LIVE_BYTES.addAndGet(-4L * length);
                SPARES.give(pointer);
            }
        }
    }

    /**
     * Bytes allocated here and in {@link Bytes} and not yet closed, in the whole process. For leak tests and reports.
     */
    public static long liveBytes() {
        return LIVE_BYTES.get();
    }

    @Override
    FloatPointer at(int index) {
        buffer();
        return index == 0 ? pointer : new Place(pointer, pointer.address() + 4L * index);
    }

    /** An element's address, which keeps its owner alive; JavaCPP's own would cost a phantom reference each. */
    private static final class Place extends FloatPointer {
        @SuppressWarnings("unused")
        private final Pointer owner;

        Place(Pointer owner, long address) {
            super((Pointer) null);
            this.owner = owner;
            this.address = address;
        }
    }
}
