// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Selection;
import dev.quad.StopReason;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundByRoundTest {
    private static final int CLUSTERS = 10;
    private static final List<Integer> DOCUMENTS =
            IntStream.range(0, 1000).boxed().toList();

    @TempDir
    private Path folder;

    /** The worth of a document is the number of its cluster. */
    private static final class Known implements InfluenceEstimator<Integer> {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(
                    items.stream().mapToDouble(item -> item % CLUSTERS).toArray());
        }

        @Override
        public String fingerprint() {
            return "known";
        }
    }

    private Selection play(String journal, int rounds) {
        int[] clusters = DOCUMENTS.stream().mapToInt(i -> i % CLUSTERS).toArray();
        return RoundByRound.play(
                CandidatePool.of(DOCUMENTS, document -> 1, "documents"),
                Clustering.of(clusters, CLUSTERS),
                new Known(),
                IntStream.range(0, CLUSTERS).mapToDouble(i -> i).toArray(),
                folder.resolve(journal),
                rounds);
    }

    @Test
    void play_knownClusters_choosesFromTheBestAndGoesOnFromTheJournal() {
        Selection begun = play("journal", 2);
        Selection whole = play("journal", Integer.MAX_VALUE);

        assertThat(begun.stopReason()).isEqualTo(StopReason.CANCELLED);
        assertThat(begun.choices()).isNotEmpty().hasSizeLessThan(100);
        assertThat(whole.choices()).hasSize(100).startsWith(begun.choices().toArray(new Selection.Choice[0]));
        assertThat(whole.choices()).allMatch(choice -> choice.arm() >= CLUSTERS / 2);
        assertThat(play("another", Integer.MAX_VALUE).choices()).isEqualTo(whole.choices());
    }
}
