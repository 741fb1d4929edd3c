// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.report;

import dev.quad.Clustering;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words that tell what a cluster is about: those that add most to the divergence of its words from those of all
 * clusters (Kullback and Leibler, 1951), {@code p·ln(p/q)} with p a word's share in the cluster and q its share in all.
 * So a word that is as frequent everywhere weighs nothing. Words are runs of two or more letters, in lower case.
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
        Objects.requireNonNull(clustering, "the clustering is null");
        Objects.requireNonNull(text, "what gives the text of a document is null");
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
        double total = words;
        return counts.stream().map(own -> heaviest(own, all, total, terms)).toList();
    }

    private static List<String> heaviest(Map<String, Integer> own, Map<String, Integer> all, double total, int terms) {
        double size = own.values().stream().mapToLong(Integer::longValue).sum();
        Map<String, Double> weights = new HashMap<>();
        own.forEach((word, count) ->
                weights.put(word, count / size * Math.log(count / size * total / all.getOrDefault(word, count))));
        return weights.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(terms)
                .map(Map.Entry::getKey)
                .toList();
    }
}
