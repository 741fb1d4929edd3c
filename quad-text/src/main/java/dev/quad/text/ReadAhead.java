// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream on a thread of its own, up to {@value #BLOCKS} blocks ahead, so that unpacking and parsing take the
 * time of the slower one. What goes wrong there is thrown here, at its place in the stream. The reader may be
 * interrupted; that does not end the stream.
 */
final class ReadAhead extends BlockStream {
    private static final int BLOCKS = 8;
    private static final int BLOCK_BYTES = 1 << 17;

    private final InputStream source;
    private final AtomicLong heard;
    private final ReadListener listener;
    private final Deque<Block> full = new ArrayDeque<>();
    private final Deque<Block> empty = new ArrayDeque<>();
    private final Thread thread;
    private @Nullable Throwable failure;
    private boolean ended;
    private boolean closed;
    private Block current = new Block(new byte[0]);

    private ReadAhead(InputStream source, AtomicLong heard, ReadListener listener) {
        this.source = source;
        this.heard = heard;
        this.listener = listener;
        for (int i = 0; i < BLOCKS; i++) {
            empty.add(new Block(new byte[BLOCK_BYTES]));
        }
        this.thread = new Thread(this::work, "quad-read-ahead");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Opens a stream and reads ahead in it.
     *
     * @param source opens it, with a listener for the other thread
     * @param listener told on the reader's thread
     */
    static ReadAhead of(Source source, ReadListener listener) throws IOException {
        AtomicLong heard = new AtomicLong();
        InputStream opened = source.open(new ReadListener() {
            @Override
            public void onBytesRead(long bytes) {
                heard.addAndGet(bytes);
            }
        });
        return new ReadAhead(opened, heard, listener);
    }

    /** Opens a stream. */
    @FunctionalInterface
    interface Source {
        InputStream open(ReadListener listener) throws IOException;
    }

    private static final class Block {
        final byte[] bytes;
        int from;
        int to;

        Block(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    private void work() {
        Throwable thrown = null;
        try {
            Block block = take(empty);
            while (block != null) {
                block.from = 0;
                block.to = 0;
                int count = 0;
                try {
                    while (count >= 0 && block.to < block.bytes.length) {
                        count = source.read(block.bytes, block.to, block.bytes.length - block.to);
                        block.to += Math.max(0, count);
                    }
                } finally {
                    put(full, block); // also what was read before something went wrong
                }
                block = count < 0 ? null : take(empty);
            }
        } catch (IOException | RuntimeException | Error e) {
            thrown = e;
        }
        synchronized (this) {
            failure = thrown;
            ended = true;
            notifyAll();
        }
    }

    private synchronized void put(Deque<Block> queue, Block block) {
        queue.add(block);
        notifyAll();
    }

    /** Waits for a block; null if there will be none. */
    @SuppressWarnings("ReferenceEquality") // which of the two queues
    private synchronized @Nullable Block take(Deque<Block> queue) {
        boolean interrupted = false;
        while (queue.isEmpty() && !closed && !(ended && queue == full)) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return closed ? null : queue.poll();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        while (current.from == current.to) {
            if (current.bytes.length > 0) {
                put(empty, current);
            }
            current = new Block(new byte[0]);
            Block next = take(full);
            tell();
            if (next == null) {
                return end();
            }
            current = next;
        }
        int count = Math.min(length, current.to - current.from);
        System.arraycopy(current.bytes, current.from, target, offset, count);
        current.from += count;
        return count;
    }

    private void tell() {
        long bytes = heard.getAndSet(0);
        if (bytes > 0) {
            listener.onBytesRead(bytes);
        }
    }

    private synchronized int end() throws IOException {
        Throwable thrown = failure;
        if (thrown instanceof IOException e) {
            throw e;
        }
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        source.close();
    }
}
