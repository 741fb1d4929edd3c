// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mistakes that users make with a model of their own, by every way that captures enter; and with what is made of them.
 */
class MisuseTest {
    private static final List<LayerShape> LAYERS = List.of(new LayerShape("a", 3, 2, true), new LayerShape("b", 2, 4));
    /** Three items: of two rows, of none, and of three. */
    private static final List<Integer> ITEMS = List.of(2, 0, 3);

    private static final ReferenceSet<Integer> REFERENCE = ReferenceSet.of(ITEMS);
    private static final int BATCH = GradientSource.DEFAULT_BATCH_TOKENS;
    private static final Curvature CURVATURE =
            CurvatureFit.of(new Source(), ITEMS, Fisher.empirical()).diagonal();
    private static final KroneckerFactors FACTORS = KroneckerFactors.fit(new Source(), ITEMS, Fisher.empirical());
    private static final ReferenceDirection DIRECTION = ReferenceDirection.gradient(new Source(), REFERENCE);

    @TempDir
    private static Path folder;

    private static int files;

    @AfterAll
    static void close() {
        DIRECTION.close();
    }

    /** What a caller without null checks hands over. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    /** A model of the user's, whose items are their numbers of rows; right unless told otherwise. */
    private static class Source implements GradientSource<Integer> {
        @Override
        public List<LayerShape> layers() {
            return LAYERS;
        }

        @Override
        public String fingerprint() {
            return "model";
        }

        @Override
        public int tokens(Integer item) {
            return item;
        }

        @Override
        public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
            for (int layer = 0; layer < layers().size(); layer++) {
                hand(layer, starts(batch), sink);
            }
            return losses(batch);
        }

        void hand(int layer, int[] starts, CaptureSink sink) {
            int rows = starts[starts.length - 1];
            sink.accept(new LayerCapture(
                    layer,
                    numbers(rows * LAYERS.get(layer).inputs()),
                    numbers(rows * LAYERS.get(layer).outputs()),
                    starts));
        }

        int[] starts(List<? extends Integer> batch) {
            int[] starts = new int[batch.size() + 1];
            for (int i = 0; i < batch.size(); i++) {
                starts[i + 1] = starts[i] + batch.get(i);
            }
            return starts;
        }

        BatchLosses losses(List<? extends Integer> batch) {
            return new BatchLosses(
                    new double[batch.size()],
                    batch.stream().mapToInt(Integer::intValue).toArray());
        }

