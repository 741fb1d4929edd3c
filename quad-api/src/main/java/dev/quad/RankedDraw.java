// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.Comparator;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * The highest first, by the score itself or with noise.
 *
 * @param temperature of the noise; 0 for none
 * @param least the lowest score that is taken
 * @param share of the documents that have a score, how many are taken at most
 */
record RankedDraw(String id, double temperature, double least, double share) implements Draw {
    @Override
    public List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
        Purse purse = new Purse(scores, tokens, budget, seed);
        double[] keys = new double[scores.size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = scores.isScored(i) ? key(scores.value(i), seed, i) : Double.NaN;
        }
        List<Integer> order = IntStream.range(0, keys.length)
                .filter(i -> scores.isScored(i) && scores.value(i) >= least)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> 0 - keys[i])) // -0 and 0 are equal so
                .toList();
        long scored = IntStream.range(0, keys.length).filter(scores::isScored).count();
        for (int ordinal : order.subList(0, (int) Math.min(order.size(), Math.ceil(share * scored)))) {
            if (purse.isUsed()) {
                break;
            }
            purse.take(ordinal);
        }
        return purse.drawn();
    }

    private double key(double score, Seed seed, int ordinal) {
        if (temperature == 0) {
            return score;
        }
        double u = seed.stream("draw.gumbel", ordinal).nextDouble();
        return score / temperature - StrictMath.log(-StrictMath.log(Math.max(u, 0x1.0p-54)));
    }

    @Override
    public String toString() {
        return id;
    }
}
