// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Views of layers, in double precision on the transformer of the oracle: four query heads of three, two key-value
 * heads.
 */
class LayersTest {
    private static final OracleTransformer NETWORK = new OracleTransformer();
    private static final OracleSource SEPARATE =
            new OracleSource(NETWORK, NETWORK.layers(), pass -> pass, Precision.DOUBLE);
    private static final OracleSource FUSED =
            new OracleSource(NETWORK, OracleTransformer.fusedLayers(), OracleTransformer::fused, Precision.DOUBLE);
    private static final List<OracleSource.Item> TRAIN = SEPARATE.items("train");
    private static final List<OracleSource.Item> QUERY = SEPARATE.items("query");

    private long before;

    @BeforeEach
    void count() {
        before = Floats.liveBytes() + Doubles.liveBytes();
    }

    @AfterEach
    void memory_isGivenBack() {
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }

    private static GradientSource<OracleSource.Item> refused() {
        return Layers.fuse(SEPARATE, name -> name.matches("[qkv]") ? "qkv" : name);
    }

    private static <T> List<String> names(GradientSource<T> source) {
        return source.layers().stream().map(LayerShape::name).toList();
    }

    /** The gradient of each layer's summed loss over all items, as captured. */
    private static <T> List<double[]> gradients(GradientSource<T> source, List<T> items) {
        List<double[]> result = new ArrayList<>();
        try (ReferenceDirection direction = ReferenceDirection.gradient(source, ReferenceSet.of(items))) {
            for (int l = 0; l < source.layers().size(); l++) {
                result.add(direction.values(l));
            }
        }
        return result;
    }

    private static <T> Curvature kfac(GradientSource<T> source, List<T> items) {
        return Curvature.kfac(KroneckerFactors.fit(source, items, Fisher.empirical()));
    }

    /** Scores of the training items for the queries' mean, after preconditioning. */
    private static <T> double[] scores(GradientSource<T> source, Curvature curvature, List<T> query, List<T> items) {
        try (ReferenceDirection plain = ReferenceDirection.gradient(source, ReferenceSet.of(query));
                ReferenceDirection direction = plain.precondition(curvature, Damping.absolute(0.01))) {
            return new DirectionScores<>(source, List.of(direction), 100).total(items)[0];
        }
    }

    private static void assertSame(double[] found, double[] expected) {
        assertThat(Dense.distance(found, expected)).isLessThan(1e-9 * Dense.largest(expected));
    }

    @Test
    void fuse_separateProjections_isTheFusedProjection() {
        GradientSource<OracleSource.Item> view = refused();

        assertThat(view.layers()).isEqualTo(FUSED.layers());
        List<double[]> found = gradients(view, TRAIN);
        List<double[]> expected = gradients(FUSED, TRAIN);
        for (int l = 0; l < found.size(); l++) {
            assertThat(found.get(l)).containsExactly(expected.get(l));
        }
        assertSame(scores(view, kfac(view, TRAIN), QUERY, TRAIN), scores(FUSED, kfac(FUSED, TRAIN), QUERY, TRAIN));
    }

    @Test
    void split_fusedProjection_isTheSeparateProjections() {
        GradientSource<OracleSource.Item> view = Layers.split(
                FUSED,
                layer -> layer.name().equals("qkv") ? LayerPart.qkv(layer, 4, 2) : List.of(LayerPart.whole(layer)));

        assertThat(view.layers()).isEqualTo(SEPARATE.layers());
        List<double[]> found = gradients(view, TRAIN);
        List<double[]> expected = gradients(SEPARATE, TRAIN);
        for (int l = 0; l < found.size(); l++) {
            assertThat(found.get(l)).containsExactly(expected.get(l));
        }
        assertSame(
                scores(view, kfac(view, TRAIN), QUERY, TRAIN), scores(SEPARATE, kfac(SEPARATE, TRAIN), QUERY, TRAIN));
    }

