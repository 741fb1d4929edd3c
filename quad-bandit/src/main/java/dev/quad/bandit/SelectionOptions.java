// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link QuadSelector} chooses. Immutable; everything here changes the result and stands in its manifest. The
 * defaults are what {@code quad select} does.
 */
public final class SelectionOptions {
    /** For {@link Builder#samplePerBlock}: score every document of a block. */
    public static final int ALL = Integer.MAX_VALUE;
    /** For {@link Builder#maxRounds} and {@link Builder#patience}: no limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;
    /** Upper confidence bounds in deviations of the scores: they explore alike whatever the scale of the scores. */
    public static final ArmSelector DEFAULT_ARM_SELECTOR = Ucb1.standardised(Ucb1.DEFAULT_ALPHA);
    /** The pulled arm alone, as in the paper. */
    public static final Credit DEFAULT_CREDIT = Credit.items();
    /** Every reward counts alike, since the model that scores does not change during a run. */
    public static final Memory DEFAULT_MEMORY = Memory.forever();
    /** A twentieth of each cluster: twenty chances to turn away from it. */
    public static final BlockSize DEFAULT_BLOCK_SIZE = BlockSize.share(0.05);
    /**
     * Documents scored of a block judged by its mean: quarters the noise of one score, and four blocks fill a batch.
     */
    public static final int DEFAULT_SAMPLE_PER_BLOCK = 16;
    /** Each document by a score of its own; whole blocks, as in the paper, cost less scoring. */
    public static final Acceptance DEFAULT_ACCEPTANCE = Acceptance.items();
    /**
     * Three times the budget lets a choice remain, and does not send a run through the whole pool. No knowledge of the
     * scale of the scores is needed.
     */
    public static final Threshold DEFAULT_THRESHOLD = Threshold.forBudget(3);
    /** Pilot documents: they place a median within about three hundredths of the pool. */
    public static final int DEFAULT_PILOT = 256;
    /** No limit: every round draws a document at least, so that a run ends anyway. */
    public static final int DEFAULT_MAX_ROUNDS = UNLIMITED;
    /** No limit: while clusters are tried for the first time, many rounds in a row may accept nothing. */
    public static final int DEFAULT_PATIENCE = UNLIMITED;

    private final ArmSelector armSelector;
    private final Prior prior;
    private final Credit credit;
    private final Memory memory;
    private final OptionalInt armsPerRound;
    private final BlockSize blockSize;
    private final Order order;
    private final Evidence evidence;
    private final Rejected rejected;
    private final boolean overshoot;
    private final Optional<Redundancy> redundancy;
    private final int samplePerBlock;
    private final Acceptance acceptance;
    private final Threshold threshold;
    private final int pilot;
    private final int maxRounds;
    private final int patience;

    private SelectionOptions(Builder b) {
        this.armSelector = b.armSelector;
        this.prior = b.prior;
        this.credit = b.credit;
        this.memory = b.memory;
        this.armsPerRound = b.armsPerRound;
        this.blockSize = b.blockSize;
        this.order = b.order;
        this.evidence = b.evidence;
        this.rejected = b.rejected;
        this.overshoot = b.overshoot;
        this.redundancy = b.redundancy;
        this.samplePerBlock = b.samplePerBlock.orElse(b.acceptance.defaultSample());
        this.acceptance = b.acceptance;
        this.threshold = b.threshold;
        this.pilot = b.pilot;
        this.maxRounds = b.maxRounds;
        this.patience = b.patience;
    }

