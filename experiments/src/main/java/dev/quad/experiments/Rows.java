// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Clustering;
import dev.quad.Draw;
import dev.quad.Selection;
import dev.quad.bandit.RandomSelector;
import dev.quad.bandit.SelectionOptions;
import dev.quad.bandit.TopKSelector;
import dev.quad.baselines.ScoredSelector;
import dev.quad.files.Words;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.pipeline.ScoreSettings.LayerGroup;
import dev.quad.pipeline.ScoringMethod;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import java.util.function.Function;
import java.util.function.IntPredicate;

/** What several experiments do. */
final class Rows {
    /** The control of all. */
    static final Row RANDOM = Row.chosen("random", "documents by lot", Rows::random);

    /** Quad's rounds with the defaults. */
    static final Row ROUNDS = rounds("rounds", "the rounds of the bandit, as they are by default", b -> b);

    /** What the rounds choose by scores that say nothing. */
    static final Row SHUFFLED = Row.chosen(
            "shuffled",
            "the same, by scores that were dealt out among the documents by lot",
            trial -> trial.rounds(
                    scores(trial, LayerGroup.MLP).shuffled(trial.seed()), stock(trial), SelectionOptions.defaults()));

    /** The same by a model that knows nothing. */
    static final Row RANDOM_MODEL = Row.chosen(
            "random-model",
            "the same, by scores of a model with random weights",
            trial -> trial.rounds(
                    trial.scores("random-model", trial.randomModel(), ScoreSettings.builder()),
                    stock(trial),
                    SelectionOptions.defaults()));

    /** Every document is scored, and the best are taken. */
    static final Row TOP_DOCUMENTS = Row.chosen(
            "top-documents", "all documents are scored, and those with the best scores are taken", Rows::topDocuments);

    /** What quad select does. */
    static final Row COVERAGE = Row.chosen(
            "coverage",
            "what adds most to the coverage of the reference, as `quad select` does without `--selector`",
            Rows::coverage);

    private Rows() {}

    static Selection random(Trial trial) {
        return trial.chosen(RandomSelector.among(Duplicates.find(trial.pool()).eligible()));
    }

    static Selection topDocuments(Trial trial) {
        return topDocuments(trial, Duplicates.find(trial.pool()).eligible());
    }

    static Selection topDocuments(Trial trial, IntPredicate among) {
        return trial.chosen(TopKSelector.<Document>builder(scores(trial, LayerGroup.MLP))
                .eligible(among)
                .build());
    }

    static Selection coverage(Trial trial) {
        return trial.chosen(QuadPipeline.builder(trial.reference()).build());
    }

    static Clustering stock(Trial trial) {
        return trial.clusters(trial.clusterCount());
    }

    /** The scores of the trial's model along the reference. */
    static Scores scores(Trial trial, LayerGroup layers) {
        return trial.scores(
                Words.of(layers), trial.model(), ScoreSettings.builder().layers(layers));
    }

    /** Rounds by the scores of the MLP, over the clusters that the pipeline would make. */
    static Row rounds(String name, String words, Function<SelectionOptions.Builder, SelectionOptions.Builder> options) {
        return Row.chosen(
                name,
                words,
                trial -> trial.rounds(
                        scores(trial, LayerGroup.MLP),
                        stock(trial),
                        options.apply(SelectionOptions.builder()).build()));
    }

    /** The same by other scores. */
    static Row scored(String name, String words, Function<Trial, Scores> scores) {
        return Row.chosen(
                name, words, trial -> trial.rounds(scores.apply(trial), stock(trial), SelectionOptions.defaults()));
    }

    /** The same over other clusters. */
    static Row clustered(String name, String words, Function<Trial, Clustering> clusters) {
        return Row.chosen(
                name,
                words,
                trial -> trial.rounds(
                        scores(trial, LayerGroup.MLP), clusters.apply(trial), SelectionOptions.defaults()));
    }

    /** The best by scores of another kind. */
    static Row best(ScoringMethod method, String words) {
        return Row.chosen(
                Words.of(method),
                words,
                trial -> trial.chosen(
                        ScoredSelector.of(method.scorer(), trial.reference().items(), Draw.top())
                                .among(Duplicates.find(trial.pool()).eligible())));
    }
}
