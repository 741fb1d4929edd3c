// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Fingerprint;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import dev.quad.influence.BatchLosses;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Trains a {@link Decoder} on next-token prediction with AdamW, linear warm-up and cosine decay to a tenth of the
 * highest rate, clipping by norm, and gradients summed over several passes where a step does not fit in one.
 *
 * <p>Sequences are taken in a seeded order, a new one each epoch. They are asked for when a step needs them, so that
 * the list may read them from a file; besides, training takes 4 bytes a sequence. With a checkpoint file the state is
 * written every few steps, and a training that finds it goes on from there and ends with the same weights, bit for bit,
 * as one that was never interrupted; the listener hears of a step before the state claims it. Not safe for use by
 * several threads.
 */
public final class Trainer {
    static final String FORMAT = "quad.training.2";

    private final TrainingOptions options;
    private final Seed seed;
    private final TrainingListener listener;
    private final Optional<Path> checkpoint;

    /** A trainer that keeps no checkpoint and tells nobody. */
    public Trainer(TrainingOptions options, Seed seed) {
        this(options, seed, (step, tokens, total, loss) -> {}, Optional.empty());
    }

    /**
     * A trainer.
     *
     * @param checkpoint file for the state; empty to keep none
     */
    public Trainer(TrainingOptions options, Seed seed, TrainingListener listener, Optional<Path> checkpoint) {
        this.options = Objects.requireNonNull(options, "the options are null");
        this.seed = Objects.requireNonNull(seed, "the seed is null");
        this.listener = Objects.requireNonNull(listener, "the listener is null");
        this.checkpoint =
                Objects.requireNonNull(checkpoint, "the checkpoint is null; give Optional.empty() to keep none");
    }

    /** Trains a model in place, without a held-out part. */
    public void train(Decoder decoder, List<TokenSequence> data) {
        train(decoder, data, List.of());
    }

