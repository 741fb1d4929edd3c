// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.StopReason;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RandomSelectorTest {

    private static CandidatePool<Integer> pool(int size, int tokens) {
        return CandidatePool.of(IntStream.range(0, size).boxed().toList(), item -> tokens, "pool");
    }

    @Test
    void select_budget_isMetAndNotExceeded() {
        Selection selection = RandomSelector.<Integer>of().select(pool(100, 7), Budget.tokens(50), new Seed(1));
        assertThat(selection.choices()).hasSize(7).allMatch(choice -> choice.arm() == -1 && choice.round() == 0);
        assertThat(selection.costs().tokensChosen()).isEqualTo(49);
        assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
        assertThat(selection.manifest())
                .containsEntry("selector", "random")
                .containsEntry("eligible", "all")
                .containsEntry("budget", "50 tokens");
    }

    @Test
    void select_sameSeed_isEqualAndOtherIsNot() {
        RandomSelector<Integer> selector = RandomSelector.of();
        Selection first = selector.select(pool(100, 1), Budget.documents(20), new Seed(1));
        assertThat(selector.select(pool(100, 1), Budget.documents(20), new Seed(1)))
                .isEqualTo(first);
        assertThat(selector.select(pool(100, 1), Budget.documents(20), new Seed(2))
                        .choices())
                .isNotEqualTo(first.choices());
    }

    /** A larger budget only adds documents. */
    @Test
    void select_smallerBudget_isAPrefix() {
        RandomSelector<Integer> selector = RandomSelector.of();
        List<Choice> many =
                selector.select(pool(60, 1), Budget.documents(30), new Seed(4)).choices();
        List<Choice> few =
                selector.select(pool(60, 1), Budget.documents(11), new Seed(4)).choices();
        assertThat(many.subList(0, 11)).isEqualTo(few);
    }

    @Test
    void select_eligible_isHonoured() {
        Selection selection = RandomSelector.<Integer>among(ordinal -> ordinal % 2 == 1)
                .select(pool(50, 1), Budget.documents(100), new Seed(1));
        assertThat(selection.choices().stream().map(Choice::ordinal))
                .hasSize(25)
                .doesNotHaveDuplicates()
                .allMatch(ordinal -> ordinal % 2 == 1);
        assertThat(selection.stopReason()).isEqualTo(StopReason.EXHAUSTED);
    }

    @Test
    void select_everyDocument_isEquallyLikely() {
        int[] counts = new int[20];
        for (int seed = 0; seed < 4000; seed++) {
            for (Choice choice : RandomSelector.<Integer>of()
                    .select(pool(20, 1), Budget.documents(5), new Seed(seed))
                    .choices()) {
                counts[choice.ordinal()]++;
            }
        }
        assertThat(Arrays.stream(counts).boxed()).allMatch(count -> count >= 880 && count <= 1120);
    }

    @Test
    void select_interrupted_isCancelled() {
        Thread.currentThread().interrupt();
        Selection selection = RandomSelector.<Integer>of().select(pool(20, 1), Budget.documents(5), new Seed(1));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(selection.stopReason()).isEqualTo(StopReason.CANCELLED);
    }
}
