// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.files.TemporaryFolder;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * {@link LinearClassifier} beside the logistic regression of scikit-learn, on the same features of the same documents:
 * which of those held out are of the reference, and which of the pool.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * python3 benchmarks/classifier_race.py TASK...     # folders with pool.jsonl, reference.jsonl and holdout/*.jsonl
 * }</pre>
 *
 * <p>Learns from the reference and a half of at most 8,000 documents of the pool; the other half is held out. The sides
 * count alike, in learning and in accuracy.
 */
public final class ClassifierRace {
    private static final int DOCUMENTS = 8_000;
    private static final long CHARS = 16_000_000;
    private static final Seed SEED = new Seed(1);

    private ClassifierRace() {}

    /** The task, and the folder for the features. */
    public static void main(String[] arguments) throws IOException {
        Path task = Path.of(arguments[0]);
        Path out = Path.of(arguments[1]);
        List<Document> wanted = Jsonl.read(List.of(task.resolve("reference.jsonl")));
        List<Document> held;
        try (Stream<Path> files = Files.list(task.resolve("holdout"))) {
            held = Jsonl.read(files.sorted().toList());
        }
        List<Document> usual = new ArrayList<>();
        List<Document> heldUsual = new ArrayList<>();
        try (TemporaryFolder work = TemporaryFolder.in(out);
                JsonlPool pool =
                        JsonlPool.builder().cacheFolder(work.path()).open(List.of(task.resolve("pool.jsonl")))) {
            List<Document> sample = PoolSample.of(pool, DOCUMENTS, CHARS, SEED, "classifier.race");
            IntStream.range(0, sample.size()).forEach(i -> (i % 2 == 0 ? usual : heldUsual).add(sample.get(i)));
        }
        write(out.resolve("train.svm"), wanted, usual);
        write(out.resolve("held.svm"), held, heldUsual);
        long start = System.nanoTime();
        LinearScores classifier = LinearClassifier.learn("classifier", wanted, usual, SEED, start);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "quad %d %d %d %d %.6f %.2f%n",
                wanted.size(),
                usual.size(),
                held.size(),
                heldUsual.size(),
                (share(classifier.score(held), 1) + share(classifier.score(heldUsual), -1)) / 2,
                seconds);
    }

    /** Of the documents with a score, how many are on a side. */
    private static double share(InfluenceScores scores, int side) {
        return IntStream.range(0, scores.size())
                .filter(scores::isScored)
                .mapToDouble(i -> side * scores.value(i) > 0 ? 1 : 0)
                .average()
                .orElseThrow();
    }

    /** Features in the format of svmlight, a line a document that has any. */
    private static void write(Path file, List<Document> wanted, List<Document> usual) throws IOException {
        try (PrintStream lines = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
            for (Map.Entry<String, List<Document>> kind : List.of(Map.entry("1", wanted), Map.entry("-1", usual))) {
                for (Document document : kind.getValue()) {
                    Features features = Features.of(document.text());
                    if (!features.isEmpty()) {
                        StringBuilder line = new StringBuilder(kind.getKey());
                        for (int i = 0; i < features.buckets().length; i++) {
                            line.append(' ')
                                    .append(features.buckets()[i] + 1)
                                    .append(':')
                                    .append(features.values()[i]);
                        }
                        lines.println(line);
                    }
                }
            }
        }
    }
}
