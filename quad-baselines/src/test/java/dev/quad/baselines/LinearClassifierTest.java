// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.DocumentScorer;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearClassifierTest extends TextScorerContract {
    @Override
    protected DocumentScorer<Document> scorer() {
        return new LinearClassifier();
    }

    /**
     * Gradient descent on the primal. It grows by at least ½|w − w*|² away from its least value, of which a thousandth
     * may be missing, and rows have a length of √2 with the bias; so far apart values can be, and no farther.
     */
    @Test
    void values_areThoseOfGradientDescent() {
        List<Document> pool = documents(45, 1);
        List<Features> examples = new ArrayList<>();
        reference().forEach(document -> examples.add(Features.of(document.text())));
        int positive = examples.size();
        PoolSample.of(pool(pool), 10_000, PoolSample.DEFAULT_CHARS, new Seed(3), "classifier.sample").stream()
                .map(document -> Features.of(document.text()))
                .filter(features -> !features.isEmpty())
                .forEach(examples::add);
        double[] counts = IntStream.range(0, examples.size())
                .mapToDouble(i -> LogisticRegression.STRENGTH
                        * 0.5
                        * examples.size()
                        / (i < positive ? positive : examples.size() - positive))
                .toArray();
        int[] known = examples.stream()
                .flatMapToInt(x -> IntStream.of(x.buckets()))
                .sorted()
                .distinct()
                .toArray();
        double[] w = new double[Features.SIZE + 1];
        double[] z = new double[examples.size()];
        double step = 1 / (1 + DoubleStream.of(counts).sum() * 2 / 4); // the largest curvature of all
        double least = Double.NaN;
        for (int times = 0; times < 20_000; times++) {
            least = 0;
            for (int i = 0; i < z.length; i++) {
                z[i] = value(w, examples.get(i));
                least += counts[i] * Math.log1p(Math.exp(i < positive ? -z[i] : z[i]));
            }
            least += 0.5 * w[Features.SIZE] * w[Features.SIZE];
            w[Features.SIZE] -= step * w[Features.SIZE];
            for (int j : known) {
                least += 0.5 * w[j] * w[j];
                w[j] -= step * w[j];
            }
            for (int i = 0; i < z.length; i++) {
                Features x = examples.get(i);
                double slope = step * counts[i] * (1 / (1 + Math.exp(-z[i])) - (i < positive ? 1 : 0));
                for (int j = 0; j < x.buckets().length; j++) {
                    w[x.buckets()[j]] -= slope * x.values()[j];
                }
                w[Features.SIZE] -= slope;
            }
        }
        double apart = Math.sqrt(2) * Math.sqrt(2 * LogisticRegression.GAP * least);
        InfluenceScores found =
                new LinearClassifier().fit(pool(pool), reference(), new Seed(3)).score(pool);
        double largest = 0;
        for (int i = 0; i < pool.size(); i++) {
            if (found.isScored(i)) {
                double expected = value(w, Features.of(pool.get(i).text()));
                assertThat(found.value(i)).isCloseTo(expected, within(apart));
                largest = Math.max(largest, Math.abs(expected));
            }
        }
        assertThat(largest).as("more than what is allowed").isGreaterThan(3 * apart);
    }

    private static double value(double[] w, Features x) {
        double sum = w[Features.SIZE];
        for (int i = 0; i < x.buckets().length; i++) {
            sum += w[x.buckets()[i]] * x.values()[i];
        }
        return sum;
    }

    @Test
    void features_areCountsOfLengthOne_ofTheWholeText() {
        Features features = Features.of("Sea sea\nsea ,, ,,");
        // sea ×3, sea·sea, \n, sea·\n, \n·sea, ,, ×2, sea·,,  and  ,,·,,
        assertThat(features.buckets()).hasSize(8).isSorted();
        double[] squares = IntStream.range(0, 8)
                .mapToDouble(i -> features.values()[i] * features.values()[i] * 19)
                .sorted()
                .toArray();
        double[] expected = {1, 1, 1, 1, 1, 1, 4, 9};
        for (int i = 0; i < 8; i++) {
            assertThat(squares[i]).isCloseTo(expected[i], within(1e-5));
        }
        String longer = "a\n".repeat(50_000);
        assertThat(Features.of(longer + "unseen").buckets())
                .hasSizeGreaterThan(Features.of(longer).buckets().length);
    }

    @Test
    void classes_areToldApart_inDocumentsNotSeen() {
        LinearScores scores = new LinearClassifier().fit(pool(documents(300, 1)), reference(), new Seed(3));
        List<Document> unseen = documents(90, 77);
        InfluenceScores found = scores.score(unseen);
        double sums = IntStream.range(0, 90)
                .filter(i -> i % 3 == 0 && found.isScored(i))
                .mapToDouble(found::value)
                .min()
                .orElseThrow();
        double tales = IntStream.range(0, 90)
                .filter(i -> i % 3 == 1 && found.isScored(i))
                .mapToDouble(found::value)
                .max()
                .orElseThrow();
        assertThat(sums).isGreaterThan(tales);
    }

    @Test
    void file_givesTheSameScores_andTellsDamage(@TempDir Path folder) throws IOException {
        LinearScores scores = new LinearClassifier().fit(pool(), reference(), new Seed(3));
        Path file = folder.resolve("classifier.safetensors");
        scores.save(file);
        LinearScores loaded = LinearScores.load(file);
        assertThat(loaded.fingerprint()).isEqualTo(scores.fingerprint());
        assertThat(loaded.id()).isEqualTo(scores.id());
        assertThat(loaded.score(items())).isEqualTo(scores.score(items()));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> LinearScores.load(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("classifier.safetensors");
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> LinearScores.load(file)).isInstanceOf(InputException.class);
    }
}
