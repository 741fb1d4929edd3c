// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A place in broken code where two threads meet, so that what they share shows each time: one waits until another has
 * written to it too, and uses it before the other does. The thread that made this waits for nobody.
 */
final class HandOver {
    private static final int TIMES = 100;
    private static final int PATIENCE_SECONDS = 1;

    private final Thread maker = Thread.currentThread();
    private final AtomicInteger arrived = new AtomicInteger();
    private final Semaphore second = new Semaphore(0);
    private final Semaphore used = new Semaphore(0);

    /** After what is shared was written; what its use gives. */
    <R> R meet(Supplier<R> use) {
        int number = Thread.currentThread() == maker ? TIMES : arrived.getAndIncrement();
        if (number >= TIMES) {
            return use.get();
        }
        if (number % 2 == 1) {
            second.release();
            await(used);
            return use.get();
        }
        await(second);
        try {
            return use.get();
        } finally {
            used.release();
        }
    }

    /** Where nobody comes any more, as of an odd number the last, goes on. */
    private static void await(Semaphore other) {
        try {
            other.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
