// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;

/**
 * Causal attention of one sequence and one key-value head with the query heads that share it:
 * {@code P = softmax(Q Kᵀ / √h)} below the diagonal, {@code O = P V}.
 *
 * <p>Queries are taken in blocks of {@link #BLOCK} rows, each against the keys up to its own end, so that little of the
 * masked half is computed. Backward, with {@code dP = dO Vᵀ}: {@code dS = P ∘ (dP − rowsum(dP ∘ P)) / √h},
 * {@code dQ = dS K}, {@code dK = dSᵀ Q}, {@code dV = Pᵀ dO}.
 *
 * <p>A row of {@code qkv} holds all query heads, all key heads, all value heads. P of a sequence of n rows takes
 * {@code heads × n × n} elements.
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
     * @param p receives the attention weights of this sequence from {@code pAt} on
     */
    void forward(Floats qkv, Floats o, Floats p, int pAt, int row, int n, int group) {
        int keys = row * stride + (heads + group) * h;
        int values = keys + groups * h;
        float[] line = new float[n];
        for (int head = first(group); head < first(group + 1); head++) {
            int weights = pAt + head * n * n;
            for (int from = 0; from < n; from += BLOCK) {
                int count = Math.min(BLOCK, n - from);
                int end = from + count;
                int at = weights + from * n;
                Blas.gemm(
                        false,
                        true,
                        count,
                        end,
                        h,
                        scale,
                        qkv,
                        (row + from) * stride + head * h,
                        stride,
                        qkv,
                        keys,
                        stride,
                        0,
                        p,
                        at,
                        n);
                for (int i = 0; i < count; i++) {
                    softmax(p, at + i * n, from + i + 1, end, line);
                }
                Blas.gemm(
                        false,
                        false,
                        count,
                        h,
                        end,
                        1,
                        p,
                        at,
                        n,
                        qkv,
                        values,
                        stride,
                        0,
                        o,
                        (row + from) * heads * h + head * h,
                        heads * h);
            }
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
     * @param scratch of at least {@code BLOCK × n} elements, this call's own
     */
    void backward(Floats qkv, Floats p, int pAt, Floats dOut, Floats dqkv, Floats scratch, int row, int n, int group) {
        int keys = row * stride + (heads + group) * h;
        int values = keys + groups * h;
        float[] weights = new float[n];
        float[] gradient = new float[n];
        for (int head = first(group); head < first(group + 1); head++) {
            for (int from = 0; from < n; from += BLOCK) {
                int count = Math.min(BLOCK, n - from);
                int end = from + count;
                int at = pAt + head * n * n + from * n;
                int queries = (row + from) * stride + head * h;
                int out = (row + from) * heads * h + head * h;
                Blas.gemm(false, true, count, end, h, 1, dOut, out, heads * h, qkv, values, stride, 0, scratch, 0, end);
                for (int i = 0; i < count; i++) {
                    softmaxBackward(p, at + i * n, scratch, i * end, from + i + 1, end, weights, gradient);
                }
                Blas.gemm(
                        false, false, count, h, end, scale, scratch, 0, end, qkv, keys, stride, 0, dqkv, queries,
                        stride);
                Blas.gemm(
                        true, false, end, h, count, scale, scratch, 0, end, qkv, queries, stride, 1, dqkv, keys,
                        stride);
                Blas.gemm(true, false, end, h, count, 1, p, at, n, dOut, out, heads * h, 1, dqkv, values, stride);
            }
        }
    }

    private static void softmaxBackward(
            Floats p, int at, Floats dp, int dpAt, int used, int end, float[] weights, float[] gradient) {
        p.get(at, weights, 0, used);
        dp.get(dpAt, gradient, 0, used);
        float sum = Exponential.dot(weights, gradient, used);
        for (int j = 0; j < used; j++) {
            gradient[j] = weights[j] * (gradient[j] - sum);
        }
        java.util.Arrays.fill(gradient, used, end, 0f);
        dp.set(dpAt, gradient, 0, end);
    }

    private int first(int group) {
        return group * (heads / groups);
    }

    static int scratchSize(int longest) {
        return BLOCK * longest;
    }
}
