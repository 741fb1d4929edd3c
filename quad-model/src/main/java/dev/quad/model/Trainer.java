// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Fingerprint;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.Safetensors;
import dev.quad.influence.SafetensorsWriter;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Trains a {@link Decoder} on next-token prediction with AdamW, linear warm-up and cosine decay to a tenth of the
 * highest rate, clipping by norm, and gradients summed over several passes where a step does not fit in one.
 *
 * <p>Sequences are taken in a seeded order, a new one each epoch. With a checkpoint file the state is written every few
 * steps, and a training that finds it goes on from there and ends with the same weights, bit for bit, as one that was
 * never interrupted. Not safe for use by several threads.
 */
public final class Trainer {
    private static final String FORMAT = "quad.training.1";

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
        this.options = options;
        this.seed = seed;
        this.listener = listener;
        this.checkpoint = checkpoint;
    }

    /**
     * Trains a model in place, without a held-out part; see the other.
     */
    public void train(Decoder decoder, List<TokenSequence> data) throws IOException {
        train(decoder, data, List.of());
    }

    /**
     * Trains a model in place.
     *
     * @param data at least one token to predict in all
     * @param heldOut what the loss is measured on every {@link TrainingOptions#evaluationSteps} steps and after the last;
     *     empty to measure none
     * @throws NumericalException if the loss or the gradient becomes NaN or infinite, before the weights are changed;
     *     names the step and its sequences; the last checkpoint stays
     * @throws MismatchException if the checkpoint is of another training
     * @throws CancellationException if the thread is interrupted, after the state was written
     */
    public void train(Decoder decoder, List<TokenSequence> data, List<TokenSequence> heldOut) throws IOException {
        if (tokens(data) == 0) {
            throw new IllegalArgumentException("the " + data.size() + " training sequences have no token to predict");
        }
        if (!heldOut.isEmpty() && tokens(heldOut) == 0) {
            throw new IllegalArgumentException(
                    "the " + heldOut.size() + " held-out sequences have no token to predict");
        }
        String identity = identity(decoder, data);
        int size = decoder.parameters().length();
        try (AdamW adam = new AdamW(decoder.config());
                Floats gradient = Floats.allocate(size)) {
            int step = resume(decoder, adam, identity);
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
                adam.step(decoder.parameters(), gradient, (float) scale, done, rate, options.weightDecay());
                boolean last = tokens >= options.tokens();
                boolean stop = Thread.currentThread().isInterrupted();
                if (stop || done % options.checkpointSteps() == 0 || last) {
                    save(decoder, adam, identity, done);
                }
                listener.onStep(done, Math.min(tokens, options.tokens()), options.tokens(), loss);
                if (stop) {
                    throw new CancellationException("training was cancelled after step " + done);
                }
                if (!heldOut.isEmpty() && (last || done % options.evaluationSteps() == 0)) {
                    listener.onEvaluation(done, meanLoss(decoder, heldOut, options.microBatchTokens()));
                }
            }
        }
    }

    private static long tokens(List<TokenSequence> sequences) {
        return sequences.stream().mapToLong(s -> s.length() - 1L).sum();
    }

    /** Sums the gradients of consecutive parts of a batch, and returns the loss of each sequence. */
    private double[] addGradient(Decoder decoder, List<TokenSequence> batch, Floats gradient) {
        double[] losses = new double[batch.size()];
        int from = 0;
        for (List<TokenSequence> part : parts(batch, options.microBatchTokens())) {
            BatchLosses sums = decoder.addGradient(part, gradient);
            for (int i = 0; i < part.size(); i++) {
                losses[from++] = sums.sum(i);
            }
        }
        return losses;
    }

    /** Cuts into runs of sequences with at most so many tokens, or of one. */
    private static List<List<TokenSequence>> parts(List<TokenSequence> all, int most) {
        List<List<TokenSequence>> parts = new ArrayList<>();
        int from = 0;
        long tokens = 0;
        for (int i = 0; i < all.size(); i++) {
            long more = all.get(i).length() - 1L;
            if (i > from && tokens + more > most) {
                parts.add(all.subList(from, i));
                from = i;
                tokens = 0;
            }
            tokens += more;
        }
        parts.add(all.subList(from, all.size()));
        return parts;
    }

    /**
     * The mean loss of a token, in nats.
     *
     * @param data at least one token to predict in all
     * @param batchTokens tokens of one pass, which bound its memory, {@code >= 1}
     */
    public static double meanLoss(Decoder decoder, List<TokenSequence> data, int batchTokens) {
        double sum = 0;
        for (List<TokenSequence> part : parts(data, batchTokens)) {
            BatchLosses losses = decoder.losses(part);
            for (int i = 0; i < losses.items(); i++) {
                sum += losses.sum(i);
            }
        }
        return sum / tokens(data);
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
            digest.add(sequence.length());
            for (int i = 0; i < sequence.length(); i++) {
                digest.add((long) sequence.id(i));
            }
        }
        return digest.hex();
    }

    private int resume(Decoder decoder, AdamW adam, String identity) throws IOException {
        if (checkpoint.isEmpty() || !Files.exists(checkpoint.get())) {
            return 0;
        }
        Safetensors file = Safetensors.open(checkpoint.get());
        if (!file.metadata("identity").equals(identity)) {
            throw new MismatchException(checkpoint.get() + " is the state of another training (start "
                    + file.metadata("identity") + ", here " + identity + "); remove it to start again");
        }
        file.floats("parameters", decoder.parameters(), 0);
        file.floats("adam.m", adam.m, 0);
        file.floats("adam.v", adam.v, 0);
        return Integer.parseInt(file.metadata("step"));
    }

    private void save(Decoder decoder, AdamW adam, String identity, int step) {
        checkpoint.ifPresent(file -> {
            int size = decoder.parameters().length();
            try {
                new SafetensorsWriter(Map.of("format", FORMAT, "identity", identity, "step", Integer.toString(step)))
                        .add("parameters", decoder.parameters(), 0, size)
                        .add("adam.m", adam.m, 0, size)
                        .add("adam.v", adam.v, 0, size)
                        .write(file);
            } catch (IOException e) {
                throw new UncheckedIOException("the training state cannot be written to " + file, e);
            }
        });
    }
}
