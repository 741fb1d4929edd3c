// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.ArmStatistics;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Statistics as numbers that stay: those of others, or such as only a memory that fades, prior knowledge and pulls in
 * flight leave, with trials that are no whole numbers. For use by many threads.
 */
final class Arms implements ArmStatistics {
    private static final double[] MAGNITUDES = {0, 1e-12, 0.3, 1, 7, 1e3, 1e12};
    private static final double[] EVIDENCE = {0, 0.5, 1, 3, 64}; // of a trial

    private final int arms;
    private final long[] counts; // size, remaining, pulls, scored of each arm
    private final double[] numbers; // trials, evidence, mean, variance, first mean of each arm
    private final double spread;
    private final double scale;
    private final double centre;
    private final long totalPulls;
    private final double totalTrials;
    private final double totalEvidence;

    private Arms(int arms, long[] counts, double[] numbers, double spread, double scale, double centre) {
        this.arms = arms;
        this.counts = counts;
        this.numbers = numbers;
        this.spread = spread;
        this.scale = scale;
        this.centre = centre;
        this.totalPulls = IntStream.range(0, arms).mapToLong(this::pulls).sum();
        this.totalTrials = IntStream.range(0, arms).mapToDouble(this::trials).sum();
        this.totalEvidence =
                IntStream.range(0, arms).mapToDouble(this::evidence).sum();
    }

    /** Another object with the numbers of this one. */
    static ArmStatistics copy(ArmStatistics of) {
        int arms = of.armCount();
        long[] counts = IntStream.range(0, arms)
                .mapToObj(arm -> new long[] {of.size(arm), of.remaining(arm), of.pulls(arm), of.scored(arm)})
                .flatMapToLong(Arrays::stream)
                .toArray();
        double[] numbers = IntStream.range(0, arms)
                .mapToObj(arm -> new double[] {
                    of.trials(arm), of.evidence(arm), of.mean(arm), of.variance(arm), of.firstMean(arm)
                })
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return new Arms(arms, counts, numbers, of.rewardSpread(), of.rewardScale(), of.rewardCentre());
    }

    /**
     * Arms of any trials {@code >= 0}, from none to 10¹², by each in a way of its own or all alike; some of more
     * documents than an int counts for all together.
     */
    static ArmStatistics strange(int arms, RandomGenerator random) {
        int magnitude = random.nextInt(MAGNITUDES.length + 2);
        boolean whole = random.nextBoolean();
        boolean coarse = random.nextBoolean();
        double unit = Math.scalb(1.0, random.nextInt(41) - 20);
        int largest = random.nextInt(4) == 0 ? Integer.MAX_VALUE : 50;
        long[] counts = new long[4 * arms];
        double[] numbers = new double[5 * arms];
        for (int arm = 0; arm < arms; arm++) {
            counts[4 * arm] = 1L + random.nextInt(largest);
            counts[4 * arm + 1] = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt((int) counts[4 * arm]);
            double most = MAGNITUDES[magnitude < MAGNITUDES.length ? magnitude : random.nextInt(MAGNITUDES.length)];
            double trials = most * (1 - random.nextDouble());
            trials = whole ? Math.ceil(trials) : trials;
            double evidence = trials * EVIDENCE[random.nextInt(EVIDENCE.length)];
            counts[4 * arm + 2] = (long) trials + random.nextInt(3);
            counts[4 * arm + 3] = (long) evidence;
            numbers[5 * arm] = trials;
            numbers[5 * arm + 1] = evidence;
            numbers[5 * arm + 2] = evidence > 0 ? unit * (coarse ? random.nextInt(3) : random.nextGaussian()) : 0;
            numbers[5 * arm + 3] = evidence > 1 ? unit * unit * random.nextDouble() : 0;
            numbers[5 * arm + 4] = evidence > 0 ? numbers[5 * arm + 2] / 2 : 0;
        }
        return new Arms(arms, counts, numbers, unit, unit / 2, 0);
    }

    /** Arms of which each is as good as any other. */
    static ArmStatistics alike(int arms, double trials) {
        long[] counts = new long[4 * arms];
        double[] numbers = new double[5 * arms];
        Arrays.setAll(counts, i -> i % 4 < 2 ? 5 : (long) trials);
        Arrays.setAll(numbers, i -> i % 5 < 2 ? trials : trials > 0 ? 0.25 : 0);
        return new Arms(arms, counts, numbers, 1, 1, 0.25);
    }

    private long count(int arm, int which) {
        return counts[4 * check(arm) + which];
    }

    private double number(int arm, int which) {
        return numbers[5 * check(arm) + which];
    }

    private int check(int arm) {
        return java.util.Objects.checkIndex(arm, arms);
    }

    @Override
    public int armCount() {
        return arms;
    }

    @Override
    public int size(int arm) {
        return (int) count(arm, 0);
    }

    @Override
    public int remaining(int arm) {
        return (int) count(arm, 1);
    }

    @Override
    public long pulls(int arm) {
        return count(arm, 2);
    }

    @Override
    public long totalPulls() {
        return totalPulls;
    }

    @Override
    public long scored(int arm) {
        return count(arm, 3);
    }

    @Override
    public double trials(int arm) {
        return number(arm, 0);
    }

    @Override
    public double totalTrials() {
        return totalTrials;
    }

    @Override
    public double evidence(int arm) {
        return number(arm, 1);
    }

    @Override
    public double totalEvidence() {
        return totalEvidence;
    }

    @Override
    public double mean(int arm) {
        return number(arm, 2);
    }

    @Override
    public double variance(int arm) {
        return number(arm, 3);
    }

    @Override
    public double firstMean(int arm) {
        return number(arm, 4);
    }

    @Override
    public double rewardSpread() {
        return spread;
    }

    @Override
    public double rewardScale() {
        return scale;
    }

    @Override
    public double rewardCentre() {
        return centre;
    }
}