    /** Starts from these options. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.armSelector = armSelector;
        b.prior = prior;
        b.credit = credit;
        b.memory = memory;
        b.armsPerRound = armsPerRound;
        b.blockSize = blockSize;
        b.order = order;
        b.evidence = evidence;
        b.rejected = rejected;
        b.overshoot = overshoot;
        b.redundancy = redundancy;
        b.samplePerBlock = OptionalInt.of(samplePerBlock);
        b.acceptance = acceptance;
        b.threshold = threshold;
        b.pilot = pilot;
        b.maxRounds = maxRounds;
        b.patience = patience;
        return b;
    }

    /** The defaults. */
    public static SelectionOptions defaults() {
        return builder().build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Which arms a round pulls. */
    public ArmSelector armSelector() {
        return armSelector;
    }

    /** What is known of the arms before the first pull. */
    public Prior prior() {
        return prior;
    }

    /** Which arms learn from a pull. */
    public Credit credit() {
        return credit;
    }

    /** How long a reward counts. */
    public Memory memory() {
        return memory;
    }

    /**
     * How many arms a round pulls.
     *
     * @param arms clusters that can be drawn from, {@code >= 1}
     * @return the number that was set; by default a twentieth of the arms, for small pools up to four so that a round
     *     fills a batch of the estimator, but not above a quarter of the arms, since who pulls all arms does not choose
     */
    public int armsPerRound(int arms) {
        return armsPerRound.orElse(Math.max(arms / 20, Math.min(4, (arms + 3) / 4)));
    }

    /** How many documents a pull draws. */
    public BlockSize blockSize() {
        return blockSize;
    }

    /** In which order the documents of a cluster are drawn. */
    public Order order() {
        return order;
    }

    /** Which documents are scored to judge a block. */
    public Evidence evidence() {
        return evidence;
    }

    /** What becomes of a block of which nothing was wanted. */
    public Rejected rejected() {
        return rejected;
    }

    /** Whether the last round may take more than the budget. */
    public boolean overshoot() {
        return overshoot;
    }

    /** What a document loses to those chosen before; empty if each counts for itself. */
    public Optional<Redundancy> redundancy() {
        return redundancy;
    }

    /** How many documents of a block are scored at most. */
    public int samplePerBlock() {
        return samplePerBlock;
    }

    /** Which documents of a block are wanted. */
    public Acceptance acceptance() {
        return acceptance;
    }

    /** What scores are compared with. */
    public Threshold threshold() {
        return threshold;
    }

    /** Documents scored for a threshold that needs a pilot sample. */
    public int pilot() {
        return pilot;
    }

    /** Rounds after which a run ends. */
    public int maxRounds() {
        return maxRounds;
    }

    /** Rounds in a row without a choice after which a run ends. */
    public int patience() {
        return patience;
    }

    /**
     * These options with what depends on pool and budget filled in, as a session does it: {@link Threshold#forBudget}
     * and {@link BlockSize#partOfMeanCluster}. To know them before a run.
     *
     * @param documents documents that can be drawn, {@code >= 0}
     * @param clusters {@code >= 1}
     * @param share what the budget is of them, in its unit; asked only where something depends on it
     */
    public SelectionOptions forPool(int documents, int clusters, DoubleSupplier share) {
        Objects.requireNonNull(share, "what gives the share of the budget is null");
        BlockSize block = blockSize.forPool(documents, clusters);
        Builder filled = toBuilder().blockSize(block).threshold(threshold.forShare(share));
        if (evidence == Evidence.OF_PREFIX) {
            filled.samplePerBlock(Math.min(samplePerBlock, block.largest()));
        }
        return filled.build();
    }

    SelectionOptions withVectors(Optional<IntFunction<float[]>> vectors) {
        return redundancy.isEmpty() || vectors.isEmpty()
                ? this
                : toBuilder().redundancy(redundancy.get().over(vectors.get())).build();
    }

    /** Every option by name, for the manifest. */
    public Map<String, String> describe() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("armSelector", armSelector.id());
        options.put("prior", prior.toString());
        options.put("credit", credit.toString());
        options.put("memory", memory.toString());
        options.put("armsPerRound", armsPerRound.isPresent() ? Integer.toString(armsPerRound.getAsInt()) : "auto");
        options.put("blockSize", blockSize.toString());
        options.put("order", order.toString());
        options.put("evidence", evidence.toString());
        options.put("rejected", rejected.toString());
        options.put("overshoot", Boolean.toString(overshoot));
        options.put("redundancy", redundancy.map(Redundancy::toString).orElse("none"));
        options.put("samplePerBlock", samplePerBlock == ALL ? "all" : Integer.toString(samplePerBlock));
        options.put("acceptance", acceptance.toString());
        options.put("threshold", threshold.toString());
        options.put("pilot", Integer.toString(pilot));
        options.put("maxRounds", maxRounds == UNLIMITED ? "unlimited" : Integer.toString(maxRounds));
        options.put("patience", patience == UNLIMITED ? "unlimited" : Integer.toString(patience));
        return options;
    }

    private List<Object> values() {
        return List.of(
                armSelector,
                prior,
                credit,
                memory,
                armsPerRound,
                blockSize,
                order,
                evidence,
                rejected,
                overshoot,
                redundancy,
                samplePerBlock,
                acceptance,
                threshold,
                pilot,
                maxRounds,
                patience);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SelectionOptions that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return describe().toString();
    }

    /** Collects options; {@link #build} checks their ranges. No option is null. */
    public static final class Builder {
        private ArmSelector armSelector = DEFAULT_ARM_SELECTOR;
        private Prior prior = Prior.none();
        private Credit credit = DEFAULT_CREDIT;
        private Memory memory = DEFAULT_MEMORY;
        private OptionalInt armsPerRound = OptionalInt.empty();
        private BlockSize blockSize = DEFAULT_BLOCK_SIZE;
        private Order order = Order.shuffled();
        private Evidence evidence = Evidence.OF_BLOCK;
        private Rejected rejected = Rejected.spent();
        private boolean overshoot;
        private Optional<Redundancy> redundancy = Optional.empty();
        private OptionalInt samplePerBlock = OptionalInt.empty();
        private Acceptance acceptance = DEFAULT_ACCEPTANCE;
        private Threshold threshold = DEFAULT_THRESHOLD;
        private int pilot = DEFAULT_PILOT;
        private int maxRounds = DEFAULT_MAX_ROUNDS;
        private int patience = DEFAULT_PATIENCE;

