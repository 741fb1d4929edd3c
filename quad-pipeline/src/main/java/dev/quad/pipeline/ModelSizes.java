// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.model.DecoderConfig;
import java.util.OptionalInt;

/**
 * What a new model of the Llama family has, but for its vocabulary, which is that of its tokenizer.
 *
 * @param width length of the residual stream
 * @param layers blocks, {@code >= 1}
 * @param heads query heads, which share the width
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param mlpWidth inner width of the MLP
 * @param length longest sequence, in tokens
 * @param tied whether the output head has the weights of the embedding
 */
public record ModelSizes(int width, int layers, int heads, int keyValueHeads, int mlpWidth, int length, boolean tied) {

    /** Checks all sizes and reports every problem at once. */
    public ModelSizes {
        config(2, width, layers, heads, keyValueHeads, mlpWidth, length, tied); // throws
    }

    /** Starts from the sizes of the proxy: 0.8 million weights on bytes. */
    public static Builder builder() {
        return new Builder();
    }

    DecoderConfig with(int vocabulary) {
        return config(vocabulary, width, layers, heads, keyValueHeads, mlpWidth, length, tied);
    }

    private static DecoderConfig config(
            int vocabulary,
            int width,
            int layers,
            int heads,
            int keyValueHeads,
            int mlpWidth,
            int length,
            boolean tied) {
        return DecoderConfig.builder(vocabulary)
                .width(width)
                .layers(layers)
                .heads(heads)
                .keyValueHeads(keyValueHeads)
                .mlpWidth(mlpWidth)
                .maxLength(length)
                .tiedHead(tied)
                .build();
    }

    /** Collects sizes; those that are not set follow from the width. */
    public static final class Builder {
        private int width = 128;
        private int layers = 4;
        private OptionalInt heads = OptionalInt.empty();
        private OptionalInt keyValueHeads = OptionalInt.empty();
        private OptionalInt mlpWidth = OptionalInt.empty();
        private int length = 256;
        private boolean tied = true;

        private Builder() {}

        /** Length of the residual stream; 128 unless set. */
        public Builder width(int value) {
            width = value;
            return this;
        }

        /** Blocks; 4 unless set. */
        public Builder layers(int value) {
            layers = value;
            return this;
        }

        /** Query heads; unless set, so many that each has 32 to 64 numbers. */
        public Builder heads(int value) {
            heads = OptionalInt.of(value);
            return this;
        }

        /** Key and value heads; as many as heads unless set. */
        public Builder keyValueHeads(int value) {
            keyValueHeads = OptionalInt.of(value);
            return this;
        }

        /** Inner width of the MLP; 8/3 of the width unless set. */
        public Builder mlpWidth(int value) {
            mlpWidth = OptionalInt.of(value);
            return this;
        }

        /** Longest sequence, in tokens; 256 unless set. */
        public Builder length(int value) {
            length = value;
            return this;
        }

        /** Whether the output head has the weights of the embedding; yes unless set. */
        public Builder tied(boolean value) {
            tied = value;
            return this;
        }

        /**
         * The sizes.
         *
         * @throws IllegalArgumentException if they do not go together; names all that is wrong
         */
        public ModelSizes build() {
            int count = heads.orElse(Math.max(1, width / Math.max(32, Math.min(64, width / 4))));
            return new ModelSizes(
                    width,
                    layers,
                    count,
                    keyValueHeads.orElse(count),
                    mlpWidth.orElse((width * 8 / 3 + 31) / 32 * 32),
                    length,
                    tied);
        }
    }
}
