// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection.Costs;
import dev.quad.SelectionListener.ThresholdLowered;
import dev.quad.StopReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The algorithm of a run, without where scores come from and where results go (Zhang et al., 2025, Algorithm 1: the
 * loop of cluster scores, draws, scores, acceptance and update, until the budget is used).
 *
 * <p>A round: choose arms by their statistics; {@link #draw} a block from each without replacement; after a sample of
 * all blocks was scored, {@link #settle}: take what the acceptance rule wants and the budget allows, and credit each
 * arm with one pull and with the scores of its sample. A block is spent, accepted or not, so that a run ends whatever
 * the scores are.
 *
 * <p>Where the threshold needs a pilot, that is drawn uniformly and scored before the first round. Its scores are
 * credited to their arms at once, as evidence without a pull, and never again: a pilot document that is drawn later is
 * not scored a second time and counts in the judgement of its block, but not in the credit of that pull.
 */
final class Bandit {
    private final SelectionOptions options;
    private final Seed seed;
    private final Clustering clustering;
    private final Eligible eligible;
    private final DrawOrder order;
    private final ArmTable table;
    private final Crediting crediting;
    private final Ledger ledger;
    private final BlockChoice choice;
    private final int[] acceptedBlocks;
    private final int liveArms;

    private Pilot pilot = Pilot.NONE;
    private double tau = Double.POSITIVE_INFINITY;
    private int round;
    private int idle;
    private int starving;
    private Threshold threshold;
    private Optional<ThresholdLowered> lowered = Optional.empty();
    private long scored;
    private long flagged;
    private Optional<String> firstFlag = Optional.empty();
    private long tokensScored;

    Bandit(
            SelectionOptions options,
            Seed seed,
            Clustering clustering,
            Eligible eligible,
            CandidatePool<?> pool,
            Budget budget) {
        this.options = options;
        this.seed = seed;
        this.clustering = clustering;
        this.eligible = eligible;
        this.order = new DrawOrder(
                clustering,
                eligible,
                seed,
                options.order(),
                options.blockSize(),
                options.rejected().retries());
        this.table = new ArmTable(order.arms(), order::size, order::remaining, options.memory(), options.prior());
        this.crediting = new Crediting(options.credit().among(clustering), table);
        this.ledger = new Ledger(pool, budget, options.overshoot());
        this.choice = new BlockChoice(options, ledger);
        this.acceptedBlocks = new int[options.evidence() == Evidence.OF_PREFIX ? order.arms() : 0];
        this.threshold = options.threshold();
        this.liveArms = order.liveArms();
        if (!options.threshold().needsPilot()) {
            tau = options.threshold().tau();
        }
    }

    /** Whether a pilot must come before the first round. */
    boolean needsPilot() {
        return liveArms > 0 && options.threshold().needsPilot();
    }

    /** The documents of the pilot, ascending. */
    int[] pilotSample() {
        return eligible.sample(options.pilot(), seed.stream("bandit.pilot"));
    }

    /** Sets the threshold by the pilot's scores. */
    void settlePilot(int[] sample, InfluenceScores scores) {
        pilot = new Pilot(sample, scores);
        double[] values = pilot.values();
        if (values.length == 0) {
            throw new QuadException(
                    "none of the " + sample.length + " pilot documents could be scored, the first because: "
                            + scores.reason(0).orElseThrow() + ". The threshold " + options.threshold()
                            + " needs scores: mend the input, or set an absolute threshold");
        }
        tau = options.threshold().tau(values);
        for (int i = 0; i < sample.length; i++) {
            if (scores.isScored(i)) {
                crediting.evidence(clustering.clusterOf(sample[i]), scores.value(i));
            }
        }
        count(scores);
    }

    /** Chooses the arms of the next round and draws their blocks. */
    List<Block> draw() {
        int count = options.armsPerRound(liveArms);
        int[] arms =
                ArmChoice.of(options.armSelector(), table, count, seed.stream("bandit.arms", round + 1), round + 1);
        List<Block> blocks = new ArrayList<>();
        for (int arm : arms) {
            blocks.add(options.evidence() == Evidence.OF_PREFIX ? drawPrefix(arm) : drawBlock(arm));
        }
        return blocks;
    }

    private Block drawBlock(int arm) {
        return Block.judgedByItself(arm, order.draw(arm), options.samplePerBlock(), pilot);
    }

    private Block drawPrefix(int arm) {
        int size = options.blockSize().of(order.size(arm), order.remaining(arm));
        int sample = Math.min(options.samplePerBlock(), size);
        int pulls = (int) table.pulls(arm);
        int[] probes = order.slice(arm, pulls * sample, (pulls + 1) * sample);
        int accepted = acceptedBlocks[arm];
        int[] documents = order.slice(arm, accepted * size, (accepted + 1) * size);
        order.draw(arm);
        return Block.judgedBy(probes, arm, documents, pilot);
    }

    /**
     * Ends a round.
     *
     * @param scores of the fresh documents of all blocks, in order
     */
    RoundRecord settle(List<Block> blocks, InfluenceScores scores) {
        round++;
        ledger.startRound();
        List<RoundRecord.Pull> pulls = new ArrayList<>();
        int from = 0;
        for (Block block : blocks) {
            InfluenceScores evidence = block.evidence(pilot, scores, from);
            BlockChoice.Taken taken = choice.from(block, evidence, tau, round);
            if (!taken.anyWanted()) {
                order.giveBack(block.arm(), block.unscored());
            } else if (acceptedBlocks.length > 0) {
                acceptedBlocks[block.arm()]++;
            }
            crediting.pull(block.arm(), evidence, block.known(), block.sampled());
            pulls.add(new RoundRecord.Pull(block.arm(), block.documents(), block.probes(), evidence, taken.ordinals()));
            from += block.sampled() - block.known();
        }
        table.endRound();
        count(scores);
        idle = ledger.takenThisRound() == 0 ? idle + 1 : 0;
        adapt();
        return new RoundRecord(round, pulls, scores.tokens());
    }

    private void adapt() {
        starving = ledger.takenThisRound() == 0 ? starving + 1 : 0;
        lowered = Optional.empty();
        if (starving >= threshold.patience() && threshold.lowered().isPresent()) {
            double before = tau;
            threshold = threshold.lowered().get();
            tau = threshold.tau(pilot.values());
            starving = 0;
            lowered = Optional.of(new ThresholdLowered(round, before, tau));
        }
    }

    /** Whether the last round ended with a lower threshold. */
    Optional<ThresholdLowered> lowered() {
        return lowered;
    }

    private void count(InfluenceScores scores) {
        for (int i = 0; i < scores.size() && scored == flagged && firstFlag.isEmpty(); i++) {
            firstFlag = scores.reason(i);
        }
        scored += scores.size();
        flagged += IntStream.range(0, scores.size())
                .filter(i -> !scores.isScored(i))
                .count();
        tokensScored += scores.tokens();
    }

    /** Why the run ends here, if it does. */
    @Nullable
    StopReason reasonToStop() {
        if (ledger.isUsed() || ledger.isStuck()) {
            return StopReason.BUDGET;
        }
        if (order.isUsedUp()) {
            return choice.hasTurnedDown() ? StopReason.STARVED : StopReason.EXHAUSTED;
        }
        if (round >= options.maxRounds()) {
            return StopReason.ROUNDS;
        }
        return idle >= options.patience() ? StopReason.PATIENCE : null;
    }

    /** Why the first document could not be scored, where none could. */
    Optional<String> reasonForNone() {
        return scored == flagged ? firstFlag : Optional.empty();
    }

    int round() {
        return round;
    }

    double tau() {
        return tau;
    }

    int liveArms() {
        return liveArms;
    }

    ArmTable table() {
        return table;
    }

    Ledger ledger() {
        return ledger;
    }

    /** @param flopsPerToken of the estimator */
    Costs costs(OptionalDouble flopsPerToken) {
        return new Costs(
                ledger.choices().size(),
                ledger.tokens(),
                scored,
                flagged,
                tokensScored,
                round,
                table.totalPulls(),
                Flops.of(flopsPerToken, tokensScored));
    }
}
