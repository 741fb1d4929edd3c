// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

/**
 * Where each tensor lies in the flat parameter vector, row-major, {@code outputs × inputs}. Query, key and value rows
 * follow each other, as do gate and up rows, so that each pair or triple is one matrix product.
 */
final class Layout {
    final int embedding;
    final int finalNorm;
    final int head;
    final int size;
    private final int blockStart;
    private final int blockSize;
    private final DecoderConfig config;

    Layout(DecoderConfig config) {
        this.config = config;
        int d = config.width();
        long block = 2L * d + (long) config.qkvWidth() * d + (long) d * d + 3L * config.mlpWidth() * d;
        long total = (long) config.vocabulary() * d * (config.tiedHead() ? 1 : 2) + d + block * config.layers();
        if (total > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the model has " + total + " parameters; this version holds at most " + Integer.MAX_VALUE);
        }
        this.embedding = 0;
        this.blockStart = config.vocabulary() * d;
        this.blockSize = (int) block;
        this.finalNorm = blockStart + config.layers() * blockSize;
        this.head = config.tiedHead() ? embedding : finalNorm + d;
        this.size = (int) total;
    }

    int attentionNorm(int layer) {
        return blockStart + layer * blockSize;
    }

    int qkv(int layer) {
        return attentionNorm(layer) + config.width();
    }

    int output(int layer) {
        return qkv(layer) + config.qkvWidth() * config.width();
    }

    int mlpNorm(int layer) {
        return output(layer) + config.width() * config.width();
    }

    int gateUp(int layer) {
        return mlpNorm(layer) + config.width();
    }

    int down(int layer) {
        return gateUp(layer) + 2 * config.mlpWidth() * config.width();
    }
}
