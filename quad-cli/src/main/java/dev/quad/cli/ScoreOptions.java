// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Precision;
import dev.quad.influence.Damping;
import dev.quad.pipeline.GradientRule;
import dev.quad.pipeline.Preset;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.pipeline.ShortDocuments;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a score of {@code quad select} and {@code quad score} is. What is not given is as the preset has it. */
final class ScoreOptions {
    static final String HEADING = "%nScores:%n";

    @Option(
            names = "--score",
            paramLabel = "KIND",
            converter = ScoreRules.ToKind.class,
            description =
                    "product (the influence on the reference loss), relative (that over the length by which training on the"
                            + " document would move the weights: outliers count less) or mean-cosine (the mean of its"
                            + " cosines with each part of the reference: sizes of gradients do not count). Default:"
                            + " product.")
    private ScoreSettings.@Nullable Kind kind;

    @Option(
            names = "--measure",
            paramLabel = "WHAT",
            converter = ScoreRules.ToMeasure.class,
            description = "What is to change of the reference: its loss is to fall (loss), or the margins of its tokens"
                    + " over all others are to rise (margin). Default: loss.")
    private ScoreSettings.@Nullable Measure measure;

    @Option(
            names = "--passes",
            paramLabel = "WHICH",
            converter = ScoreRules.ToPasses.class,
            description =
                    "The product by the gradient of a document (backward); exactly so by a forward pass, in less memory"
                            + " (forward); or by two moved a little apart (differences), in less time and to an error"
                            + " that is said. Default: backward.")
    private ScoreSettings.@Nullable Passes passes;

    @Option(
            names = "--precision",
            paramLabel = "BITS",
            converter = ScoreRules.ToPrecision.class,
            description =
                    "What factors, directions and products are computed in: single or double, which takes 2 to 3 times"
                            + " as long and lets a --damping be far below the largest eigenvalue. Default: single.")
    private @Nullable Precision precision;

    @Option(
            names = "--projection",
            paramLabel = "N",
            converter = ScoreRules.ToProjection.class,
            description =
                    "Take the cosines of mean-cosine through N rows of random signs; or none: exactly. Default: none.")
    private @Nullable OptionalInt projection;

    @Option(
            names = "--gradient",
            paramLabel = "RULE",
            converter = ScoreRules.ToGradient.class,
            description =
                    "What is scored of a document: its gradient (sgd), the sign of each number of it, what Adam's first"
                            + " step makes of it (adam), or what Adam makes of it from the moments in the model's"
                            + " optimizer.safetensors (adam-state). Default: sgd.")
    private @Nullable GradientRule gradient;

    @Option(
            names = "--curvature",
            paramLabel = "KIND",
            converter = ScoreRules.ToCurvature.class,
            description =
                    "kfac, ekfac, diagonal or identity. Default: kfac, and identity with another --gradient than sgd.")
    private ScoreSettings.@Nullable CurvatureKind curvature;

    @Option(
            names = "--fisher",
            paramLabel = "LABELS",
            converter = ScoreRules.ToLabels.class,
            description =
                    "Labels of the gradients that the curvature is of: sampled from the model, or empirical, those"
                            + " of the text. Default: sampled.")
    private ScoreSettings.@Nullable Labels labels;

    @Option(
            names = "--factor-data",
            paramLabel = "DATA",
            converter = ScoreRules.ToFactorData.class,
            description = "What the curvature is estimated from: pool, reference or both. Default: pool.")
    private ScoreSettings.@Nullable FactorData factorData;

    @Option(
            names = "--factor-tokens",
            paramLabel = "N",
            description = "Pool tokens the curvature is estimated from. Default: ${DEFAULT-VALUE}.")
    private long factorTokens = ScoreSettings.DEFAULT_FACTOR_TOKENS;

    @Option(
            names = "--damping",
            paramLabel = "X",
            converter = ScoreRules.ToDamping.class,
            description = "What is added to the curvature: 0.1 (share of its mean eigenvalue), absolute:0.001,"
                    + " factored:0.1 (to both factors), or unrolled:3 (what gradient descent gets to in steps times"
                    + " learning rate of 3). Default: 0.1.")
    private @Nullable Damping damping;

