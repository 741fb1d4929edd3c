// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static dev.quad.influence.CaptureUses.everywhere;
import static dev.quad.influence.Misuse.nothing;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Losses and numbers of tokens that do not fit the items, by every way that captures enter. */
class LossesMisuseTest {
    @TempDir
    private static Path folder;

    @TestFactory
    Stream<DynamicTest> losses_andShapes_thatDoNotFit_areRefused() {
        Stream<DynamicTest> none = everywhere(
                folder,
                "no layer at all",
                new RowSource() {
                    @Override
                    void hand(int layer, int[] starts, CaptureSink sink) {}
                },
                "no capture of the layers [a, b]");
        Stream<DynamicTest> many = everywhere(
                folder,
                "losses of more items",
                new RowSource() {
                    @Override
                    BatchLosses losses(List<? extends Integer> batch) {
                        return new BatchLosses(new double[9], new int[9]);
                    }
                },
                "losses of 9 items for a batch of");
        Stream<DynamicTest> missing = everywhere(
                folder,
                "null for losses",
                new RowSource() {
                    @Override
                    BatchLosses losses(List<? extends Integer> batch) {
                        return nothing();
                    }
                },
                "null for the losses of");
        Stream<DynamicTest> others = everywhere(
                folder,
                "another number of tokens than tokens() says",
                new RowSource() {
                    @Override
                    BatchLosses losses(List<? extends Integer> batch) {
                        return new BatchLosses(
                                new double[batch.size()],
                                batch.stream()
                                        .mapToInt(item -> item == 3 ? 4 : item)
                                        .toArray());
                    }
                },
                "has 3 tokens to predict by tokens() of the source, and 4 in the losses");
        Stream<DynamicTest> negative = everywhere(
                folder,
                "tokens of -1",
                new RowSource() {
                    @Override
                    BatchLosses losses(List<? extends Integer> batch) {
                        int[] tokens = new int[batch.size()];
                        tokens[0] = -1;
                        return new BatchLosses(new double[batch.size()], tokens);
                    }
                },
                IllegalArgumentException.class,
                "item 0 has -1 supervised tokens");
        Stream<DynamicTest> rows = everywhere(
                folder,
                "rows of -3",
                new RowSource() {
                    @Override
                    public int rows(Integer item) {
                        return item > 2 ? -3 : item;
                    }
                },
                "has -3 tokens, the model says");
        return Stream.of(none, many, missing, others, negative, rows).flatMap(Function.identity());
    }
}
