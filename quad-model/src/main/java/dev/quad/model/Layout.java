// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import java.util.Locale;

/**
 * Where each tensor lies among the parameters. They are cut into parts, which follow each other: the embedding, the
 * blocks, the gain of the last norm, the head where it is not the embedding. Matrices are row-major, {@code outputs ×
 * inputs}. Query, key and value rows follow each other, as do gate and up rows, so that each pair or triple is one
 * matrix product.
 */
final class Layout {
    static final int EMBEDDING = 0;

    /** Offsets in the part of a block. */
    final int attentionNorm = 0;

    final int qkv;
    final int qkvBias;
    final int output;
    final int outputBias;
    final int mlpNorm;
    final int gateUp;
    final int gateUpBias;
    final int down;
    final int downBias;

    /** Parts. */
    final int finalNorm;

    final int head;
    final int parts;

    private final int vocabularySize;
    private final int blockSize;
    private final DecoderConfig config;

    Layout(DecoderConfig c) {
        this.config = c;
        int d = c.width();
        Biases b = c.biases();
        long at = d;
        this.qkv = (int) at;
        at += (long) c.qkvWidth() * d;
        this.qkvBias = (int) at;
        at += b.qkv() ? c.qkvWidth() : 0;
        this.output = (int) at;
        at += (long) c.attentionWidth() * d;
        this.outputBias = (int) at;
        at += b.output() ? d : 0;
        this.mlpNorm = (int) at;
        at += d;
        this.gateUp = (int) at;
        at += 2L * c.mlpWidth() * d;
        this.gateUpBias = (int) at;
        at += b.mlp() ? 2L * c.mlpWidth() : 0;
        this.down = (int) at;
        at += (long) c.mlpWidth() * d;
        this.downBias = (int) at;
        at += b.mlp() ? d : 0;
        long table = (long) c.vocabulary() * d;
        double block = (double) d * (c.qkvWidth() + (double) c.attentionWidth() + 3.0 * c.mlpWidth()); // no overflow
        if (block > Integer.MAX_VALUE || at > Integer.MAX_VALUE || table > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "a block has %.0f parameters and the embedding %d; each may have %d",
                    Math.max(block, (double) at),
                    table,
                    Integer.MAX_VALUE));
        }
        this.blockSize = (int) at;
        this.vocabularySize = (int) table;
        this.finalNorm = c.layers() + 1;
        this.head = c.tiedHead() ? EMBEDDING : finalNorm + 1;
        this.parts = finalNorm + (c.tiedHead() ? 1 : 2);
    }

    /** The part that holds a block. */
    int block(int layer) {
        return 1 + layer;
    }

    /** How many parameters a part has. */
    int length(int part) {
        if (part == finalNorm) {
            return config.width();
        }
        return part == EMBEDDING || part == head ? vocabularySize : blockSize;
    }

    /** Where a part begins. */
    long start(int part) {
        if (part == EMBEDDING) {
            return 0;
        }
        long afterBlocks = vocabularySize + (long) config.layers() * blockSize;
        if (part == finalNorm) {
            return afterBlocks;
        }
        return part > finalNorm ? afterBlocks + config.width() : vocabularySize + (part - 1L) * blockSize;
    }

    /** All parameters. */
    long total() {
        return start(parts - 1) + length(parts - 1);
    }

    /** All parameters, where they are to lie in one array. */
    int size() {
        if (total() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the model has " + total() + " parameters; at most " + Integer.MAX_VALUE
                    + " can be held in memory: leave them in their file with Decoder.map");
        }
        return (int) total();
    }

    /** Where a tensor of a block begins in one array. */
    int position(int layer, int offset) {
        return Math.toIntExact(start(block(layer)) + offset);
    }
}
