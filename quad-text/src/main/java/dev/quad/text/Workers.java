// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Runs independent pieces of work on some threads. */
final class Workers {
    private Workers() {}

    /**
     * Calls the body once for each index in {@code [0, count)} and waits, interrupted or not.
     *
     * @param scratch what a thread works with; made once a thread
     */
    static <S> void forEach(int count, int threads, Supplier<S> scratch, ObjIntConsumer<S> body) {
        AtomicInteger next = new AtomicInteger();
        Runnable work = () -> {
            S own = scratch.get();
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                body.accept(own, i);
            }
        };
        int used = Math.min(threads, count);
        if (used <= 1) {
            work.run();
            return;
        }
        ForkJoinPool pool = new ForkJoinPool(used);
        try {
            List<ForkJoinTask<?>> tasks = Stream.<ForkJoinTask<?>>generate(() -> pool.submit(work))
                    .limit(used)
                    .toList();
            tasks.forEach(ForkJoinTask::join);
        } finally {
            pool.shutdown();
        }
    }
}
