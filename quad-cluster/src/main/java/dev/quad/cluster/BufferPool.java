// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Equal pieces of native memory that tasks borrow in turn, at most one for each thread. Close it after the tasks. */
final class BufferPool<T> implements AutoCloseable {
    private final Supplier<T> maker;
    private final Consumer<T> closer;
    private final ConcurrentLinkedQueue<T> free = new ConcurrentLinkedQueue<>();

    BufferPool(Supplier<T> maker, Consumer<T> closer) {
        this.maker = maker;
        this.closer = closer;
    }

    /** Pieces of so many floats. */
    static BufferPool<Floats> floats(int length) {
        return new BufferPool<>(() -> Floats.allocate(length), Floats::close);
    }

    /** Lends a piece, whose values are whatever they were; give it back, or close it. */
    T borrow() {
        @Nullable T piece = free.poll();
        return piece == null ? maker.get() : piece;
    }

    void giveBack(T piece) {
        free.add(piece);
    }

    @Override
    public void close() {
        free.forEach(closer);
    }
}
