// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Workers;

/** Where a pass takes its weights from, part by part as {@link Layout} cuts them. For use by one thread at a time. */
interface Weights extends AutoCloseable {

    /** Weights in memory from an index on. */
    record Part(Floats memory, int at) {}

    /**
     * The weights of a part. Of all parts but the gain of the last norm one at a time may be used: asking for another
     * may overwrite it.
     */
    Part part(int index);

    /** Copies the embedding of a token. Safe for use by several threads. */
    void embed(int token, Floats target, int at);

    /** Fails if closed, before memory is taken that nobody would free. */
    void checkOpen();

    @Override
    void close();

    /** All weights in one array. */
    final class Flat implements Weights {
        private final Layout layout;
        private final int width;
        final Floats values;

        Flat(DecoderConfig config, Layout layout, Floats values) {
            this.layout = layout;
            this.width = config.width();
            this.values = values;
        }

        @Override
        public Part part(int index) {
            return new Part(values, (int) layout.start(index));
        }

        @Override
        public void embed(int token, Floats target, int at) {
            target.copy(at, values, token * width, width);
        }

        @Override
        public void checkOpen() {
            values.buffer();
        }

        @Override
        public void close() {
            values.close();
        }
    }

    /** Copies all parts to one array. */
    default Floats flat(Layout layout) {
        try (Owned parts = new Owned()) {
            Floats result = parts.add(Floats.allocate(layout.size()));
            for (int index = 0; index < layout.parts; index++) {
                Part part = part(index);
                int start = (int) layout.start(index);
                Workers.forBlocks(
                        layout.length(index),
                        1 << 20,
                        (from, count) -> result.copy(start + from, part.memory(), part.at() + from, count));
            }
            return parts.release(result);
        }
    }
}
