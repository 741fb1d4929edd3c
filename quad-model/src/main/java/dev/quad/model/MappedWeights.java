// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.files.MappedTensor;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Workers;
import java.util.List;
import java.util.Map;

/**
 * Weights that stay in their file, of whatever type they have there: a part is turned to single precision when it is
 * asked for. Memory: the largest part.
 */
final class MappedWeights implements Weights {
    private static final int BLOCK = 1 << 20;

    /** A tensor and where it goes in its part. */
    record Source(MappedTensor tensor, int at) {}

    private final Layout layout;
    private final Map<Integer, List<Source>> sources;
    private final int width;
    private final Floats scratch;
    private final Floats finalNorm;
    private int staged = -1;

    MappedWeights(DecoderConfig config, Layout layout, Map<Integer, List<Source>> sources) {
        this.layout = layout;
        this.sources = sources;
        this.width = config.width();
        try (Owned parts = new Owned()) {
            this.finalNorm = parts.add(Floats.allocate(width));
            this.scratch = parts.add(
                    Floats.allocate(Math.max(layout.length(Layout.EMBEDDING), layout.length(layout.block(0)))));
            read(layout.finalNorm, finalNorm, 0);
            parts.release(this);
        }
    }

    @Override
    public Part part(int index) {
        if (index == layout.finalNorm) {
            return new Part(finalNorm, 0);
        }
        if (staged != index) {
            staged = -1;
            read(index, scratch, 0);
            staged = index;
        }
        return new Part(scratch, 0);
    }

    private void read(int index, Floats target, int at) {
        for (Source source : sources.getOrDefault(index, List.of())) {
            Workers.forBlocks(
                    (int) source.tensor().length(),
                    BLOCK,
                    (from, count) -> source.tensor().read(from, target.slice(at + source.at() + from, count)));
        }
    }

    @Override
    public void embed(int token, Floats target, int at) {
        for (Source source : sources.getOrDefault(Layout.EMBEDDING, List.of())) {
            source.tensor().read((long) token * width, target.slice(at, width));
        }
    }

    /** Reads all weights into one array. */
    @Override
    public Floats flat(Layout layout) {
        try (Owned parts = new Owned()) {
            Floats result = parts.add(Floats.allocate(layout.size()));
            for (int index = 0; index < layout.parts; index++) {
                read(index, result, (int) layout.start(index));
            }
            return parts.release(result);
        }
    }

    @Override
    public void checkOpen() {
        finalNorm.buffer();
    }

    @Override
    public void close() {
        finalNorm.close();
        scratch.close();
    }
}
