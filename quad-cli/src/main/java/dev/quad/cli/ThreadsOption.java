// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.QuadPipeline;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How many threads a command uses. Results do not depend on it. */
final class ThreadsOption {
    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads to use; results do not depend on it. Default: all processors.")
    private int threads = Runtime.getRuntime().availableProcessors();

    private static final int MOST = 1024;

    int count(picocli.CommandLine line) {
        if (threads < 1 || threads > MOST) {
            throw new ParameterException(line, "--threads is " + threads + "; allowed is 1 to " + MOST);
        }
        return threads;
    }

    /**
     * As {@link #on}, of work that multiplies matrices. First says on standard error if a variable in the environment
     * has it done with kernels older than the processor.
     */
    static <V> V computing(int threads, Callable<V> work) throws Exception {
        QuadPipeline.advice().ifPresent(advice -> System.err.println("quad: " + advice));
        return on(threads, work);
    }

    /** Runs work on a pool of that many threads. */
    static <V> V on(int threads, Callable<V> work) throws Exception {
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            return pool.submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw unwrapped(cause);
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        } finally {
            pool.shutdown();
        }
    }

    /**
     * A fork-join task wraps an exception in another of the same class, for its trace; the message is in the inner one.
     */
    private static Exception unwrapped(Exception exception) {
        Exception result = exception;
        while (result.getCause() instanceof Exception inner
                && (inner.getClass() == result.getClass() || result.getClass() == RuntimeException.class)) {
            result = inner;
        }
        return result;
    }
}
