// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import static dev.quad.experiments.Contrast.below;

import dev.quad.Selection;
import dev.quad.bandit.SelectionOptions;
import dev.quad.pipeline.ScoreSettings.LayerGroup;
import dev.quad.pipeline.ScoringMethod;
import java.util.List;
import java.util.function.Function;

/** Claims of what comes out: against other methods, of mathematics, and of a reference of several kinds. */
final class OutcomeClaims {
    private OutcomeClaims() {}

    static Experiment methods() {
        List<String> others =
                List.of("random", "dsir", "moore-lewis", "classifier", "perplexity-low", "perplexity-middle", "betr");
        return new Experiment(
                "tables-6-7",
                "Against other methods, and chance",
                "The rounds choose better than each of the other methods, and that is no chance (Tables 1, 6 and 7).",
                "Each method chooses from the same documents within the same budget, with the defaults; of scores the best"
                        + " are taken. Coverage, the default of `quad select`, is no method of the paper.",
                List.of(
                        Rows.RANDOM,
                        Rows.SHUFFLED,
                        Rows.ROUNDS,
                        Rows.COVERAGE,
                        Rows.best(ScoringMethod.DSIR, "importance weights of words and pairs"),
                        Rows.best(ScoringMethod.MOORE_LEWIS, "difference of two n-gram models"),
                        Rows.best(ScoringMethod.CLASSIFIER, "logistic regression on words and pairs"),
                        Rows.best(ScoringMethod.PERPLEXITY_LOW, "easy to read for a model of the pool"),
                        Rows.best(ScoringMethod.PERPLEXITY_MIDDLE, "neither easy nor hard to read"),
                        Rows.best(ScoringMethod.BETR, "near to documents of the reference, by a classifier")),
                List.of(Trial.OTHER, Trial.CLUSTERS),
                "rounds",
                others.stream()
                        .map(other -> below("better than " + other, Trial.LOSS, "rounds", other))
                        .toList(),
                List.of(Contrast.SHUFFLED_DO_NOT));
    }

    static Experiment mathematics() {
        return new Experiment(
                "fig-7d",
                "Going on with mathematics",
                "With mathematics as the reference, training that goes on from a model learns mathematics better than from a"
                        + " random choice, by more than it forgets of other texts (Fig. 7d).",
                "`other` is the loss on documents of the pool that nobody chose for. The gain outweighs what is forgotten"
                        + " where the sum of both losses is below that after a random choice. Give tasks of mathematics.",
                List.of(Rows.RANDOM, Rows.SHUFFLED, Rows.ROUNDS, Rows.COVERAGE, Rows.TOP_DOCUMENTS),
                List.of(Trial.OTHER),
                "random",
                List.of(
                        below("mathematics is learnt better", Trial.LOSS, "rounds", "random"),
                        below("by more than is forgotten", Trial.LOSS + "+" + Trial.OTHER, "rounds", "random")),
                List.of(Contrast.SHUFFLED_DO_NOT));
    }

    private static Row byKind(String name, String words, Function<Trial, Selection> choice) {
        return new Row("kinds-" + name, words, trial -> trial.judgedByKind(choice.apply(trial)));
    }

    static Experiment kinds() {
        return new Experiment(
                "mixed-reference",
                "A reference of several kinds of text",
                "With a mixed reference, as FLAN is, the choice does not fall to one of its kinds: each is learnt better than"
                        + " from a random choice.",
                "Each kind is measured by itself. `" + Trial.WORST
                        + "` is the loss of the kind that gained least, less what"
                        + " it was before training. Give tasks with several files held out.",
                List.of(
                        byKind("random", "documents by lot", Rows::random),
                        byKind(
                                "rounds",
                                "the rounds of the bandit",
                                trial -> trial.rounds(
                                        Rows.scores(trial, LayerGroup.MLP),
                                        Rows.stock(trial),
                                        SelectionOptions.defaults())),
                        byKind(
                                "shuffled",
                                "the same, by scores dealt out by lot",
                                trial -> trial.rounds(
                                        Rows.scores(trial, LayerGroup.MLP).shuffled(trial.seed()),
                                        Rows.stock(trial),
                                        SelectionOptions.defaults())),
                        byKind("top-documents", "the best scores of all", Rows::topDocuments),
                        byKind("coverage", "coverage of the reference", Rows::coverage)),
                List.of(Trial.WORST),
                "kinds-random",
                List.of(below("the kind that gains least gains more", Trial.WORST, "kinds-rounds", "kinds-random")),
                List.of(new Contrast(
                        "by shuffled scores it gains as by lot",
                        Trial.WORST,
                        "kinds-shuffled",
                        "kinds-random",
                        new Contrast.Unseen())));
    }
}
