// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Equal pieces of native memory that tasks borrow in turn, at most one for each thread. Close it after the tasks. */
final class Scratch implements AutoCloseable {
    private final int length;
    private final ConcurrentLinkedQueue<Floats> free = new ConcurrentLinkedQueue<>();

    Scratch(int length) {
        this.length = length;
    }

    /** Lends a piece, whose values are whatever they were; give it back, or close it. */
    Floats borrow() {
        @Nullable Floats piece = free.poll();
        return piece == null ? Floats.allocate(length) : piece;
    }

    void giveBack(Floats piece) {
        free.add(piece);
    }

    @Override
    public void close() {
        free.forEach(Floats::close);
    }
}
