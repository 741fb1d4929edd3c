// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.SelectionListener;
import java.util.Locale;

/**
 * Tells of the choosing as of stages: first of the pilot, where one is scored, since how long that takes says nothing
 * of the rounds.
 */
final class ChoosingStages implements SelectionListener {
    private static final String ROUNDS = "selecting";

    private final PipelineListener listener;
    private final String first;
    private final long total;
    private final String unit;
    private final boolean all;
    private double threshold = Double.NaN;
    private int pilot;
    private long since;

    /**
     * Of a choosing.
     *
     * @param first what the scoring of the pilot is, in words
     * @param total how much is to be chosen, or scored
     * @param all whether all is scored, without rounds
     */
    ChoosingStages(PipelineListener listener, String first, long total, String unit, boolean all) {
        this.listener = listener;
        this.first = first;
        this.total = total;
        this.unit = unit;
        this.all = all;
    }

    @Override
    public void onPilotScored(PilotScored event) {
        if (pilot == 0) {
            pilot = event.documents();
            since = System.nanoTime();
            listener.onStageStarted(first, pilot, "documents");
        }
        listener.onStageAt(event.scored());
    }

    @Override
    public void onRunStarted(RunStarted event) {
        threshold = event.threshold();
        if (pilot > 0) {
            listener.onStageFinished(first, String.format(Locale.ROOT, "%,d documents", pilot), seconds());
        }
        since = System.nanoTime();
        listener.onStageStarted(ROUNDS, total, unit);
    }

    @Override
    public void onRoundFinished(RoundFinished event) {
        listener.onStageAt(all ? event.documentsScored() : Math.min(event.spent(), total));
    }

    /** The choosing ended; in words. */
    void finish(String result) {
        boolean rounds = !Double.isNaN(threshold);
        if (rounds || pilot > 0) {
            listener.onStageFinished(rounds ? ROUNDS : first, result, seconds());
        }
    }

    /** The first threshold; NaN while it is not known. */
    double threshold() {
        return threshold;
    }

    private double seconds() {
        return (System.nanoTime() - since) / 1e9;
    }
}
