// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the scores of a pool are like, over the documents that have one.
 *
 * @param documents of the pool
 * @param scored those that have a score
 * @param mean of the scores; NaN where there is none
 * @param deviation their standard deviation, of all and not of a sample; NaN where there is none
 */
public record ScoreSummary(int documents, int scored, double mean, double deviation) {

    /** A score in standard deviations from the mean; 0 where all are equal. */
    public double z(double score) {
        return deviation == 0 ? 0 : (score - mean) / deviation;
    }

    /** For the metadata of the scores. */
    Map<String, String> describe() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("documents", Integer.toString(documents));
        entries.put("scored", Integer.toString(scored));
        entries.put("mean", Double.toString(mean));
        entries.put("deviation", Double.toString(deviation));
        return entries;
    }

    /** From these metadata. */
    static ScoreSummary of(Map<String, String> metadata) {
        return new ScoreSummary(
                Integer.parseInt(metadata.get("documents")),
                Integer.parseInt(metadata.get("scored")),
                Double.parseDouble(metadata.get("mean")),
                Double.parseDouble(metadata.get("deviation")));
    }

    /** In the order of the documents (Welford, 1962). */
    static ScoreSummary of(ScoreSpool spool) {
        int scored = 0;
        double mean = 0;
        double squares = 0;
        try (ScoreSpool.Reader documents = spool.reader()) {
            while (documents.hasNext()) {
                ScoredDocument document = documents.next();
                if (document.isScored()) {
                    scored++;
                    double off = document.score() - mean;
                    mean += off / scored;
                    squares += off * (document.score() - mean);
                }
            }
        }
        return scored == 0
                ? new ScoreSummary(spool.documents(), 0, Double.NaN, Double.NaN)
                : new ScoreSummary(spool.documents(), scored, mean, Math.sqrt(squares / scored));
    }
}
