// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import java.util.Locale;
import java.util.stream.IntStream;

/** How a map lays out the rows of documents, 64 numbers each that words and runs of characters give. */
public enum MapLayout {
    /**
     * By the two directions in which rows differ most (principal components): the whole is faithful, as far as two
     * numbers tell it, and groups may lie on one another.
     */
    COMPONENTS {
        @Override
        double[][] places(float[] rows, int dimension, Axes axes) {
            return IntStream.range(0, 2)
                    .mapToObj(axis -> IntStream.range(0, rows.length / dimension)
                            .mapToDouble(row -> axes.place(axis, rows, row))
                            .toArray())
                    .toArray(double[][]::new);
        }

        @Override
        String words(Axes axes) {
            return String.format(Locale.ROOT, "principal components, with %.0f %% of the variance", 100 * axes.share());
        }
    },
    /**
     * So that neighbours stay near, between the centres of clusters that are drawn to their nearest and pushed off all
     * others: groups come apart, and distances between them tell nothing. Takes some seconds more; the same pool gives
     * the same map.
     */
    NEIGHBOURS {
        @Override
        double[][] places(float[] rows, int dimension, Axes axes) {
            return Neighbours.places(rows, dimension, axes);
        }

        @Override
        String words(Axes axes) {
            return "laid out so that neighbours stay near; how far groups lie apart tells nothing";
        }
    };

    /** By axis, of each row. */
    abstract double[][] places(float[] rows, int dimension, Axes axes);

    /** For people who look at the map. */
    abstract String words(Axes axes);
}
