// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ReferenceSet;
import dev.quad.linalg.Reals;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Logistic regression, where the exact Fisher is the Hessian: scores with its inverse agree with the oracle's and predict
 * what true retraining without an item does.
 */
class OracleLogregTest {
    private static final int CLASSES = 3;
    private static final int FEATURES = 4;
    private static final double L2 = 0.05;

    private static double[] weights = {};
    private static double[] scores = {};
    private static int trainItems;
    private static int queryItems;

    /** A point with its label. */
    private record Point(List<Double> x, int label) {}

    private static final class Regression implements GradientSource<Point> {
        @Override
        public List<LayerShape> layers() {
            return List.of(new LayerShape("w", FEATURES, CLASSES));
        }

        @Override
        public String fingerprint() {
            return "logreg";
        }

        @Override
        public Reals.Precision precision() {
            return Reals.Precision.DOUBLE;
        }

        @Override
        public int tokens(Point item) {
            return 1;
        }

        @Override
        public BatchLosses capture(List<? extends Point> batch, Targets targets, CaptureSink sink) {
            double[] x = new double[batch.size() * FEATURES];
            double[] delta = new double[batch.size() * CLASSES];
            double[] losses = new double[batch.size()];
            for (int n = 0; n < batch.size(); n++) {
                Point point = batch.get(n);
                double[] p = probabilities(point);
                losses[n] = -Math.log(p[point.label()]);
                int label = targets instanceof Targets.Single single ? single.label() : point.label();
                double scale = targets instanceof Targets.Single ? Math.sqrt(p[label]) : 1;
                for (int c = 0; c < CLASSES; c++) {
                    delta[n * CLASSES + c] = scale * (p[c] - (c == label ? 1 : 0));
                }
                for (int f = 0; f < FEATURES; f++) {
                    x[n * FEATURES + f] = point.x().get(f);
                }
            }
            sink.accept(new LayerCapture(
                    0,
                    DoubleBuffer.wrap(x),
                    DoubleBuffer.wrap(delta),
                    IntStream.rangeClosed(0, batch.size()).toArray()));
            int[] ones = new int[batch.size()];
            Arrays.fill(ones, 1);
            return new BatchLosses(losses, ones);
        }

        private static double[] probabilities(Point point) {
            double[] p = new double[CLASSES];
            for (int c = 0; c < CLASSES; c++) {
                for (int f = 0; f < FEATURES; f++) {
                    p[c] += weights[c * FEATURES + f] * point.x().get(f);
                }
                p[c] = Math.exp(p[c]);
            }
            double sum = Arrays.stream(p).sum();
            return Arrays.stream(p).map(value -> value / sum).toArray();
        }
    }

    private static List<Point> points(Safetensors oracle, String x, String y) throws IOException {
        double[] values = oracle.doubles(x);
        int[] labels = OracleFiles.integers("logreg", y);
        return IntStream.range(0, labels.length)
                .mapToObj(n -> new Point(
                        Arrays.stream(values, n * FEATURES, (n + 1) * FEATURES)
                                .boxed()
                                .toList(),
                        labels[n]))
                .toList();
    }

    @BeforeAll
    static void score() throws IOException {
        Safetensors oracle = OracleFiles.open("logreg");
        weights = oracle.doubles("W");
        List<Point> train = points(oracle, "X", "y");
        List<Point> queries = points(oracle, "Xq", "yq");
        trainItems = train.size();
        queryItems = queries.size();
        Regression source = new Regression();
        Curvature hessian = new CurvatureFit<>(source, train, Fisher.exact(1, CLASSES)).block();
        scores = new double[queryItems * trainItems];
        for (int q = 0; q < queryItems; q++) {
            try (ReferenceDirection gradient =
                            ReferenceDirection.gradient(source, ReferenceSet.of(queries.subList(q, q + 1)));
                    ReferenceDirection direction = gradient.precondition(hessian, Damping.absolute(L2))) {
                double[] row = new DirectionScores<>(source, List.of(direction), 7).total(train)[0];
                for (int z = 0; z < trainItems; z++) {
                    scores[q * trainItems + z] = row[z] / trainItems;
                }
            }
        }
    }

    @Test
    void scores_withTheHessian_agree() throws IOException {
        double[] expected = OracleFiles.open("logreg").doubles("score");

        assertThat(Dense.distance(scores, expected)).isLessThan(1e-9 * Dense.largest(expected));
    }

    @Test
    void scores_predictLeavingOut() throws IOException {
        double[] retrained = OracleFiles.open("logreg").doubles("loo");
        for (int q = 0; q < queryItems; q++) {
            double[] predicted = Arrays.copyOfRange(scores, q * trainItems, (q + 1) * trainItems);
            double[] found = Arrays.copyOfRange(retrained, q * trainItems, (q + 1) * trainItems);
            // leaving out a helpful item raises the loss of the query
            assertThat(correlation(predicted, found)).as("query %d", q).isGreaterThanOrEqualTo(0.98);
        }
    }

    private static double correlation(double[] a, double[] b) {
        double meanA = Arrays.stream(a).average().orElseThrow();
        double meanB = Arrays.stream(b).average().orElseThrow();
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return ab / Math.sqrt(aa * bb);
    }
}
