// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;

/**
 * Causal attention of one sequence and one key-value head with the query heads that share it: {@code P = softmax(Q Kᵀ /
 * √h)} below the diagonal, {@code O = P V}.
 *
 * <p>Queries are taken in blocks of {@link #BLOCK} rows, each against the keys up to its own end, so that little of the
 * masked half is computed. Backward, with {@code dP = dO Vᵀ}: {@code dS = P ∘ (dP − rowsum(dP ∘ P)) / √h}, {@code dQ =
 * dS K}, {@code dK = dSᵀ Q}, {@code dV = Pᵀ dO}.
 *
 * <p>P is not kept, which would take {@code heads × n × n} elements a sequence: the backward pass makes each block
 * again, which is one of its five products. A row of {@code qkv} holds all query heads, all key heads, all value heads.
 */
final class Attention {
    private static final int BLOCK = 64;

    private final int heads;
    private final int groups;
    private final int h;
    private final int stride;
    private final float scale;

    Attention(DecoderConfig config) {
        this.heads = config.heads();
        this.groups = config.keyValueHeads();
        this.h = config.headWidth();
        this.stride = config.qkvWidth();
        this.scale = (float) (1 / Math.sqrt(h));
    }

    /**
     * Rows {@code [row, row + n)} of {@code o} from those of {@code qkv}, for one key-value head.
     *
     * @param scratch of at least {@link #scratchSize} elements, this call's own
     */
    void forward(Floats qkv, Floats o, Floats scratch, int row, int n, int group) {
        int keys = row * stride + (heads + group) * h;
        Matrix values = Matrix.of(qkv, keys + groups * h, n, h, stride);
        float[] line = new float[n];
        for (int head = first(group); head < first(group + 1); head++) {
            for (int from = 0; from < n; from += BLOCK) {
                int count = Math.min(BLOCK, n - from);
                int end = from + count;
                weights(qkv, scratch, (row + from) * stride + head * h, keys, from, count, line);
                int out = (row + from) * heads * h + head * h;
                Blas.multiply(
                        1,
                        Matrix.of(scratch, count, end),
                        values.rows(0, end),
                        0,
                        Matrix.of(o, out, count, h, heads * h));
            }
        }
    }

    /**
     * P of {@code count} queries that begin at position {@code from}, in the first {@code count × (from + count)}
     * elements.
     */
    private void weights(Floats qkv, Floats p, int queries, int keys, int from, int count, float[] line) {
        int end = from + count;
        Blas.multiply(
                scale,
                Matrix.of(qkv, queries, count, h, stride),
                Matrix.of(qkv, keys, end, h, stride).transposed(),
                0,
                Matrix.of(p, count, end));
        for (int i = 0; i < count; i++) {
            softmax(p, i * end, from + i + 1, end, line);
        }
    }

    /** Turns {@code used} scores into weights and sets the masked rest up to {@code end} to 0. */
    private static void softmax(Floats p, int at, int used, int end, float[] line) {
        p.get(at, line, 0, used);
        Exponential.exponentials(line, used, Exponential.max(line, used));
        float inverse = 1f / Exponential.sum(line, used);
        for (int j = 0; j < used; j++) {
            line[j] *= inverse;
        }
        java.util.Arrays.fill(line, used, end, 0f);
        p.set(at, line, 0, end);
    }