    /**
     * Trains a model in place.
     *
     * @param data at least one token to predict in all; read once, then as steps need it
     * @param heldOut what the loss is measured on every {@link TrainingOptions#evaluationSteps} steps and after the
     *     last; empty to measure none
     * @throws NumericalException if the loss or the gradient becomes NaN or infinite, before the weights are changed;
     *     names the step and its sequences; the last checkpoint stays
     * @throws MismatchException if the checkpoint is of another training
     * @throws CancellationException if the thread is interrupted, after the state was written
     */
    public void train(Decoder decoder, List<TokenSequence> data, List<TokenSequence> heldOut) {
        Objects.requireNonNull(decoder, "the decoder is null");
        Objects.requireNonNull(data, "the data are null");
        Objects.requireNonNull(heldOut, "the held-out data are null; allowed is an empty list");
        if (data.stream().noneMatch(Trainer::predicts)) {
            throw new IllegalArgumentException("the " + data.size() + " training sequences have no token to predict");
        }
        if (!heldOut.isEmpty() && heldOut.stream().noneMatch(Trainer::predicts)) {
            throw new IllegalArgumentException(
                    "the " + heldOut.size() + " held-out sequences have no token to predict");
        }
        String identity = identity(decoder, data);
        int size = decoder.parameters().length();
        try (AdamW adam = new AdamW(decoder.config());
                Floats gradient = Floats.allocate(size)) {
            int step = checkpoint
                    .filter(Files::exists)
                    .map(file -> Unchecked.get(file, () -> resume(file, decoder, adam, identity)))
                    .orElse(0);
            Order order = new Order(data);
            long tokens = 0;
            int done = 0;
            while (tokens < options.tokens()) {
                List<Integer> taken = order.next();
                List<TokenSequence> batch = taken.stream().map(data::get).toList();
                long batchTokens = tokens(batch);
                tokens += batchTokens;
                done++;
                if (done <= step) {
                    continue;
                }
                gradient.clear(0, size);
                double[] losses = addGradient(decoder, batch, gradient);
                double loss = Arrays.stream(losses).sum() / batchTokens;
                double norm = norm(gradient) / batchTokens;
                if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
                    throw diverged(done, taken, losses, loss, norm);
                }
                double scale = Math.min(1, options.clip() / (norm + 1e-12)) / batchTokens;
                double rate = rate((tokens - batchTokens / 2.0) / options.tokens());
                decoder.changed();
                adam.step(decoder.parameters(), gradient, (float) scale, done, rate, options.weightDecay());
                boolean last = tokens >= options.tokens();
                boolean stop = Thread.currentThread().isInterrupted();
                listener.onStep(done, Math.min(tokens, options.tokens()), options.tokens(), loss);
                if (!heldOut.isEmpty() && (last || done % options.evaluationSteps() == 0)) {
                    listener.onEvaluation(done, meanLoss(decoder, heldOut, options.microBatchTokens()));
                }
                // last, since a training that goes on from the state tells nothing of before
                if (stop || done % options.checkpointSteps() == 0 || last) {
                    save(decoder, adam, identity, done);
                }
                if (stop) {
                    throw new CancellationException("training was cancelled after step " + done);
                }
            }
        }
    }

    private static boolean predicts(TokenSequence sequence) {
        return sequence.length() > 1;
    }

    private static long tokens(List<TokenSequence> sequences) {
        return sequences.stream().mapToLong(s -> s.length() - 1L).sum();
    }

    /** Sums the gradients of consecutive parts of a batch, and returns the loss of each sequence. */
    private double[] addGradient(Decoder decoder, List<TokenSequence> batch, Floats gradient) {
        double[] losses = new double[batch.size()];
        for (int from = 0; from < batch.size(); ) {
            List<TokenSequence> part = part(batch, from, options.microBatchTokens());
            BatchLosses sums = decoder.addGradient(part, gradient);
            for (int i = 0; i < part.size(); i++) {
                losses[from++] = sums.sum(i);
            }
        }
        return losses;
    }

    /** Sequences from one on with at most so many tokens, or that one. */
    private static List<TokenSequence> part(List<TokenSequence> all, int from, int most) {
        List<TokenSequence> part = new ArrayList<>();
        long tokens = 0;
        for (int i = from; i < all.size(); i++) {
            TokenSequence sequence = all.get(i);
            tokens += sequence.length() - 1L;
            if (i > from && tokens > most) {
                break;
            }
            part.add(sequence);
        }
        return part;
    }

    /**
     * The mean loss of a token, in nats.
     *
     * @param data at least one token to predict in all; read once
     * @param batchTokens tokens of one pass, which bound its memory, {@code >= 1}
     */
    public static double meanLoss(Decoder decoder, List<TokenSequence> data, int batchTokens) {
        Objects.requireNonNull(decoder, "the decoder is null");
        Objects.requireNonNull(data, "the data are null");
        if (batchTokens < 1) {
            throw new IllegalArgumentException("batchTokens is " + batchTokens + "; a batch has at least 1 token");
        }
        double sum = 0;
        long tokens = 0;
        for (int from = 0; from < data.size(); ) {
            List<TokenSequence> part = part(data, from, batchTokens);
            BatchLosses losses = decoder.losses(part);
            for (int i = 0; i < losses.items(); i++) {
                sum += losses.sum(i);
            }
            tokens += tokens(part);
            from += part.size();
        }
        if (tokens == 0) {
            throw new IllegalArgumentException("none of the " + data.size()
                    + " sequences has a token to predict; give sequences of two tokens or more");
        }
        return sum / tokens;
    }

    private NumericalException diverged(int step, List<Integer> taken, double[] losses, double loss, double norm) {
        StringBuilder worst = new StringBuilder();
        for (int i = 0; i < losses.length; i++) {
            if (!Double.isFinite(losses[i]) && worst.isEmpty()) {
                worst.append("; the first such loss is that of sequence ").append(taken.get(i));
            }
        }
        String shown = taken.stream().limit(16).map(String::valueOf).collect(Collectors.joining(", "));
        String more = taken.size() > 16 ? " and " + (taken.size() - 16) + " more" : "";
        return new NumericalException("training diverged at step " + step + ": loss " + loss + ", gradient norm " + norm
                + ", on the sequences " + shown + more + " of the data" + worst
                + checkpoint
                        .map(file -> "; the last good state stays in " + file)
                        .orElse("")
                + "; use a lower learning rate than " + options.learningRate());
    }

    /** Linear warm-up, then a cosine down to a tenth. */
    private double rate(double progress) {
        double warmup = options.warmup();
        if (progress < warmup) {
            return options.learningRate() * progress / warmup;
        }
        double rest = Math.min(1, (progress - warmup) / (1 - warmup + 1e-12));
        return options.learningRate() * (0.55 + 0.45 * Math.cos(Math.PI * rest));
    }

    /** In blocks that are added in their order. */
    private static double norm(Floats gradient) {
        int block = 1 << 16;
        double[] sums = new double[gradient.length() / block + 1];
        Workers.forBlocks(gradient.length(), block, (from, count) -> {
            float[] values = new float[count];
            gradient.get(from, values, 0, count);
            double sum = 0;
            for (float value : values) {
                sum += (double) value * value;
            }
            sums[from / block] = sum;
        });
        return Math.sqrt(Arrays.stream(sums).sum());
    }

    /** Batches of whole sequences in a seeded order that starts anew, in another order, when the data is used up. */
    private final class Order {
        private final List<TokenSequence> data;
        private final int[] order;
        private int epoch = -1;
        private int next;

        Order(List<TokenSequence> data) {
            this.data = data;
            this.order = new int[data.size()];
            this.next = order.length;
        }

        /** The ordinals of the sequences of a step. */
        List<Integer> next() {
            List<Integer> batch = new ArrayList<>();
            int tokens = 0;
            while (true) {
                if (next == order.length) {
                    shuffle();
                }
                TokenSequence sequence = data.get(order[next]);
                if (tokens > 0 && tokens + sequence.length() - 1 > options.batchTokens()) {
                    return batch;
                }
                batch.add(order[next]);
                tokens += sequence.length() - 1;
                next++;
                if (tokens >= options.batchTokens()) {
                    return batch;
                }
            }
        }

        private void shuffle() {
            epoch++;
            next = 0;
            RandomGenerator random = seed.stream("training.order", epoch);
            for (int i = 0; i < order.length; i++) {
                int j = random.nextInt(i + 1);
                order[i] = order[j];
                order[j] = i;
            }
        }
    }

    private String identity(Decoder decoder, List<TokenSequence> data) {
        Fingerprint digest = Fingerprint.of(FORMAT)
                .add(decoder.fingerprint())
                .add(options.toString())
                .add(seed.value());
        for (TokenSequence sequence : data) {
            ByteBuffer ids = ByteBuffer.allocate(Integer.BYTES * sequence.length());
            for (int i = 0; i < sequence.length(); i++) {
                ids.putInt(sequence.id(i));
            }
            digest.add(ids.flip());
        }
        return digest.hex();
    }

    private int resume(Path path, Decoder decoder, AdamW adam, String identity) throws IOException {
        Safetensors file = Safetensors.open(path, FORMAT);
        if (!file.metadata("identity").equals(identity)) {
            throw new MismatchException(path + " is the state of another training (start " + file.metadata("identity")
                    + ", here " + identity + "); remove it to start again");
        }
        decoder.changed();
        file.floats("parameters", decoder.parameters().buffer());
        file.floats("adam.m", adam.m.buffer());
        file.floats("adam.v", adam.v.buffer());
        int step = Integer.parseInt(file.metadata("step"));
        listener.onResume(step, file.metadata("listener"));
        return step;
    }

    private void save(Decoder decoder, AdamW adam, String identity, int step) {
        checkpoint.ifPresent(file -> {
            int size = decoder.parameters().length();
            new SafetensorsWriter(Map.of(
                            "format",
                            FORMAT,
                            "identity",
                            identity,
                            "step",
                            Integer.toString(step),
                            "listener",
                            listener.onSave(step)))
                    .add("parameters", decoder.parameters().slice(0, size), size)
                    .add("adam.m", adam.m.slice(0, size), size)
                    .add("adam.v", adam.v.slice(0, size), size)
                    .write(file);
        });
    }

    @Override
    public String toString() {
        return "trainer: " + options;
    }
}
