// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static dev.quad.cli.ScoreOptions.given;

import dev.quad.ArmSelector;
import dev.quad.bandit.Acceptance;
import dev.quad.bandit.BlockSize;
import dev.quad.bandit.Credit;
import dev.quad.bandit.FirstPull;
import dev.quad.bandit.Memory;
import dev.quad.bandit.Order;
import dev.quad.bandit.Presets;
import dev.quad.bandit.Redundancy;
import dev.quad.bandit.Rejected;
import dev.quad.bandit.RewardUnit;
import dev.quad.bandit.SelectionOptions;
import dev.quad.bandit.Threshold;
import dev.quad.bandit.Ucb1;
import dev.quad.pipeline.Preset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the rounds of {@code quad select} choose. What is not given is as the preset has it. */
final class BanditOptions {
    /** Of these options in the help. */
    static final String HEADING = "%nChoosing:%n";

    @Option(
            names = "--policy",
            paramLabel = "NAME",
            converter = BanditRules.ToPolicy.class,
            description = "Which clusters a round draws from: ucb1, ucb-tuned, ucb-v, kl-ucb, thompson, epsilon-greedy,"
                    + " greedy, static, random or round-robin; or the name of a class of yours, an ArmSelector in"
                    + " QUAD_CLASS_PATH. Default: ucb1.")
    private @Nullable PolicyOption policy;

    @Option(
            names = "--alpha",
            paramLabel = "X",
            description = "Weight of exploration: alpha of ucb1 (default: " + Ucb1.DEFAULT_ALPHA
                    + "), zeta of ucb-v (1.2), that of the second"
                    + " term of kl-ucb (0), deviation of thompson (1), epsilon of epsilon-greedy (0.1).")
    private @Nullable Double alpha;

    @Option(
            names = "--reward-unit",
            paramLabel = "UNIT",
            converter = BanditRules.ToUnit.class,
            description = "What a policy counts scores in: robust or spread (deviations of all scores), or raw."
                    + " Default: robust.")
    private @Nullable RewardUnit unit;

    @Option(
            names = "--first-pull",
            paramLabel = "RULE",
            converter = BanditRules.ToFirstPull.class,
            description =
                    "Clusters never drawn from, to ucb1: forced (each first once) or optimistic:0.002 (taken to have"
                            + " this mean). Default: forced.")
    private @Nullable FirstPull firstPull;

    @Option(
            names = "--ties",
            paramLabel = "RULE",
            converter = BanditRules.ToTies.class,
            description = "Clusters that are equal to ucb1: random or number (the lowest first). Default: random.")
    private @Nullable Ties ties;

    @Option(
            names = "--arms-per-round",
            paramLabel = "N",
            description = "Clusters that a round draws from. Default: a twentieth of them, for small pools up to 4.")
    private @Nullable Integer armsPerRound;

    @Option(
            names = "--credit",
            paramLabel = "UNIT",
            converter = BanditRules.ToCredit.class,
            description = "What a cluster's mean is over: items (scored documents) or pulls. Default: items.")
    private @Nullable CreditUnit credit;

    @Option(
            names = "--neighbours",
            paramLabel = "R",
            description =
                    "Clusters whose centres are nearer than R by cosine learn from each other, the nearer the more;"
                            + " 0 for none. Default: 0.")
    private @Nullable Double neighbours;

    @Option(
            names = "--memory",
            paramLabel = "RULE",
            converter = BanditRules.ToMemory.class,
            description = "How long a score counts: forever, discounted:0.9 (a round weighs 0.9 times the next) or"
                    + " window:50 (rounds). Default: forever.")
    private @Nullable Memory memory;

    @Option(
            names = "--block",
            paramLabel = "SIZE",
            converter = BanditRules.ToBlockSize.class,
            description = "What is drawn of a cluster at once: 0.05 (share of it), rest:0.05 (share of what is left) or"
                    + " 20 (documents). Default: 0.05.")
    private @Nullable BlockSize block;

