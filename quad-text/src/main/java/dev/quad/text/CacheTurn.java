// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.MismatchException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * The right to a file of which one has the use at a time, among processes (by a lock of the file) and, since such locks
 * do not wait within one process, among the threads of this one.
 */
final class CacheTurn implements AutoCloseable {
    private static final Map<Path, Turn> TURNS = new ConcurrentHashMap<>();

    private final Turn turn;
    private final FileLock lock;
    private boolean closed;

    private CacheTurn(Turn turn, FileLock lock) {
        this.turn = turn;
        this.lock = lock;
    }

    /** Among the threads of this process. */
    private static final class Turn {
        private final Semaphore free = new Semaphore(1, true);
        private volatile Thread holder = Thread.currentThread();
    }

    /**
     * Takes the turn, or waits for it until the thread is interrupted.
     *
     * @param path the file that is open as {@code file}
     * @param onWait told once, if there is something to wait for
     * @throws MismatchException if the thread is interrupted, or has the turn itself
     */
    static CacheTurn take(Path path, RandomAccessFile file, Consumer<Path> onWait) throws IOException {
        Turn turn = TURNS.computeIfAbsent(path.toRealPath(), p -> new Turn());
        boolean waits = !turn.free.tryAcquire();
        if (waits) {
            if (turn.holder == Thread.currentThread()) {
                throw new MismatchException("the embeddings in " + path
                        + " are in use by another run on this thread; close that first, or give another folder");
            }
            onWait.accept(path);
            try {
                turn.free.acquire();
            } catch (InterruptedException e) {
                throw interrupted(path);
            }
        }
        turn.holder = Thread.currentThread();
        boolean taken = false;
        try {
            FileLock lock = file.getChannel().tryLock();
            if (lock == null) {
                if (!waits) {
                    onWait.accept(path);
                }
                lock = file.getChannel().lock();
            }
            taken = true;
            return new CacheTurn(turn, lock);
        } catch (FileLockInterruptionException | ClosedByInterruptException e) {
            throw interrupted(path);
        } catch (OverlappingFileLockException e) { // by this class loaded a second time
            throw new MismatchException(
                    "the embeddings in " + path + " are in use by another run; wait for it, or give another folder");
        } finally {
            if (!taken) {
                turn.free.release();
            }
        }
    }

    private static MismatchException interrupted(Path path) {
        Thread.currentThread().interrupt();
        return new MismatchException("the wait for another run, which uses the embeddings in " + path + ", was ended");
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            try {
                lock.release();
            } finally {
                turn.free.release();
            }
        }
    }
}
