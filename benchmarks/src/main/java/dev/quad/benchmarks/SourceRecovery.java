// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.Algorithm;
import dev.quad.cluster.Distance;
import dev.quad.cluster.HierarchicalKMeans;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansOptions;
import dev.quad.cluster.Partitions;
import dev.quad.cluster.Seeding;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.cluster.report.Agreement;
import dev.quad.cluster.report.ClusterQuality;
import dev.quad.cluster.report.TopTerms;
import dev.quad.cluster.smile.SmileStrategies;
import dev.quad.text.HashedNgramEmbedder;
import dev.quad.text.HashedNgramOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * How well each strategy finds the sources of the documents of a pool, which it does not see.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * R="java -cp benchmarks/target/classes:$(cat benchmarks/target/classpath) dev.quad.benchmarks.SourceRecovery"
 * $R ../shared/data/mixed/pool.jsonl.gz 24 /tmp/sources/hashed.npy   # embeds into that file, where it is not there
 * python3 benchmarks/sources.py ../shared/data/mixed/pool.jsonl.gz 24 /tmp/sources/hashed.npy
 * ./quad embed --pool ../shared/data/mixed/pool.jsonl.gz --embedder bge-small --embedding-tokens 128 --out /tmp/sources/bge.npy
 * $R ../shared/data/mixed/pool.jsonl.gz 24 /tmp/sources/bge.npy      # and sources.py; likewise any other embeddings
 * }</pre>
 */
public final class SourceRecovery {
    private SourceRecovery() {}

    /** Pool, clusters, file of embeddings. */
    public static void main(String[] args) throws IOException {
        List<String> texts = new ArrayList<>();
        List<String> sources = new ArrayList<>();
        read(Path.of(args[0]), texts, sources);
        int clusters = Integer.parseInt(args[1]);
        Embeddings rows = embeddings(Path.of(args[2]), texts);
        KMeansOptions.Builder options = KMeansOptions.builder(clusters).trainingRows(texts.size());
        Map<String, ClusterStrategy> strategies = new LinkedHashMap<>();
        strategies.put("k-means", KMeans.of(options.build()));
        strategies.put(
                "k-means, k-means||",
                KMeans.of(options.seeding(Seeding.parallel()).build()));
        strategies.put(
                "k-means, random start",
                KMeans.of(options.seeding(Seeding.random()).build()));
        options.seeding(Seeding.plusPlus());
        strategies.put(
                "spherical k-means",
                KMeans.of(options.distance(Distance.spherical()).build()));
        options.distance(Distance.euclidean());
        strategies.put("two levels", HierarchicalKMeans.of(options.build()));
        strategies.put(
                "two levels, resampled", HierarchicalKMeans.of(options.build()).resampled(10));
        strategies.put(
                "mini-batch",
                KMeans.of(options.algorithm(Algorithm.miniBatch(1024))
                        .maxIterations(300)
                        .build()));
        strategies.put("Smile Lloyd", SmileStrategies.lloyd(clusters, 25));
        strategies.put("Smile X-means", SmileStrategies.xMeans(clusters));
        strategies.put("Smile G-means", SmileStrategies.gMeans(clusters));
        strategies.put("Smile DBSCAN at the knee", SmileStrategies.dbscan(5));
        strategies.put("Smile DBSCAN, radius 1", SmileStrategies.dbscan(5, 1));
        strategies.put("Smile Ward of 500 centres", SmileStrategies.agglomerative(clusters, KMeans.of(500)));
        strategies.put("random partition", Partitions.random(clusters));
        strategies.put("one cluster", Partitions.single());
        strategies.put("by source", Partitions.byLabel(sources));
        System.out.printf("%-26s %8s %8s %8s %8s %10s%n", "strategy", "clusters", "ARI", "NMI", "balance", "seconds");
        for (Map.Entry<String, ClusterStrategy> entry : strategies.entrySet()) {
            report(entry.getKey(), entry.getValue(), rows, sources);
        }
        Clustering clustering = KMeans.of(clusters).cluster(rows, new Seed(1));
        System.out.println(TopTerms.of(clustering, texts::get, 50, 4));
    }

    private static void report(String name, ClusterStrategy strategy, Embeddings rows, List<String> sources) {
        double rand = 0;
        double mutual = 0;
        double balance = 0;
        int clusters = 0;
        int seeds = 3;
        long begin = System.nanoTime();
        for (int seed = 1; seed <= seeds; seed++) {
            Clustering clustering = strategy.cluster(rows, new Seed(seed));
            Agreement agreement = Agreement.of(clustering, sources);
            rand += agreement.adjustedRand() / seeds;
            mutual += agreement.mutualInformation() / seeds;
            clusters = clustering.clusterCount();
            balance += ClusterQuality.of(rows, clustering, new Seed(1), 1).imbalance() / seeds;
        }
        System.out.printf(
                "%-26s %8d %8.3f %8.3f %8.2f %10.2f%n",
                name, clusters, rand, mutual, balance, (System.nanoTime() - begin) / 1e9 / seeds);
    }

    private static Embeddings embeddings(Path file, List<String> texts) {
        if (!Files.exists(file)) {
            HashedNgramEmbedder embedder = HashedNgramEmbedder.fit(texts, HashedNgramOptions.defaults());
            FloatBuffer values = FloatBuffer.allocate(texts.size() * embedder.dimension());
            embedder.embed(texts, values);
            try (EmbeddingsWriter out =
                    EmbeddingsWriter.open(file, texts.size(), embedder.dimension(), ElementType.FLOAT32, Map.of())) {
                out.write(values.flip());
            }
        }
        return EmbeddingsFile.open(file);
    }

    private static void read(Path pool, List<String> texts, List<String> sources) throws IOException {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(pool)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Map<String, String> fields = new LinkedHashMap<>();
                try (JsonParser parser = new JsonFactory().createParser(line)) {
                    parser.nextToken();
                    while (parser.nextToken() == JsonToken.FIELD_NAME) {
                        String name = parser.currentName();
                        parser.nextToken();
                        fields.put(name, parser.getValueAsString(""));
                        parser.skipChildren();
                    }
                }
                texts.add(fields.getOrDefault("text", ""));
                sources.add(fields.getOrDefault("source", ""));
            }
        }
    }
}
