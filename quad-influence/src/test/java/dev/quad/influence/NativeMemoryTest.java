// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A thousand batches leave native memory where it was, and never take more of it than factors, direction and two
 * batches of captures. Counted twice: by {@link Floats} and {@link Doubles}, and by JavaCPP, which also counts what
 * they do not know.
 */
class NativeMemoryTest {
    private static final int ROWS = 24;
    /** Captures on the heap are copied to native memory, so that they count. */
    private static final ArraySource SOURCE = new ArraySource(
            List.of(new LayerShape("one", 48, 40), new LayerShape("two", 40, 56, true)), "memory", false);

    private static final long CAPTURES = SOURCE.layers().stream()
            .mapToLong(layer -> 4L * ROWS * (layer.columns() + layer.outputs()))
            .sum();
    private static final long FACTORS = SOURCE.layers().stream()
            .mapToLong(layer -> 8L * (layer.columns() * layer.columns() + layer.outputs() * layer.outputs()))
            .sum();
    private static final long DIRECTION =
            SOURCE.layers().stream().mapToLong(layer -> 4L * layer.weights()).sum();

    private static final List<ArraySource.Item> BATCH = List.of(SOURCE.random(ROWS / 2, 1), SOURCE.random(ROWS / 2, 2));

    @TempDir
    private static Path folder;

    /** What is done to a pool, batch by batch, and what else it holds. */
    record Work(String name, long more, Consumer<List<ArraySource.Item>> run) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Work of(String name, Consumer<List<ArraySource.Item>> run) {
        return new Work(name, 0, run);
    }

    /** A plain projection has as many rows as the gradient of the largest layer has values, in single precision. */
    private static Work plainStore() {
        int width = 32;
        long rows = 4L
                * width
                * SOURCE.layers().stream().mapToInt(LayerShape::weights).max().orElseThrow();
        return new Work(
                "plain store", rows, items -> store(items, RandomProjection.of(SOURCE.layers(), width, new Seed(1))));
    }

    private static Curvature fit(List<ArraySource.Item> items, Function<CurvatureFit<?>, Curvature> kind) {
        return kind.apply(CurvatureFit.of(SOURCE, items, Fisher.empirical()).batchTokens(ROWS));
    }

    private static ReferenceDirection direction() {
        return ReferenceDirection.gradient(SOURCE, ReferenceSet.of(BATCH));
    }

    private static void along(Consumer<ReferenceDirection> run) {
        try (ReferenceDirection direction = direction()) {
            run.accept(direction);
        }
    }

    static Stream<Work> works() {
        Curvature kfac = Curvature.kfac(KroneckerFactors.fit(SOURCE, BATCH, Fisher.empirical()));
        return Stream.of(
                of("factors", items -> KroneckerFactors.fit(SOURCE, items, Fisher.empirical(), ROWS, n -> {})),
                of("ekfac", items -> fit(items, fit -> fit.ekfac(kfac))),
                of("diagonal", items -> fit(items, CurvatureFit::diagonal)),
                of(
                        "gradient",
                        items -> ReferenceDirection.gradient(SOURCE, ReferenceSet.of(items), ROWS, n -> {})
                                .close()),
                of(
                        "influence",
                        items -> along(v -> {
                            try (InfluenceEstimator<ArraySource.Item> influence = Influence.of(SOURCE)
                                    .direction(v)
                                    .batchTokens(ROWS)
                                    .estimator()) {
                                assertThat(influence.score(items).isScored(0)).isTrue();
                            }
                        })),
                of("scores", items -> along(v -> new DirectionScores<>(SOURCE, List.of(v), ROWS).total(items))),
                of("per layer", items -> along(v -> new DirectionScores<>(SOURCE, List.of(v), ROWS).perLayer(items))),
                of("per token", items -> along(v -> new DirectionScores<>(SOURCE, List.of(v), ROWS).perToken(items))),
                of("self-influence", items -> {
                    try (SelfInfluence<ArraySource.Item> self =
                            new SelfInfluence<>(SOURCE, kfac, Damping.relative(0.1), ROWS)) {
                        self.of(items);
                    }
                }),
                of(
                        "kronecker store",
                        items -> store(items, KroneckerProjection.random(SOURCE.layers(), 8, new Seed(1)))),
                plainStore(),
                of("forward only", items -> along(v -> forward(v, items))),
                of("capture folder", items -> along(v -> folder(v, items.size()))));
    }

