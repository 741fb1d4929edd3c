// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The share of a text's words that the reference has too. */
public final class SharedWords implements InfluenceEstimator<String> {
    private final Set<String> known = new TreeSet<>();

    /** Of texts that the model should become good at. */
    public SharedWords(List<String> reference) {
        reference.forEach(text -> known.addAll(List.of(text.split(" "))));
    }

    @Override
    public InfluenceScores score(List<? extends String> texts) {
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (String text : texts) {
            if (text.isBlank()) {
                scores.flag("no words");
            } else {
                String[] words = text.split(" ");
                scores.add((double) Arrays.stream(words).filter(known::contains).count() / words.length);
            }
        }
        return scores.build();
    }

    @Override
    public String fingerprint() {
        return "shared words of " + known;
    }
}
