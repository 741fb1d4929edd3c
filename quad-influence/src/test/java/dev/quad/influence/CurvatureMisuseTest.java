// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static dev.quad.influence.CaptureUses.CURVATURE;
import static dev.quad.influence.CaptureUses.DIRECTION;
import static dev.quad.influence.CaptureUses.FACTORS;
import static dev.quad.influence.Misuse.argument;
import static dev.quad.influence.Misuse.misuse;
import static dev.quad.influence.Misuse.nothing;
import static dev.quad.influence.RowSource.BATCH;
import static dev.quad.influence.RowSource.LAYERS;
import static dev.quad.influence.RowSource.REFERENCE;
import static dev.quad.influence.RowSource.wrong;

import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is made of captures, and numbers that it does not take. */
class CurvatureMisuseTest {
    @TempDir
    private static Path folder;

    /** Its weights are others after each pass. */
    private static RowSource trained() {
        return new RowSource() {
            private int steps = 1;

            @Override
            public String fingerprint() {
                return "model " + steps;
            }

            @Override
            public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
                BatchLosses losses = super.capture(batch, targets, sink);
                steps++;
                return losses;
            }
        };
    }

    @TestFactory
    Stream<DynamicTest> whatIsMadeOfCaptures() {
        RowSource source = new RowSource();
        double[] read = new double[2];
        return Stream.of(
                argument("factors of nothing", () -> KroneckerFactors.merge(List.of()), "no factors to merge"),
                argument("curvatures of nothing", () -> Curvature.merge(List.of()), "no curvatures to merge"),
                misuse(
                        "inputs of a layer too high",
                        () -> FACTORS.inputCovariance(9),
                        IndexOutOfBoundsException.class,
                        "layer 9",
                        "[0, 2)"),
                misuse(
                        "outputs of a negative layer",
                        () -> FACTORS.outputCovariance(-1),
                        IndexOutOfBoundsException.class,
                        "layer -1"),
                misuse(
                        "eigenvalues of a layer too high",
                        () -> CURVATURE.eigenvalues(2),
                        IndexOutOfBoundsException.class,
                        "layer 2",
                        "[0, 2)"),
                misuse(
                        "a mean of a layer too high",
                        () -> CURVATURE.meanEigenvalue(2),
                        IndexOutOfBoundsException.class,
                        "layer 2"),
                misuse(
                        "a direction's layer too high",
                        () -> DIRECTION.values(7),
                        IndexOutOfBoundsException.class,
                        "layer 7",
                        "[0, 2)"),
                misuse(
                        "values of a direction beyond the end",
                        () -> DIRECTION.read(0, 7, read, 2),
                        IndexOutOfBoundsException.class,
                        "[7, 7 + 2) out of bounds for length 8"),
                argument(
                        "scores of one id twice",
                        () -> ScoreFile.write(
                                folder.resolve("scores"),
                                DIRECTION,
                                List.of("x", "x"),
                                InfluenceScores.of(1, 2),
                                new int[2]),
                        "score 1 is of the id \"x\"",
                        "each id comes once"),
                argument(
                        "scores of -1 tokens",
                        () -> ScoreFile.write(
                                folder.resolve("scores"), DIRECTION, List.of("x"), InfluenceScores.of(1), new int[] {-1
                                }),
                        "-1 tokens"),
                argument("no direction", () -> new DirectionScores<>(source, List.of(), BATCH), "no direction"),
                misuse(
                        "no direction at all",
                        () -> new DirectionScores<>(source, Arrays.asList(DIRECTION, nothing()), BATCH),
                        NullPointerException.class,
                        "direction 1 of the list is null"),
                misuse(
                        "factors of null",
                        () -> KroneckerFactors.merge(Arrays.asList(FACTORS, nothing())),
                        NullPointerException.class,
                        "part 1 of the factors is null"),
                misuse(
                        "a damping of null",
                        () -> ReferenceDirection.gradient(source, REFERENCE)
                                .precondition(CURVATURE, Arrays.asList(Damping.DEFAULT, nothing())),
                        NullPointerException.class,
                        "damping 1 of the list is null"),
                misuse(
                        "an item of null",
                        () -> KroneckerFactors.fit(source, Arrays.asList(2, nothing()), Fisher.empirical()),
                        NullPointerException.class,
                        "item 1 is null"),
                misuse(
                        "factors that are too large together",
                        () -> KroneckerInverse.of(new double[] {1e300}, new double[] {1e300}, Damping.DEFAULT),
                        NumericalException.class,
                        "G ⊗ A has eigenvalues beyond the largest number"),
                misuse(
                        "factors of a model that is trained meanwhile",
                        () -> KroneckerFactors.fit(trained(), RowSource.ITEMS, Fisher.empirical()),
                        MismatchException.class,
                        "the model was model 1 at the first batch and is model 2"),
                misuse(
                        "a curvature of a model that is trained meanwhile",
                        () -> CurvatureFit.of(trained(), RowSource.ITEMS, Fisher.empirical())
                                .diagonal(),
                        MismatchException.class,
                        "do not train it meanwhile"),
                misuse(
                        "a direction of a model that is trained meanwhile",
                        () -> ReferenceDirection.gradient(trained(), REFERENCE),
                        MismatchException.class,
                        "begin again"),
                argument("a rank of 0", () -> DIRECTION.lowRank(0), "rank is 0"),
                argument("a negative damping", () -> Damping.absolute(-1), "damping", "-1.0", "[0, ∞)"),
                argument("a damping of NaN", () -> Damping.relative(Double.NaN), "NaN"),
                argument("no draws", () -> Fisher.sampled(new Seed(1), 0), "draws is 0"),
                argument("an exact Fisher of nothing", () -> Fisher.exact(0, 5), "0 positions"),
                argument("a projection to nothing", () -> RandomProjection.of(LAYERS, 0, new Seed(1)), "width is 0"),
                argument(
                        "a reference without tokens",
                        () -> ReferenceDirection.gradient(source, ReferenceSet.of(List.of(0))),
                        "none of the 1 reference items has a token"),
                argument(
                        "a sample without tokens",
                        () -> KroneckerFactors.fit(source, List.of(0, 0), Fisher.empirical()),
                        "none of the 2 items",
                        "token to predict"),
                argument("a sample of nothing", () -> KroneckerFactors.fit(source, List.of(), Fisher.empirical()), "0"),
                argument("a view of nothing", () -> Layers.only(source, name -> false), "no layer of [a, b] is left"),
                misuse(
                        "a loss of NaN",
                        () -> ReferenceDirection.gradient(
                                new RowSource() {
                                    @Override
                                    BatchLosses losses(List<? extends Integer> batch) {
                                        return new BatchLosses(new double[] {0, 0, Double.NaN}, new int[] {2, 0, 3});
                                    }
                                },
                                REFERENCE),
                        NumericalException.class,
                        "reference item 2 has the loss NaN"),
                misuse(
                        "a capture of NaN",
                        () -> ReferenceDirection.gradient(
                                wrong((starts, sink) -> sink.accept(new LayerCapture(
                                        1, RowSource.numbers(10).put(7, Float.NaN), RowSource.numbers(20), starts))),
                                REFERENCE),
                        NumericalException.class,
                        "inputs of layer b hold NaN at item 2"),
                misuse(
                        "scores read in single precision that are double",
                        () -> new LayerCapture(0, DoubleBuffer.allocate(1), DoubleBuffer.allocate(1), new int[2])
                                .inputs(),
                        IllegalStateException.class,
                        "double precision"));
    }
}
