// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static dev.quad.influence.CaptureUses.CURVATURE;
import static dev.quad.influence.CaptureUses.DIRECTION;
import static dev.quad.influence.Misuse.argument;
import static dev.quad.influence.Misuse.misuse;
import static dev.quad.influence.Misuse.nothing;
import static dev.quad.influence.RowSource.BATCH;
import static dev.quad.influence.RowSource.ITEMS;
import static dev.quad.influence.RowSource.REFERENCE;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Estimators and directions that were closed, and scores by moved models. */
class EstimatorsMisuseTest {
    @TempDir
    private static Path folder;

    private static ThrowingCallable forward(Function<List<? extends Integer>, BatchLosses> losses) {
        return () -> ForwardInfluence.calibrate(
                new LinearModel() {
                    @Override
                    BatchLosses losses(List<? extends Integer> batch, double step) {
                        return losses.apply(batch);
                    }
                },
                DIRECTION,
                ITEMS,
                BATCH);
    }

    @TestFactory
    Stream<DynamicTest> forwardScores() {
        return Stream.of(
                misuse(
                        "losses of fewer items",
                        forward(batch -> new BatchLosses(new double[1], new int[1])),
                        IllegalStateException.class,
                        "losses of 1 items for a batch of 3"),
                misuse(
                        "null for losses",
                        forward(batch -> nothing()),
                        IllegalStateException.class,
                        "null for the losses of 3 items"),
                argument(
                        "tokens of -1",
                        forward(batch -> new BatchLosses(new double[3], new int[] {1, -1, 1})),
                        "item 1 has -1 supervised tokens"),
                argument(
                        "no item that can be scored",
                        () -> ForwardInfluence.calibrate(new LinearModel(), DIRECTION, List.of(0), BATCH),
                        "none of the 1 items"),
                argument(
                        "losses that come with other numbers of tokens",
                        () -> new BatchLosses(new double[2], new int[3]),
                        "2 losses for 3 items"));
    }

    /** What was closed names itself, allocates nothing and scores nothing. */
    @TestFactory
    Stream<DynamicTest> closed() {
        RowSource source = new RowSource();
        DirectionInfluence<Integer> estimator = new DirectionInfluence<>(source, DIRECTION, BATCH);
        SelfInfluence<Integer> self = new SelfInfluence<>(source, CURVATURE, Damping.DEFAULT, BATCH);
        ForwardInfluence<Integer> forward = ForwardInfluence.calibrate(new LinearModel(), DIRECTION, ITEMS, BATCH);
        ReferenceDirection direction = ReferenceDirection.gradient(source, REFERENCE);
        DirectionInfluence<Integer> along = new DirectionInfluence<>(source, direction, BATCH);
        DirectionScores<Integer> scores = new DirectionScores<>(source, List.of(direction), BATCH);
        ReferenceDirection cut = direction.lowRank(1);
        DirectionScores<Integer> cutScores = new DirectionScores<>(source, List.of(cut), BATCH);
        List.of(estimator, self, forward, direction, cut).forEach(EstimatorsMisuseTest::close);
        String open = "the reference direction was closed";
        return Stream.of(
                misuse("an estimator", () -> estimator.score(ITEMS), IllegalStateException.class, "was closed"),
                misuse(
                        "an estimator of texts",
                        () -> estimator.from((String text) -> text.length()).score(List.of("abc")),
                        IllegalStateException.class,
                        "was closed"),
                misuse("self-influence", () -> self.of(ITEMS), IllegalStateException.class, "SelfInfluence was closed"),
                misuse(
                        "forward scores",
                        () -> forward.score(ITEMS),
                        IllegalStateException.class,
                        "ForwardInfluence was closed"),
                misuse("the direction of an estimator", () -> along.score(ITEMS), IllegalStateException.class, open),
                misuse("the direction of scores", () -> scores.total(ITEMS), IllegalStateException.class, open),
                misuse("a cut direction", () -> cutScores.total(ITEMS), IllegalStateException.class, open),
                misuse(
                        "a direction for an estimator",
                        () -> new DirectionInfluence<>(source, direction, BATCH),
                        IllegalStateException.class,
                        open),
                misuse("a direction read", () -> direction.values(0), IllegalStateException.class, open),
                misuse("its length", direction::norm, IllegalStateException.class, open),
                misuse("its fingerprint", direction::fingerprint, IllegalStateException.class, open),
                misuse(
                        "a direction to solve for",
                        () -> direction.precondition(CURVATURE, Damping.DEFAULT),
                        IllegalStateException.class,
                        open),
                misuse(
                        "a direction to write",
                        () -> direction.write(folder.resolve("direction")),
                        IllegalStateException.class,
                        open));
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
