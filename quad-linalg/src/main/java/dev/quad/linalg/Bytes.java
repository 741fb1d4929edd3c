// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;

/**
 * A block of native memory for signed eight-bit integers, as {@link Int8} multiplies them. Safe for use by several
 * threads on different elements. Whoever allocates one closes it.
 */
public final class Bytes implements AutoCloseable {
    private static final Spares<BytePointer> SPARES = new Spares<>(1, BytePointer::new);

    private final BytePointer pointer;
    private final ByteBuffer buffer;
    private final int length;
    private boolean closed;

    private Bytes(int length) {
        Natives.load();
        this.length = length;
        pointer = SPARES.take(length);
        buffer = pointer.asBuffer();
        Floats.LIVE_BYTES.addAndGet(length);
    }

    /**
     * New memory, whose content is whatever was there.
     *
     * @param length number of elements, {@code >= 0}
     * @throws OutOfMemoryError if the system has none left
     */
    public static Bytes scratch(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("the length is " + length + "; allowed is 0 or more");
        }
        return new Bytes(length);
    }

    private ByteBuffer buffer() {
        if (closed) {
            throw new IllegalStateException("the memory was closed");
        }
        return buffer;
    }

    /** One element. */
    public byte get(int index) {
        return buffer().get(index);
    }

    /** Copies {@code count} elements from {@code index} on into an array. */
    public void get(int index, byte[] target, int offset, int count) {
        buffer().get(index, target, offset, count);
    }

    /** Copies {@code count} elements of an array to {@code index} and on. */
    public void set(int index, byte[] source, int offset, int count) {
        buffer().put(index, source, offset, count);
    }

    /** Copies {@code count} elements of other memory to {@code index} and on. */
    public void copy(int index, Bytes source, int sourceIndex, int count) {
        buffer().put(index, source.buffer(), sourceIndex, count);
    }

    /** Frees the memory; further calls do nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Floats.LIVE_BYTES.addAndGet(-length);
            SPARES.give(pointer);
        }
    }

    int length() {
        return length;
    }

    BytePointer at(int index) {
        buffer();
        return index == 0 ? pointer : new Place(pointer, pointer.address() + index);
    }

    /** An element's address, which keeps its owner alive; JavaCPP's own would cost a phantom reference each. */
    private static final class Place extends BytePointer {
        @SuppressWarnings("unused")
        private final BytePointer owner;

        Place(BytePointer owner, long address) {
            super((org.bytedeco.javacpp.Pointer) null);
            this.owner = owner;
            this.address = address;
        }
    }
}
