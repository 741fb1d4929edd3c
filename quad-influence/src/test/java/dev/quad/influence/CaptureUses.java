// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static dev.quad.influence.Misuse.misuse;
import static dev.quad.influence.RowSource.BATCH;
import static dev.quad.influence.RowSource.ITEMS;
import static dev.quad.influence.RowSource.LAYERS;
import static dev.quad.influence.RowSource.REFERENCE;

import dev.quad.Seed;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** What is done with captures, and what is made of right ones. */
final class CaptureUses {
    static final Curvature CURVATURE =
            CurvatureFit.of(new RowSource(), ITEMS, Fisher.empirical()).diagonal();
    static final KroneckerFactors FACTORS = KroneckerFactors.fit(new RowSource(), ITEMS, Fisher.empirical());
    /** Of a few numbers, and never closed. */
    static final ReferenceDirection DIRECTION = ReferenceDirection.gradient(new RowSource(), REFERENCE);

    private static final AtomicInteger FILES = new AtomicInteger();

    private CaptureUses() {}

    interface Use {
        void of(RowSource source) throws Exception;
    }

    /**
     * Every way by which captures enter.
     *
     * @param folder for files
     */
    static Map<String, Use> uses(Path folder) {
        Map<String, Use> uses = new LinkedHashMap<>();
        uses.put("scores", source -> {
            try (DirectionInfluence<Integer> estimator = new DirectionInfluence<>(source, DIRECTION, BATCH)) {
                estimator.score(ITEMS);
            }
        });
        uses.put("detailed scores", source -> new DirectionScores<>(source, List.of(DIRECTION), BATCH).total(ITEMS));
        uses.put("cosines", source -> new DirectionScores<>(source, List.of(DIRECTION), BATCH).cosine(ITEMS));
        uses.put(
                "the reference",
                source -> ReferenceDirection.gradient(source, REFERENCE).close());
        uses.put(
                "updates",
                source -> Influence.of(source)
                        .direction(DIRECTION)
                        .update(UpdateRule.sgd())
                        .estimator()
                        .score(ITEMS));
        uses.put(
                "projected cosines",
                source -> Influence.of(source)
                        .direction(DIRECTION)
                        .projected(RandomProjection.of(LAYERS, 4, new Seed(1)))
                        .estimator()
                        .score(ITEMS));
        uses.put(
                "tasks",
                source -> Influence.of(source)
                        .tasks(List.of(DIRECTION, DIRECTION), Influence.Over.MAX)
                        .estimator()
                        .score(ITEMS));
        uses.put("factors", source -> KroneckerFactors.fit(source, ITEMS, Fisher.empirical()));
        uses.put(
                "a diagonal",
                source -> CurvatureFit.of(source, ITEMS, Fisher.empirical()).diagonal());
        uses.put(
                "EK-FAC",
                source -> CurvatureFit.of(source, ITEMS, Fisher.empirical()).ekfac(FACTORS));
        uses.put("self-influence", source -> {
            try (SelfInfluence<Integer> self = new SelfInfluence<>(source, CURVATURE, Damping.DEFAULT, BATCH)) {
                self.of(ITEMS);
            }
        });
        uses.put(
                "a store of gradients",
                source -> GradientStore.write(
                        source,
                        ITEMS,
                        "pool",
                        RandomProjection.of(LAYERS, 4, new Seed(1)),
                        folder.resolve("store" + FILES.incrementAndGet()),
                        BATCH,
                        done -> {}));
        uses.put(
                "a folder of captures",
                source -> CaptureFolder.write(
                        source,
                        ITEMS,
                        item -> "item " + item,
                        Fisher.empirical(),
                        folder.resolve("captures" + FILES.incrementAndGet()),
                        BATCH,
                        done -> {}));
        uses.put(
                "a view",
                source -> ReferenceDirection.gradient(Layers.withoutBiases(source), REFERENCE)
                        .close());
        return uses;
    }

    /** By all ways. */
    static Stream<DynamicTest> everywhere(Path folder, String name, RowSource source, String... words) {
        return everywhere(folder, name, source, IllegalStateException.class, words);
    }

    static Stream<DynamicTest> everywhere(Path folder, String name, RowSource source, Class<?> type, String... words) {
        return uses(folder).entrySet().stream()
                .map(use -> misuse(
                        name + ", for " + use.getKey(), () -> use.getValue().of(source), type, words));
    }
}