        private Builder() {}

        /** Which arms a round pulls. Its {@link ArmSelector#id} goes into the manifest. */
        public Builder armSelector(ArmSelector value) {
            armSelector = present("armSelector", value);
            return this;
        }

        /** What is known of the arms before the first pull; nothing by default. */
        public Builder prior(Prior value) {
            prior = present("prior", value);
            return this;
        }

        /** Which arms learn from a pull. */
        public Builder credit(Credit value) {
            credit = present("credit", value);
            return this;
        }

        /** How long a reward counts. */
        public Builder memory(Memory value) {
            memory = present("memory", value);
            return this;
        }

        /** How many arms a round pulls, {@code >= 1}; by default {@link SelectionOptions#armsPerRound a rule}. */
        public Builder armsPerRound(int value) {
            armsPerRound = OptionalInt.of(value);
            return this;
        }

        /** How many documents a pull draws. */
        public Builder blockSize(BlockSize value) {
            blockSize = present("blockSize", value);
            return this;
        }

        /**
         * How many documents of a block are scored, {@code >= 1}, or {@link #ALL}; by default what
         * {@link Acceptance#defaultSample the acceptance} asks for. Documents known from the pilot count towards it.
         */
        public Builder samplePerBlock(int value) {
            samplePerBlock = OptionalInt.of(value);
            return this;
        }

        /** In which order the documents of a cluster are drawn; {@link Order#shuffled} unless set. */
        public Builder order(Order value) {
            order = present("order", value);
            return this;
        }

        /** Which documents are scored to judge a block; {@link Evidence#OF_BLOCK} unless set. */
        public Builder evidence(Evidence value) {
            evidence = present("evidence", value);
            return this;
        }

        /** What becomes of a block of which nothing was wanted; {@link Rejected#spent} unless set. */
        public Builder rejected(Rejected value) {
            rejected = present("rejected", value);
            return this;
        }

        /** Whether the last round may take all that it wants, beyond the budget; no unless set. */
        public Builder overshoot(boolean value) {
            overshoot = value;
            return this;
        }

        /** What a document loses to those chosen before; nothing unless set. */
        public Builder redundancy(Redundancy value) {
            redundancy = Optional.of(present("redundancy", value));
            return this;
        }

        /** Which documents of a block are wanted. */
        public Builder acceptance(Acceptance value) {
            acceptance = present("acceptance", value);
            return this;
        }

        /** What scores are compared with. */
        public Builder threshold(Threshold value) {
            threshold = present("threshold", value);
            return this;
        }

        /** Documents scored for a threshold that needs a pilot sample, {@code >= 1}; unused by other thresholds. */
        public Builder pilot(int documents) {
            pilot = documents;
            return this;
        }

        /** Rounds after which a run ends, {@code >= 1}, or {@link #UNLIMITED}. */
        public Builder maxRounds(int value) {
            maxRounds = value;
            return this;
        }

        /** Rounds in a row without a choice after which a run ends, {@code >= 1}, or {@link #UNLIMITED}. */
        public Builder patience(int value) {
            patience = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if any is out of range; names all of them
         */
        public SelectionOptions build() {
            List<String> problems = new ArrayList<>();
            checkId(problems, armSelector);
            atLeastOne(problems, "armsPerRound", armsPerRound.orElse(1));
            atLeastOne(problems, "samplePerBlock", samplePerBlock.orElse(1));
            atLeastOne(problems, "pilot", pilot);
            atLeastOne(problems, "maxRounds", maxRounds);
            atLeastOne(problems, "patience", patience);
            boolean whole = !blockSize.takesRest();
            boolean sampleFits = samplePerBlock.orElse(acceptance.defaultSample()) <= blockSize.largest();
            if (evidence == Evidence.OF_PREFIX && !(whole && sampleFits)) {
                problems.add("evidence is OF_PREFIX, which needs a blockSize of wholeDocuments and a samplePerBlock not"
                        + " above it");
            }
            if (whole && rejected.retries() > 0) {
                problems.add(
                        "rejected blocks cannot be retried with a blockSize of wholeDocuments, which leaves rests");
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException("selection options: " + String.join("; ", problems));
            }
            return new SelectionOptions(this);
        }

        private static <V> V present(String name, V value) {
            return Objects.requireNonNull(value, () -> name + " is null; leave it out for the default");
        }

        private static void checkId(List<String> problems, ArmSelector selector) {
            String type = selector.getClass().getName();
            try {
                if (selector.id() == null) {
                    problems.add("armSelector " + type + " has the id null, which goes into the manifest");
                }
            } catch (RuntimeException e) {
                problems.add("armSelector " + type + " failed to tell its id: " + e);
            }
        }

        private static void atLeastOne(List<String> problems, String name, int value) {
            if (value < 1) {
                problems.add(name + " is " + value + ", allowed is 1 or more");
            }
        }
    }
}
