// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.SelectionListener;

/**
 * Follows a {@link QuadPipeline}, or another of the long works of this package: its stages, one after the other, and
 * the rounds of the choosing. Called on the thread that runs it; an exception from a listener ends the run and reaches
 * the caller unchanged, and what was kept by then stays good.
 */
public interface PipelineListener extends SelectionListener {

    /** Hears nothing. */
    PipelineListener NONE = new PipelineListener() {};

    /**
     * A stage begins. One whose result is kept already does not, but for embedding and clustering.
     *
     * @param stage in words, such as {@code estimating the curvature}
     * @param total how much there is to do, 0 where it is not known
     * @param unit what is counted, such as {@code tokens}
     */
    default void onStageStarted(String stage, long total, String unit) {}

    /** So much of the stage is done. */
    default void onStageAt(long done) {}

    /**
     * A stage ended, and its result is not kept yet.
     *
     * @param stage the words that it began with
     * @param result what came out, in words
     * @param seconds how long it took
     */
    default void onStageFinished(String stage, String result, double seconds) {}

    /** A line for people, such as a loss on the held-out part. */
    default void onNote(String words) {}
}
