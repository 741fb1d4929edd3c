// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Runs independent pieces of work on the current fork-join pool: the common one, or the one whose task the caller is.
 */
final class Workers {
    private Workers() {}

    /**
     * Calls the body once for each index in {@code [0, count)} and waits, interrupted or not.
     *
     * @param scratch what a thread works with; made once a thread
     */
    static <S> void forEach(int count, Supplier<S> scratch, ObjIntConsumer<S> body) {
        AtomicInteger next = new AtomicInteger();
        IntStream.range(0, Math.min(count, parallelism())).parallel().forEach(thread -> {
            S own = scratch.get();
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                body.accept(own, i);
            }
        });
    }

    private static int parallelism() {
        ForkJoinPool pool = ForkJoinTask.getPool();
        return pool == null ? ForkJoinPool.getCommonPoolParallelism() + 1 : pool.getParallelism();
    }
}