        static FloatBuffer numbers(int count) {
            FloatBuffer numbers = FloatBuffer.allocate(count);
            for (int i = 0; i < count; i++) {
                numbers.put(i, (i % 5 - 2.25f) / 4);
            }
            return numbers;
        }
    }

    /** A source that hands over layer b wrongly, and layer a rightly. */
    private abstract static class WrongB extends Source {
        @Override
        void hand(int layer, int[] starts, CaptureSink sink) {
            if (layer == 0) {
                super.hand(layer, starts, sink);
            } else {
                wrong(starts, sink);
            }
        }

        abstract void wrong(int[] starts, CaptureSink sink);
    }

    private static WrongB wrong(java.util.function.BiConsumer<int[], CaptureSink> wrong) {
        return new WrongB() {
            @Override
            void wrong(int[] starts, CaptureSink sink) {
                wrong.accept(starts, sink);
            }
        };
    }

    private static LayerCapture b(int x, int delta, int... starts) {
        return new LayerCapture(1, Source.numbers(x), Source.numbers(delta), starts);
    }

    /** A source with other starts for layer b, whose buffers fit them. */
    private static WrongB starts(int... wrong) {
        return wrong((starts, sink) -> sink.accept(b(100, 100, wrong)));
    }

    private interface Use {
        void of(Source source) throws Exception;
    }

    /** Every way by which captures enter. */
    private static Map<String, Use> uses() {
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
                        folder.resolve("store" + files++),
                        BATCH,
                        done -> {}));
        uses.put(
                "a folder of captures",
                source -> CaptureFolder.write(
                        source,
                        ITEMS,
                        item -> "item " + item,
                        Fisher.empirical(),
                        folder.resolve("captures" + files++),
                        BATCH,
                        done -> {}));
        uses.put(
                "a view",
                source -> ReferenceDirection.gradient(Layers.withoutBiases(source), REFERENCE)
                        .close());
        return uses;
    }

    private static DynamicTest misuse(String name, ThrowingCallable call, Class<?> type, String... words) {
        return dynamicTest(
                name, () -> assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(words));
    }

    private static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IllegalArgumentException.class, words);
    }

    /** By all ways. */
    private static Stream<DynamicTest> everywhere(String name, Source source, String... words) {
        return everywhere(name, source, IllegalStateException.class, words);
    }

    private static Stream<DynamicTest> everywhere(String name, Source source, Class<?> type, String... words) {
        return uses().entrySet().stream()
                .map(use -> misuse(
                        name + ", for " + use.getKey(), () -> use.getValue().of(source), type, words));
    }

    @TestFactory
    Stream<DynamicTest> source_thatIsRight_isTaken() {
        return uses().entrySet().stream()
                .map(use -> dynamicTest(use.getKey(), () -> use.getValue().of(new Source())));
    }

    @TestFactory
    Stream<DynamicTest> captures_thatDoNotFit_areRefused() {
        return Stream.of(
                        everywhere(
                                "short output gradients",
                                wrong((starts, sink) -> sink.accept(b(100, 1, starts))),
                                "output gradients δ of layer b are 1 numbers",
                                "rows of 4 outputs need 20"),
                        everywhere(
                                "short inputs",
                                wrong((starts, sink) -> sink.accept(b(0, 100, starts))),
                                "inputs x of layer b are 0 numbers",
                                "rows of 2 inputs need 10"),
                        everywhere(
                                "inputs and output gradients in each other's place",
                                wrong((starts, sink) -> sink.accept(b(20, 10, starts))),
                                "output gradients δ of layer b are 10 numbers",
                                "need 20"),
                        everywhere(
                                "a buffer that was not flipped",
                                wrong((starts, sink) -> sink.accept(new LayerCapture(
                                        1, Source.numbers(100).position(95), Source.numbers(100), starts))),
                                "inputs x of layer b are 5 numbers from position 95",
                                "flipped"),
                        everywhere(
                                "rows far beyond the buffers",
                                starts(0, 0, 0, 3_000_000),
                                "inputs x of layer b are 100 numbers",
                                "3000000 rows of 2 inputs need 6000000"),
                        everywhere("too few starts", starts(0, 5), "layer b has 2 starts for a batch of 3 items"),
                        everywhere("no starts", starts(), "layer b has 0 starts for a batch of 3 items"),
                        everywhere("an item too many", starts(0, 2, 2, 4, 5), "layer b has 5 starts", "of 3 items"),
                        everywhere("starts from 1", starts(1, 2, 2, 5), "layer b has its first item start at row 1"),
                        everywhere("starts from -1", starts(-1, 2, 2, 5), "layer b has its first item start at row -1"),
                        everywhere(
                                "falling starts",
                                starts(0, 4, 2, 5),
                                "layer b has item 1 from row 4 to row 2",
                                "starts ascend"),
                        everywhere(
                                "a negative number of rows",
                                starts(0, 2, 2, -5),
                                "layer b has item 2 from row 2 to row -5"),
                        everywhere(
                                "a layer too high",
                                wrong((starts, sink) -> sink.accept(
                                        new LayerCapture(2, Source.numbers(99), Source.numbers(99), starts))),
                                "layer 2",
                                "its layers are 0 to 1"),
                        everywhere(
                                "a negative layer",
                                wrong((starts, sink) -> sink.accept(
                                        new LayerCapture(-1, Source.numbers(99), Source.numbers(99), starts))),
                                "layer -1"),
                        everywhere(
                                "a layer twice",
                                wrong((starts, sink) -> {
                                    sink.accept(b(100, 100, starts));
                                    sink.accept(b(100, 100, starts));
                                }),
                                "layer b twice in one pass",
                                "Layers.tie"),
                        everywhere(
                                "a layer never",
                                wrong((starts, sink) -> {}),
                                "no capture of the layers [b]",
                                "one of each layer"),
                        everywhere(
                                "double for single precision",
                                wrong((starts, sink) -> sink.accept(new LayerCapture(
                                        1, DoubleBuffer.allocate(10), DoubleBuffer.allocate(20), starts))),
                                "layer b is captured in DOUBLE precision",
                                "says SINGLE"),
                        everywhere(
                                "null for a capture",
                                wrong((starts, sink) -> sink.accept(nothing())),
                                NullPointerException.class,
                                "a capture that is null"),
                        everywhere(
                                "null for inputs",
                                wrong((starts, sink) ->
                                        sink.accept(new LayerCapture(1, nothing(), Source.numbers(20), starts))),
                                NullPointerException.class,
                                "inputs x of layer 1 are null"))
                .flatMap(Function.identity());
    }

    @TestFactory
    Stream<DynamicTest> losses_andShapes_thatDoNotFit_areRefused() {
        Stream<DynamicTest> none = everywhere(
                "no layer at all",
                new Source() {
                    @Override
                    void hand(int layer, int[] starts, CaptureSink sink) {}
                },
                "no capture of the layers [a, b]");
        Stream<DynamicTest> many = everywhere(
                "losses of more items",
                new Source() {
                    @Override
                    BatchLosses losses(List<? extends Integer> batch) {
                        return new BatchLosses(new double[9], new int[9]);
                    }
                },
                "losses of 9 items for a batch of");
        Stream<DynamicTest> missing = everywhere(
                "null for losses",
                new Source() {
                    @Override
                    BatchLosses losses(List<? extends Integer> batch) {
                        return nothing();
                    }
                },
                "null for the losses of");
        Stream<DynamicTest> others = everywhere(
                "another number of tokens than tokens() says",
                new Source() {
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
                "tokens of -1",
                new Source() {
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
                "rows of -3",
                new Source() {
                    @Override
                    public int rows(Integer item) {
                        return item > 2 ? -3 : item;
                    }
                },
                "has -3 tokens, the model says");
        return Stream.of(none, many, missing, others, negative, rows).flatMap(Function.identity());
    }

    /** Where nothing has a token, a source may leave the layers out. */
    @Test
    void batch_withoutTokens_mayBeWithoutCaptures() {
        Source source = new Source() {
            @Override
            void hand(int layer, int[] starts, CaptureSink sink) {}
        };
        try (DirectionInfluence<Integer> estimator = new DirectionInfluence<>(source, DIRECTION, BATCH)) {
            assertThat(estimator.score(List.of(0, 0)).reason(1)).contains("it has no token to predict");
        }
    }

    private static Source withLayers(List<LayerShape> layers) {
        return new Source() {
            @Override
            public List<LayerShape> layers() {
                return layers;
            }
        };
    }

    private static Stream<DynamicTest> fits(String name, Source source, Class<?> type, String... words) {
        Map<String, Use> uses = uses();
        return Stream.of("the reference", "factors", "a diagonal", "a view", "a folder of captures")
                .map(use -> misuse(
                        name + ", for " + use,
                        () -> java.util.Objects.requireNonNull(uses.get(use)).of(source),
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
                                new Source() {
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
                                                new Source() {
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
                                                new Source() {
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
        Source source = new Source();
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
                                                folder.resolve("none" + files++),
                                                tokens,
                                                done -> {})),
                                Map.entry(
                                        "a folder",
                                        () -> CaptureFolder.write(
                                                source,
                                                ITEMS,
                                                item -> "item " + item,
                                                Fisher.empirical(),
                                                folder.resolve("none" + files++),
                                                tokens,
                                                done -> {})),
                                Map.entry(
                                        "forward scores",
                                        () -> ForwardInfluence.calibrate(new Directional(), DIRECTION, ITEMS, tokens)))
                        .map(entry -> argument(
                                tokens + " for " + entry.getKey(),
                                entry.getValue(),
                                "batchTokens is " + tokens + "; a batch has at least 1 token")));
    }

    /** A model of the user's with losses that are linear in the step; right unless told otherwise. */
    private static class Directional implements DirectionalModel<Integer> {
        @Override
        public List<LayerShape> layers() {
            return LAYERS;
        }

        @Override
        public String fingerprint() {
            return "model";
        }

        @Override
        public int tokens(Integer item) {
            return item;
        }

        @Override
        public double parameterNorm() {
            return 1;
        }

        @Override
        public Moved<Integer> moved(ReferenceDirection v, double step) {
            return new Moved<>() {
                @Override
                public BatchLosses losses(List<? extends Integer> batch) {
                    return Directional.this.losses(batch, step);
                }

                @Override
                public void close() {}
            };
        }

        BatchLosses losses(List<? extends Integer> batch, double step) {
            return new BatchLosses(
                    batch.stream().mapToDouble(item -> item * step).toArray(),
                    batch.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    private static ThrowingCallable forward(Function<List<? extends Integer>, BatchLosses> losses) {
        return () -> ForwardInfluence.calibrate(
                new Directional() {
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
                        () -> ForwardInfluence.calibrate(new Directional(), DIRECTION, List.of(0), BATCH),
                        "none of the 1 items"),
                argument(
                        "losses that come with other numbers of tokens",
                        () -> new BatchLosses(new double[2], new int[3]),
                        "2 losses for 3 items"));
    }

    /** What was closed names itself, allocates nothing and scores nothing. */
    @TestFactory
    Stream<DynamicTest> closed() {
        Source source = new Source();
        DirectionInfluence<Integer> estimator = new DirectionInfluence<>(source, DIRECTION, BATCH);
        SelfInfluence<Integer> self = new SelfInfluence<>(source, CURVATURE, Damping.DEFAULT, BATCH);
        ForwardInfluence<Integer> forward = ForwardInfluence.calibrate(new Directional(), DIRECTION, ITEMS, BATCH);
        ReferenceDirection direction = ReferenceDirection.gradient(source, REFERENCE);
        DirectionInfluence<Integer> along = new DirectionInfluence<>(source, direction, BATCH);
        DirectionScores<Integer> scores = new DirectionScores<>(source, List.of(direction), BATCH);
        ReferenceDirection cut = direction.lowRank(1);
        DirectionScores<Integer> cutScores = new DirectionScores<>(source, List.of(cut), BATCH);
        List.of(estimator, self, forward, direction, cut).forEach(MisuseTest::close);
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

    @TestFactory
    Stream<DynamicTest> whatIsMadeOfCaptures() {
        Source source = new Source();
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
                                new Source() {
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
                                        1, Source.numbers(10).put(7, Float.NaN), Source.numbers(20), starts))),
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

    /** An item whose capture is not finite is flagged, as ever. */
    @Test
    void capture_notFinite_isFlaggedWhereScoresComeOut() {
        Source source = wrong((starts, sink) ->
                sink.accept(new LayerCapture(1, Source.numbers(10).put(7, Float.NaN), Source.numbers(20), starts)));
        try (DirectionInfluence<Integer> estimator = new DirectionInfluence<>(source, DIRECTION, BATCH)) {
            InfluenceScores scores = estimator.score(ITEMS);
            assertThat(scores.isScored(0)).isTrue();
            assertThat(scores.reason(2)).contains("its gradient is not finite");
        }
        assertThat(source.precision()).isEqualTo(Precision.SINGLE);
    }
}
