// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;
import java.util.function.IntUnaryOperator;

/**
 * What was seen of each arm, in 32 bytes an arm.
 *
 * <p>Batches of rewards are merged by the pairwise update of Chan, Golub and LeVeque (1979), which is exact in real
 * numbers whatever the order and does not cancel where the mean is far from 0, as E[x²] − mean² does.
 */
final class ArmTable implements ArmStatistics {
    private final IntUnaryOperator remaining;
    private final int all;
    private final long[] pulls;
    private final long[] scored;
    private final double[] mean;
    private final double[] squares;

    /** @param remaining how many documents of an arm can still be drawn */
    ArmTable(int arms, IntUnaryOperator remaining) {
        this.remaining = remaining;
        this.all = arms;
        this.pulls = new long[arms + 1];
        this.scored = new long[arms + 1];
        this.mean = new double[arms + 1];
        this.squares = new double[arms + 1];
    }

    /** Counts a pull. */
    void pull(int arm) {
        pulls[arm]++;
        pulls[all]++;
    }

    /** Adds rewards to an arm, without counting a pull. */
    void credit(int arm, Moments rewards) {
        merge(arm, rewards);
        merge(all, rewards);
    }

    private void merge(int row, Moments batch) {
        if (batch.count() == 0) {
            return;
        }
        double before = (double) scored[row];
        double added = (double) batch.count();
        double delta = batch.mean() - mean[row];
        scored[row] += batch.count();
        mean[row] += delta * (added / (before + added));
        squares[row] += batch.squares() + delta * delta * (before * added / (before + added));
    }

    @Override
    public int armCount() {
        return all;
    }

    @Override
    public long pulls(int arm) {
        return pulls[arm];
    }

    @Override
    public long scored(int arm) {
        return scored[arm];
    }

    @Override
    public double mean(int arm) {
        return mean[arm];
    }

    @Override
    public double variance(int arm) {
        return scored[arm] < 2 ? 0 : squares[arm] / (double) (scored[arm] - 1);
    }

    @Override
    public int remaining(int arm) {
        return remaining.applyAsInt(arm);
    }

    @Override
    public long totalPulls() {
        return pulls[all];
    }

    @Override
    public double rewardSpread() {
        return Math.sqrt(variance(all));
    }
}
