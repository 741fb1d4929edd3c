// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads that stay awake between many short parallel steps, where waking them for each, as {@link Workers} does, would
 * cost as much as the step. Whoever of the current fork-join pool is free helps; where nobody is, the caller does all.
 * While it waits a helper uses its processor, so keep them only as long as steps follow closely.
 *
 * <p>{@link #run} is for the thread that made them, which closes them in the end.
 */
final class SpinningWorkers implements AutoCloseable {
    private static final int SPINS = 10_000;

    /** Round in the upper half, tasks of it that nobody has taken in the lower: one swap takes one. */
    private final AtomicLong open = new AtomicLong();

    private final AtomicInteger unfinished = new AtomicInteger();
    private final List<ForkJoinTask<?>> helpers = new ArrayList<>();
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    private int tasks; // of the round, as body: published by open, and not changed before all are finished
    private IntConsumer body = task -> {};
    private int round;

    SpinningWorkers() {
        for (int helper = 1; helper < Workers.parallelism(); helper++) {
            Runnable loop = this::help;
            helpers.add(
                    ForkJoinTask.inForkJoinPool()
                            ? ForkJoinTask.adapt(loop).fork()
                            : ForkJoinPool.commonPool().submit(loop));
        }
    }

    /**
     * Calls {@code work} with {@code 0 .. count - 1}, and returns when all have ended; throws what one of them threw.
     */
    void run(int count, IntConsumer work) {
        body = work;
        tasks = count;
        unfinished.set(count);
        open.set(((long) ++round << 32) | count);
        while (takeOne()) {
            // until none is open
        }
        while (unfinished.get() > 0) {
            Thread.onSpinWait();
        }
        Throwable thrown = failure;
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private boolean takeOne() {
        long seen = open.get();
        int left = (int) seen;
        if (left == 0) {
            return false;
        }
        if (open.compareAndSet(seen, seen - 1)) {
            try {
                body.accept(tasks - left);
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                unfinished.decrementAndGet();
            }
        }
        return true;
    }

    @SuppressWarnings("ThreadPriorityCheck") // a pause, not a promise
    private void help() {
        int idle = 0;
        while (!closed) {
            if (takeOne()) {
                idle = 0;
            } else if (++idle < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (int i = helpers.size() - 1; i >= 0; i--) {
            helpers.get(i).join();
        }
    }
}
