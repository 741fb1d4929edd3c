// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.files.Safetensors;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Logistic regression, where the exact Fisher is the Hessian: scores with its inverse agree with the oracle's and
 * predict what true retraining without an item does.
 */
class OracleLogregTest {
    private static final int CLASSES = 3;
    private static final int FEATURES = 4;
    private static final double L2 = 0.05;

    private static double[] weights = {};
    private static List<Point> train = List.of();
    private static List<Point> queries = List.of();

    /** A point with its label. */
    private record Point(List<Double> x, int label) {}

    /** @param precision that of its captures */
    private record Regression(Precision precision) implements GradientSource<Point> {
        @Override
        public List<LayerShape> layers() {
            return List.of(new LayerShape("w", FEATURES, CLASSES));
        }

        @Override
        public String fingerprint() {
            return "logreg";
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
            int[] starts = IntStream.rangeClosed(0, batch.size()).toArray();
            sink.accept(
                    precision == Precision.DOUBLE
                            ? new LayerCapture(0, DoubleBuffer.wrap(x), DoubleBuffer.wrap(delta), starts)
                            : new LayerCapture(
                                    0,
                                    FloatBuffer.wrap(Dense.floats(x)),
                                    FloatBuffer.wrap(Dense.floats(delta)),
                                    starts));
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
    static void open() throws IOException {
        Safetensors oracle = OracleFiles.open("logreg");
        weights = oracle.doubles("W");
        train = points(oracle, "X", "y");
        queries = points(oracle, "Xq", "yq");
    }

    private static Curvature hessian(Regression source) {
        return CurvatureFit.of(source, train, Fisher.exact(1, CLASSES)).block();
    }

    /** Of the mean loss, {@code queries × items}. */
    private static double[][] scores(Regression source) {
        Curvature hessian = hessian(source);
        double[][] scores = new double[queries.size()][];
        for (int q = 0; q < scores.length; q++) {
            try (ReferenceDirection gradient =
                            ReferenceDirection.gradient(source, ReferenceSet.of(queries.subList(q, q + 1)));
                    ReferenceDirection direction = gradient.precondition(hessian, Damping.absolute(L2))) {
                scores[q] = Dense.scaled(
                        new DirectionScores<>(source, List.of(direction), 7).total(train)[0], 1.0 / train.size());
            }
        }
        return scores;
    }

    @ParameterizedTest
    @EnumSource
    void scoresWithTheHessian_agree(Precision precision) throws IOException {
        double tolerance = precision == Precision.DOUBLE ? 1e-9 : 1e-4;
        Regression source = new Regression(precision);
        double[] expected = OracleFiles.open("logreg").doubles("score");
        double[] found =
                Arrays.stream(scores(source)).flatMapToDouble(Arrays::stream).toArray();
        double[] matrix = OracleFiles.open("logreg").doubles("H");
        double[] damped = Dense.plusDiagonal(Recomposed.of(hessian(source), 0), CLASSES * FEATURES, L2);

        assertThat(Dense.distance(found, expected)).isLessThan(tolerance * Dense.largest(expected));
        assertThat(Dense.distance(damped, matrix)).isLessThan(tolerance * Dense.largest(matrix));
    }

    /** Leaving out a helpful item raises the loss of the query. */
    @Test
    void scores_predictLeavingOut() throws IOException {
        double[] retrained = OracleFiles.open("logreg").doubles("loo");
        double[][] scores = scores(new Regression(Precision.DOUBLE));
        double[] correlations = IntStream.range(0, queries.size())
                .mapToDouble(q -> Ranks.correlation(
                        scores[q], Arrays.copyOfRange(retrained, q * train.size(), (q + 1) * train.size())))
                .toArray();

        assertThat(Arrays.stream(correlations).average().orElseThrow()).isGreaterThanOrEqualTo(0.98);
        // a linear prediction of a curved thing: what a single query of other data gives, no one can promise
        assertThat(Arrays.stream(correlations).min().orElseThrow())
                .isGreaterThanOrEqualTo(OracleFiles.isReplaced() ? 0.9 : 0.98);
    }
}
