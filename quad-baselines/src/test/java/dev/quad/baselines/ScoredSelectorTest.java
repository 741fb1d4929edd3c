// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.Draw;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.StopReason;
import dev.quad.testkit.DataSelectorContract;
import dev.quad.text.Document;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoredSelectorTest extends DataSelectorContract<Document> {
    private static final List<Document> REFERENCE = List.of(new Document("r", "12 + 3 = 15"));
    private static final CandidatePool<Document> POOL =
            TextScorerContract.pool(TextScorerContract.documents(60, 1).stream()
                    .filter(document -> !document.text().isEmpty())
                    .toList());

    @Override
    protected DataSelector<Document> selector() {
        return ScoredSelector.of(Dsir.fast(), REFERENCE, Draw.gumbel(1));
    }

    @Override
    protected CandidatePool<Document> pool() {
        return POOL;
    }

    @Test
    void select_takesTheBestOfTheEligible() {
        Selection selection = ScoredSelector.of(Dsir.fast().perWord(), REFERENCE, Draw.top())
                .among(ordinal -> ordinal % 2 == 1)
                .select(POOL, Budget.documents(5), new Seed(1));
        assertThat(selection.choices()).hasSize(5).allSatisfy(choice -> {
            assertThat(choice.ordinal() % 2).isEqualTo(1);
            assertThat(POOL.get(choice.ordinal()).text()).contains("+");
        });
        assertThat(selection.costs().documentsScored()).isEqualTo(POOL.size() / 2);
        assertThat(selection.manifest()).containsKeys("scorer", "draw", "learned");
    }

    @Test
    void scoresThatAreThere_giveTheSameChoice() {
        DataSelector<Document> there = ScoredSelector.of(Dsir.fast().fit(POOL, REFERENCE, new Seed(1)), Draw.gumbel(1));
        assertThat(there.select(POOL, Budget.documents(9), new Seed(1)).choices())
                .isEqualTo(selector()
                        .select(POOL, Budget.documents(9), new Seed(1))
                        .choices());
    }

    @Test
    void weights_arePaidFor() {
        Selection selection = ScoredSelector.of(Dsir.fast().perWord(), REFERENCE, Draw.multinomial(0.1, 3))
                .select(POOL, Budget.tokens(900), new Seed(1));
        assertThat(selection.choices()).anyMatch(choice -> choice.weight() > 1);
        assertThat(selection.costs().tokensChosen())
                .isLessThanOrEqualTo(900)
                .isEqualTo(selection.choices().stream()
                        .mapToLong(choice -> choice.weight() * POOL.tokens(choice.ordinal()))
                        .sum());
    }

    @Test
    void threshold_thatTurnsDocumentsDown_leavesTheBudget() {
        Selection selection = ScoredSelector.of(Dsir.fast(), REFERENCE, Draw.atLeast(0))
                .select(POOL, Budget.documents(50), new Seed(1));
        assertThat(selection.stopReason()).isEqualTo(StopReason.STARVED);
    }
}
