// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import dev.quad.text.Document;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Scores by a linear function of the words, pairs of words and ends of lines of a whole document, hashed to 2²⁰ buckets
 * and scaled to length 1: what {@link LinearClassifier}, {@link Betr} and {@link QuRating} learn. Can be kept in a file
 * of 4 MiB. A text without a word is flagged. Cost: one pass over the characters.
 */
public final class LinearScores implements FittedScorer<Document> {
    /** Of at most two features a byte: their values and length, and a product and a sum for each. */
    private static final double FLOPS_PER_BYTE = 10;

    private static final String FORMAT = "quad.linear-scores.1";

    private final LinearModel model;
    private final TextScores scores;

    LinearScores(String id, LinearModel model, Duration fitTime) {
        this.model = model;
        this.scores = new TextScores(id, fingerprint(id, model), fitTime, FLOPS_PER_BYTE) {
            @Override
            double score(String text) {
                Features features = Features.of(text);
                return features.isEmpty() ? Double.NaN : model.of(features);
            }
        };
    }

    private static String fingerprint(String id, LinearModel model) {
        Fingerprint learned = Fingerprint.of("linear scores").add(Double.doubleToLongBits(model.bias()));
        for (int bucket = 0; bucket < Features.SIZE; bucket++) {
            int bits = Float.floatToIntBits(model.weights()[bucket]);
            if (bits != 0) {
                learned.add((long) bucket << 32 | (bits & 0xFFFF_FFFFL));
            }
        }
        return learned.add(id).hex();
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws InputException if the file is none of those, or damaged
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static LinearScores load(Path file) {
        Objects.requireNonNull(file, "the file is null");
        return Unchecked.get(file, () -> {
            Safetensors tensors = Safetensors.open(file, FORMAT);
            if (tensors.shape("weights").length != 1 || tensors.shape("weights")[0] != Features.SIZE) {
                throw tensors.fault("it has no " + Features.SIZE + " weights; give a file that was saved by Quad");
            }
            float[] weights = new float[Features.SIZE];
            tensors.floats("weights", FloatBuffer.wrap(weights));
            double[] bias = tensors.doubles("bias");
            LinearScores loaded =
                    new LinearScores(tensors.metadata("id"), new LinearModel(weights, bias[0], 0), Duration.ZERO);
            if (!loaded.fingerprint().equals(tensors.metadata("fingerprint"))) {
                throw tensors.fault("its numbers are not those that were saved; save it again");
            }
            return loaded;
        });
    }

    /**
     * Writes it, as a safetensors file that appears when it is whole.
     *
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void save(Path file) {
        Objects.requireNonNull(file, "the file is null");
        new SafetensorsWriter(Map.of("format", FORMAT, "id", id(), "fingerprint", fingerprint()))
                .add("bias", new double[] {model.bias()}, 1)
                .add("weights", FloatBuffer.wrap(model.weights()), Features.SIZE)
                .write(file);
    }

    @Override
    public InfluenceScores score(List<? extends Document> documents) {
        return scores.score(documents);
    }

    @Override
    public String id() {
        return scores.id();
    }

    @Override
    public String fingerprint() {
        return scores.fingerprint();
    }

    /** Nothing, for one that was loaded. */
    @Override
    public Duration fitTime() {
        return scores.fitTime();
    }

    @Override
    public OptionalDouble fitFlops() {
        return OptionalDouble.of(model.learnFlops());
    }

    @Override
    public OptionalDouble flopsPerToken() {
        return scores.flopsPerToken();
    }

    @Override
    public String toString() {
        return id();
    }
}