    @Option(
            names = "--layers",
            paramLabel = "WHICH",
            converter = ScoreRules.ToLayers.class,
            description =
                    "Layers that count: all (the linear ones of the blocks), attention, mlp, or all-and-head (and the output"
                            + " head, whose curvature grows with the square of the vocabulary). Default: mlp.")
    private ScoreSettings.@Nullable LayerGroup layers;

    @Option(
            names = "--biases",
            paramLabel = "HOW",
            converter = ScoreRules.ToBiases.class,
            description = "Biases of the layers, where there are: keep or ignore. Default: keep.")
    private ScoreSettings.@Nullable Biases biases;

    @Option(
            names = "--qkv",
            paramLabel = "HOW",
            converter = ScoreRules.ToQkv.class,
            description = "Queries, keys and values in the curvature: joint, separate or heads. Default: joint.")
    private ScoreSettings.@Nullable Qkv qkv;

    @Option(
            names = "--reference-tokens",
            paramLabel = "N",
            description = "Reference tokens to use at most, sampled where there are more. Default: ${DEFAULT-VALUE}.")
    private long referenceTokens = ScoreSettings.DEFAULT_REFERENCE_TOKENS;

    @Option(
            names = "--chunks-per-document",
            paramLabel = "N",
            description =
                    "Chunks of 256 tokens to score of a document at most, evenly spaced. Default: ${DEFAULT-VALUE}.")
    private int chunksPerDocument = ScoreSettings.DEFAULT_CHUNKS_PER_DOCUMENT;

    @Option(
            names = "--chunk-mean",
            paramLabel = "BY",
            converter = ScoreRules.ToChunkMean.class,
            description = "The score of a document is the mean of its chunks by tokens, or by chunks, where each counts"
                    + " alike. Default: tokens.")
    private ScoreSettings.@Nullable ChunkMean chunkMean;

    @Option(
            names = "--short-documents",
            paramLabel = "RULE",
            converter = ScoreRules.ToShortDocuments.class,
            description =
                    "Documents of fewer tokens are left unscored (unscored:8) or count as 0 (zero:128; zero alone is"
                            + " half a chunk). Default: unscored.")
    private @Nullable ShortDocuments shortDocuments;

    /** @throws IllegalArgumentException if a number is out of range, or options do not go together */
    ScoreSettings of(Preset preset) {
        atLeastOne("--factor-tokens", factorTokens);
        atLeastOne("--reference-tokens", referenceTokens);
        atLeastOne("--chunks-per-document", chunksPerDocument);
        ScoreSettings.Builder settings = preset.scores()
                .factorTokens(factorTokens)
                .referenceTokens(referenceTokens)
                .chunksPerDocument(chunksPerDocument);
        if (kind == ScoreSettings.Kind.PRODUCT) {
            settings.projection(OptionalInt.empty()); // that of the preset is for cosines
        }
        given(kind, settings::kind);
        given(measure, settings::measure);
        given(passes, settings::passes);
        given(precision, settings::precision);
        given(projection, settings::projection);
        given(gradient, settings::gradient);
        given(curvature, settings::curvature);
        given(labels, settings::labels);
        given(factorData, settings::factorData);
        given(damping, settings::damping);
        given(layers, settings::layers);
        given(biases, settings::biases);
        given(qkv, settings::qkv);
        given(chunkMean, settings::chunkMean);
        given(shortDocuments, settings::shortDocuments);
        return settings.build();
    }

    /** What does nothing beside others of these. */
    static List<Useless> useless(ScoreSettings made) {
        return List.of(
                Useless.when(
                        made.curvature() == ScoreSettings.CurvatureKind.IDENTITY,
                        "the curvature is identity, which is neither estimated nor damped",
                        "give --curvature kfac",
                        "--fisher",
                        "--factor-data",
                        "--factor-tokens",
                        "--damping"),
                Useless.when(
                        made.factorData() == ScoreSettings.FactorData.REFERENCE,
                        "the curvature is estimated from the reference alone",
                        "give --factor-data pool",
                        "--factor-tokens"),
                Useless.when(
                        made.layers() == ScoreSettings.LayerGroup.MLP,
                        "the layers that count are those of the MLPs",
                        "give --layers all",
                        "--qkv"));
    }

    /** Hands over what is given. */
    static <V> void given(@Nullable V value, Consumer<V> option) {
        if (value != null) {
            option.accept(value);
        }
    }

    static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; allowed is 1 or more");
        }
    }
}
