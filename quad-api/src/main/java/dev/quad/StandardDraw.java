// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.Objects;
import java.util.function.IntToLongFunction;

/** A draw by {@code (score − mean) / deviation}; where all scores are equal, by zeros. */
record StandardDraw(Draw draw) implements Draw {
    @Override
    public List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
        Objects.requireNonNull(scores, "the scores are null");
        double mean = 0;
        double squares = 0;
        int count = 0;
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                double from = scores.value(i) - mean;
                mean += from / ++count;
                squares += from * (scores.value(i) - mean);
            }
        }
        double deviation = Math.sqrt(squares / count);
        InfluenceScores.Builder standard = InfluenceScores.builder();
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                standard.add(deviation > 0 ? (scores.value(i) - mean) / deviation : 0);
            } else {
                standard.flag(scores.reason(i).orElseThrow());
            }
        }
        return draw.draw(standard.build(), tokens, budget, seed);
    }

    @Override
    public String id() {
        return draw.id() + " of standard scores";
    }

    @Override
    public String toString() {
        return id();
    }
}
