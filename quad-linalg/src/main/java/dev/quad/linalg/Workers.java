// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs independent tasks on the current fork-join pool: the common one, or the one whose task the caller is.
 *
 * <p>To use {@code n} threads, run the work inside {@code new ForkJoinPool(n)}. Tasks must be cut by the shape of the
 * work, never by the number of threads; then the result does not depend on it.
 *
 * <p>While at least one call is under way, OpenBLAS is held to one thread per call, since the parallelism is here;
 * afterwards its own number of threads is put back, so that others who use it in the same process keep theirs.
 */
public final class Workers {
    private static final Object LOCK = new Object();
    private static int active;
    private static int before;

    private Workers() {}

    /**
     * Calls {@code body} with {@code 0 .. tasks - 1}, in parallel, and waits for all. Tasks begin in order, so that the
     * longest should come first.
     *
     * <p>If tasks fail, what the lowest of them threw is thrown as it is, and not before all tasks that began have
     * ended: a caller may free the memory they work on. Tasks above a failed one may be left out.
     */
    public static void forEach(int tasks, IntConsumer body) {
        enter();
        try {
            if (tasks == 1) {
                body.accept(0);
            } else {
                Failure failure = new Failure();
                AtomicInteger next = new AtomicInteger();
                IntStream.range(0, Math.min(tasks, parallelism())).parallel().forEach(worker -> {
                    for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                        failure.guard(task, body);
                    }
                });
                failure.rethrow();
            }
        } finally {
            leave();
        }
    }

    /**
     * Cuts {@code 0 .. length - 1} into blocks of {@code block} (the last may be shorter) and calls {@code body} with
     * the start and the length of each.
     */
    public static void forBlocks(int length, int block, BlockBody body) {
        int tasks = length / block + (length % block == 0 ? 0 : 1);
        forEach(tasks, task -> body.accept(task * block, Math.min(block, length - task * block)));
    }

    /** Work on one block. */
    @FunctionalInterface
    public interface BlockBody {
        /** Works on the elements {@code [from, from + count)}. */
        void accept(int from, int count);
    }

    /** How many tasks can run at once where the caller is. */
    public static int parallelism() {
        java.util.concurrent.ForkJoinPool pool = java.util.concurrent.ForkJoinTask.getPool();
        return pool == null ? java.util.concurrent.ForkJoinPool.getCommonPoolParallelism() + 1 : pool.getParallelism();
    }

    /**
     * What the lowest failed task threw. A parallel stream that fails returns while other tasks still run; hence this.
     */
    private static final class Failure {
        private volatile int lowest = Integer.MAX_VALUE;
        private @Nullable Throwable thrown;

        void guard(int task, IntConsumer body) {
            if (task > lowest) {
                return;
            }
            try {
                body.accept(task);
            } catch (RuntimeException | Error e) {
                record(task, e);
            }
        }

        private synchronized void record(int task, Throwable e) {
            if (task < lowest) {
                lowest = task;
                thrown = e;
            }
        }

        synchronized void rethrow() {
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }

    private static void enter() {
        synchronized (LOCK) {
            if (active++ == 0) {
                Natives.load();
                before = OpenBlas.threads(1);
            }
        }
    }

    private static void leave() {
        synchronized (LOCK) {
            if (--active == 0) {
                OpenBlas.threads(before);
            }
        }
    }
}
