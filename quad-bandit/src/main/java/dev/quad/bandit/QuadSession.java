// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;
import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Costs;
import dev.quad.SelectionListener;
import dev.quad.SelectionListener.ArmPulled;
import dev.quad.SelectionListener.PilotScored;
import dev.quad.SelectionListener.RoundFinished;
import dev.quad.SelectionListener.RunFinished;
import dev.quad.SelectionListener.RunStarted;
import dev.quad.SelectionListener.ThresholdLowered;
import dev.quad.StopReason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a {@link QuadSelector}, round by round: the selection loop of Zhang et al., 2025, Algorithm 1, with the
 * changes that {@code docs/questions.md} lists. For use by one thread.
 *
 * <p>A run ends, in this order of precedence, when the budget is used, when no document is left, after the allowed
 * rounds, or after too many rounds in a row without a choice. It also ends when the thread is interrupted: the round in
 * work is given up after the current batch, what was chosen before stays valid, and the interrupt flag stays set.
 *
 * <p>The budget is never exceeded, unless the options allow the last round to. A wanted document that does not fit is
 * passed over and a smaller one may still be taken; the budget counts as used when nothing is left of it, when a round
 * passed documents over and took none, or when it passed one over and less than 1/200 of the limit is left. A budget
 * above what the pool holds ends with {@link StopReason#EXHAUSTED}, or with {@link StopReason#STARVED} if documents
 * were turned down.
 *
 * <p>A journal is replayed by the same code, with the scores taken from the file and what was drawn and chosen compared
 * with it.
 */
public final class QuadSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QuadSession.class);

    private final List<SelectionListener> listeners;
    private final Budget budget;
    private final int documents;
    private final Map<String, String> manifest;
    private final Scorer<?> scorer;
    private final OptionalDouble flopsPerToken;
    private final Bandit bandit;
    private final @Nullable Journal journal;
    private final int resumed;

    private boolean ready;
    private boolean started;
    private boolean finished;
    private boolean broken;
    private @Nullable StopReason stop;

    <T> QuadSession(QuadSelector<T> selector, CandidatePool<T> pool, Budget budget, Seed seed) {
        RunManifest.check(pool, budget, seed);
        Clustering clustering = selector.clustering();
        if (clustering.size() != pool.size()) {
            throw new MismatchException("the clustering is of " + clustering.size() + " documents and the pool has "
                    + pool.size() + "; cluster the pool that is chosen from");
        }
        Eligible eligible = new Eligible(pool.size(), selector.eligible());
        this.listeners = selector.listeners();
        this.budget = budget;
        this.documents = eligible.count();
        SelectionOptions options = selector.options()
                .forPool(documents, Math.max(1, clustering.clusterCount()), () -> eligible.share(budget, pool))
                .withVectors(selector.vectors());
        Map<String, String> entries =
                new LinkedHashMap<>(RunManifest.of(selector.name(), pool, eligible, budget, seed));
        entries.put("clustering", RunManifest.digest(clustering));
        entries.put(
                "estimator",
                RunManifest.fingerprint(
                        "the estimator",
                        selector.estimator(),
                        selector.estimator().fingerprint()));
        entries.putAll(options.describe());
        this.manifest = entries;
        this.scorer = new Scorer<>(pool, selector.estimator(), selector.scoreBatch());
        this.flopsPerToken = selector.estimator().flopsPerToken();
        options.prior().check(clustering.clusterCount());
        this.journal =
                selector.journal().map(path -> Journal.open(path, manifest)).orElse(null);
        this.bandit = new Bandit(options, seed, clustering, eligible, pool, budget);
        this.ready = !bandit.needsPilot();
        this.stop = bandit.reasonToStop();
        this.resumed = replay();
    }

    private int replay() {
        if (journal == null) {
            return 0;
        }
        try {
            for (Optional<RoundRecord> line = journal.read(); line.isPresent(); line = journal.read()) {
                if (stop != null) {
                    throw new MismatchException(journal.place() + ": the journal goes on although " + stop.words()
                            + " after round " + bandit.round() + "; the file was changed: choose another path");
                }
                Replay written = new Replay(line.get(), journal.place());
                if (ready) {
                    List<Block> blocks = bandit.draw();
                    InfluenceScores scores = written.scores(bandit.round() + 1, blocks);
                    written.check(bandit.settle(blocks, scores).pulls());
                    stop = bandit.reasonToStop();
                } else {
                    int[] sample = bandit.pilotSample();
                    bandit.settlePilot(sample, written.pilot(sample));
                    ready = true;
                }
            }
            journal.startAppending();
            return bandit.round();
        } catch (RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    /**
     * Plays one round, the first time after the pilot.
     *
     * @return whether there is another round to play, the opposite of {@link #isDone}
     * @throws dev.quad.QuadException if the estimator fails, or the arm selector fails or breaks its contract; the
     *     message names its class, and this session cannot go on, but a new one can, from the journal
     * @throws IllegalStateException if the session is closed or failed before
     */
    public boolean step() {
        if (broken) {
            throw new IllegalStateException(
                    "the session is closed or failed in an earlier step; open a new one, which goes"
                            + " on from the journal if there is one");
        }
        broken = true;
        if (stop == null && Thread.currentThread().isInterrupted()) {
            stop = StopReason.CANCELLED;
        }
        if (!ready && stop == null) {
            playPilot();
        }
        if (ready && !started) {
            started = true;
            RunStarted event = new RunStarted(bandit.liveArms(), documents, budget, bandit.tau(), resumed);
            listeners.forEach(listener -> listener.onRunStarted(event));
        }
        if (stop == null) {
            playRound();
        }
        if (stop != null && !finished) {
            finish();
        }
        broken = false;
        return stop == null;
    }

    private void playPilot() {
        int[] sample = bandit.pilotSample();
        Optional<InfluenceScores> scores = scorer.score(sample, "the pilot", scored -> {
            PilotScored event = new PilotScored(scored, sample.length);
            listeners.forEach(listener -> listener.onPilotScored(event));
        });
        if (scores.isEmpty()) {
            stop = StopReason.CANCELLED;
            return;
        }
        bandit.settlePilot(sample, scores.get());
        if (journal != null) {
            journal.append(RoundRecord.ofPilot(sample, scores.get()));
        }
        ready = true;
    }

    private void playRound() {
        List<Block> blocks = bandit.draw();
        int[] fresh = blocks.stream()
                .flatMapToInt(block -> IntStream.of(block.fresh()))
                .toArray();
        Optional<InfluenceScores> scores = scorer.score(fresh, "round " + (bandit.round() + 1), scored -> {});
        if (scores.isEmpty()) {
            stop = StopReason.CANCELLED;
            return;
        }
        RoundRecord round = bandit.settle(blocks, scores.get());
        if (journal != null) {
            journal.append(round);
        }
        stop = bandit.reasonToStop();
        List<ArmPulled> pulls = new ArrayList<>();
        for (RoundRecord.Pull pull : round.pulls()) {
            Moments seen = Moments.of(pull.scores(), 0, pull.scores().size());
            pulls.add(new ArmPulled(
                    pull.arm(), pull.drawn().length, (int) seen.count(), seen.mean(), pull.accepted().length));
        }
        Costs costs = costs();
        bandit.lowered().ifPresent(this::tell);
        RoundFinished event = new RoundFinished(
                round.round(),
                pulls,
                bandit.ledger().spent(),
                costs.documentsChosen(),
                costs.documentsScored(),
                bandit.ledger().choicesThisRound());
        listeners.forEach(listener -> listener.onRoundFinished(event));
    }

    private void tell(ThresholdLowered event) {
        LOG.info(
                "round {}: too little was chosen; the threshold goes from {} down to {}",
                event.round(),
                event.before(),
                event.after());
        listeners.forEach(listener -> listener.onThresholdLowered(event));
    }

    private void finish() {
        finished = true;
        Selection selection = selection();
        Costs costs = selection.costs();
        LOG.info(
                "chose {} of {} documents in {} rounds, {} scored; {}",
                costs.documentsChosen(),
                documents,
                costs.rounds(),
                costs.documentsScored(),
                selection.reason());
        bandit.reasonForNone()
                .ifPresent(first -> LOG.warn("none of them could be scored, the first because: {}", first));
        listeners.forEach(listener -> listener.onRunFinished(new RunFinished(selection)));
    }

    /** Whether the run has ended. */
    public boolean isDone() {
        return stop != null;
    }

    /** What is chosen; before the end what is chosen so far, as of a cancelled run. */
    public Selection selection() {
        return new Selection(bandit.ledger().choices(), stop == null ? StopReason.CANCELLED : stop, costs(), manifest);
    }

    /** Rounds played so far, those of the journal among them. */
    public int rounds() {
        return bandit.round();
    }

    /** What is known of the arms so far; a view, which changes with every {@link #step}. */
    public ArmStatistics statistics() {
        return bandit.table();
    }

    private Costs costs() {
        return bandit.costs(flopsPerToken);
    }

    /** Closes the journal. Calling it again does nothing; {@link #selection} still answers. */
    @Override
    public void close() {
        broken = true;
        if (journal != null) {
            journal.close();
        }
    }
}
