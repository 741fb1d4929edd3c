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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.random.RandomGenerator;

/**
 * Trains a {@link Decoder} on next-token prediction with AdamW, linear warm-up and cosine decay to a tenth of the
 * highest rate, and clipping by norm.
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
     * Trains a model in place.
     *
     * @param data at least one token to predict in all
     * @throws NumericalException if the loss becomes NaN or infinite; names the step; the last checkpoint stays
     * @throws MismatchException if the checkpoint is of another training
     * @throws CancellationException if the thread is interrupted, after the state was written
     */
    public void train(Decoder decoder, List<TokenSequence> data) throws IOException {
        long available = data.stream().mapToLong(s -> s.length() - 1L).sum();
        if (available == 0) {
            throw new IllegalArgumentException("the " + data.size() + " training sequences have no token to predict");
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
                List<TokenSequence> batch = order.next();
                long batchTokens =
                        batch.stream().mapToLong(s -> s.length() - 1L).sum();
                tokens += batchTokens;
                done++;
                if (done <= step) {
                    continue;
                }
                gradient.clear(0, size);
                BatchLosses losses = decoder.addGradient(batch, gradient);
                double loss = 0;
                for (int i = 0; i < losses.items(); i++) {
                    loss += losses.sum(i);
                }
                loss /= batchTokens;
                double norm = norm(gradient) / batchTokens;
                if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
                    throw new NumericalException("training diverged at step " + done + ": loss " + loss
                            + ", gradient norm " + norm + "; use a lower learning rate than " + options.learningRate());
                }
                double scale = Math.min(1, options.clip() / (norm + 1e-12)) / batchTokens;
                double rate = rate((tokens - batchTokens / 2.0) / options.tokens());
                adam.step(decoder.parameters(), gradient, (float) scale, done, rate, options.weightDecay());
                boolean stop = Thread.currentThread().isInterrupted();
                if (stop || done % options.checkpointSteps() == 0 || tokens >= options.tokens()) {
                    save(decoder, adam, identity, done);
                }
                listener.onStep(done, Math.min(tokens, options.tokens()), options.tokens(), loss);
                if (stop) {
                    throw new CancellationException("training was cancelled after step " + done);
                }
            }
        }
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

    private static double norm(Floats gradient) {
        double sum = 0;
        int chunk = 1 << 16;
        float[] values = new float[chunk];
        for (int from = 0; from < gradient.length(); from += chunk) {
            int count = Math.min(chunk, gradient.length() - from);
            gradient.get(from, values, 0, count);
            for (int i = 0; i < count; i++) {
                sum += (double) values[i] * values[i];
            }
        }
        return Math.sqrt(sum);
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

        List<TokenSequence> next() {
            List<TokenSequence> batch = new ArrayList<>();
            int tokens = 0;
            while (true) {
                if (next == order.length) {
                    shuffle();
                }
                TokenSequence sequence = data.get(order[next]);
                if (tokens > 0 && tokens + sequence.length() - 1 > options.batchTokens()) {
                    return batch;
                }
                batch.add(sequence);
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