    /**
     * The gradient of {@code qkv} from that of {@code o}, for one sequence and one key-value head.
     *
     * @param dqkv its key and value parts of these rows must be 0 before; its query part is set
     * @param scratch of at least {@link #scratchSize} elements, this call's own
     */
    void backward(Floats qkv, Floats dOut, Floats dqkv, Floats scratch, int row, int n, int group) {
        int keys = row * stride + (heads + group) * h;
        int values = keys + groups * h;
        int dp = BLOCK * n;
        float[] line = new float[n];
        float[] gradient = new float[n];
        for (int head = first(group); head < first(group + 1); head++) {
            for (int from = 0; from < n; from += BLOCK) {
                int count = Math.min(BLOCK, n - from);
                int end = from + count;
                int queries = (row + from) * stride + head * h;
                Matrix q = Matrix.of(qkv, queries, count, h, stride);
                Matrix k = Matrix.of(qkv, keys, end, h, stride);
                Matrix v = Matrix.of(qkv, values, end, h, stride);
                Matrix dO = Matrix.of(dOut, (row + from) * heads * h + head * h, count, h, heads * h);
                Matrix p = Matrix.of(scratch, count, end);
                Matrix dS = Matrix.of(scratch, dp, count, end, end);
                weights(qkv, scratch, queries, keys, from, count, line);
                Blas.multiply(1, dO, v.transposed(), 0, dS);
                for (int i = 0; i < count; i++) {
                    softmaxBackward(scratch, i * end, dp + i * end, end, line, gradient);
                }
                Blas.multiply(scale, dS, k, 0, Matrix.of(dqkv, queries, count, h, stride));
                Blas.multiply(scale, dS.transposed(), q, 1, Matrix.of(dqkv, keys, end, h, stride));
                Blas.multiply(1, p.transposed(), dO, 1, Matrix.of(dqkv, values, end, h, stride));
            }
        }
    }

    /**
     * The tangent of {@code o} from that of {@code qkv}: {@code Ṡ = (Q̇ Kᵀ + Q K̇ᵀ)/√h}, {@code Ṗ = P ∘ (Ṡ − rowsum(Ṡ ∘
     * P))}, {@code Ȯ = Ṗ V + P V̇}.
     *
     * @param scratch of at least {@link #scratchSize} elements, this call's own
     */
    void tangent(Floats qkv, Floats dqkv, Floats dOut, Floats scratch, int row, int n, int group) {
        int keys = row * stride + (heads + group) * h;
        int values = keys + groups * h;
        int dp = BLOCK * n;
        float[] line = new float[n];
        float[] tangent = new float[n];
        for (int head = first(group); head < first(group + 1); head++) {
            for (int from = 0; from < n; from += BLOCK) {
                int count = Math.min(BLOCK, n - from);
                int end = from + count;
                int queries = (row + from) * stride + head * h;
                Matrix p = Matrix.of(scratch, count, end);
                Matrix dS = Matrix.of(scratch, dp, count, end, end);
                weights(qkv, scratch, queries, keys, from, count, line);
                Matrix k = Matrix.of(qkv, keys, end, h, stride);
                Matrix dK = Matrix.of(dqkv, keys, end, h, stride);
                Blas.multiply(scale, Matrix.of(dqkv, queries, count, h, stride), k.transposed(), 0, dS);
                Blas.multiply(scale, Matrix.of(qkv, queries, count, h, stride), dK.transposed(), 1, dS);
                for (int i = 0; i < count; i++) {
                    softmaxBackward(scratch, i * end, dp + i * end, end, line, tangent);
                }
                Matrix o = Matrix.of(dOut, (row + from) * heads * h + head * h, count, h, heads * h);
                Blas.multiply(1, dS, Matrix.of(qkv, values, end, h, stride), 0, o);
                Blas.multiply(1, p, Matrix.of(dqkv, values, end, h, stride), 1, o);
            }
        }
    }

    /**
     * Turns a row of dP into one of dS, but for the scale, or of Ṡ into one of Ṗ, which is the same: the matrix between
     * them is symmetric. Where P is 0, as what is masked, so is the result.
     */
    private static void softmaxBackward(
            Floats scratch, int at, int dpAt, int count, float[] weights, float[] gradient) {
        scratch.get(at, weights, 0, count);
        scratch.get(dpAt, gradient, 0, count);
        float sum = Exponential.dot(weights, gradient, count);
        for (int j = 0; j < count; j++) {
            gradient[j] = weights[j] * (gradient[j] - sum);
        }
        scratch.set(dpAt, gradient, 0, count);
    }

    private int first(int group) {
        return group * (heads / groups);
    }

    /** What one call needs beside its arguments. */
    static int scratchSize(int longest) {
        return 2 * BLOCK * longest;
    }
}
