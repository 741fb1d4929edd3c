// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Precision;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The captures of {@link DecoderGradients}, head included, computed in double precision from the formulas, by plain
 * loops over one sequence at a time, and kept: what scores are held against. Without biases and scaled positions. Its
 * losses are checked against {@link ReferenceDecoder}, its gradients against differences of these.
 */
final class ReferenceGradients implements GradientSource<TokenSequence> {
    private final DecoderConfig c;
    private final DecoderGradients model;
    private final ReferenceDecoder weights;
    private final int h;
    private final Map<TokenSequence, Pass> passes = new HashMap<>();

    /** Of the weights and layers of a model in single precision. */
    ReferenceGradients(DecoderGradients model) {
        this.model = model;
        this.c = model.decoder().config();
        this.weights = new ReferenceDecoder(model.decoder());
        this.h = c.headWidth();
        if (c.biases() != Biases.NONE || c.ropeScaling().isPresent()) {
            throw new IllegalArgumentException("biases and scaled positions are not computed here");
        }
    }

    @Override
    public List<LayerShape> layers() {
        return model.layers();
    }

    @Override
    public String fingerprint() {
        return "reference";
    }

    @Override
    public Precision precision() {
        return Precision.DOUBLE;
    }

    @Override
    public int tokens(TokenSequence item) {
        return item.length() - 1;
    }

    /** x and δ of each layer, one array a token. */
    private record Pass(double loss, List<double[][]> inputs, List<double[][]> gradients) {}

    @Override
    public BatchLosses capture(List<? extends TokenSequence> batch, Targets targets, CaptureSink sink) {
        if (!targets.equals(Targets.observed())) {
            throw new IllegalArgumentException("labels are those observed");
        }
        List<Pass> all = new ArrayList<>();
        int[] starts = new int[batch.size() + 1];
        for (int i = 0; i < batch.size(); i++) {
            all.add(passes.computeIfAbsent(batch.get(i), this::pass));
            starts[i + 1] = starts[i] + batch.get(i).length() - 1;
        }
        CapturedLayers captured = model.captured();
        for (int place = 0; place <= CapturedLayers.place(c.layers(), 0); place++) {
            int at = place;
            int layer = captured.index(place);
            if (layer >= 0) {
                sink.accept(new LayerCapture(
                        layer,
                        joined(all.stream().map(p -> p.inputs().get(at)).toList()),
                        joined(all.stream().map(p -> p.gradients().get(at)).toList()),
                        starts));
            }
        }
        return new BatchLosses(
                all.stream().mapToDouble(Pass::loss).toArray(),
                batch.stream().mapToInt(this::tokens).toArray());
    }

    private static DoubleBuffer joined(List<double[][]> parts) {
        return DoubleBuffer.wrap(parts.stream()
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .toArray());
    }

    private Pass pass(TokenSequence item) {
        int n = item.length() - 1;
        double[][] x = new double[n][];
        for (int t = 0; t < n; t++) {
            x[t] = ReferenceDecoder.part(weights.tensor("model.embed_tokens.weight"), item.id(t), c.width());
        }
        List<double[][]> inputs = new ArrayList<>();
        List<Block> blocks = new ArrayList<>();
        for (int l = 0; l < c.layers(); l++) {
            Block block = new Block("model.layers." + l + ".", x);
            blocks.add(block);
            Collections.addAll(inputs, block.attentionInput, block.o, block.mlpInput, block.hidden);
            x = block.result;
        }
        double[][] head = weights.matrix(c.width(), c.tiedHead() ? "model.embed_tokens" : "lm_head");
        double[] gain = weights.tensor("model.norm.weight");
        double[][] normed = norm(x, gain);
        double[][] dz = new double[n][];
        double loss = 0;
        for (int t = 0; t < n; t++) {
            dz[t] = ReferenceDecoder.softmax(times(head, normed[t]));
            loss -= Math.log(dz[t][item.id(t + 1)]);
            dz[t][item.id(t + 1)] -= 1;
        }
        inputs.add(normed);
        double[][] dx = normBack(back(dz, head), x, gain);
        List<double[][]> gradients = new ArrayList<>(List.<double[][]>of(dz));
        for (int l = c.layers() - 1; l >= 0; l--) {
            dx = blocks.get(l).back(dx, gradients);
        }
        Collections.reverse(gradients);
        return new Pass(loss, inputs, gradients);
    }

