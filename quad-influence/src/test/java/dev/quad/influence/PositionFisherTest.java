// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * K-FAC of a language model of one layer against the exact Fisher of its positions, {@code 1/n Σ_t (diag p_t − p_t
 * p_tᵀ) ⊗ x_t x_tᵀ} (the cases of EleutherAI/bergson), for long, short and mixed items.
 */
class PositionFisherTest {
    private static final int WIDTH = 5;
    private static final int VOCABULARY = 6;

    /** Tokens of a small vocabulary; each has an embedding, and what follows it is drawn. */
    private static List<Mlp.Item> texts(int... lengths) {
        RandomGenerator random = new Seed(1).stream("texts");
        List<Mlp.Item> items = new ArrayList<>();
        for (int n = 0; n < lengths.length; n++) {
            double[][] x = new double[lengths[n]][];
            int[] labels = new int[lengths[n]];
            for (int t = 0; t < lengths[n]; t++) {
                x[t] = Dense.gaussian(2, "embedding " + random.nextInt(VOCABULARY), WIDTH);
                labels[t] = random.nextInt(VOCABULARY);
            }
            items.add(new Mlp.Item(n, x, labels));
        }
        return items;
    }

    /** @param deviation of the weights; 0.02 at the start of training */
    private static Mlp model(double deviation) {
        return Mlp.random(3, false, WIDTH, VOCABULARY)
                .with(List.of(Dense.scaled(Dense.gaussian(3, "weights", WIDTH * VOCABULARY), deviation)));
    }

    private static double[] exact(Mlp model, List<Mlp.Item> items) {
        int n = WIDTH * VOCABULARY;
        double[] sum = new double[n * n];
        int positions = items.stream().mapToInt(model::tokens).sum();
        for (Mlp.Item item : items) {
            double[][] outputs = model.outputs(item);
            for (int t = 0; t < outputs.length; t++) {
                double[] p = Mlp.softmax(outputs[t]);
                for (int i = 0; i < n; i++) {
                    for (int j = 0; j < n; j++) {
                        double g = (i / WIDTH == j / WIDTH ? p[i / WIDTH] : 0) - p[i / WIDTH] * p[j / WIDTH];
                        sum[i * n + j] += g * item.x()[t][i % WIDTH] * item.x()[t][j % WIDTH] / positions;
                    }
                }
            }
        }
        return sum;
    }

    private static int[] lengths(String kind) {
        int[] lengths = new int[kind.equals("long") ? 40 : kind.equals("short") ? 4000 : 60];
        Arrays.setAll(lengths, n -> kind.equals("long") ? 256 : kind.equals("short") ? 4 : n % 3 == 0 ? 512 : 2);
        return lengths;
    }

    @ParameterizedTest
    @ValueSource(strings = {"long", "short", "mixed"})
    void kfac_ofPositions_isNearTheExactFisher(String kind) {
        List<Mlp.Item> items = texts(lengths(kind));
        Mlp model = model(0.02);
        double[] exact = exact(model, items);
        double drawn = Recomposed.distance(
                Recomposed.of(KroneckerFactors.fit(model, items, Fisher.sampled(new Seed(4), 1)), 0), exact);

        assertThat(distance(model, items, exact)).isLessThan(0.05);
        assertThat(drawn).isLessThan(0.1);
    }

    /** A model that is sure of something errs together with its inputs. */
    @Test
    void kfac_ofAModelThatIsSure_isFarther() {
        List<Mlp.Item> items = texts(lengths("mixed"));
        Mlp model = model(1);
        double far = distance(model, items, exact(model, items));

        Shown.counterExample(
                "K-FAC is near the Fisher of positions", "weights of deviation 1: off by %.2f of the norm", far);
        assertThat(far).isGreaterThan(0.2);
    }

    private static double distance(Mlp model, List<Mlp.Item> items, double... exact) {
        // positions are independent here: each as an item of its own, to keep the passes few
        List<Mlp.Item> positions = new ArrayList<>();
        for (Mlp.Item item : items) {
            for (int t = 0; t < item.x().length; t++) {
                positions.add(
                        new Mlp.Item(positions.size(), new double[][] {item.x()[t]}, new int[] {item.labels()[t]}));
            }
        }
        return Recomposed.distance(
                Recomposed.of(KroneckerFactors.fit(model, positions, Fisher.exact(1, VOCABULARY)), 0), exact);
    }
}
