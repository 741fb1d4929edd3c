// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static dev.quad.influence.CaptureUses.CURVATURE;
import static dev.quad.influence.CaptureUses.DIRECTION;
import static dev.quad.influence.CaptureUses.uses;
import static dev.quad.influence.Misuse.argument;
import static dev.quad.influence.Misuse.misuse;
import static dev.quad.influence.Misuse.nothing;
import static dev.quad.influence.RowSource.BATCH;
import static dev.quad.influence.RowSource.ITEMS;
import static dev.quad.influence.RowSource.LAYERS;
import static dev.quad.influence.RowSource.REFERENCE;

import dev.quad.MismatchException;
import dev.quad.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Layers, fingerprints and batches that no source has. */
class SourcesMisuseTest {
    @TempDir
    private static Path folder;

    private static RowSource withLayers(List<LayerShape> layers) {
        return new RowSource() {
            @Override
            public List<LayerShape> layers() {
                return layers;
            }
        };
    }

    private static Stream<DynamicTest> fits(String name, RowSource source, Class<?> type, String... words) {
        Map<String, CaptureUses.Use> uses = uses(folder);
        return Stream.of("the reference", "factors", "a diagonal", "a view", "a folder of captures")
                .map(use -> misuse(
                        name + ", for " + use,
                        () -> Objects.requireNonNull(uses.get(use)).of(source),
                        type,
                        words));
    }

    @TestFactory
    Stream<DynamicTest> layers_andFingerprints() {
        LayerShape a = LAYERS.get(0);
        return Stream.of(
                        fits("no layers", withLayers(List.of()), IllegalArgumentException.class, "has no layers"),
                        fits("null for layers", withLayers(nothing()), NullPointerException.class, "layers", "null"),
                        fits(
                                "two layers of one name",
                                withLayers(List.of(a, a)),
                                IllegalArgumentException.class,
                                "two layers of the source have the name a"),
                        fits(
                                "no fingerprint",
                                new RowSource() {
                                    @Override
                                    public String fingerprint() {
                                        return nothing();
                                    }
                                },
                                IllegalStateException.class,
                                "fingerprint null"),
                        Stream.of(
                                misuse(
                                        "no fingerprint, for scores",
                                        () -> new DirectionInfluence<>(
                                                new RowSource() {
                                                    @Override
                                                    public String fingerprint() {
                                                        return nothing();
                                                    }
                                                },
                                                DIRECTION,
                                                BATCH),
                                        IllegalStateException.class,
                                        "fingerprint null"),
                                misuse(
                                        "another model",
                                        () -> new DirectionInfluence<>(
                                                new RowSource() {
                                                    @Override
                                                    public String fingerprint() {
                                                        return "trained on";
                                                    }
                                                },
                                                DIRECTION,
                                                BATCH),
                                        MismatchException.class,
                                        "from model model",
                                        "from model trained on"),
                                misuse(
                                        "other layers",
                                        () -> new DirectionInfluence<>(withLayers(List.of(a)), DIRECTION, BATCH),
                                        MismatchException.class,
                                        "is for the layers"),
                                argument(
                                        "a layer without inputs",
                                        () -> new LayerShape("c", 0, 1),
                                        "layer c has 0 inputs"),
                                argument("a layer without outputs", () -> new LayerShape("c", 1, -1), "-1 outputs"),
                                misuse(
                                        "a layer without a name",
                                        () -> new LayerShape(nothing(), 1, 1),
                                        NullPointerException.class,
                                        "name of a layer is null")))
                .flatMap(Function.identity());
    }

    @TestFactory
    Stream<DynamicTest> batchTokens_below1() {
        RowSource source = new RowSource();
        return Stream.of(0, -7)
                .flatMap(tokens -> Stream.<Map.Entry<String, ThrowingCallable>>of(
                                Map.entry("scores", () -> new DirectionInfluence<>(source, DIRECTION, tokens)),
                                Map.entry(
                                        "detailed scores",
                                        () -> new DirectionScores<>(source, List.of(DIRECTION), tokens)),
                                Map.entry(
                                        "the reference",
                                        () -> ReferenceDirection.gradient(source, REFERENCE, tokens, done -> {})),
                                Map.entry(
                                        "factors",
                                        () -> KroneckerFactors.fit(
                                                source, ITEMS, Fisher.empirical(), tokens, done -> {})),
                                Map.entry(
                                        "a curvature",
                                        () -> CurvatureFit.of(source, ITEMS, Fisher.empirical())
                                                .batchTokens(tokens)),
                                Map.entry(
                                        "self-influence",
                                        () -> new SelfInfluence<>(source, CURVATURE, Damping.DEFAULT, tokens)),
                                Map.entry(
                                        "a store",
                                        () -> GradientStore.write(
                                                source,
                                                ITEMS,
                                                "pool",
                                                RandomProjection.of(LAYERS, 4, new Seed(1)),
                                                folder.resolve("store" + tokens),
                                                tokens,
                                                done -> {})),
                                Map.entry(
                                        "a folder",
                                        () -> CaptureFolder.write(
                                                source,
                                                ITEMS,
                                                item -> "item " + item,
                                                Fisher.empirical(),
                                                folder.resolve("captures" + tokens),
                                                tokens,
                                                done -> {})),
                                Map.entry(
                                        "forward scores",
                                        () -> ForwardInfluence.calibrate(new LinearModel(), DIRECTION, ITEMS, tokens)))
                        .map(entry -> argument(
                                tokens + " for " + entry.getKey(),
                                entry.getValue(),
                                "batchTokens is " + tokens + "; a batch has at least 1 token")));
    }
}