    /** One block of one sequence; arrays are indexed by token. */
    private final class Block {
        final double[][] x;
        final double[][] attentionInput;
        final double[][] qkv;
        final double[][][] p; // by head
        final double[][] o;
        final double[][] middle;
        final double[][] mlpInput;
        final double[][] gateUp;
        final double[][] hidden;
        final double[][] result;
        private final double[] attentionGain;
        private final double[] mlpGain;
        private final double[][] wQkv;
        private final double[][] wOutput;
        private final double[][] wGateUp;
        private final double[][] wDown;

        Block(String name, double[][] x) {
            this.x = x;
            int n = x.length;
            attentionGain = weights.tensor(name + "input_layernorm.weight");
            mlpGain = weights.tensor(name + "post_attention_layernorm.weight");
            wQkv = weights.matrix(
                    c.width(), name + "self_attn.q_proj", name + "self_attn.k_proj", name + "self_attn.v_proj");
            wOutput = weights.matrix(c.attentionWidth(), name + "self_attn.o_proj");
            wGateUp = weights.matrix(c.width(), name + "mlp.gate_proj", name + "mlp.up_proj");
            wDown = weights.matrix(c.mlpWidth(), name + "mlp.down_proj");
            attentionInput = norm(x, attentionGain);
            qkv = rows(n, t -> turned(times(wQkv, attentionInput[t]), t, 1));
            p = new double[c.heads()][n][];
            o = new double[n][c.heads() * h];
            for (int head = 0; head < c.heads(); head++) {
                for (int t = 0; t < n; t++) {
                    double[] scores = new double[t + 1];
                    for (int s = 0; s <= t; s++) {
                        for (int j = 0; j < h; j++) {
                            scores[s] += qkv[t][head * h + j] * qkv[s][key(head) + j] / Math.sqrt(h);
                        }
                    }
                    p[head][t] = ReferenceDecoder.softmax(scores);
                    for (int s = 0; s <= t; s++) {
                        for (int j = 0; j < h; j++) {
                            o[t][head * h + j] += p[head][t][s] * qkv[s][value(head) + j];
                        }
                    }
                }
            }
            middle = rows(n, t -> ReferenceDecoder.plus(x[t], times(wOutput, o[t])));
            mlpInput = norm(middle, mlpGain);
            gateUp = rows(n, t -> times(wGateUp, mlpInput[t]));
            int f = c.mlpWidth();
            hidden = new double[n][f];
            for (int t = 0; t < n; t++) {
                for (int j = 0; j < f; j++) {
                    hidden[t][j] = gateUp[t][j] * logistic(gateUp[t][j]) * gateUp[t][f + j];
                }
            }
            result = rows(n, t -> ReferenceDecoder.plus(middle[t], times(wDown, hidden[t])));
        }

        private int key(int head) {
            return (c.heads() + head / (c.heads() / c.keyValueHeads())) * h;
        }

        private int value(int head) {
            return key(head) + c.keyValueHeads() * h;
        }

