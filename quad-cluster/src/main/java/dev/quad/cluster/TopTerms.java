// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Clustering;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words that tell what a cluster is about, by class-based TF-IDF (Grootendorst, "BERTopic", 2022, equation 2): a word
 * weighs {@code tf·ln(1 + A/f)}, with tf its share of the cluster's words, f how often it stands in all clusters, and A
 * the mean number of words of a cluster. Words are runs of two or more letters, in lower case.
 */
public final class TopTerms {
    private static final Pattern WORD = Pattern.compile("\\p{L}{2,}");

    private TopTerms() {}

    /**
     * Reads up to {@code documents} members of each cluster, evenly spread over it.
     *
     * @param text the text of an ordinal
     * @param documents {@code >= 1}; bounds time and memory, which grow with the words of all clusters
     * @param terms at most so many for each cluster, {@code >= 1}
     * @return for each cluster, its words, heaviest first; equal ones in alphabetical order
     */
    public static List<List<String>> of(Clustering clustering, IntFunction<String> text, int documents, int terms) {
        if (documents < 1 || terms < 1) {
            throw new IllegalArgumentException(
                    terms + " terms from " + documents + " documents were asked for; allowed is 1 or more of each");
        }
        List<Map<String, Integer>> counts = new ArrayList<>();
        Map<String, Integer> all = new HashMap<>();
        long words = 0;
        for (int c = 0; c < clustering.clusterCount(); c++) {
            Map<String, Integer> own = new HashMap<>();
            long picks = Math.min(documents, clustering.size(c));
            for (long i = 0; i < picks; i++) {
                int member = clustering.member(c, (int) (i * clustering.size(c) / picks));
                Matcher matcher = WORD.matcher(text.apply(member));
                while (matcher.find()) {
                    String word = matcher.group().toLowerCase(Locale.ROOT);
                    own.merge(word, 1, Integer::sum);
                    all.merge(word, 1, Integer::sum);
                    words++;
                }
            }
            counts.add(own);
        }
        double mean = (double) words / Math.max(1, clustering.clusterCount());
        return counts.stream()
                .map(own -> own.keySet().stream()
                        .sorted(Comparator.comparingDouble((String word) ->
                                        -own.getOrDefault(word, 0) * Math.log1p(mean / all.getOrDefault(word, 1)))
                                .thenComparing(Comparator.naturalOrder()))
                        .limit(terms)
                        .toList())
                .toList();
    }
}
