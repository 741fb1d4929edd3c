// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Precision;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gradients of documents, of which an inner product with a direction is the score that {@link DetailedScores} gives a
 * document: {@code Σ_c w_c g_c / n_c / Σ_c w_c} over its chunks, g_c of the loss summed over the n_c tokens of a chunk,
 * and w_c their number, or 1. Its output gradients are multiplied by the factor of their chunk. A document without a
 * token to predict has no rows.
 */
final class DocumentGradients implements GradientSource<Document> {
    private final GradientSource<TokenSequence> source;
    private final Chunker chunker;
    private final boolean equalChunks;

    DocumentGradients(GradientSource<TokenSequence> source, Chunker chunker, boolean equalChunks) {
        this.source = source;
        this.chunker = chunker;
        this.equalChunks = equalChunks;
    }

    @Override
    public List<LayerShape> layers() {
        return source.layers();
    }

    @Override
    public String fingerprint() {
        return source.fingerprint();
    }

    @Override
    public Precision precision() {
        return source.precision();
    }

    @Override
    public int tokens(Document document) {
        return chunker.chunks(document).stream().mapToInt(source::tokens).sum();
    }

    @Override
    public int rows(Document document) {
        return chunker.chunks(document).stream().mapToInt(source::rows).sum();
    }

    @Override
    public BatchLosses capture(List<? extends Document> batch, Targets targets, CaptureSink sink) {
        List<TokenSequence> chunks = new ArrayList<>();
        int[] firsts = new int[batch.size() + 1];
        for (int d = 0; d < batch.size(); d++) {
            chunks.addAll(chunker.chunks(batch.get(d)));
            firsts[d + 1] = chunks.size();
        }
        double[] sums = new double[batch.size()];
        int[] tokens = new int[batch.size()];
        if (chunks.isEmpty()) {
            return new BatchLosses(sums, tokens);
        }
        double[] factors = factors(chunks, firsts);
        BatchLosses losses = source.capture(chunks, targets, capture -> hand(capture, firsts, factors, sink));
        for (int d = 0; d < sums.length; d++) {
            for (int c = firsts[d]; c < firsts[d + 1]; c++) {
                sums[d] += losses.sum(c);
                tokens[d] += losses.tokens(c);
            }
        }
        return new BatchLosses(sums, tokens);
    }

    private double[] factors(List<TokenSequence> chunks, int... firsts) {
        double[] factors = new double[chunks.size()];
        for (int d = 0; d + 1 < firsts.length; d++) {
            double all = 0;
            for (int c = firsts[d]; c < firsts[d + 1]; c++) {
                int tokens = source.tokens(chunks.get(c));
                double weight =
                        tokens == 0 ? 0 : equalChunks ? 1 : chunks.get(c).length() - 1;
                factors[c] = tokens == 0 ? 0 : weight / tokens;
                all += weight;
            }
            for (int c = firsts[d]; c < firsts[d + 1]; c++) {
                factors[c] /= Math.max(all, 1);
            }
        }
        return factors;
    }

    private void hand(LayerCapture capture, int[] firsts, double[] factors, CaptureSink sink) {
        int outputs = layers().get(capture.layer()).outputs();
        int[] starts = Arrays.stream(firsts).map(capture::firstRow).toArray();
        try (Reals delta = precision() == Precision.SINGLE
                        ? Floats.of(capture.outputGradients())
                        : Doubles.of(capture.doubleOutputGradients());
                Reals scaled = Reals.scratch(precision(), capture.rows() * outputs)) {
            double[] row = new double[outputs];
            for (int c = 0; c < factors.length; c++) {
                for (int t = capture.firstRow(c); t < capture.firstRow(c + 1); t++) {
                    delta.read(t * outputs, row, 0, outputs);
                    for (int i = 0; i < outputs; i++) {
                        row[i] *= factors[c];
                    }
                    scaled.write(t * outputs, row, 0, outputs);
                }
            }
            sink.accept(
                    scaled instanceof Floats floats
                            ? new LayerCapture(capture.layer(), capture.inputs(), floats.buffer(), starts)
                            : new LayerCapture(
                                    capture.layer(), capture.doubleInputs(), ((Doubles) scaled).buffer(), starts));
        }
    }

    @Override
    public String toString() {
        return "gradients of documents in " + chunker;
    }
}
