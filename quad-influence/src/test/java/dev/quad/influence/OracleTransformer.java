// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Arrays;
import java.util.List;

/**
 * One causal block that predicts the next token: embedding plus position, then {@code h₁ = h₀ + o(attention(n₁(h₀)))},
 * {@code h₂ = h₁ + down(gelu(up(n₂(h₁))))}, logits {@code un(n₃(h₂))}. Norms are RMS norms with {@code ε = 1e-5}; GELU
 * is its tanh approximation; four query heads of size 3, heads 2j and 2j+1 share key-value head j; {@code o} and
 * {@code un} have no bias. The last real token has no label.
 */
final class OracleTransformer extends OracleNetwork {
    private static final int WIDTH = 12;
    private static final int HEADS = 4;
    private static final int SHARED = 2;
    private static final int HEAD = WIDTH / HEADS;
    private static final double EPSILON = 1e-5;
    private static final double GELU = Math.sqrt(2 / Math.PI);
    private static final double CUBE = 0.044715;

    private static final List<Layer> LAYERS = List.of(
            new Layer("q", WIDTH, WIDTH, true),
            new Layer("k", WIDTH, WIDTH / SHARED, true),
            new Layer("v", WIDTH, WIDTH / SHARED, true),
            new Layer("o", WIDTH, WIDTH, false),
            new Layer("up", WIDTH, 16, true),
            new Layer("down", 16, WIDTH, true));
    private static final List<Layer> FUSED =
            List.of(new Layer("qkv", WIDTH, 2 * WIDTH, true), LAYERS.get(3), LAYERS.get(4), LAYERS.get(5));

    /** Everything a backward pass needs; {@code p} is {@code head × query × key}. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record State(
            double[][] h0,
            double[][] n1,
            double[][] q,
            double[][] k,
            double[][] v,
            double[][][] p,
            double[][] o,
            double[][] h1,
            double[][] n2,
            double[][] u,
            double[][] d,
            double[][] h2) {}

    OracleTransformer() {
        super("transformer");
    }

    @Override
    List<Layer> layers() {
        return LAYERS;
    }

    /** The layers of a {@link #fused} pass. */
    static List<Layer> fusedLayers() {
        return FUSED;
    }

    /** The same captures with {@code q}, {@code k}, {@code v} as one layer {@code qkv}, outputs in this order. */
    static Pass fused(Pass pass) {
        double[][] g = new double[pass.rows()][2 * WIDTH];
        for (int t = 0; t < g.length; t++) {
            int at = 0;
            for (int l = 0; l < 3; l++) {
                double[] part = pass.gradients()[l][t];
                System.arraycopy(part, 0, g[t], at, part.length);
                at += part.length;
            }
        }
        double[][][] inputs = Arrays.copyOfRange(pass.inputs(), 2, LAYERS.size());
        double[][][] gradients = Arrays.copyOfRange(pass.gradients(), 2, LAYERS.size());
        gradients[0] = g;
        return new Pass(FUSED, inputs, gradients);
    }

    @Override
    double[][] logits(String set, int item) {
        return linear("un", norm("n3", forward(set, item).h2()));
    }

    private State forward(String set, int item) {
        int[] tokens = integers(set + "/x", item, positions(set, item));
        double[][] h0 = new double[tokens.length][WIDTH];
        for (int t = 0; t < tokens.length; t++) {
            for (int i = 0; i < WIDTH; i++) {
                h0[t][i] = parameter("emb")[tokens[t] * WIDTH + i] + parameter("pos")[t * WIDTH + i];
            }
        }
        double[][] n1 = norm("n1", h0);
        double[][] q = linear("q", n1);
        double[][] k = linear("k", n1);
        double[][] v = linear("v", n1);
        double[][][] p = attention(q, k);
        double[][] o = new double[tokens.length][WIDTH];
        for (int h = 0; h < HEADS; h++) {
            for (int t = 0; t < tokens.length; t++) {
                for (int s = 0; s <= t; s++) {
                    for (int i = 0; i < HEAD; i++) {
                        o[t][h * HEAD + i] += p[h][t][s] * v[s][shared(h) + i];
                    }
                }
            }
        }
        double[][] h1 = sum(h0, linear("o", o));
        double[][] n2 = norm("n2", h1);
        double[][] u = linear("up", n2);
        double[][] d = new double[tokens.length][];
        for (int t = 0; t < d.length; t++) {
            d[t] = Arrays.stream(u[t])
                    .map(x -> 0.5 * x * (1 + Math.tanh(GELU * (x + CUBE * x * x * x))))
                    .toArray();
        }
        return new State(h0, n1, q, k, v, p, o, h1, n2, u, d, sum(h1, linear("down", d)));
    }