    /**
     * Identity and diagonal are the same through any view; K-FAC is not, since one layer has cross terms that three
     * lack.
     */
    @Test
    void fuse_andSeparate_agreeForDiagonalsButNotForKfac() {
        GradientSource<OracleSource.Item> view = refused();
        for (boolean identity : new boolean[] {true, false}) {
            CurvatureFit<OracleSource.Item> fused = CurvatureFit.of(view, TRAIN, Fisher.empirical());
            CurvatureFit<OracleSource.Item> apart = CurvatureFit.of(SEPARATE, TRAIN, Fisher.empirical());
            assertSame(
                    scores(view, identity ? fused.identity() : fused.diagonal(), QUERY, TRAIN),
                    scores(SEPARATE, identity ? apart.identity() : apart.diagonal(), QUERY, TRAIN));
        }
        double[] one = scores(view, kfac(view, TRAIN), QUERY, TRAIN);
        double[] three = scores(SEPARATE, kfac(SEPARATE, TRAIN), QUERY, TRAIN);
        assertThat(Dense.distance(one, three)).isGreaterThan(0.01 * Dense.largest(one));
    }

    /** The exact block of the fused layer is the covariance of the three gradients together, cross terms included. */
    @Test
    void fuse_exactBlock_isThatOfTheJointGradient() {
        GradientSource<OracleSource.Item> view = Layers.only(refused(), "qkv"::equals);
        Curvature block = CurvatureFit.of(view, TRAIN, Fisher.empirical()).block();
        LayerShape shape = view.layers().get(0);
        double[] whole = new double[shape.weights() * shape.weights()];
        for (OracleSource.Item item : TRAIN) {
            List<double[]> parts = gradients(SEPARATE, List.of(item));
            double tokens = SEPARATE.tokens(item);
            double[] d = IntStream.range(0, 3)
                    .mapToObj(l -> Dense.scaled(parts.get(l), tokens))
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
            for (int i = 0; i < d.length; i++) {
                for (int j = 0; j < d.length; j++) {
                    whole[i * d.length + j] += d[i] * d[j] / TRAIN.size();
                }
            }
        }
        double[] v = Dense.gaussian(1, "v", shape.weights());
        double[] expected = Dense.solve(Dense.plusDiagonal(whole, v.length, 0.01), v);
        try (LayerInverse inverse = block.inverse(0, Damping.absolute(0.01), Precision.DOUBLE);
                Reals matrix = Reals.of(Precision.DOUBLE, v);
                Reals solved = inverse.solve(matrix)) {
            assertSame(solved.toDoubles(), expected);
        }
    }

    @Test
    void split_byHead_sumsToTheWhole() {
        GradientSource<OracleSource.Item> heads = Layers.split(FUSED, layer -> switch (layer.name()) {
            case "qkv" -> LayerPart.qkvHeads(layer, 4, 2);
            case "o" -> LayerPart.inputHeads(layer, 4);
            case "up" -> LayerPart.outputHeads(layer, 2);
            default -> List.of();
        });
        assertThat(names(heads))
                .containsExactly(
                        "q.0", "q.1", "q.2", "q.3", "k.0", "k.1", "v.0", "v.1", "o.0", "o.1", "o.2", "o.3", "up.0",
                        "up.1");
        GradientSource<OracleSource.Item> whole = Layers.only(FUSED, List.of("qkv", "o", "up")::contains);
        double[][][] parts;
        double[][][] wholes;
        try (ReferenceDirection direction = ReferenceDirection.gradient(heads, ReferenceSet.of(QUERY));
                ReferenceDirection all = ReferenceDirection.gradient(whole, ReferenceSet.of(QUERY))) {
            parts = new DirectionScores<>(heads, List.of(direction), 100).perLayer(TRAIN);
            wholes = new DirectionScores<>(whole, List.of(all), 100).perLayer(TRAIN);
        }
        int[][] ranges = {{0, 8}, {8, 12}, {12, 14}};
        for (int l = 0; l < ranges.length; l++) {
            double[] sum = new double[TRAIN.size()];
            for (int part = ranges[l][0]; part < ranges[l][1]; part++) {
                sum = Dense.sum(sum, parts[0][part]);
            }
            assertSame(sum, wholes[0][l]);
        }
    }