    @Option(
            names = "--small-clusters",
            paramLabel = "RULE",
            converter = BanditRules.ToSmallClusters.class,
            description = "What has fewer documents than a --block of N: reached or skipped. Default: reached.")
    private @Nullable SmallClusters smallClusters;

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            converter = BanditRules.ToOrder.class,
            description = "In which order a cluster is drawn: shuffled or pool. Default: shuffled.")
    private @Nullable Order order;

    @Option(
            names = "--accept",
            paramLabel = "RULE",
            converter = BanditRules.ToAcceptance.class,
            description =
                    "What is taken of a block: items (each document above the threshold), mean (all of it, but what"
                            + " failed, if the mean of a scored sample is above: fewer documents are scored), bound:2 (if the"
                            + " mean less 2 standard errors is) or top:0.3 (the best share above it). Default: items.")
    private @Nullable Acceptance acceptance;

    @Option(
            names = "--sample-per-block",
            paramLabel = "N",
            description = "Documents of a block that are scored. Default: 16 with mean and bound, else all.")
    private @Nullable Integer samplePerBlock;

    @Option(
            names = "--threshold",
            paramLabel = "RULE",
            converter = BanditRules.ToThreshold.class,
            description = "What a score must exceed: 0.9 (this quantile of the scores of a random sample), falling:0.9"
                    + " (lowered where 5 rounds took nothing), score:0.002 or none. Default: a quantile that lets through"
                    + " three times the budget's share of the pool.")
    private @Nullable Threshold threshold;

    @Option(
            names = "--pilot",
            paramLabel = "N",
            description = "Documents of that random sample. Default: " + SelectionOptions.DEFAULT_PILOT + ".")
    private @Nullable Integer pilot;

    @Option(
            names = "--rejected",
            paramLabel = "RULE",
            converter = BanditRules.ToRejected.class,
            description = "What becomes of a block that was not taken: spent, or retry:2 (what was not scored of it is"
                    + " drawn again, so often at most). Default: spent.")
    private @Nullable Rejected rejected;

    @Option(
            names = "--redundancy",
            paramLabel = "X",
            description = "Weight of the second-order term, in the unit of the scores: a document must be above the"
                    + " threshold after losing X times 1/2 and its cosines with all documents chosen before."
                    + " Default: 0.")
    private double redundancy;

    @Option(names = "--overshoot", description = "Let the last round take all that it wants, beyond the budget.")
    private boolean overshoot;

    @Option(names = "--max-rounds", paramLabel = "N", description = "End after so many rounds. Default: no limit.")
    private @Nullable Integer maxRounds;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "End after so many rounds in a row that took nothing. Default: no limit.")
    private @Nullable Integer patience;

    /** What a cluster's mean is over. */
    enum CreditUnit {
        /** Scored documents. */
        ITEMS,
        /** Pulls. */
        PULLS
    }

    /** How equal clusters are told apart. */
    enum Ties {
        /** By chance. */
        RANDOM,
        /** The lowest first. */
        NUMBER
    }

    /** What becomes of clusters, and ends of clusters, that are smaller than a block. */
    enum SmallClusters {
        /** They are drawn whole. */
        REACHED,
        /** They are never drawn from. */
        SKIPPED
    }

    /**
     * The options of a run.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    SelectionOptions of(Preset preset) {
        SelectionOptions.Builder options = preset.selection();
        if (preset == Preset.PUBLIC_CODE) {
            publicBlock(options);
        } else {
            given(block, options::blockSize);
            if (smallClusters == SmallClusters.SKIPPED) {
                options.blockSize(wholeBlocks());
            }
        }
        options.armSelector(armSelector(preset)).credit(credit(preset));
        given(armsPerRound, options::armsPerRound);
        given(memory, options::memory);
        given(order, options::order);
        given(acceptance, options::acceptance);
        given(samplePerBlock, options::samplePerBlock);
        given(threshold, options::threshold);
        given(pilot, options::pilot);
        given(rejected, options::rejected);
        given(maxRounds, options::maxRounds);
        given(patience, options::patience);
        if (overshoot) {
            options.overshoot(true);
        }
        if (redundancy != 0) {
            options.redundancy(new Redundancy("embeddings", 1 / redundancy, Redundancy.OnNegative.COUNT_AS_ZERO));
        }
        return options.build();
    }

    /** What does nothing beside others of these. */
    List<Useless> useless(SelectionOptions made) {
        PolicyOption named = policy == null ? ArmPolicy.UCB1 : policy;
        String is = "--policy is " + named.label();
        return List.of(
                Useless.when(!named.hasWeight(), is + ", which has no weight", "give --policy ucb1", "--alpha"),
                Useless.when(!named.hasUnit(), is + ", which has no unit", "give --policy ucb1", "--reward-unit"),
                Useless.when(
                        named != ArmPolicy.UCB1, is + ", and not ucb1", "give --policy ucb1", "--first-pull", "--ties"),
                Useless.when(
                        !made.threshold().needsPilot(),
                        "the threshold is no quantile of a sample",
                        "give --threshold 0.9",
                        "--pilot"));
    }

    private void publicBlock(SelectionOptions.Builder options) {
        if (smallClusters == SmallClusters.REACHED) {
            throw new IllegalArgumentException(
                    "the preset public-code skips clusters smaller than a block; leave out --small-clusters");
        }
        if (block instanceof BlockSize.Documents given) {
            options.blockSize(BlockSize.wholeDocuments(given.count()))
                    .samplePerBlock(Math.min(given.count(), Presets.PUBLISHED_SAMPLE));
        } else if (block != null) {
            throw new IllegalArgumentException(
                    "the preset public-code draws blocks of a number of documents; give --block such as 20");
        }
    }

    private BlockSize wholeBlocks() {
        if (block instanceof BlockSize.Documents given) {
            return BlockSize.wholeDocuments(given.count());
        }
        throw new IllegalArgumentException(
                "--small-clusters is skipped, which needs blocks of a number of documents; give --block such as 20");
    }

    private ArmSelector armSelector(Preset preset) {
        boolean code = preset == Preset.PUBLIC_CODE && policy == null;
        ArmSelector chosen = preset == Preset.QUAD || policy != null
                ? selector(policy == null ? ArmPolicy.UCB1 : policy)
                : code ? published().plusOne().firstPull(FirstPull.optimistic(tau())) : published();
        if (!(chosen instanceof Ucb1 ucb)) {
            return chosen;
        }
        Ucb1 given = firstPull == null ? ucb : ucb.firstPull(firstPull);
        boolean byNumber = ties == null ? code : ties == Ties.NUMBER;
        return byNumber ? given.tiesByNumber() : given;
    }

    private ArmSelector selector(PolicyOption name) {
        return name.of(alpha == null ? OptionalDouble.empty() : OptionalDouble.of(alpha), Optional.ofNullable(unit));
    }

    private Ucb1 published() {
        return Ucb1.of(alpha == null ? Presets.PUBLISHED_ALPHA : alpha, unit == null ? RewardUnit.RAW : unit);
    }

    private double tau() {
        return threshold instanceof Threshold.Absolute given && Double.isFinite(given.tau())
                ? given.tau()
                : Presets.PUBLISHED_THRESHOLD;
    }

    private Credit credit(Preset preset) {
        boolean code = preset == Preset.PUBLIC_CODE;
        Credit own = (credit == null ? code : credit == CreditUnit.PULLS) ? Credit.pulls() : Credit.items();
        double radius = neighbours != null ? neighbours : code ? Presets.PUBLISHED_RADIUS : 0;
        if (radius == 0) {
            return own;
        }
        Credit shared = own.sharedWithin(radius);
        return code ? shared.countingWhole(tau()) : shared;
    }
}
