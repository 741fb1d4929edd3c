// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Work in another thread, for results that must not depend on it. */
final class Threads {
    private static final long PATIENCE_NANOS = 50_000_000;

    private Threads() {}

    /** Does the work in a pool of that many threads; what it throws comes out. */
    static <R> R in(int threads, Supplier<R> work) {
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            return pool.submit(work::get).join();
        } catch (RuntimeException e) {
            throw original(e);
        } catch (Error e) {
            throw original(e);
        } finally {
            pool.shutdownNow();
        }
    }

    /** What was thrown, of which a pool throws a copy that has no text of its own. */
    @SuppressWarnings("unchecked") // of the same class
    private static <E extends Throwable> E original(E thrown) {
        Throwable cause = thrown.getCause();
        String message = thrown.getMessage();
        return cause != null
                        && cause.getClass().equals(thrown.getClass())
                        && (message == null || message.isBlank() || message.equals(cause.toString()))
                ? original((E) cause)
                : thrown;
    }

    /** Does the work many times, by four threads at once, each time with another number from 0. */
    static void manyTimes(int times, IntConsumer work) {
        in(4, () -> {
            IntStream.range(0, times).parallel().forEach(work);
            return times;
        });
    }

    /**
     * Does the work in a thread of its own, and returns when it is done or waits for a lock, so that what is guarded by
     * one is not waited for. A lock that is waited for by turning round shows in nothing, so that after a while it
     * returns whatever the thread does; nothing fails by it.
     */
    static void start(Runnable work) {
        Thread thread = new Thread(work);
        thread.start();
        long start = System.nanoTime();
        while (thread.isAlive()
                && System.nanoTime() - start < PATIENCE_NANOS
                && switch (thread.getState()) {
                    case BLOCKED, WAITING, TIMED_WAITING -> false;
                    default -> true;
                }) {
            Thread.onSpinWait();
        }
    }

    /**
     * Whether two may be at work at once: not if they are one that keeps something in it, since few need be safe for
     * several threads.
     */
    static boolean areApart(Object one, Object other) {
        boolean isOne = System.identityHashCode(one) == System.identityHashCode(other);
        for (Class<?> type = one.getClass(); isOne && type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    return false;
                }
            }
        }
        return true;
    }

    /** What the work gave, once it is done; what it threw comes out. */
    static <R> R result(FutureTask<R> work) {
        try {
            return work.get();
        } catch (ExecutionException e) {
            throw new AssertionError("the call in another thread failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a call was waited for", e);
        }
    }
}
