// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TaskInfluenceTest {
    private final Rows source = Rows.of(new LayerShape("one", 4, 3, true), new LayerShape("two", 2, 5));
    private final List<Rows.Item> items = source.items(3, 2, 0, 7, 1, 4);
    private final List<ReferenceDirection> tasks = IntStream.range(0, 3)
            .mapToObj(task -> ReferenceDirection.gradient(source, ReferenceSet.of(source.items(10 + task, 5, 3))))
            .toList();

    @AfterEach
    void close() {
        tasks.forEach(ReferenceDirection::close);
    }

    private void check(
            InfluenceEstimator<Rows.Item> found,
            List<? extends InfluenceEstimator<Rows.Item>> single,
            ToDoubleFunction<double[]> over) {
        InfluenceScores scores = found.score(items);
        List<InfluenceScores> each =
                single.stream().map(estimator -> estimator.score(items)).toList();
        for (int i = 0; i < items.size(); i++) {
            int item = i;
            if (items.get(i).rows() == 0) {
                assertThat(scores.isScored(i)).isFalse();
            } else {
                double expected = over.applyAsDouble(
                        each.stream().mapToDouble(task -> task.value(item)).toArray());
                assertThat(scores.value(i)).isCloseTo(expected, within(1e-12));
            }
        }
        assertThat(scores.tokens()).isEqualTo(14);
        assertThat(found.score(List.of()).size()).isZero();
        single.forEach(InfluenceEstimator::close);
    }

    @Test
    void score_isBestOrMeanOfTheTasks() {
        List<InfluenceEstimator<Rows.Item>> products = tasks.stream()
                .map(task -> Influence.of(source).direction(task).estimator())
                .toList();
        check(
                Influence.of(source).tasks(tasks, Influence.Over.MAX).estimator(),
                products,
                values -> Arrays.stream(values).max().getAsDouble());
        check(
                Influence.of(source).tasks(tasks, Influence.Over.MEAN).estimator(),
                tasks.stream()
                        .map(task -> Influence.of(source).direction(task).estimator())
                        .toList(),
                values -> Arrays.stream(values).average().getAsDouble());
        check(
                Influence.of(source).tasks(tasks, Influence.Over.MAX).cosine().estimator(),
                tasks.stream()
                        .map(task ->
                                Influence.of(source).direction(task).cosine().estimator())
                        .toList(),
                values -> Arrays.stream(values).max().getAsDouble());
        check(
                Influence.of(source).tasks(tasks, Influence.Over.MEAN).cosine().estimator(),
                tasks.stream()
                        .map(task ->
                                Influence.of(source).direction(task).cosine().estimator())
                        .toList(),
                values -> Arrays.stream(values).average().getAsDouble());
    }

    @Test
    void score_ofOneTask_isThatOfTheTask_andOfNone_isAnError() {
        check(
                Influence.of(source)
                        .tasks(tasks.subList(1, 2), Influence.Over.MAX)
                        .estimator(),
                List.of(Influence.of(source).direction(tasks.get(1)).estimator()),
                values -> values[0]);
        assertThatThrownBy(() -> Influence.of(source)
                        .tasks(List.of(), Influence.Over.MAX)
                        .estimator())
                .hasMessageContaining("there is no direction");
    }

    @Test
    void fingerprint_ofOtherTasksOrRules_differs() {
        assertThat(List.of(
                        Influence.of(source)
                                .tasks(tasks, Influence.Over.MAX)
                                .estimator()
                                .fingerprint(),
                        Influence.of(source)
                                .tasks(tasks, Influence.Over.MEAN)
                                .estimator()
                                .fingerprint(),
                        Influence.of(source)
                                .tasks(tasks, Influence.Over.MAX)
                                .cosine()
                                .estimator()
                                .fingerprint(),
                        Influence.of(source)
                                .tasks(tasks.subList(0, 2), Influence.Over.MAX)
                                .estimator()
                                .fingerprint()))
                .doesNotHaveDuplicates();
    }
}