    /** Where the keys and values of a query head begin. */
    private static int shared(int head) {
        return head / SHARED * HEAD;
    }

    private static double[][][] attention(double[][] q, double[][] k) {
        double[][][] p = new double[HEADS][q.length][];
        for (int h = 0; h < HEADS; h++) {
            for (int t = 0; t < q.length; t++) {
                p[h][t] = new double[t + 1];
                double largest = Double.NEGATIVE_INFINITY;
                for (int s = 0; s <= t; s++) {
                    for (int i = 0; i < HEAD; i++) {
                        p[h][t][s] += q[t][h * HEAD + i] * k[s][shared(h) + i] / Math.sqrt(HEAD);
                    }
                    largest = Math.max(largest, p[h][t][s]);
                }
                double sum = 0;
                for (int s = 0; s <= t; s++) {
                    p[h][t][s] = Math.exp(p[h][t][s] - largest);
                    sum += p[h][t][s];
                }
                p[h][t] = Dense.scaled(p[h][t], 1 / sum);
            }
        }
        return p;
    }

    @Override
    Pass backward(String set, int item, double[][] logitGradients) {
        State state = forward(set, item);
        double[][] down = normBack("n3", state.h2(), linearBack("un", logitGradients));
        double[][] up = linearBack("down", down);
        for (int t = 0; t < up.length; t++) {
            for (int i = 0; i < up[t].length; i++) {
                double x = state.u()[t][i];
                double tanh = Math.tanh(GELU * (x + CUBE * x * x * x));
                up[t][i] *= 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * GELU * (1 + 3 * CUBE * x * x);
            }
        }
        double[][] o = sum(down, normBack("n2", state.h1(), linearBack("up", up)));
        double[][] mixed = linearBack("o", o);
        double[][] q = new double[o.length][WIDTH];
        double[][] k = new double[o.length][WIDTH / SHARED];
        double[][] v = new double[o.length][WIDTH / SHARED];
        for (int h = 0; h < HEADS; h++) {
            for (int t = 0; t < o.length; t++) {
                attentionBack(state, h, t, mixed[t], q[t], k, v);
            }
        }
        int rows = supervised(set, item);
        double[][] x = first(state.n1(), rows);
        return new Pass(
                LAYERS,
                new double[][][] {x, x, x, first(state.o(), rows), first(state.n2(), rows), first(state.d(), rows)},
                new double[][][] {
                    first(q, rows), first(k, rows), first(v, rows), first(o, rows), first(up, rows), first(down, rows)
                });
    }

    /** Adds what one query position of one head gives to the gradients of queries, keys and values. */
    private static void attentionBack(
            State state, int h, int t, double[] mixed, double[] q, double[][] k, double[][] v) {
        double[] p = state.p()[h][t];
        double[] dp = new double[p.length];
        for (int s = 0; s < p.length; s++) {
            for (int i = 0; i < HEAD; i++) {
                dp[s] += mixed[h * HEAD + i] * state.v()[s][shared(h) + i];
                v[s][shared(h) + i] += p[s] * mixed[h * HEAD + i];
            }
        }
        double mean = Dense.dot(p, dp);
        for (int s = 0; s < p.length; s++) {
            double score = p[s] * (dp[s] - mean) / Math.sqrt(HEAD);
            for (int i = 0; i < HEAD; i++) {
                q[h * HEAD + i] += score * state.k()[s][shared(h) + i];
                k[s][shared(h) + i] += score * state.q()[t][h * HEAD + i];
            }
        }
    }

    private static double inverse(double[] row) {
        return 1 / Math.sqrt(Dense.dot(row, row) / row.length + EPSILON);
    }

    private double[][] norm(String name, double[][] x) {
        double[] w = parameter(name);
        double[][] y = new double[x.length][WIDTH];
        for (int t = 0; t < x.length; t++) {
            double r = inverse(x[t]);
            for (int i = 0; i < WIDTH; i++) {
                y[t][i] = w[i] * x[t][i] * r;
            }
        }
        return y;
    }

    private double[][] normBack(String name, double[][] x, double[][] d) {
        double[] w = parameter(name);
        double[][] result = new double[x.length][WIDTH];
        for (int t = 0; t < x.length; t++) {
            double r = inverse(x[t]);
            double along = 0;
            for (int i = 0; i < WIDTH; i++) {
                along += d[t][i] * w[i] * x[t][i] / WIDTH;
            }
            for (int i = 0; i < WIDTH; i++) {
                result[t][i] = r * d[t][i] * w[i] - r * r * r * x[t][i] * along;
            }
        }
        return result;
    }
}
