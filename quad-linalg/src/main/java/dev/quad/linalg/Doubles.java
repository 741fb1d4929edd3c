// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.Precision;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;

/** Native memory in double precision: as {@link Floats}, at half the speed, for checks and small models. */
public final class Doubles extends Reals {
    private static final AtomicLong LIVE_BYTES = new AtomicLong();

    private static final Spares<DoublePointer> SPARES = new Spares<>(Double.BYTES, DoublePointer::new);

    private final DoublePointer pointer;
    private final DoubleBuffer buffer;
    private final int length;
    private final boolean owned;
    private boolean closed;

    private Doubles(DoublePointer pointer, DoubleBuffer buffer, int length, boolean owned) {
        this.pointer = pointer;
        this.buffer = buffer;
        this.length = length;
        this.owned = owned;
    }

    /**
     * New memory, all zeros.
     *
     * @param length number of elements, {@code >= 0}
     */
    public static Doubles allocate(int length) {
        Doubles result = scratch(length);
        Pointer.memset(result.pointer, 0, 8L * length);
        return result;
    }

    /** New memory with any content; see {@link Reals#scratch}. */
    public static Doubles scratch(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("the length is " + length + "; allowed is 0 or more");
        }
        Natives.load();
        DoublePointer pointer = SPARES.take(length);
        LIVE_BYTES.addAndGet(8L * length);
        return new Doubles(pointer, pointer.asBuffer(), length, true);
    }

    /**
     * The remaining elements of a buffer: the same memory where the buffer is direct and in native order, else a copy.
     * Close it in either case.
     */
    public static Doubles of(DoubleBuffer source) {
        if (source.isDirect() && source.order() == ByteOrder.nativeOrder()) {
            Natives.load();
            DoubleBuffer slice = source.slice();
            return new Doubles(new DoublePointer(slice), slice, slice.remaining(), false);
        }
        Doubles copy = allocate(source.remaining());
        copy.buffer().put(0, source, source.position(), source.remaining());
        return copy;
    }

    /** The elements as a direct buffer; use its absolute methods only, its position is shared. */
    public DoubleBuffer buffer() {
        if (closed) {
            throw new IllegalStateException("the memory was closed");
        }
        return buffer;
    }

    @Override
    public Precision precision() {
        return Precision.DOUBLE;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public double value(int index) {
        return buffer().get(index);
    }

    @Override
    public void set(int index, double value) {
        buffer().put(index, value);
    }

    @Override
    public void read(int index, double[] target, int offset, int count) {
        buffer().get(index, target, offset, count);
    }

    @Override
    public void addTo(int index, double[] target, int offset, int count) {
        DoubleBuffer values = buffer();
        for (int i = 0; i < count; i++) {
            target[offset + i] += values.get(index + i);
        }
    }

    @Override
    public void write(int index, double[] source, int offset, int count) {
        buffer().put(index, source, offset, count);
    }

    @Override
    public void copy(int index, Reals source, int sourceIndex, int count) {
        if (!(source instanceof Doubles doubles)) {
            throw Blas.mixed();
        }
        buffer().put(index, doubles.buffer(), sourceIndex, count);
    }

    @Override
    public void clear(int index, int count) {
        Objects.checkFromIndexSize(index, count, length);
        Pointer.memset(at(index), 0, 8L * count);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (owned) {
                LIVE_BYTES.addAndGet(-8L * length);
                SPARES.give(pointer);
            }
        }
    }

    /** Bytes allocated here and not yet closed, in the whole process. For leak tests and reports. */
    public static long liveBytes() {
        return LIVE_BYTES.get();
    }

    @Override
    DoublePointer at(int index) {
        buffer();
        return index == 0 ? pointer : new Place(pointer, pointer.address() + 8L * index);
    }

    /** An element's address, which keeps its owner alive; JavaCPP's own would cost a phantom reference each. */
    private static final class Place extends DoublePointer {
        @SuppressWarnings("unused")
        private final Pointer owner;

        Place(Pointer owner, long address) {
            super((Pointer) null);
            this.owner = owner;
            this.address = address;
        }
    }
}
