// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Precision;
import dev.quad.influence.Damping;
import dev.quad.pipeline.GradientRule;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.pipeline.ShortDocuments;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;

/** From the words of the command line to what a score is. */
final class ScoreRules {
    private ScoreRules() {}

    /** {@code --damping}. */
    static final class ToDamping implements ITypeConverter<Damping> {
        @Override
        public Damping convert(String value) {
            return Word.parse(value, "0.1, absolute:0.001, factored:0.1 and unrolled:3", word -> switch (word.name()) {
                case "" -> Damping.relative(word.number());
                case "absolute" -> Damping.absolute(word.number());
                case "factored" -> Damping.factored(Damping.relative(word.number()));
                case "unrolled" -> Damping.unrolled(word.number());
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --score}. */
    static final class ToKind extends Word.Choice<ScoreSettings.Kind> {
        ToKind() {
            super(ScoreSettings.Kind.class);
        }
    }

    /** {@code --measure}. */
    static final class ToMeasure extends Word.Choice<ScoreSettings.Measure> {
        ToMeasure() {
            super(ScoreSettings.Measure.class);
        }
    }

    /** {@code --passes}. */
    static final class ToPasses extends Word.Choice<ScoreSettings.Passes> {
        ToPasses() {
            super(ScoreSettings.Passes.class);
        }
    }

    /** {@code --precision}. */
    static final class ToPrecision extends Word.Choice<Precision> {
        ToPrecision() {
            super(Precision.class);
        }
    }

    /** {@code --projection}. */
    static final class ToProjection implements ITypeConverter<OptionalInt> {
        @Override
        public OptionalInt convert(String value) {
            return Word.parse(value, "none and 8192", word -> switch (word.name()) {
                case "" -> {
                    ScoreOptions.atLeastOne("the number of rows", word.count());
                    yield OptionalInt.of(word.count());
                }
                case "none" -> OptionalInt.empty();
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --biases}. */
    static final class ToBiases extends Word.Choice<ScoreSettings.Biases> {
        ToBiases() {
            super(ScoreSettings.Biases.class);
        }
    }

    /** {@code --curvature}. */
    static final class ToCurvature extends Word.Choice<ScoreSettings.CurvatureKind> {
        ToCurvature() {
            super(ScoreSettings.CurvatureKind.class);
        }
    }

    /** {@code --fisher}. */
    static final class ToLabels extends Word.Choice<ScoreSettings.Labels> {
        ToLabels() {
            super(ScoreSettings.Labels.class);
        }
    }

    /** {@code --factor-data}. */
    static final class ToFactorData extends Word.Choice<ScoreSettings.FactorData> {
        ToFactorData() {
            super(ScoreSettings.FactorData.class);
        }
    }

    /** {@code --layers}. */
    static final class ToLayers extends Word.Choice<ScoreSettings.LayerGroup> {
        ToLayers() {
            super(ScoreSettings.LayerGroup.class);
        }
    }

    /** {@code --qkv}. */
    static final class ToQkv extends Word.Choice<ScoreSettings.Qkv> {
        ToQkv() {
            super(ScoreSettings.Qkv.class);
        }
    }

    /** {@code --chunk-mean}. */
    static final class ToChunkMean extends Word.Choice<ScoreSettings.ChunkMean> {
        ToChunkMean() {
            super(ScoreSettings.ChunkMean.class);
        }
    }

    /** {@code --gradient}. */
    static final class ToGradient extends Word.Choice<GradientRule> {
        ToGradient() {
            super(GradientRule.class);
        }
    }

    /** {@code --short-documents}. */
    static final class ToShortDocuments implements ITypeConverter<ShortDocuments> {
        @Override
        public ShortDocuments convert(String value) {
            return Word.parse(value, "unscored, unscored:20, zero and zero:20", word -> {
                OptionalInt tokens = word.text().isEmpty() ? OptionalInt.empty() : OptionalInt.of(word.count());
                return switch (word.name()) {
                    case "unscored" -> new ShortDocuments(false, tokens);
                    case "zero" -> new ShortDocuments(true, tokens);
                    default -> throw word.unknown();
                };
            });
        }
    }
}
