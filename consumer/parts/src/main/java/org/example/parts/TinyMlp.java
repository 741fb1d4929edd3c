// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.Precision;
import dev.quad.Seed;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Two layers with tanh between them, softmax over two classes, and gradients by hand; trained by plain SGD. */
public final class TinyMlp implements GradientSource<Point> {
    private static final int HIDDEN = 8;
    private static final List<LayerShape> LAYERS =
            List.of(new LayerShape("hidden", 2, HIDDEN, true), new LayerShape("head", HIDDEN, 2, true));

    private final double[] hidden; // HIDDEN × 3, the bias last
    private final double[] head; // 2 × (HIDDEN + 1), the bias last

    private TinyMlp(double[] hidden, double[] head) {
        this.hidden = hidden;
        this.head = head;
    }

    /** One that has learnt nothing yet. */
    public static TinyMlp random(Seed seed) {
        RandomGenerator random = seed.stream("example.weights");
        return new TinyMlp(
                random.doubles(HIDDEN * 3, -1, 1).toArray(),
                random.doubles(2 * (HIDDEN + 1), -1, 1).toArray());
    }

    /** A copy to whose weights in a layer something is added. */
    public TinyMlp moved(int layer, double[] change) {
        TinyMlp copy = new TinyMlp(hidden.clone(), head.clone());
        double[] weights = layer == 0 ? copy.hidden : copy.head;
        Arrays.setAll(weights, i -> weights[i] + change[i]);
        return copy;
    }

    private double[] activations(Point point) {
        double[] h = new double[HIDDEN];
        Arrays.setAll(h, i -> Math.tanh(hidden[3 * i] * point.x() + hidden[3 * i + 1] * point.y() + hidden[3 * i + 2]));
        return h;
    }

    private double[] probabilities(double[] h) {
        double[] p = new double[2];
        for (int c = 0; c < 2; c++) {
            p[c] = head[c * (HIDDEN + 1) + HIDDEN];
            for (int i = 0; i < HIDDEN; i++) {
                p[c] += head[c * (HIDDEN + 1) + i] * h[i];
            }
        }
        double one = 1 / (1 + Math.exp(p[0] - p[1]));
        return new double[] {1 - one, one};
    }

    /** What the model loses on a point, in nats. */
    public double loss(Point point) {
        return -Math.log(probabilities(activations(point))[point.label()]);
    }

    @Override
    public List<LayerShape> layers() {
        return LAYERS;
    }

    @Override
    public String fingerprint() {
        return "tiny MLP " + Arrays.hashCode(hidden) + " " + Arrays.hashCode(head);
    }

    @Override
    public Precision precision() {
        return Precision.DOUBLE;
    }

    @Override
    public int tokens(Point point) {
        return 1;
    }

    @Override
    public BatchLosses capture(List<? extends Point> batch, Targets targets, CaptureSink sink) {
        int n = batch.size();
        DoubleBuffer x = DoubleBuffer.allocate(n * 2);
        DoubleBuffer deltaHidden = DoubleBuffer.allocate(n * HIDDEN);
        DoubleBuffer h = DoubleBuffer.allocate(n * HIDDEN);
        DoubleBuffer deltaHead = DoubleBuffer.allocate(n * 2);
        for (Point point : batch) {
            double[] activations = activations(point);
            double[] delta = probabilities(activations); // p − e_label
            delta[label(point, targets, delta[0])] -= 1;
            x.put(point.x()).put(point.y());
            h.put(activations);
            deltaHead.put(delta);
            for (int i = 0; i < HIDDEN; i++) {
                double back = head[i] * delta[0] + head[HIDDEN + 1 + i] * delta[1];
                deltaHidden.put(back * (1 - activations[i] * activations[i]));
            }
        }
        int[] starts = IntStream.rangeClosed(0, n).toArray(); // one row an item
        sink.accept(new LayerCapture(0, x.flip(), deltaHidden.flip(), starts));
        sink.accept(new LayerCapture(1, h.flip(), deltaHead.flip(), starts));
        int[] tokens = new int[n];
        Arrays.fill(tokens, 1);
        return new BatchLosses(batch.stream().mapToDouble(this::loss).toArray(), tokens);
    }

    private static int label(Point point, Targets targets, double zero) {
        if (targets instanceof Targets.Sampled sampled) {
            int key = Arrays.hashCode(new double[] {point.x(), point.y(), point.label()});
            RandomGenerator random = sampled.seed().stream("example.labels", sampled.draw(), key, 0);
            return random.nextDouble() < zero ? 0 : 1;
        }
        if (targets instanceof Targets.Single) {
            throw new IllegalArgumentException("single labels are not supported; take sampled or observed ones");
        }
        return point.label();
    }

    /** Goes over all points so often, one step of the mean gradient each time. */
    public void train(List<Point> points, int steps, double rate) {
        for (int step = 0; step < steps && !points.isEmpty(); step++) {
            double[][] gradients = {new double[hidden.length], new double[head.length]};
            capture(points, Targets.observed(), layer -> add(layer, gradients[layer.layer()]));
            Arrays.setAll(hidden, i -> hidden[i] - rate * gradients[0][i] / points.size());
            Arrays.setAll(head, i -> head[i] - rate * gradients[1][i] / points.size());
        }
    }

    /** Σ δ xᵀ over the rows of a layer, with the constant 1 of the bias. */
    private static void add(LayerCapture capture, double[] gradient) {
        LayerShape shape = LAYERS.get(capture.layer());
        for (int row = 0; row < capture.rows(); row++) {
            for (int i = 0; i < gradient.length; i++) {
                int column = i % shape.columns();
                double x = column == shape.inputs() ? 1 : capture.doubleInputs().get(row * shape.inputs() + column);
                gradient[i] += x * capture.doubleOutputGradients().get(row * shape.outputs() + i / shape.columns());
            }
        }
    }
}
