// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.CandidatePool;
import java.util.concurrent.atomic.AtomicInteger;

/** A pool that interrupts the thread that made it once, when it is asked for an item or its tokens so many times. */
final class InterruptingPool<T> implements CandidatePool<T> {
    private final CandidatePool<T> pool;
    private final int last;
    private final Thread caller = Thread.currentThread();
    private final AtomicInteger calls = new AtomicInteger();

    InterruptingPool(CandidatePool<T> pool, int last) {
        this.pool = pool;
        this.last = last;
    }

    /** Whether it was asked so many times. */
    boolean hasInterrupted() {
        return calls.get() >= last;
    }

    private <R> R counted(R answer) {
        if (calls.incrementAndGet() == last) {
            caller.interrupt();
        }
        return answer;
    }

    @Override
    public int size() {
        return pool.size();
    }

    @Override
    public T get(int ordinal) {
        return counted(pool.get(ordinal));
    }

    @Override
    public long tokens(int ordinal) {
        return counted(pool.tokens(ordinal));
    }

    @Override
    public String fingerprint() {
        return pool.fingerprint();
    }
}