    /** Grouped-query attention: a key-value head with the query heads that share it, by splitting and then fusing. */
    @Test
    void splitThenFuse_byKeyValueHead_holdsTheRowsOfTheGroup() {
        GradientSource<OracleSource.Item> heads =
                Layers.split(FUSED, layer -> layer.name().equals("qkv") ? LayerPart.qkvHeads(layer, 4, 2) : List.of());
        GradientSource<OracleSource.Item> groups = Layers.fuse(heads, name -> {
            int head = Integer.parseInt(name.substring(2));
            return "group." + (name.startsWith("q") ? head / 2 : head);
        });
        int columns = 13;
        double[] fused = gradients(FUSED, TRAIN).get(0);
        List<double[]> found = gradients(groups, TRAIN);

        assertThat(names(groups)).containsExactly("group.0", "group.1");
        for (int group = 0; group < 2; group++) {
            int[] starts = {6 * group, 6 * group + 3, 12 + 3 * group, 18 + 3 * group};
            double[] expected = Arrays.stream(starts)
                    .mapToObj(start -> Arrays.copyOfRange(fused, start * columns, (start + 3) * columns))
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
            assertThat(found.get(group)).containsExactly(expected);
        }
    }

    @Test
    void split_inputsOfALayerWithBias_giveTheBiasToTheLastPart() {
        GradientSource<OracleSource.Item> view = Layers.split(
                SEPARATE, layer -> layer.name().equals("down") ? LayerPart.inputHeads(layer, 2) : List.of());
        double[] whole = gradients(SEPARATE, TRAIN).get(5);
        List<double[]> parts = gradients(view, TRAIN);

        assertThat(view.layers())
                .containsExactly(new LayerShape("down.0", 8, 12, false), new LayerShape("down.1", 8, 12, true));
        for (int row = 0; row < 12; row++) {
            assertThat(Arrays.copyOfRange(parts.get(0), row * 8, (row + 1) * 8))
                    .containsExactly(Arrays.copyOfRange(whole, row * 17, row * 17 + 8));
            assertThat(Arrays.copyOfRange(parts.get(1), row * 9, (row + 1) * 9))
                    .containsExactly(Arrays.copyOfRange(whole, row * 17 + 8, (row + 1) * 17));
        }
    }

    /** The same gradients less the column of the constant, and the factors of inputs without it. */
    @Test
    void withoutBiases_leavesTheMatricesAlone() {
        GradientSource<OracleSource.Item> view = Layers.withoutBiases(SEPARATE);
        List<double[]> with = gradients(SEPARATE, TRAIN);
        List<double[]> without = gradients(view, TRAIN);
        KroneckerFactors all = KroneckerFactors.fit(SEPARATE, TRAIN, Fisher.empirical());
        KroneckerFactors matrices = KroneckerFactors.fit(view, TRAIN, Fisher.empirical());

        assertThat(SEPARATE.layers()).anyMatch(LayerShape::bias).anyMatch(layer -> !layer.bias());
        assertThat(view.layers()).noneMatch(LayerShape::bias);
        assertThat(names(view)).isEqualTo(names(SEPARATE));
        for (int l = 0; l < with.size(); l++) {
            LayerShape layer = SEPARATE.layers().get(l);
            assertThat(without.get(l)).containsExactly(block(with.get(l), layer.outputs(), layer), within(1e-14));
            assertThat(matrices.inputCovariance(l))
                    .containsExactly(block(all.inputCovariance(l), layer.inputs(), layer), within(1e-14));
            assertThat(matrices.outputCovariance(l)).containsExactly(all.outputCovariance(l));
        }
        assertThat(view.fingerprint()).isNotEqualTo(SEPARATE.fingerprint());
        assertThat(view).hasToString("without biases");
        try (ReferenceDirection direction = ReferenceDirection.gradient(SEPARATE, ReferenceSet.of(QUERY))) {
            assertThatThrownBy(() -> Influence.of(view).direction(direction).estimator())
                    .isInstanceOf(MismatchException.class);
        }
    }

    /** Some rows, less the last column of a layer with a bias. */
    private static double[] block(double[] matrix, int rows, LayerShape layer) {
        double[] result = new double[rows * layer.inputs()];
        for (int i = 0; i < result.length; i++) {
            result[i] = matrix[i / layer.inputs() * layer.columns() + i % layer.inputs()];
        }
        return result;
    }

