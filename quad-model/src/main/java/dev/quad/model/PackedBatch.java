// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;
import java.util.List;

/**
 * Sequences laid end to end without padding. A sequence of n tokens gives n − 1 rows: row t holds token t and predicts
 * token t + 1, whose loss counts or not.
 */
final class PackedBatch {
    final int rows;
    final int[] starts;
    final int[] inputs;
    final int[] targets;
    final int[] positions;
    final boolean[] counts;
    final boolean margin;

    PackedBatch(List<? extends TokenSequence> sequences, DecoderConfig config) {
        this(sequences, config, LossMask.all());
    }

    PackedBatch(List<? extends TokenSequence> sequences, DecoderConfig config, LossMask mask) {
        margin = mask instanceof MarginOn;
        starts = new int[sequences.size() + 1];
        for (int s = 0; s < sequences.size(); s++) {
            TokenSequence sequence = sequences.get(s);
            if (sequence == null) {
                throw new NullPointerException("sequence " + s + " is null; leave out what is not there");
            }
            int length = sequence.length();
            if (length - 1 > config.maxLength()) {
                throw new IllegalArgumentException("sequence " + s + " has " + length
                        + " tokens; the model takes at most " + (config.maxLength() + 1) + ": cut it into chunks");
            }
            starts[s + 1] = starts[s] + length - 1;
        }
        rows = starts[sequences.size()];
        inputs = new int[rows];
        targets = new int[rows];
        positions = new int[rows];
        counts = new boolean[rows];
        for (int s = 0; s < sequences.size(); s++) {
            TokenSequence sequence = sequences.get(s);
            for (int t = 0; t + 1 < sequence.length(); t++) {
                inputs[starts[s] + t] = id(sequence, t, s, config);
                targets[starts[s] + t] = id(sequence, t + 1, s, config);
                positions[starts[s] + t] = t;
                counts[starts[s] + t] = mask.counts(sequence, t + 1);
            }
        }
    }

    private static int id(TokenSequence sequence, int at, int index, DecoderConfig config) {
        int id = sequence.id(at);
        if (id < 0 || id >= config.vocabulary()) {
            throw new IllegalArgumentException("sequence " + index + " holds the token id " + id + " at position " + at
                    + "; the model knows [0, " + config.vocabulary() + "): use the tokenizer it was trained with");
        }
        return id;
    }

    int sequences() {
        return starts.length - 1;
    }

    /** The most rows of a sequence. */
    int longest() {
        int longest = 0;
        for (int s = 0; s < sequences(); s++) {
            longest = Math.max(longest, length(s));
        }
        return longest;
    }

    int length(int sequence) {
        return starts[sequence + 1] - starts[sequence];
    }
}
