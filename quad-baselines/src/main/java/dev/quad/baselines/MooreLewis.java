// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.util.List;
import java.util.stream.Stream;

/**
 * Difference of cross-entropies (Moore and Lewis, 2010): how much better an {@link NgramModel} of the reference reads a
 * document than one of the pool does, {@code H_pool(z) − H_ref(z)}, in nats a byte. Both are of the same order and
 * alphabet, and that of the pool is trained on documents drawn from it of as many characters as the reference has:
 * models of unequal size would differ by their size.
 *
 * <p>The documents drawn for it are read a little better by it than others, and so score a little lower. An empty text
 * is flagged. Memory: some 32 bytes for each different run of up to 6 bytes of the reference and of as much text of the
 * pool, whatever the size of the pool.
 */
public final class MooreLewis implements DocumentScorer<Document> {
    private final int order;

    private MooreLewis(int order) {
        this.order = order;
    }

    /** With models of {@link NgramModel#DEFAULT_ORDER}. */
    public static MooreLewis ofBytes() {
        return ofBytes(NgramModel.DEFAULT_ORDER);
    }

    /**
     * With models of another order.
     *
     * @param order in {@code [1, 7]}
     */
    public static MooreLewis ofBytes(int order) {
        return new MooreLewis(NgramModel.requireOrder(order));
    }

    @Override
    public String id() {
        return "moore-lewis(order=" + order + ")";
    }

    @Override
    public FittedScorer<Document> fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        PoolSample.require("moore-lewis", pool, reference, seed);
        long start = System.nanoTime();
        List<String> wanted = PoolSample.texts(reference);
        long chars = wanted.stream().mapToLong(String::length).sum();
        List<String> usual =
                PoolSample.texts(PoolSample.of(pool, Integer.MAX_VALUE, chars, seed, "moore-lewis.sample"));
        List<NgramModel> models = Stream.of(wanted, usual)
                .parallel()
                .map(texts -> NgramModel.train(order, texts))
                .toList();
        Fingerprint learned = Fingerprint.of("moore-lewis");
        models.forEach(model -> learned.add(model.fingerprint()));
        return new TextScores(id(), learned, start, 2.0 * order) {
            @Override
            double score(String text) {
                return text.isEmpty()
                        ? Double.NaN
                        : models.get(1).natsPerByte(text) - models.get(0).natsPerByte(text);
            }
        };
    }

    @Override
    public String toString() {
        return id();
    }
}