    private static void store(List<ArraySource.Item> items, Projection projection) {
        Path file = folder.resolve("store " + System.nanoTime());
        GradientStore.write(SOURCE, items, "pool", projection, file, ROWS, n -> {});
        along(v -> GradientStore.open(file, projection).score(List.of(v)));
    }

    /** A model whose loss is the product of its direction with an item; it holds the moved weights, as models do. */
    private record Linear() implements DirectionalModel<ArraySource.Item> {
        @Override
        public List<LayerShape> layers() {
            return SOURCE.layers();
        }

        @Override
        public String fingerprint() {
            return SOURCE.fingerprint();
        }

        @Override
        public int tokens(ArraySource.Item item) {
            return item.tokens();
        }

        @Override
        public double parameterNorm() {
            return 1;
        }

        @Override
        public Moved<ArraySource.Item> moved(ReferenceDirection v, double step) {
            Floats weights = Floats.allocate(v.values(0).length);
            return new Moved<>() {
                @Override
                public BatchLosses losses(List<? extends ArraySource.Item> batch) {
                    return new BatchLosses(
                            batch.stream()
                                    .mapToDouble(item -> step * item.tokens())
                                    .toArray(),
                            batch.stream().mapToInt(ArraySource.Item::tokens).toArray());
                }

                @Override
                public void close() {
                    weights.close();
                }
            };
        }
    }

    private static void forward(ReferenceDirection v, List<ArraySource.Item> items) {
        try (ForwardInfluence<ArraySource.Item> forward = ForwardInfluence.calibrate(new Linear(), v, BATCH, ROWS)) {
            forward.score(items);
        }
    }

    private static void folder(ReferenceDirection v, int items) {
        Path captures = folder.resolve("captures " + System.nanoTime());
        CaptureFolder.write(
                SOURCE, BATCH, item -> "" + System.identityHashCode(item), Fisher.empirical(), captures, ROWS, n -> {});
        CaptureFolder source = CaptureFolder.open(captures);
        List<Integer> many = new ArrayList<>();
        while (many.size() < items) {
            many.addAll(List.of(1, 0)); // apart, so that they are copied
        }
        new DirectionScores<>(source, List.of(v), ROWS).total(many);
    }

    private static long live() {
        return Floats.liveBytes() + Doubles.liveBytes();
    }

    private static List<ArraySource.Item> batches(int count) {
        return Collections.nCopies(count, BATCH).stream().flatMap(List::stream).toList();
    }

    @ParameterizedTest
    @MethodSource("works")
    void thousandBatches_leaveNativeMemoryWhereItWas(Work work) throws InterruptedException {
        work.run().accept(batches(3));
        long live = live();
        long counted = Pointer.totalBytes();
        AtomicLong peak = new AtomicLong();
        AtomicBoolean done = new AtomicBoolean();
        Thread watch = new Thread(() -> {
            while (!done.get()) {
                peak.accumulateAndGet(live() - live, Math::max);
                Thread.onSpinWait();
            }
        });
        watch.start();
        try {
            work.run().accept(batches(1000));
        } finally {
            done.set(true);
            watch.join();
        }
        assertThat(live()).isEqualTo(live);
        assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(counted);
        assertThat(peak.get()).isLessThanOrEqualTo(FACTORS + DIRECTION + 2 * CAPTURES + work.more());
    }

    /** The test would see a single float that is forgotten in each batch. */
    @Test
    void forgottenMemory_isSeen() {
        long counted = Pointer.totalBytes();
        long live = live();
        Floats forgotten = Floats.allocate(1);
        assertThat(live()).isGreaterThan(live);
        assertThat(Pointer.totalBytes()).isGreaterThan(counted);
        forgotten.close();
        assertThat(live()).isEqualTo(live);
    }
}