    /**
     * Both uses of shared weights: everything is made of the sum of their gradients, and squares are squares of sums.
     */
    @Test
    void tie_layerUsedTwice_sumsBeforeSquaringAndScoring() {
        ArraySource source = new ArraySource(
                List.of(new LayerShape("use.0", 5, 4), new LayerShape("other", 3, 2), new LayerShape("use.1", 5, 4)));
        List<ArraySource.Item> items =
                IntStream.range(0, 6).mapToObj(i -> source.random(1 + i % 3, i)).toList();
        GradientSource<ArraySource.Item> tied = Layers.tie(source, name -> name.startsWith("use") ? "shared" : name);
        assertThat(names(tied)).containsExactly("shared", "other");
        double[][] d = items.stream()
                .map(item -> Dense.sum(source.gradient(0, item), source.gradient(2, item)))
                .toArray(double[][]::new);

        double[] squares = new double[20];
        double[] apart = new double[20];
        for (int n = 0; n < d.length; n++) {
            for (int i = 0; i < 20; i++) {
                squares[i] += d[n][i] * d[n][i] / d.length;
                double first = source.gradient(0, items.get(n))[i];
                double second = source.gradient(2, items.get(n))[i];
                apart[i] += (first * first + second * second) / d.length;
            }
        }
        CurvatureFit<ArraySource.Item> fit =
                CurvatureFit.of(tied, items, Fisher.empirical()).batchTokens(4);
        double[] diagonal = fit.diagonal().eigenvalues(0);
        assertThat(Dense.distance(diagonal, squares)).isLessThan(1e-5 * Dense.largest(squares));
        assertThat(Dense.distance(apart, squares)).isGreaterThan(0.1 * Dense.largest(squares));

        int tokens = items.stream().mapToInt(ArraySource.Item::tokens).sum();
        double[] mean = new double[20];
        for (double[] one : d) {
            mean = Dense.sum(mean, Dense.scaled(one, 1.0 / tokens));
        }
        try (ReferenceDirection direction = ReferenceDirection.gradient(tied, ReferenceSet.of(items));
                SelfInfluence<ArraySource.Item> self = new SelfInfluence<>(
                        Layers.only(tied, "shared"::equals), identity(tied, items), Damping.DEFAULT, 4)) {
            assertThat(Dense.distance(direction.values(0), mean)).isLessThan(1e-5 * Dense.largest(mean));
            double[][] found = new DirectionScores<>(tied, List.of(direction), 4).perLayer(items)[0];
            double[] own = self.of(items);
            for (int n = 0; n < d.length; n++) {
                assertThat(Math.abs(found[0][n] - Dense.dot(mean, d[n])))
                        .isLessThan(1e-5 * Dense.norm(mean) * Dense.norm(d[n]));
                assertThat(Math.abs(own[n] - Dense.dot(d[n], d[n]))).isLessThan(1e-5 * Dense.dot(d[n], d[n]));
            }
        }
        KroneckerFactors factors = fit.factors();
        double[] x = items.stream()
                .flatMapToDouble(item -> IntStream.of(0, 2)
                        .mapToObj(l -> Dense.doubles(item.inputs()[l]))
                        .flatMapToDouble(Arrays::stream))
                .toArray();
        assertThat(Dense.distance(factors.inputCovariance(0), Dense.covariance(x, 2 * tokens, 5)))
                .isLessThan(1e-5);
    }

    private static Curvature identity(GradientSource<ArraySource.Item> tied, List<ArraySource.Item> items) {
        return CurvatureFit.of(Layers.only(tied, "shared"::equals), items, Fisher.empirical())
                .identity();
    }

    /** The scale of a sequence is the rows of each layer, which are twice as many where it is used twice. */
    @Test
    void tie_kfacOfSequences_scalesEachLayerByItsOwnRows() {
        ArraySource source = new ArraySource(
                List.of(new LayerShape("use.0", 5, 4), new LayerShape("other", 3, 2), new LayerShape("use.1", 5, 4)));
        List<ArraySource.Item> items =
                IntStream.range(0, 6).mapToObj(i -> source.random(3, i)).toList();
        GradientSource<ArraySource.Item> tied = Layers.tie(source, name -> name.startsWith("use") ? "shared" : name);
        KroneckerFactors factors = KroneckerFactors.fit(tied, items, Fisher.empirical());
        Curvature tokens = Curvature.kfac(factors);
        Curvature sequences = Curvature.kfacOfSequences(factors);

        assertThat(sequences.meanEigenvalue(0) / tokens.meanEigenvalue(0)).isCloseTo(6, within(1e-9));
        assertThat(sequences.meanEigenvalue(1) / tokens.meanEigenvalue(1)).isCloseTo(3, within(1e-9));
    }

