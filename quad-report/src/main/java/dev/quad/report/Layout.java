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
 * Where documents lie: by the words and runs of characters at their starts, whatever the run itself was clustered by,
 * on the two axes along which they differ most.
 */
final class Layout {
    private static final int DIMENSION = 64;
    private static final int CHARS = 400;
    private static final int FITTED = 2_000;
    private static final int BLOCK = 4_096;

    private final float[] rows;
    private final Axes axes;

    private Layout(float[] rows) {
        this.rows = rows;
        this.axes = Axes.of(rows, DIMENSION, Math.max(1, rows.length / DIMENSION / BLOCK));
    }

    static Layout of(Documents documents) {
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
        return new Layout(rows.array());
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
        double[][] all = {coordinates(0), coordinates(1)};
        double widest = Math.max(width(all[0]), width(all[1]));
        double[] own = all[axis];
        double least =
                IntStream.range(0, own.length).mapToDouble(i -> own[i]).min().orElse(0);
        double margin = (widest - width(own)) / 2;
        return IntStream.range(0, own.length)
                .map(i -> widest == 0 ? 0 : (int) Math.round((own[i] - least + margin) / widest * 65_535))
                .toArray();
    }

    /** Places on an axis, 0 in the middle of all. */
    double[] coordinates(int axis) {
        return IntStream.range(0, rows.length / DIMENSION)
                .mapToDouble(row -> axes.place(axis, rows, row))
                .toArray();
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

    double share() {
        return axes.share();
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
