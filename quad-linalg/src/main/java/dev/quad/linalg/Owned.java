// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.QuadException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The parts of something that is being made, closed if making it fails, the last first:
 *
 * <pre>{@code
 * try (Owned parts = new Owned()) {
 *     Reals left = parts.add(Reals.allocate(…));
 *     Reals right = parts.add(Reals.allocate(…));
 *     return parts.release(new Pair(left, right));
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads, but closed when they are done.
 */
public final class Owned implements AutoCloseable {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    /** Takes over a part until the whole is released; gives it back for use. */
    public synchronized <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    /** Lets go of all parts, which the whole owns now; gives back the whole. */
    public synchronized <T> T release(T whole) {
        parts.clear();
        return whole;
    }

    @Override
    public synchronized void close() {
        AutoCloseable part = parts.poll();
        if (part == null) {
            return;
        }
        try {
            part.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new QuadException("cannot close " + part + ": " + e.getMessage(), e);
        } finally {
            close();
        }
    }
}
