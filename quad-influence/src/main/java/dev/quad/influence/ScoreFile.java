// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Scores that another program computed along a {@link ReferenceDirection}, by forward passes for example: a safetensors
 * file that {@code docs/captures.md} describes and {@code quad_torch} writes from PyTorch. An item is its id.
 *
 * <p>Utilities {@code U(z) = ⟨v, ∇L(θ,z)⟩} of the mean loss over the tokens of z; positive means that training on the
 * item is predicted to lower the reference loss. What has NaN or an infinity in the file is flagged, and so is an id
 * that is not in it. Holds 20 bytes an item. Immutable; safe for use by several threads.
 */
public final class ScoreFile implements InfluenceEstimator<String> {
    private static final String FORMAT = "quad.scores.1";

    private final Path file;
    private final long[] keys;
    private final double[] scores;
    private final int[] tokens;
    private final String fingerprint;

    private ScoreFile(Path file, long[] keys, double[] scores, int[] tokens, String fingerprint) {
        this.file = file;
        this.keys = keys;
        this.scores = scores;
        this.tokens = tokens;
        this.fingerprint = fingerprint;
    }

    /**
     * Reads a file of scores.
     *
     * @param direction what the scores must have been computed along
     * @throws InputException if the file is damaged, or an id comes twice
     * @throws MismatchException if the scores are of another direction or model, or say another sign or unit
     */
    public static ScoreFile open(Path file, ReferenceDirection direction) {
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(direction, "the direction is null");
        return Unchecked.get(file, () -> read(file, direction));
    }

    private static ScoreFile read(Path file, ReferenceDirection direction) throws IOException {
        Safetensors tensors = Safetensors.open(file, FORMAT);
        require(file, tensors, "model", direction.modelFingerprint());
        require(file, tensors, "direction", direction.fingerprint());
        require(file, tensors, "sign", "positive");
        require(file, tensors, "unit", "token");
        double[] scores = tensors.doubles("score");
        int[] tokens = tensors.ints("tokens");
        if (tokens.length != scores.length) {
            throw tensors.fault(
                    "its tensor \"tokens\" has " + tokens.length + " values for " + scores.length + " scores");
        }
        List<String> ids = tensors.lines("ids", scores.length);
        long[] unsorted = ids.stream().mapToLong(ScoreFile::key).toArray();
        int[] order = IntStream.range(0, unsorted.length)
                .boxed()
                .sorted(Comparator.comparingLong(i -> unsorted[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 1; i < order.length; i++) {
            if (unsorted[order[i]] == unsorted[order[i - 1]]) {
                throw tensors.fault("it has two scores of the item \"" + ids.get(order[i]) + "\"");
            }
        }
        return new ScoreFile(
                file,
                Arrays.stream(order).mapToLong(i -> unsorted[i]).toArray(),
                Arrays.stream(order).mapToDouble(i -> scores[i]).toArray(),
                Arrays.stream(order).map(i -> tokens[i]).toArray(),
                Fingerprint.of("quad.score-file.1")
                        .add(direction.fingerprint())
                        .add(Safetensors.bytes(scores))
                        .add(String.join("\n", ids))
                        .hex());
    }

    private static void require(Path file, Safetensors tensors, String key, String value) {
        String found = tensors.metadata(key);
        if (!found.equals(value)) {
            throw new MismatchException(file + " holds scores whose \"" + key + "\" is \"" + found + "\"; \"" + value
                    + "\" is needed: score with the direction that is given here");
        }
    }

    /**
     * Writes scores in this form.
     *
     * @param ids one a score, unique, without a line break
     * @param scores per token, as {@link Influence} and {@link ForwardInfluence} give them
     * @param tokens supervised tokens of each item
     */
    public static void write(
            Path file, ReferenceDirection direction, List<String> ids, InfluenceScores scores, int[] tokens) {
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(direction, "the direction is null");
        Objects.requireNonNull(ids, "the ids are null");
        Objects.requireNonNull(scores, "the scores are null");
        Objects.requireNonNull(tokens, "the tokens are null");
        int n = scores.size();
        if (ids.size() != n || tokens.length != n) {
            throw new IllegalArgumentException(
                    n + " scores come with " + ids.size() + " ids and " + tokens.length + " counts of tokens");
        }
        double[] values = new double[n];
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < n; i++) {
            if (!seen.add(ids.get(i)) || tokens[i] < 0) {
                throw new IllegalArgumentException("score " + i + " is of the id \"" + ids.get(i) + "\" and of "
                        + tokens[i] + " tokens; each id comes once, with 0 tokens or more");
            }
            if (ids.get(i).indexOf('\n') >= 0) {
                throw new IllegalArgumentException(
                        "the id \"" + ids.get(i) + "\" has a line break; ids are one line each");
            }
            values[i] = scores.isScored(i) ? scores.value(i) : Double.NaN;
        }
        new SafetensorsWriter(Map.of(
                        "format",
                        FORMAT,
                        "model",
                        direction.modelFingerprint(),
                        "direction",
                        direction.fingerprint(),
                        "sign",
                        "positive",
                        "unit",
                        "token"))
                .add("score", values, n)
                .add("tokens", tokens, n)
                .add("ids", String.join("\n", ids))
                .write(file);
    }

    @Override
    public InfluenceScores score(List<? extends String> items) {
        Objects.requireNonNull(items, "the items are null");
        InfluenceScores.Builder result = InfluenceScores.builder();
        for (String id : items) {
            int at = Arrays.binarySearch(keys, key(id));
            if (at < 0) {
                result.flag(file + " has no score of \"" + id + "\"");
                continue;
            }
            result.countTokens(tokens[at]);
            if (Double.isFinite(scores[at])) {
                result.add(scores[at]);
            } else {
                result.flag("its score in " + file + " is " + scores[at]);
            }
        }
        return result.build();
    }

    /** 64 bits of a digest, so that ids need not be held. */
    private static long key(String id) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }
}
