// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.Damping;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;

/** From the words of the command line to what a score is. */
final class ScoreRules {
    private ScoreRules() {}

    /** {@code --damping}. */
    static final class ToDamping implements ITypeConverter<Damping> {
        @Override
        public Damping convert(String value) {
            return Word.parse(value, "0.1, absolute:0.001 and factored:0.1", word -> switch (word.name()) {
                case "" -> Damping.relative(word.number());
                case "absolute" -> Damping.absolute(word.number());
                case "factored" -> Damping.factored(Damping.relative(word.number()));
                default -> throw word.unknown();
            });
        }
    }

    /** {@code --score}. */
    static final class ToKind extends Word.Choice<ScoreOptions.Kind> {
        ToKind() {
            super(ScoreOptions.Kind.class);
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
    static final class ToBiases extends Word.Choice<ScoreOptions.Biases> {
        ToBiases() {
            super(ScoreOptions.Biases.class);
        }
    }

    /** {@code --curvature}. */
    static final class ToCurvature extends Word.Choice<ScoreOptions.CurvatureKind> {
        ToCurvature() {
            super(ScoreOptions.CurvatureKind.class);
        }
    }

    /** {@code --fisher}. */
    static final class ToLabels extends Word.Choice<ScoreOptions.Labels> {
        ToLabels() {
            super(ScoreOptions.Labels.class);
        }
    }

    /** {@code --factor-data}. */
    static final class ToFactorData extends Word.Choice<ScoreOptions.FactorData> {
        ToFactorData() {
            super(ScoreOptions.FactorData.class);
        }
    }

    /** {@code --layers}. */
    static final class ToLayers extends Word.Choice<ScoreOptions.LayerGroup> {
        ToLayers() {
            super(ScoreOptions.LayerGroup.class);
        }
    }

    /** {@code --qkv}. */
    static final class ToQkv extends Word.Choice<ScoreOptions.Qkv> {
        ToQkv() {
            super(ScoreOptions.Qkv.class);
        }
    }

    /** {@code --chunk-mean}. */
    static final class ToChunkMean extends Word.Choice<ScoreOptions.ChunkMean> {
        ToChunkMean() {
            super(ScoreOptions.ChunkMean.class);
        }
    }
}
