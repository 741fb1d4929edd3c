// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinTask;
import org.jspecify.annotations.Nullable;

/**
 * The fingerprint of documents in order, computed on another thread while the next ones are read: some at a time, so
 * that two times {@value #CHARS} characters wait at most. For one thread.
 */
final class DigestAhead {
    private static final int CHARS = 1 << 18;

    private final PoolFingerprint fingerprint = new PoolFingerprint();
    private List<Runnable> waiting = new ArrayList<>();
    private int chars;
    private Optional<ForkJoinTask<?>> running = Optional.empty();

    /** @param id null where it was made from the name of a file, which is no content */
    void add(@Nullable String id, String text) {
        waiting.add(() -> fingerprint.add(PoolFingerprint.digest(id, text)));
        chars += Math.min(text.length(), CHARS);
        if (chars >= CHARS) {
            start();
        }
        if (text.length() >= CHARS) {
            join(); // a long one is not kept beside the next
        }
    }

    private void start() {
        join();
        List<Runnable> batch = waiting;
        waiting = new ArrayList<>();
        chars = 0;
        running = Optional.of(
                ForkJoinTask.adapt(() -> batch.forEach(Runnable::run)).fork());
    }

    private void join() {
        running.ifPresent(ForkJoinTask::join);
        running = Optional.empty();
    }

    /** In hexadecimal, of all that was added. */
    String end() {
        start();
        join();
        return fingerprint.hex();
    }
}
