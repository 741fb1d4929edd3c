// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.text.HashedNgramEmbedder;
import dev.quad.text.HashedNgramOptions;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where documents lie: by the words and runs of characters at their starts, whatever the run itself was clustered by.
 */
final class Layout {
    private static final int DIMENSION = 64;
    private static final int CHARS = 400;
    private static final int FITTED = 2_000;
    private static final int BLOCK = 4_096;

    private final float[] rows;
    private final double[][] places;
    private final String words;

    private Layout(float[] rows, MapLayout layout) {
        this.rows = rows;
        Axes axes = Axes.of(rows, DIMENSION, Math.max(1, rows.length / DIMENSION / BLOCK));
        this.places = layout.places(rows, DIMENSION, axes);
        this.words = layout.words(axes);
    }

    static Layout of(Documents documents, MapLayout layout) {
        HashedNgramEmbedder embedder = HashedNgramEmbedder.fit(
                documents.pool(),
                HashedNgramOptions.builder()
                        .dimension(DIMENSION)
                        .maxChars(CHARS)
                        .sampleSize(FITTED)
                        .build());
        FloatBuffer rows = FloatBuffer.allocate(documents.size() * DIMENSION);
        for (int from = 0; from < documents.size(); from += BLOCK) {
            embedder.embed(starts(documents, from, Math.min(documents.size(), from + BLOCK)), rows);
        }
        return new Layout(rows.array(), layout);
    }

    private static List<String> starts(Documents documents, int from, int to) {
        return IntStream.range(from, to)
                .parallel()
                .mapToObj(index -> {
                    String text = documents.text(index);
                    return text.substring(0, Math.min(text.length(), CHARS));
                })
                .toList();
    }

    /** Places on an axis, 0 to 65,535, both on one scale. */
    int[] places(int axis) {
        double widest = Math.max(width(places[0]), width(places[1]));
        double[] own = places[axis];
        double least =
                IntStream.range(0, own.length).mapToDouble(i -> own[i]).min().orElse(0);
        double margin = (widest - width(own)) / 2;
        return IntStream.range(0, own.length)
                .map(i -> widest == 0 ? 0 : (int) Math.round((own[i] - least + margin) / widest * 65_535))
                .toArray();
    }

    /** Places on an axis. */
    double[] coordinates(int axis) {
        return places[axis].clone();
    }

    private static double width(double[] values) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        return values.length == 0 ? 0 : most - least;
    }

    /** How it was laid out. */
    String words() {
        return words;
    }

    /** Clusters of documents that are alike. */
    Clustering clusters(int count) {
        return KMeans.of(count).cluster(Embeddings.of(rows, DIMENSION), new Seed(1));
    }

    /** The members that are nearest to the mean of all, nearest first. */
    List<Integer> nearest(int[] members, int count) {
        double[] centre = new double[DIMENSION];
        for (int member : members) {
            for (int j = 0; j < DIMENSION; j++) {
                centre[j] += (double) rows[member * DIMENSION + j] / members.length;
            }
        }
        double[] squares = new double[members.length];
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < members.length; i++) {
            for (int j = 0; j < DIMENSION; j++) {
                double difference = rows[members[i] * DIMENSION + j] - centre[j];
                squares[i] += difference * difference;
            }
            order.add(i);
        }
        return order.stream()
                .sorted((a, b) -> Double.compare(squares[a], squares[b]))
                .limit(count)
                .map(i -> members[i])
                .toList();
    }
}
