// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 100})
    void forEach_anyNumberOfTasks_runsEachOnce(int tasks) {
        AtomicIntegerArray calls = new AtomicIntegerArray(tasks);
        Workers.forEach(tasks, calls::incrementAndGet);
        for (int i = 0; i < tasks; i++) {
            assertThat(calls.get(i)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 6, 7, 8, 14, 15})
    void forBlocks_anyLength_coversEachElementOnce(int length) {
        AtomicIntegerArray calls = new AtomicIntegerArray(length);
        Workers.forBlocks(length, 7, (from, count) -> {
            assertThat(count).isBetween(1, 7);
            for (int i = from; i < from + count; i++) {
                calls.incrementAndGet(i);
            }
        });
        for (int i = 0; i < length; i++) {
            assertThat(calls.get(i)).isEqualTo(1);
        }
    }

    @Test
    void forBlocks_longestLength_doesNotOverflow() {
        AtomicInteger calls = new AtomicInteger();
        Workers.forBlocks(Integer.MAX_VALUE, 1 << 30, (from, count) -> calls.incrementAndGet());
        assertThat(calls).hasValue(2);
    }

    @Test
    void forEach_anyNumberOfThreads_givesTheSameBits() throws Exception {
        float[] one = blockedProduct(1);
        assertThat(blockedProduct(2)).isEqualTo(one);
        assertThat(blockedProduct(4)).isEqualTo(one);
    }

    @Test
    void forEach_failingTask_throwsItsExceptionOnlyAfterAllTasksAreDone() {
        ForkJoinPool pool = new ForkJoinPool(4);
        AtomicInteger running = new AtomicInteger();
        IllegalStateException failure = new IllegalStateException("task 0");
        try {
            pool.submit(() -> assertThatThrownBy(() -> Workers.forEach(4, task -> {
                                running.incrementAndGet();
                                sleep(task == 0 ? 20 : 200);
                                running.decrementAndGet();
                                if (task == 0) {
                                    throw failure;
                                }
                            }))
                            .isSameAs(failure)
                            .satisfies(e -> assertThat(running).hasValue(0)))
                    .join();
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void forEach_severalFailingTasks_throwsTheOneOfTheLowestTask() {
        for (int repeat = 0; repeat < 50; repeat++) {
            assertThatThrownBy(() -> Workers.forEach(64, task -> {
                        if (task % 10 == 3) {
                            throw new IllegalStateException("task " + task);
                        }
                    }))
                    .hasMessage("task 3");
        }
    }

    @Test
    void forEach_failingTask_leavesOpenBlasAsItWas() {
        int before = threads();
        assertThatThrownBy(() -> Workers.forEach(3, task -> {
                    throw new AssertionError("task " + task);
                }))
                .isInstanceOf(AssertionError.class);
        assertThat(threads()).isEqualTo(before);
    }

    @Test
    void forEach_whileRunning_holdsOpenBlasToOneThreadAndPutsItBack() {
        int original = OpenBlas.threads(3);
        try {
            int[] seen = new int[8];
            Workers.forEach(8, task -> seen[task] = threads());
            assertThat(seen).containsOnly(1);
            assertThat(threads()).isEqualTo(3);
        } finally {
            OpenBlas.threads(original);
        }
    }

    @Test
    void forEach_nested_runsEachOnceAndPutsTheThreadsBackAtTheEnd() {
        int original = OpenBlas.threads(3);
        try {
            AtomicIntegerArray calls = new AtomicIntegerArray(100);
            Workers.forEach(10, outer -> {
                Workers.forEach(10, inner -> calls.incrementAndGet(outer * 10 + inner));
                assertThat(threads()).isEqualTo(1);
            });
            for (int i = 0; i < 100; i++) {
                assertThat(calls.get(i)).isEqualTo(1);
            }
            assertThat(threads()).isEqualTo(3);
        } finally {
            OpenBlas.threads(original);
        }
    }

    @Test
    void parallelism_insideAPool_isThatOfThePool() throws Exception {
        ForkJoinPool pool = new ForkJoinPool(3);
        try {
            assertThat(pool.submit(Workers::parallelism).get()).isEqualTo(3);
        } finally {
            pool.shutdown();
        }
    }

    /** AᵀA cut into blocks of rows, on a pool of some size. */
    private static float[] blockedProduct(int threads) throws Exception {
        int n = 150;
        float[] a = new float[n * n];
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) Math.sin(i);
        }
        ForkJoinPool pool = new ForkJoinPool(threads);
        try (Floats left = Floats.of(a);
                Floats result = Floats.allocate(n, n)) {
            pool.submit(() -> Workers.forBlocks(
                            n,
                            32,
                            (from, rows) -> Blas.multiply(
                                    1,
                                    Matrix.of(left, n, n).transposed().rows(from, rows),
                                    Matrix.of(left, n, n),
                                    0,
                                    Matrix.of(result, n, n).rows(from, rows))))
                    .get();
            return result.toArray();
        } finally {
            pool.shutdown();
        }
    }

    private static int threads() {
        int now = OpenBlas.threads(1);
        OpenBlas.threads(now);
        return now;
    }

    private static void sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
