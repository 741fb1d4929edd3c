// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.LongFunction;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Native memory that was closed, kept for whoever asks for as much next: a batch needs what the one before it needed,
 * and to touch memory that is new from the system costs as much as the product that is computed in it. Safe for use by
 * several threads.
 */
final class Spares<P extends Pointer> {
    /** Bytes that are kept at most; what was kept longest is freed first. */
    static final long LIMIT = 256L << 20;
    /** Less is kept by the C library itself. */
    private static final long SMALLEST = 1L << 17;

    private final int elementBytes;
    private final LongFunction<P> allocate;
    private final ArrayDeque<P> kept = new ArrayDeque<>();
    private long bytes;

    Spares(int elementBytes, LongFunction<P> allocate) {
        this.elementBytes = elementBytes;
        this.allocate = allocate;
    }

    /** Memory for a number of elements, with any content; its limit is that number, or 1. */
    P take(long length) {
        long needed = Math.max(1, length);
        P found = needed * elementBytes < SMALLEST ? null : find(needed);
        if (found == null) {
            try {
                found = allocate.apply(needed);
            } catch (OutOfMemoryError e) {
                free(0);
                found = allocate.apply(needed);
            }
        }
        found.limit(needed);
        return found;
    }

    /** The latest that fits, and wastes an eighth at most. */
    private synchronized @Nullable P find(long length) {
        for (Iterator<P> latest = kept.descendingIterator(); latest.hasNext(); ) {
            P spare = latest.next();
            if (spare.capacity() >= length && spare.capacity() <= length + length / 8) {
                latest.remove();
                bytes -= spare.capacity() * elementBytes;
                return spare;
            }
        }
        return null;
    }

    /** Takes back what {@link #take} gave, which nobody uses any more. */
    void give(P memory) {
        long more = memory.capacity() * elementBytes;
        if (more < SMALLEST || more > LIMIT / 2) {
            memory.close();
        } else {
            synchronized (this) {
                kept.add(memory);
                bytes += more;
            }
            free(LIMIT);
        }
    }

    private synchronized void free(long limit) {
        while (bytes > limit) {
            P oldest = kept.remove();
            bytes -= oldest.capacity() * elementBytes;
            oldest.close();
        }
    }
}