        /** The gradient of x from that of the result; adds δ of its layers, the last first. */
        double[][] back(double[][] dy, List<double[][]> gradients) {
            int n = x.length;
            int f = c.mlpWidth();
            double[][] dHidden = ReferenceGradients.back(dy, wDown);
            double[][] dGateUp = new double[n][2 * f];
            for (int t = 0; t < n; t++) {
                for (int j = 0; j < f; j++) {
                    double gate = gateUp[t][j];
                    double sigma = logistic(gate);
                    dGateUp[t][j] = dHidden[t][j] * gateUp[t][f + j] * sigma * (1 + gate * (1 - sigma));
                    dGateUp[t][f + j] = dHidden[t][j] * gate * sigma;
                }
            }
            double[][] around = normBack(ReferenceGradients.back(dGateUp, wGateUp), middle, mlpGain);
            double[][] dMiddle = rows(n, t -> ReferenceDecoder.plus(dy[t], around[t]));
            double[][] dO = ReferenceGradients.back(dMiddle, wOutput);
            double[][] dQkv = new double[n][c.qkvWidth()];
            for (int head = 0; head < c.heads(); head++) {
                for (int t = 0; t < n; t++) {
                    double[] dP = new double[t + 1];
                    double mean = 0;
                    for (int s = 0; s <= t; s++) {
                        for (int j = 0; j < h; j++) {
                            dP[s] += dO[t][head * h + j] * qkv[s][value(head) + j];
                            dQkv[s][value(head) + j] += p[head][t][s] * dO[t][head * h + j];
                        }
                        mean += p[head][t][s] * dP[s];
                    }
                    for (int s = 0; s <= t; s++) {
                        double dS = p[head][t][s] * (dP[s] - mean) / Math.sqrt(h);
                        for (int j = 0; j < h; j++) {
                            dQkv[t][head * h + j] += dS * qkv[s][key(head) + j];
                            dQkv[s][key(head) + j] += dS * qkv[t][head * h + j];
                        }
                    }
                }
            }
            double[][] turnedBack = rows(n, t -> turned(dQkv[t], t, -1));
            double[][] before = normBack(ReferenceGradients.back(turnedBack, wQkv), x, attentionGain);
            Collections.addAll(gradients, dy, dGateUp, dMiddle, turnedBack);
            return rows(n, t -> ReferenceDecoder.plus(dMiddle[t], before[t]));
        }
    }

    /** Queries and keys turned by the angles of a position, values as they are. */
    private double[] turned(double[] qkv, int position, int direction) {
        double[] result = qkv.clone();
        for (int head = 0; head < c.heads() + c.keyValueHeads(); head++) {
            for (int j = 0; j < h / 2; j++) {
                double angle = direction * position * Math.pow(c.ropeTheta(), -2.0 * j / h);
                int a = head * h + j;
                int b = a + h / 2;
                result[a] = qkv[a] * Math.cos(angle) - qkv[b] * Math.sin(angle);
                result[b] = qkv[b] * Math.cos(angle) + qkv[a] * Math.sin(angle);
            }
        }
        return result;
    }

    private double[][] norm(double[][] x, double[] gain) {
        return rows(x.length, t -> {
            double r = scale(x[t]);
            double[] y = new double[gain.length];
            Arrays.setAll(y, j -> x[t][j] * r * gain[j]);
            return y;
        });
    }

    private double[][] normBack(double[][] dy, double[][] x, double[] gain) {
        return rows(x.length, t -> {
            double r = scale(x[t]);
            double pull = 0;
            for (int j = 0; j < gain.length; j++) {
                pull += dy[t][j] * gain[j] * x[t][j] * r * r / gain.length;
            }
            double along = pull;
            double[] dx = new double[gain.length];
            Arrays.setAll(dx, j -> r * (dy[t][j] * gain[j] - x[t][j] * along));
            return dx;
        });
    }

    private double scale(double[] x) {
        return 1 / Math.sqrt(ReferenceDecoder.inner(x, x) / x.length + c.normEpsilon());
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private interface Row {
        double[] of(int token);
    }

    private static double[][] rows(int n, Row row) {
        double[][] result = new double[n][];
        Arrays.setAll(result, row::of);
        return result;
    }

    private static double[] times(double[][] w, double[] x) {
        double[] y = new double[w.length];
        Arrays.setAll(y, i -> ReferenceDecoder.inner(w[i], x));
        return y;
    }

    private static double[][] back(double[][] dy, double[][] w) {
        return rows(dy.length, t -> {
            double[] dx = new double[w[0].length];
            for (int i = 0; i < w.length; i++) {
                for (int j = 0; j < dx.length; j++) {
                    dx[j] += dy[t][i] * w[i][j];
                }
            }
            return dx;
        });
    }
}
