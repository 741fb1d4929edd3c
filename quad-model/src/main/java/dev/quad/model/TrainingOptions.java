// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a {@link Trainer} trains. Immutable; equal options on equal data give the same weights, bit for bit. */
public final class TrainingOptions {
    /** Highest learning rate: fits models of about a million weights, as small models bear high rates. */
    public static final double DEFAULT_LEARNING_RATE = 3e-3;
    /** Tokens of a step: small models gain more from many steps than from large ones. */
    public static final int DEFAULT_BATCH_TOKENS = 1024;
    /** Decoupled weight decay, as in the Llama recipes. */
    public static final double DEFAULT_WEIGHT_DECAY = 0.1;
    /** Norm to which a gradient is clipped, as in the Llama recipes. */
    public static final double DEFAULT_CLIP = 1.0;
    /** Share of the steps in which the learning rate rises. */
    public static final double DEFAULT_WARMUP = 0.05;
    /** Steps between checkpoints. */
    public static final int DEFAULT_CHECKPOINT_STEPS = 50;
    /** Steps between losses on the held-out part. */
    public static final int DEFAULT_EVALUATION_STEPS = 200;

    private final long tokens;
    private final double learningRate;
    private final int batchTokens;
    private final int microBatchTokens;
    private final double weightDecay;
    private final double clip;
    private final double warmup;
    private final int checkpointSteps;
    private final int evaluationSteps;

    private TrainingOptions(Builder b) {
        this.tokens = b.tokens;
        this.learningRate = b.learningRate;
        this.batchTokens = b.batchTokens;
        this.microBatchTokens = b.microBatchTokens == 0 ? b.batchTokens : b.microBatchTokens;
        this.weightDecay = b.weightDecay;
        this.clip = b.clip;
        this.warmup = b.warmup;
        this.checkpointSteps = b.checkpointSteps;
        this.evaluationSteps = b.evaluationSteps;
    }

    /**
     * Starts from the defaults.
     *
     * @param tokens predicted tokens to train on, {@code >= 1}; data is repeated in a new order when it is used up
     */
    public static Builder builder(long tokens) {
        return new Builder(tokens);
    }

    /** Predicted tokens to train on. */
    public long tokens() {
        return tokens;
    }

    /** Highest learning rate. */
    public double learningRate() {
        return learningRate;
    }

    /** Tokens of a step. */
    public int batchTokens() {
        return batchTokens;
    }

    /** Tokens of one pass; the gradients of the passes of a step are summed. */
    public int microBatchTokens() {
        return microBatchTokens;
    }

    /** Decoupled weight decay. */
    public double weightDecay() {
        return weightDecay;
    }

    /** Norm to which a gradient is clipped. */
    public double clip() {
        return clip;
    }

    /** Share of the steps in which the learning rate rises. */
    public double warmup() {
        return warmup;
    }

    /** Steps between checkpoints. */
    public int checkpointSteps() {
        return checkpointSteps;
    }

    /** Steps between losses on the held-out part. */
    public int evaluationSteps() {
        return evaluationSteps;
    }

    private List<Object> values() {
        return List.of(
                tokens,
                learningRate,
                batchTokens,
                microBatchTokens,
                weightDecay,
                clip,
                warmup,
                checkpointSteps,
                evaluationSteps);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TrainingOptions that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    /** Everything that changes the trained weights. */
    @Override
    public String toString() {
        return "tokens=" + tokens + " learningRate=" + learningRate + " batchTokens=" + batchTokens
                + " microBatchTokens=" + microBatchTokens + " weightDecay=" + weightDecay + " clip=" + clip + " warmup="
                + warmup;
    }

    /** Collects options; {@link #build} checks them all. */
    public static final class Builder {
        private long tokens;
        private double learningRate = DEFAULT_LEARNING_RATE;
        private int batchTokens = DEFAULT_BATCH_TOKENS;
        private int microBatchTokens;
        private double weightDecay = DEFAULT_WEIGHT_DECAY;
        private double clip = DEFAULT_CLIP;
        private double warmup = DEFAULT_WARMUP;
        private int checkpointSteps = DEFAULT_CHECKPOINT_STEPS;
        private int evaluationSteps = DEFAULT_EVALUATION_STEPS;

        private Builder(long tokens) {
            this.tokens = tokens;
        }

        /** Predicted tokens to train on, in place of those that this was begun with. */
        public Builder tokens(long value) {
            tokens = value;
            return this;
        }

        /** Highest learning rate, {@code > 0}. */
        public Builder learningRate(double value) {
            learningRate = value;
            return this;
        }

        /** Tokens of a step, {@code >= 1}. */
        public Builder batchTokens(int value) {
            batchTokens = value;
            return this;
        }

        /**
         * Tokens of one pass forward and back, of which a step may take several: they bound the memory and leave the
         * mathematics as it is. 0, the default, takes a step in one.
         */
        public Builder microBatchTokens(int value) {
            microBatchTokens = value;
            return this;
        }

        /** Decoupled weight decay, {@code >= 0}. */
        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /** Norm to which a gradient is clipped, {@code > 0}. */
        public Builder clip(double value) {
            clip = value;
            return this;
        }

        /** Share of the steps in which the learning rate rises, in {@code [0, 1]}. */
        public Builder warmup(double value) {
            warmup = value;
            return this;
        }

        /** Steps between checkpoints, {@code >= 1}. */
        public Builder checkpointSteps(int value) {
            checkpointSteps = value;
            return this;
        }

        /** Steps between losses on the held-out part, {@code >= 1}. */
        public Builder evaluationSteps(int value) {
            evaluationSteps = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if any is out of range; names all of them
         */
        public TrainingOptions build() {
            List<String> problems = new ArrayList<>();
            require(problems, tokens >= 1, "the number of tokens", tokens, "1 or more");
            require(problems, learningRate > 0 && learningRate < 1, "the learning rate", learningRate, "(0, 1)");
            require(problems, batchTokens >= 1, "the number of tokens of a step", batchTokens, "1 or more");
            require(problems, weightDecay >= 0 && weightDecay < 10, "the weight decay", weightDecay, "[0, 10)");
            require(problems, clip > 0, "the norm to clip to", clip, "above 0");
            require(problems, warmup >= 0 && warmup <= 1, "the share of warm-up", warmup, "[0, 1]");
            require(problems, microBatchTokens >= 0, "the number of tokens of a pass", microBatchTokens, "0 or more");
            require(problems, evaluationSteps >= 1, "the number of steps between losses", evaluationSteps, "1 or more");
            require(
                    problems,
                    checkpointSteps >= 1,
                    "the number of steps between checkpoints",
                    checkpointSteps,
                    "1 or more");
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException("training options: " + String.join("; ", problems));
            }
            return new TrainingOptions(this);
        }

        private static void require(List<String> problems, boolean holds, String name, Number value, String allowed) {
            if (!holds) {
                problems.add(name + " is " + value + ", allowed is " + allowed);
            }
        }
    }
}
