// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.linalg.Owned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** How the stages of a run are timed, told, and kept. */
final class Stages {
    private final PipelineListener listener;
    private final Map<String, Double> seconds = new LinkedHashMap<>();

    Stages(PipelineListener listener) {
        this.listener = listener;
    }

    /** Does the work of a stage, and tells now and then how much of it is done. */
    @FunctionalInterface
    interface Work<T> {
        T run(LongConsumer done);
    }

    /**
     * One stage, told and timed.
     *
     * @param key names its time in the report
     * @param result says what came out
     * @throws CancellationException if the thread is interrupted
     */
    <T> T run(String key, String stage, long total, String unit, Work<T> work, Function<? super T, String> result) {
        requireUninterrupted(stage);
        listener.onStageStarted(stage, total, unit);
        long started = System.nanoTime();
        T made = work.run(listener::onStageAt);
        return closedOnFailure(made, () -> {
            double took = (System.nanoTime() - started) / 1e9;
            seconds.merge(key, took, Double::sum);
            listener.onStageFinished(stage, result.apply(made), took);
        });
    }

    /** As {@link #run}, of work that tells of itself. */
    <T> T timed(String key, String stage, Supplier<T> work) {
        requireUninterrupted(stage);
        long started = System.nanoTime();
        T made = work.get();
        seconds.put(key, (System.nanoTime() - started) / 1e9);
        return made;
    }

    private static void requireUninterrupted(String stage) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted before the stage \"" + stage + "\"");
        }
    }

    /**
     * What a file holds; or, where it is not there, what is made, and kept in it. Where nothing is kept, what is made.
     */
    static <T> T keep(
            Optional<Path> file, Function<Path, T> read, Supplier<T> make, BiConsumer<? super T, Path> write) {
        if (file.isPresent() && Files.exists(file.get())) {
            return uninterrupted(() -> read.apply(file.get()));
        }
        T made = make.get();
        return closedOnFailure(made, () -> {
            if (file.isPresent()) {
                write.accept(made, file.get());
            }
        });
    }

    /** On an interrupted thread too, which would close a file that is being mapped. */
    static <T> T uninterrupted(Supplier<T> opening) {
        boolean interrupted = Thread.interrupted();
        try {
            return opening.get();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static <T> T closedOnFailure(T made, Runnable step) {
        try (Owned parts = new Owned()) {
            if (made instanceof AutoCloseable closeable) {
                parts.add(closeable);
            }
            step.run();
            return parts.release(made);
        }
    }

    /** How long each took, in order. */
    Map<String, Double> seconds() {
        return new LinkedHashMap<>(seconds);
    }
}
