// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Selection;
import dev.quad.bandit.SelectionOptions;
import dev.quad.pipeline.ScoreSettings.LayerGroup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;

/** How many tokens of a choice are worth those of clean data: more documents of the kind of the reference. */
final class CleanData {
    /** The binary logarithm of the tokens until a loss is reached, over those that clean data took to it. */
    static final String REACH = "reach";

    private static final Row CLEAN = new Row("reach-clean", "more documents of the kind of the reference", trial -> {
        Map<String, Double> measures = trial.clean();
        measures.put(REACH, 0.0);
        return measures;
    });

    private CleanData() {}

    private static Row reaching(String name, String words, Function<Trial, Selection> choice) {
        return new Row("reach-" + name, words, trial -> {
            Selection selection = choice.apply(trial);
            double wanted = Objects.requireNonNull(trial.clean().get(Trial.LOSS));
            Map<String, Double> measures = new LinkedHashMap<>(trial.trained(selection, 1));
            double once = Objects.requireNonNull(measures.get(Trial.LOSS));
            measures.put(
                    REACH,
                    reach(
                            wanted,
                            power -> power == 0
                                    ? once
                                    : Objects.requireNonNull(trial.trained(selection, Math.pow(2, power))
                                            .get(Trial.LOSS))));
            return measures;
        });
    }

    /**
     * The power of two at which a loss is reached, by lines between −1, 0, 1 and 2: −1 where that of −1 is as low, 2
     * where none is.
     *
     * @param lossAt after 2^power times the tokens; asked for in order, up to the first that is as low
     */
    static double reach(double wanted, IntToDoubleFunction lossAt) {
        double before = lossAt.applyAsDouble(-1);
        if (before <= wanted) {
            return -1;
        }
        for (int power = 0; power <= 2; power++) {
            double loss = lossAt.applyAsDouble(power);
            if (loss <= wanted) {
                return power - 1 + (before - wanted) / (before - loss);
            }
            before = loss;
        }
        return 2;
    }

    static Experiment tokens() {
        return new Experiment(
                "fig-7c",
                "Tokens to reach what clean data reach",
                "What is chosen from a mixed pool reaches the loss that clean data reach with hardly more tokens, and with"
                        + " far fewer than a random choice (Fig. 7c), here read as at most twice as many.",
                "Clean data are documents of the file that the reference is from, which are neither in it nor held out, as"
                        + " many bytes as are chosen, or fewer where there are no more. `" + REACH
                        + "` is the binary logarithm of the tokens"
                        + " trained on until the loss is that of clean data, over theirs: of trainings for a half, once, twice"
                        + " and four times as many tokens, each with its own course of the learning rate, with lines between;"
                        + " −1 where half are enough, and 2 where four times as many are not.",
                List.of(
                        CLEAN,
                        reaching("random", "documents by lot", Rows::random),
                        reaching(
                                "rounds",
                                "the rounds of the bandit",
                                trial -> trial.rounds(
                                        Rows.scores(trial, LayerGroup.MLP),
                                        Rows.stock(trial),
                                        SelectionOptions.defaults())),
                        reaching("coverage", "coverage of the reference", Rows::coverage)),
                List.of(REACH),
                "reach-clean",
                List.of(
                        new Contrast(
                                "at most twice the tokens of clean data",
                                REACH,
                                "reach-rounds",
                                "",
                                new Contrast.Below(1)),
                        Contrast.below("fewer than by lot", REACH, "reach-rounds", "reach-random")),
                List.of(Contrast.below(
                        "clean data are better than a random choice", Trial.LOSS, "reach-clean", "reach-random")));
    }
}
