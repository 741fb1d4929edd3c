// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static dev.quad.influence.CaptureUses.DIRECTION;
import static dev.quad.influence.CaptureUses.everywhere;
import static dev.quad.influence.CaptureUses.uses;
import static dev.quad.influence.Misuse.nothing;
import static dev.quad.influence.RowSource.BATCH;
import static dev.quad.influence.RowSource.ITEMS;
import static dev.quad.influence.RowSource.b;
import static dev.quad.influence.RowSource.starts;
import static dev.quad.influence.RowSource.wrong;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.InfluenceScores;
import dev.quad.Precision;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Captures of a model of the user's that do not fit, by every way that they enter. */
class CapturesMisuseTest {
    @TempDir
    private static Path folder;

    @TestFactory
    Stream<DynamicTest> source_thatIsRight_isTaken() {
        return uses(folder).entrySet().stream()
                .map(use -> dynamicTest(use.getKey(), () -> use.getValue().of(new RowSource())));
    }

    @TestFactory
    Stream<DynamicTest> captures_thatDoNotFit_areRefused() {
        return Stream.of(
                        everywhere(
                                folder,
                                "short output gradients",
                                wrong((starts, sink) -> sink.accept(b(100, 1, starts))),
                                "output gradients δ of layer b are 1 numbers",
                                "rows of 4 outputs need 20"),
                        everywhere(
                                folder,
                                "short inputs",
                                wrong((starts, sink) -> sink.accept(b(0, 100, starts))),
                                "inputs x of layer b are 0 numbers",
                                "rows of 2 inputs need 10"),
                        everywhere(
                                folder,
                                "inputs and output gradients in each other's place",
                                wrong((starts, sink) -> sink.accept(b(20, 10, starts))),
                                "output gradients δ of layer b are 10 numbers",
                                "need 20"),
                        everywhere(
                                folder,
                                "a buffer that was not flipped",
                                wrong((starts, sink) -> sink.accept(new LayerCapture(
                                        1, RowSource.numbers(100).position(95), RowSource.numbers(100), starts))),
                                "inputs x of layer b are 5 numbers from position 95",
                                "flipped"),
                        everywhere(
                                folder,
                                "rows far beyond the buffers",
                                starts(0, 0, 0, 3_000_000),
                                "inputs x of layer b are 100 numbers",
                                "3000000 rows of 2 inputs need 6000000"),
                        everywhere(
                                folder, "too few starts", starts(0, 5), "layer b has 2 starts for a batch of 3 items"),
                        everywhere(folder, "no starts", starts(), "layer b has 0 starts for a batch of 3 items"),
                        everywhere(
                                folder,
                                "an item too many",
                                starts(0, 2, 2, 4, 5),
                                "layer b has 5 starts",
                                "of 3 items"),
                        everywhere(
                                folder,
                                "starts from 1",
                                starts(1, 2, 2, 5),
                                "layer b has its first item start at row 1"),
                        everywhere(
                                folder,
                                "starts from -1",
                                starts(-1, 2, 2, 5),
                                "layer b has its first item start at row -1"),
                        everywhere(
                                folder,
                                "falling starts",
                                starts(0, 4, 2, 5),
                                "layer b has item 1 from row 4 to row 2",
                                "starts ascend"),
                        everywhere(
                                folder,
                                "a negative number of rows",
                                starts(0, 2, 2, -5),
                                "layer b has item 2 from row 2 to row -5"),
                        everywhere(
                                folder,
                                "a layer too high",
                                wrong((starts, sink) -> sink.accept(
                                        new LayerCapture(2, RowSource.numbers(99), RowSource.numbers(99), starts))),
                                "layer 2",
                                "its layers are 0 to 1"),
                        everywhere(
                                folder,
                                "a negative layer",
                                wrong((starts, sink) -> sink.accept(
                                        new LayerCapture(-1, RowSource.numbers(99), RowSource.numbers(99), starts))),
                                "layer -1"),
                        everywhere(
                                folder,
                                "a layer twice",
                                wrong((starts, sink) -> {
                                    sink.accept(b(100, 100, starts));
                                    sink.accept(b(100, 100, starts));
                                }),
                                "layer b twice in one pass",
                                "Layers.tie"),
                        everywhere(
                                folder,
                                "a layer never",
                                wrong((starts, sink) -> {}),
                                "no capture of the layers [b]",
                                "one of each layer"),
                        everywhere(
                                folder,
                                "double for single precision",
                                wrong((starts, sink) -> sink.accept(new LayerCapture(
                                        1, DoubleBuffer.allocate(10), DoubleBuffer.allocate(20), starts))),
                                "layer b is captured in DOUBLE precision",
                                "says SINGLE"),
                        everywhere(
                                folder,
                                "null for a capture",
                                wrong((starts, sink) -> sink.accept(nothing())),
                                NullPointerException.class,
                                "a capture that is null"),
                        everywhere(
                                folder,
                                "null for inputs",
                                wrong((starts, sink) ->
                                        sink.accept(new LayerCapture(1, nothing(), RowSource.numbers(20), starts))),
                                NullPointerException.class,
                                "inputs x of layer 1 are null"))
                .flatMap(Function.identity());
    }

    /** Where nothing has a token, a source may leave the layers out. */
    @Test
    void batch_withoutTokens_mayBeWithoutCaptures() {
        RowSource source = new RowSource() {
            @Override
            void hand(int layer, int[] starts, CaptureSink sink) {}
        };
        try (DirectionInfluence<Integer> estimator = new DirectionInfluence<>(source, DIRECTION, BATCH)) {
            assertThat(estimator.score(List.of(0, 0)).reason(1)).contains("it has no token to predict");
        }
    }

    /** An item whose capture is not finite is flagged, as ever. */
    @Test
    void capture_notFinite_isFlaggedWhereScoresComeOut() {
        RowSource source = wrong((starts, sink) -> sink.accept(
                new LayerCapture(1, RowSource.numbers(10).put(7, Float.NaN), RowSource.numbers(20), starts)));
        try (DirectionInfluence<Integer> estimator = new DirectionInfluence<>(source, DIRECTION, BATCH)) {
            InfluenceScores scores = estimator.score(ITEMS);
            assertThat(scores.isScored(0)).isTrue();
            assertThat(scores.reason(2)).contains("its gradient is not finite");
        }
        assertThat(source.precision()).isEqualTo(Precision.SINGLE);
    }
}
