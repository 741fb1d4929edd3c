// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/**
 * Keeps what was seen of each arm, for a loop of one's own: choose arms with any {@link dev.quad.ArmSelector}, say that
 * a pull has {@linkplain #start started}, {@linkplain #reward reward} it when its scores are there, and
 * {@linkplain #endRound end the round}. A started pull counts in the bonus at once and in the mean once it is rewarded,
 * so that rounds may overlap. About 70 bytes an arm; a window adds 48 bytes a pull in it. For use by one thread.
 *
 * <p>Batches of rewards are merged by the pairwise update of Chan, Golub and LeVeque (1979), which is exact in real
 * numbers whatever the order and does not cancel where the mean is far from 0, as E[x²] − mean² does. A discount is
 * kept as one growing weight of new rewards instead of a shrinking one of all old ones, so that a round costs no pass
 * over the arms. A window merges an arm's batches anew when one leaves it, so that nothing is ever subtracted.
 */
public final class ArmTable implements ArmStatistics {
    private static final double LARGEST_INFLATION = 1e100;

    private final IntUnaryOperator size;
    private final IntUnaryOperator remaining;
    private final Memory memory;
    private final Prior prior;
    private final int arms;
    private final long[] pulls;
    private final long[] scored;
    private final double[] trials;
    private final double[] evidence;
    private final double[] mean;
    private final double[] squares;
    private final double[] firstMean;
    private final Moments all = new Moments();
    private final RewardSample sample = new RewardSample();
    private final Map<Integer, ArrayDeque<Batch>> window = new HashMap<>();
    private final ArrayDeque<Integer> leaving = new ArrayDeque<>();
    private final ArrayDeque<Integer> batchesOfRound = new ArrayDeque<>();
    private double inflation = 1;
    private double totalTrials;
    private double totalEvidence;
    private long totalPulls;
    private int batches;

    private record Batch(double trials, double evidence, double mean, double squares) {}

    /**
     * An empty table that never forgets.
     *
     * @param size how many documents an arm has
     * @param remaining how many of them can still be drawn; asked whenever a policy looks
     */
    public ArmTable(int arms, IntUnaryOperator size, IntUnaryOperator remaining) {
        this(arms, size, remaining, Memory.forever(), Prior.none());
    }

    /** An empty table with a memory and prior knowledge. */
    public ArmTable(int arms, IntUnaryOperator size, IntUnaryOperator remaining, Memory memory, Prior prior) {
        Objects.requireNonNull(prior, "the prior is null; allowed is Prior.none()");
        if (arms < 0) {
            throw new IllegalArgumentException("the number of arms is " + arms + "; allowed is 0 or more");
        }
        prior.check(arms);
        this.size = Objects.requireNonNull(size, "the sizes of the arms are null");
        this.remaining = Objects.requireNonNull(remaining, "what remains of the arms is null");
        this.memory = Objects.requireNonNull(memory, "the memory is null; allowed is Memory.forever()");
        this.prior = prior;
        this.arms = arms;
        this.pulls = new long[arms];
        this.scored = new long[arms];
        this.trials = new double[arms];
        this.evidence = new double[arms];
        this.mean = new double[arms];
        this.squares = new double[arms];
        this.firstMean = new double[arms];
        Arrays.fill(firstMean, Double.NaN);
        for (int arm = 0; arm < arms; arm++) {
            merge(arm, prior.trials(arm), prior.weight(arm), prior.mean(arm), 0);
        }
    }

    /**
     * Says that a pull of the arm has begun; it counts from now on.
     *
     * @throws IndexOutOfBoundsException if there is no such arm
     */
    public void start(int arm) {
        check(arm);
        pulls[arm]++;
        totalPulls++;
        add(arm, 1, 0, 0, 0);
    }

    /**
     * Gives the arm the rewards of a pull that was {@linkplain #start started}; none if nothing could be scored.
     *
     * @param rewards each finite
     * @throws IndexOutOfBoundsException if there is no such arm
     * @throws IllegalArgumentException if a reward is NaN or infinite
     * @throws IllegalStateException if no pull of the arm was started
     */
    public void reward(int arm, double... rewards) {
        Objects.requireNonNull(rewards, "the rewards are null");
        check(arm);
        Moments moments = new Moments();
        for (double reward : rewards) {
            if (!Double.isFinite(reward)) {
                throw new IllegalArgumentException("arm " + arm + " gets the reward " + reward
                        + "; a reward is finite: leave out what could not be scored");
            }
            moments.add(reward);
        }
        if (pulls[arm] == 0) {
            throw new IllegalStateException(
                    "arm " + arm + " gets rewards and was never pulled; call start(" + arm + ") when a pull begins");
        }
        see(arm, moments, rewards);
        credit(arm, 0, (double) moments.count(), moments.mean(), moments.squares());
    }

    private int check(int arm) {
        if (arm < 0 || arm >= arms) {
            throw new IndexOutOfBoundsException("arm " + arm + " is asked for; allowed is [0, " + arms + ")");
        }
        return arm;
    }

    /** Ends a round, by which a memory measures time. */
    public void endRound() {
        fade(memory.discount());
        if (memory.isBounded()) {
            batchesOfRound.add(batches);
            batches = 0;
            while (batchesOfRound.size() > memory.rounds()) {
                leave(batchesOfRound.remove());
            }
        }
    }

    private void fade(double gamma) {
        inflation /= gamma;
        if (inflation > LARGEST_INFLATION) {
            for (double[] weights : new double[][] {trials, evidence, squares}) {
                Arrays.setAll(weights, arm -> weights[arm] / inflation);
            }
            totalTrials /= inflation;
            totalEvidence /= inflation;
            inflation = 1;
        }
    }

    private void leave(int count) {
        for (int i = 0; i < count; i++) {
            int arm = leaving.remove();
            ArrayDeque<Batch> kept = Objects.requireNonNull(window.get(arm));
            kept.remove();
            totalTrials -= trials[arm];
            totalEvidence -= evidence[arm];
            trials[arm] = 0;
            evidence[arm] = 0;
            mean[arm] = 0;
            squares[arm] = 0;
            merge(arm, prior.trials(arm), prior.weight(arm), prior.mean(arm), 0);
            kept.forEach(batch -> merge(arm, batch.trials(), batch.evidence(), batch.mean(), batch.squares()));
        }
    }

    /**
     * Takes rewards into what is known of all rewards together, and counts them for their arm, without crediting it.
     */
    void see(int arm, Moments rewards, double... values) {
        scored[arm] += rewards.count();
        all.merge(rewards);
        for (double value : values) {
            sample.add(value);
        }
    }

    /** Adds weighted rewards to an arm; {@code squares} is their weighted sum of squared deviations from their mean. */
    void credit(int arm, double moreTrials, double weight, double value, double deviations) {
        add(arm, moreTrials, weight, value, deviations);
        if (Double.isNaN(firstMean[arm]) && pulls[arm] > 0 && weight > 0) {
            firstMean[arm] = mean[arm];
        }
    }

    private void add(int arm, double moreTrials, double weight, double value, double deviations) {
        if (memory.isBounded()) {
            window.computeIfAbsent(arm, key -> new ArrayDeque<>())
                    .add(new Batch(moreTrials, weight, value, deviations));
            leaving.add(arm);
            batches++;
        }
        merge(arm, inflation * moreTrials, inflation * weight, value, inflation * deviations);
    }

    private void merge(int arm, double moreTrials, double weight, double value, double deviations) {
        trials[arm] += moreTrials;
        totalTrials += moreTrials;
        if (weight == 0) {
            return;
        }
        double before = evidence[arm];
        double delta = value - mean[arm];
        evidence[arm] += weight;
        totalEvidence += weight;
        mean[arm] += delta * (weight / (before + weight));
        squares[arm] += deviations + delta * delta * (before * weight / (before + weight));
    }

    @Override
    public int armCount() {
        return arms;
    }

    @Override
    public int size(int arm) {
        return size.applyAsInt(check(arm));
    }

    @Override
    public int remaining(int arm) {
        return remaining.applyAsInt(check(arm));
    }

    @Override
    public long pulls(int arm) {
        return pulls[check(arm)];
    }

    @Override
    public long totalPulls() {
        return totalPulls;
    }

    @Override
    public long scored(int arm) {
        return scored[check(arm)];
    }

    @Override
    public double trials(int arm) {
        return trials[check(arm)] / inflation;
    }

    @Override
    public double totalTrials() {
        return totalTrials / inflation;
    }

    @Override
    public double evidence(int arm) {
        return evidence[check(arm)] / inflation;
    }

    @Override
    public double totalEvidence() {
        return totalEvidence / inflation;
    }

    @Override
    public double mean(int arm) {
        return mean[check(arm)];
    }

    @Override
    public double variance(int arm) {
        double weight = evidence(arm);
        if (weight >= 2) {
            return squares[arm] / inflation / (weight - 1);
        }
        return weight > 1 ? 2 * squares[arm] / evidence[arm] : 0;
    }

    @Override
    public double firstMean(int arm) {
        return Double.isNaN(firstMean[check(arm)]) ? 0 : firstMean[arm];
    }

    @Override
    public double rewardSpread() {
        return Math.sqrt(all.variance());
    }

    @Override
    public double rewardScale() {
        double scale = sample.scale();
        return scale > 0 ? scale : rewardSpread();
    }

    @Override
    public double rewardCentre() {
        return sample.median();
    }

    @Override
    public String toString() {
        return "statistics of " + arms + " arms after " + totalPulls() + " pulls";
    }
}