    private static org.assertj.core.data.Offset<Double> within(double x) {
        return org.assertj.core.api.Assertions.within(x);
    }

    @Test
    void isHeadOrEmbedding_usualNames_areToldApart() {
        assertThat(List.of(
                        "lm_head",
                        "head",
                        "model.embed_tokens",
                        "transformer.wte",
                        "transformer.wpe",
                        "bert.embeddings.word_embeddings",
                        "gpt_neox.embed_in",
                        "embed_out",
                        "output",
                        "classifier",
                        "score"))
                .allMatch(Layers::isHeadOrEmbedding);
        assertThat(List.of(
                        "layers.0.attention.qkv",
                        "layers.0.attention.output",
                        "layers.0.attention.output.0",
                        "layers.11.mlp.gate_up",
                        "transformer.h.0.attn.c_proj",
                        "encoder.layer.0.output.dense",
                        "q.0"))
                .noneMatch(Layers::isHeadOrEmbedding);
        ArraySource source = new ArraySource(List.of(new LayerShape("wte", 2, 2), new LayerShape("up", 2, 2)));
        assertThat(names(Layers.blocks(source))).containsExactly("up");
    }

    @Test
    void fingerprint_ofAView_isNeitherTheSourcesNorThatOfAnother() {
        List<GradientSource<OracleSource.Item>> views = List.of(
                SEPARATE,
                refused(),
                Layers.only(SEPARATE, name -> !name.equals("q")),
                Layers.only(SEPARATE, name -> !name.equals("k")),
                Layers.split(SEPARATE, layer -> LayerPart.outputHeads(layer, 2)),
                Layers.split(SEPARATE, layer -> LayerPart.inputHeads(layer, 2)));
        assertThat(views.stream().map(GradientSource::fingerprint).toList()).doesNotHaveDuplicates();
        assertThat(refused().fingerprint()).isEqualTo(refused().fingerprint());
        assertThat(refused()).asString().contains("qkv");
        try (ReferenceDirection direction = ReferenceDirection.gradient(SEPARATE, ReferenceSet.of(QUERY))) {
            assertThatThrownBy(() -> new DirectionScores<>(refused(), List.of(direction), 10))
                    .isInstanceOf(MismatchException.class);
        }
    }

    @Test
    void views_thatCannotBe_sayWhy() {
        assertThatThrownBy(() -> Layers.only(SEPARATE, name -> false)).hasMessageContaining("no layer of [q, k, v, o");
        assertThatThrownBy(() ->
                        Layers.split(SEPARATE, layer -> List.of(LayerPart.outputs(layer, layer.name(), 0, 99))))
                .hasMessageContaining("part q has the outputs [0, 99)")
                .hasMessageContaining("12 and 12");
        assertThatThrownBy(() -> Layers.split(SEPARATE, layer -> List.of(LayerPart.inputs(layer, "same", 0, 1))))
                .hasMessageContaining("two layers of the view have the name same");
        assertThatThrownBy(() -> Layers.split(SEPARATE, layer -> LayerPart.outputHeads(layer, 5)))
                .hasMessageContaining("12 outputs, which cannot be cut into 5 heads");
        assertThatThrownBy(() -> Layers.fuse(SEPARATE, name -> "all")).hasMessageContaining("the same inputs");
        assertThatThrownBy(() -> Layers.tie(SEPARATE, name -> name.equals("k") ? "q" : name))
                .hasMessageContaining("uses of the same weights have one shape");
        assertThatThrownBy(() -> new LayerPart("p", 3, 3, 0, 1)).hasMessageContaining("part p has the outputs [3, 3)");
    }

    @Test
    void fuse_layersWithOtherInputs_isRefusedWhenTheyAreSeen() {
        ArraySource source = new ArraySource(List.of(new LayerShape("a", 5, 4), new LayerShape("b", 5, 2)));
        GradientSource<ArraySource.Item> view = Layers.fuse(source, name -> "ab");
        assertThatThrownBy(() -> KroneckerFactors.fit(view, List.of(source.random(3, 1)), Fisher.empirical()))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("has other inputs than another layer that is fused with it to ab");
    }
}
