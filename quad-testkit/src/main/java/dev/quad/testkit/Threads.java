// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Work in another thread, for results that must not depend on it. */
final class Threads {
    private static final int TOGETHER = 4;
    private static final int TURNS = 20_000;
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

    /**
     * Does the work many times, each time with another number from 0: four threads that begin at once do a quarter
     * each, in order.
     */
    static void manyTimes(int times, IntConsumer work) {
        CyclicBarrier begin = new CyclicBarrier(TOGETHER);
        List<Callable<Integer>> parts = IntStream.range(0, TOGETHER)
                .mapToObj(part -> (Callable<Integer>) () -> {
                    begin.await();
                    int end = (int) ((part + 1L) * times / TOGETHER);
                    for (int i = (int) ((long) part * times / TOGETHER); i < end; i++) {
                        work.accept(i);
                    }
                    return end;
                })
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(TOGETHER);
        try {
            threads.invokeAll(parts).forEach(Threads::result);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            threads.shutdownNow();
        }
    }

    /**
     * Does both so many times, each in a thread of its own, and begins both together each time, which who is woken
     * would be late for: they turn round until both are there.
     */
    static void together(int times, Runnable one, Runnable other) {
        AtomicLong begun = new AtomicLong();
        List<FutureTask<Void>> tasks = Stream.of(one, other)
                .map(work -> new FutureTask<Void>(
                        () -> {
                            try {
                                for (int i = 1; i <= times; i++) {
                                    begun.incrementAndGet();
                                    for (int turn = 0; begun.get() < 2L * i; turn++) {
                                        if (turn < TURNS) {
                                            Thread.onSpinWait();
                                        } else {
                                            LockSupport.parkNanos(1); // the other one may have no core
                                        }
                                    }
                                    work.run();
                                }
                            } finally {
                                begun.addAndGet(2L * times); // for the other one to wait for nobody
                            }
                        },
                        null))
                .toList();
        tasks.forEach(task -> new Thread(task).start());
        tasks.forEach(Threads::result);
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
    static <R> R result(Future<R> work) {
        try {
            return work.get();
        } catch (ExecutionException e) {
            throw new AssertionError("the call in another thread failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while a call was waited for", e);
    }
}
