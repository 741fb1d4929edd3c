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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearClassifierTest extends TextScorerContract {
    @Override
    protected DocumentScorer<Document> scorer() {
        return new LinearClassifier();
    }

    /** AdaGrad as Duchi et al. have it, with maps and in double precision: 250 steps of single precision beside. */
    @Test
    void weights_areThoseOfAPlainComputation() {
        List<Document> pool = documents(45, 1);
        List<Features> examples = new java.util.ArrayList<>();
        reference().forEach(document -> examples.add(Features.of(document.text())));
        int positive = examples.size();
        LinearScores scores = new LinearClassifier().fit(pool(pool), reference(), new Seed(3));
        PoolSample.of(pool(pool), 10_000, PoolSample.DEFAULT_CHARS, new Seed(3), "classifier.sample").stream()
                .map(document -> Features.of(document.text()))
                .filter(features -> !features.isEmpty())
                .forEach(examples::add);
        Map<Integer, Double> weights = new HashMap<>();
        Map<Integer, Double> squares = new HashMap<>();
        int bias = -1;
        for (int pass = 0; pass < 5; pass++) {
            for (int i : LinearClassifier.order(examples.size(), new Seed(3).stream("classifier.order", pass))) {
                boolean wanted = i < positive;
                double share = 0.5 * examples.size() / (wanted ? positive : examples.size() - positive);
                double p = 1 / (1 + Math.exp(-value(weights, examples.get(i))));
                double slope = share * (p - (wanted ? 1 : 0));
                Map<Integer, Double> gradient = vector(examples.get(i));
                gradient.replaceAll((bucket, x) -> slope * x);
                gradient.put(bias, slope);
                gradient.forEach((bucket, g) -> {
                    double sum = squares.merge(bucket, g * g, Double::sum);
                    weights.merge(bucket, -0.1 * g / Math.sqrt(sum), Double::sum);
                });
            }
        }
        InfluenceScores found = scores.score(pool);
        for (int i = 0; i < pool.size(); i++) {
            if (found.isScored(i)) {
                double expected = value(weights, Features.of(pool.get(i).text()));
                assertThat(found.value(i)).isCloseTo(expected, within(1e-4));
            }
        }
    }

    private static double value(Map<Integer, Double> weights, Features x) {
        double sum = weights.getOrDefault(-1, 0.0);
        for (Map.Entry<Integer, Double> entry : vector(x).entrySet()) {
            sum += weights.getOrDefault(entry.getKey(), 0.0) * entry.getValue();
        }
        return sum;
    }

    private static Map<Integer, Double> vector(Features x) {
        Map<Integer, Double> vector = new TreeMap<>();
        IntStream.range(0, x.buckets().length).forEach(i -> vector.put(x.buckets()[i], (double) x.values()[i]));
        return vector;
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
