// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;

/** How many threads work that takes a number of them is to use. */
final class Threads {
    private Threads() {}

    /** Those of the current fork-join pool, or one a processor. */
    static int count() {
        ForkJoinPool current = ForkJoinTask.getPool();
        return current == null ? Runtime.getRuntime().availableProcessors() : current.getParallelism();
    }
}
