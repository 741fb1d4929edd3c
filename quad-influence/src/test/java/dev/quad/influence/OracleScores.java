// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.files.Safetensors;
import dev.quad.linalg.SymmetricEigen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Computes what a tensor of the oracle should hold, by its name: factors, eigenvalues, preconditioned queries and
 * scores of one network, seen one way, in one precision. A name that it does not know is an error.
 */
final class OracleScores {
    private static final int BATCH = 9; // tokens, so that items are split unevenly
    private static final Pattern SCORE =
            Pattern.compile("(\\w+)/score/(\\w+?)_(d1e-3|heur)(_fusedqkv)?(?:_layer/(.+))?");
    private static final Pattern DIRECTION = Pattern.compile("(\\w+)/query_preconditioned_(d1e-3|heur)/(.+)");
    private static final Pattern FACTOR = Pattern.compile("(\\w+)/(A|G|lA|lG|L_diag|L_ekfac)/(.+)");
    /** What goes in, and is compared by {@link OracleNetworkTest}; or is a part of what is compared here. */
    private static final Pattern INPUT =
            Pattern.compile("(param|train|query|projection/in|projection/out|\\w+/Q[AG])/.*");

    final String name;
    final boolean fused;
    final OracleSource source;
    private final Safetensors tensors;
    private final int classes;
    private final int positions;
    private final Map<String, KroneckerFactors> factors = new HashMap<>();
    private final Map<String, Curvature> curvatures = new HashMap<>();

    private OracleScores(String name, boolean fused, Precision precision) {
        this(name, fused, precision, 53);
    }

    private OracleScores(String name, boolean fused, Precision precision, int bits) {
        OracleNetwork network = name.equals("mlp") ? new OracleMlp() : new OracleTransformer();
        this.name = name;
        this.fused = fused;
        this.source = fused
                ? new OracleSource(network, OracleTransformer.fusedLayers(), OracleTransformer::fused, precision, bits)
                : new OracleSource(network, network.layers(), pass -> pass, precision, bits);
        this.tensors = OracleFiles.open(name);
        this.classes = network.probabilities("train", 0)[0].length;
        this.positions =
                source.items("train").stream().mapToInt(source::tokens).max().orElseThrow();
    }

    /** Both networks, one of them also with q, k and v fused. */
    static List<OracleScores> all(Precision precision) {
        return List.of(
                new OracleScores("mlp", false, precision),
                new OracleScores("transformer", false, precision),
                new OracleScores("transformer", true, precision));
    }

    /** The transformer in single precision, with captures of which so many bits are kept. */
    static OracleScores rounded(int bits) {
        return new OracleScores("transformer", false, Precision.SINGLE, bits);
    }

    /** The names of all tensors of the file that are not inputs and can be seen this way. */
    Stream<String> names() {
        return tensors.names().stream()
                .filter(tensor -> !INPUT.matcher(tensor).matches())
                .filter(this::isSeen);
    }

    /** Fused scores belong to the fused view, totals to the other, layers to those that have them. */
    private boolean isSeen(String tensor) {
        Matcher score = SCORE.matcher(tensor);
        Matcher factor = FACTOR.matcher(tensor);
        Matcher direction = DIRECTION.matcher(tensor);
        if (factor.matches()) {
            return layer(factor.group(3)) >= 0;
        }
        if (direction.matches()) {
            return layer(direction.group(3)) >= 0;
        }
        if (score.matches() && score.group(5) != null) {
            return layer(score.group(5)) >= 0;
        }
        return fused == (score.matches() && score.group(4) != null);
    }

    private int layer(String layer) {
        return source.layers().stream().map(LayerShape::name).toList().indexOf(layer);
    }

    /**
     * How far rounding may take the tensor from the oracle, as a share of its largest value:
     *
     * <pre>{@code u·(1000 + c·κ)}</pre>
     *
     * <p>{@code u} is the unit roundoff, 2⁻²⁴ or 2⁻⁵³. The first term is for sums of about a thousand products, whose
     * error is at most as many roundings. In the second, {@code κ = (λ_max + λ)/(λ_min + λ)} is the condition number of
     * the damped curvature that is inverted, of its worst layer: a curvature with a relative error u in its largest
     * eigenvalues gives inverses with κ·u (Higham, Accuracy and Stability of Numerical Algorithms, 2002, theorem 7.2).
     * One matrix over all layers of the transformer with a damping of 1e-3 has κ = 2·10⁴. {@code c} is 2 in single
     * precision, for captures and gradients are rounded; and 8 in double, for eigenvectors and the oracle are too. None
     * of it depends on the order of sums, which is what kernels of different processors differ in.
     */
    double tolerance(String tensor) {
        boolean single = source.precision() == Precision.SINGLE;
        return Math.scalb(1000 + (single ? 2 : 8) * condition(tensor), single ? -24 : -53);
    }

    /** κ: 1 for what is not solved for. */
    double condition(String tensor) {
        Matcher direction = DIRECTION.matcher(tensor);
        if (direction.matches()) {
            return condition(direction.group(1), "ekfac", direction.group(2));
        }
        Matcher score = SCORE.matcher(tensor);
        return score.matches() ? condition(score.group(1), score.group(2), score.group(3)) : 1;
    }

    private double condition(String fisher, String kind, String damping) {
        String strategy = kind.matches("token|self|reference|lowrank\\d+") ? "ekfac" : kind;
        Curvature curvature = curvature(fisher, strategy);
        return IntStream.range(
                        0, strategy.equals("exact_full") ? 1 : source.layers().size())
                .mapToDouble(l -> condition(curvature.layer(l), damping(strategy, damping)))
                .max()
                .orElseThrow();
    }

    private static double condition(LayerCurvature layer, Damping damping) {
        LayerCurvature.Weights weights = layer.weights(damping);
        double[] row = new double[layer.columns];
        DoubleSummaryStatistics inverse = new DoubleSummaryStatistics();
        for (int i = 0; i < layer.outputs; i++) {
            weights.row(i, row);
            Arrays.stream(row).forEach(inverse);
        }
        return inverse.getMax() / inverse.getMin();
    }

    /** What the tensor holds; for eigenvalues in a basis that is free where they repeat, the matrix they stand for. */
    double[] expected(String tensor) {
        Matcher factor = FACTOR.matcher(tensor);
        if (factor.matches() && factor.group(2).equals("L_ekfac")) {
            LayerShape shape = source.layers().get(layer(factor.group(3)));
            double[] qg = stored(tensor.replace("L_ekfac", "QG"));
            double[] qa = stored(tensor.replace("L_ekfac", "QA"));
            return Recomposed.of(Dense.kron(qg, shape.outputs(), qa, shape.columns()), stored(tensor));
        }
        return stored(tensor);
    }

    private double[] stored(String tensor) {
        try {
            return tensors.doubles(tensor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the engine makes of the same inputs. */
    double[] found(String tensor) {
        Matcher factor = FACTOR.matcher(tensor);
        if (factor.matches()) {
            return factor(factor.group(1), factor.group(2), layer(factor.group(3)));
        }
        Matcher direction = DIRECTION.matcher(tensor);
        if (direction.matches()) {
            int l = layer(direction.group(3));
            return queries(
                    direction.group(1),
                    "ekfac",
                    direction.group(2),
                    directions -> flat(IntStream.range(0, directions.size())
                            .mapToObj(q -> Dense.scaled(directions.get(q).values(l), queryTokens(q)))));
        }
        Matcher score = SCORE.matcher(tensor);
        if (score.matches()) {
            String fisher = score.group(1);
            String kind = score.group(2);
            String damping = score.group(3);
            if (score.group(5) != null) {
                return ofLayer(fisher, kind, damping, layer(score.group(5)));
            }
            return switch (kind) {
                case "token" -> ofTokens(fisher, damping);
                case "self" -> ofThemselves(fisher, damping);
                case "reference" -> ofReference(fisher, damping);
                default ->
                    kind.startsWith("lowrank")
                            ? ofRank(fisher, damping, Integer.parseInt(kind.substring("lowrank".length())))
                            : queries(
                                    fisher,
                                    kind,
                                    damping,
                                    directions -> rows(scores(directions).total(train())));
            };
        }
        if (tensor.equals("projection/score_dot")) {
            return ofProjections();
        }
        throw new IllegalArgumentException(name + " has a tensor " + tensor + " that no test knows");
    }

    private double[] factor(String fisher, String what, int l) {
        KroneckerFactors factors = factors(fisher);
        LayerShape shape = source.layers().get(l);
        return switch (what) {
            case "A" -> factors.inputCovariance(l);
            case "G" -> factors.outputCovariance(l);
            case "lA" ->
                SymmetricEigen.of(factors.inputCovariance(l), shape.columns(), "A")
                        .values();
            case "lG" ->
                SymmetricEigen.of(factors.outputCovariance(l), shape.outputs(), "G")
                        .values();
            case "L_diag" -> curvature(fisher, "diagonal").eigenvalues(l);
            default -> Recomposed.of(curvature(fisher, "ekfac"), l);
        };
    }

    private KroneckerFactors factors(String fisher) {
        return factors.computeIfAbsent(fisher, key -> fit(key).factors());
    }

    private CurvatureFit<OracleSource.Item> fit(String fisher) {
        return CurvatureFit.of(source, train(), fisher(fisher)).batchTokens(BATCH);
    }

    private Fisher fisher(String name) {
        return switch (name) {
            case "empirical" -> Fisher.empirical();
            case "mc" -> Fisher.sampled(new Seed(1), 1);
            case "exact" -> Fisher.exact(positions, classes);
            default -> throw new IllegalArgumentException("no test knows the Fisher kind " + name);
        };
    }

    private Curvature curvature(String fisher, String kind) {
        return curvatures.computeIfAbsent(fisher + " " + kind, key -> switch (kind) {
            case "identity" -> fit(fisher).identity();
            case "diagonal" -> fit(fisher).diagonal();
            case "kfac", "kfac_pi" -> Curvature.kfac(factors(fisher));
            case "kfac_seq" -> Curvature.kfacOfSequences(factors(fisher));
            case "ekfac" -> fit(fisher).ekfac(factors(fisher));
            case "exact" -> fit(fisher).block();
            case "exact_full" -> fit(fisher).whole();
            default -> throw new IllegalArgumentException("no test knows the strategy " + kind);
        });
    }

    private static Damping damping(String kind, String name) {
        Damping plain = name.equals("heur") ? Damping.relative(0.1) : Damping.absolute(1e-3);
        return kind.equals("kfac_pi") ? Damping.factored(plain) : plain;
    }

    private List<OracleSource.Item> train() {
        return source.items("train");
    }

    /** Works with the directions of all queries. */
    private double[] queries(
            String fisher, String kind, String damping, Function<List<ReferenceDirection>, double[]> work) {
        List<ReferenceDirection> directions = new ArrayList<>();
        try {
            for (OracleSource.Item query : source.items("query")) {
                try (ReferenceDirection gradient =
                        ReferenceDirection.gradient(source, ReferenceSet.of(List.of(query)))) {
                    directions.add(gradient.precondition(curvature(fisher, kind), damping(kind, damping)));
                }
            }
            return work.apply(directions);
        } finally {
            directions.forEach(ReferenceDirection::close);
        }
    }

    private DirectionScores<OracleSource.Item> scores(List<ReferenceDirection> directions) {
        return new DirectionScores<>(source, directions, BATCH);
    }

    /** The oracle's queries have summed losses, a direction is of the mean. */
    private int queryTokens(int query) {
        return source.tokens(source.items("query").get(query));
    }

    private double[] rows(double[]... byQuery) {
        return flat(IntStream.range(0, byQuery.length).mapToObj(q -> Dense.scaled(byQuery[q], queryTokens(q))));
    }

    private static double[] flat(Stream<double[]> rows) {
        return rows.flatMapToDouble(Arrays::stream).toArray();
    }

    private double[] ofLayer(String fisher, String kind, String damping, int l) {
        return queries(
                fisher,
                kind,
                damping,
                directions -> rows(Arrays.stream(scores(directions).perLayer(train()))
                        .map(layers -> layers[l])
                        .toArray(double[][]::new)));
    }

    /** Padded to the longest item, as the oracle has it. */
    private double[] ofTokens(String fisher, String damping) {
        int width = tensors.shape(fisher + "/score/token_" + damping)[2];
        return queries(
                fisher,
                "ekfac",
                damping,
                directions -> rows(Arrays.stream(scores(directions).perToken(train()))
                        .map(items -> flat(Arrays.stream(items).map(tokens -> Arrays.copyOf(tokens, width))))
                        .toArray(double[][]::new)));
    }

    private double[] ofThemselves(String fisher, String damping) {
        try (SelfInfluence<OracleSource.Item> self =
                new SelfInfluence<>(source, curvature(fisher, "ekfac"), damping("ekfac", damping), BATCH)) {
            return self.of(train());
        }
    }

    /** The oracle's reference is the mean over queries of summed losses; ours is the mean over tokens. */
    private double[] ofReference(String fisher, String damping) {
        List<OracleSource.Item> queries = source.items("query");
        double tokens = queries.stream().mapToInt(source::tokens).sum();
        try (ReferenceDirection gradient =
                        ReferenceDirection.gradient(source, ReferenceSet.of(queries), 4, done -> {});
                ReferenceDirection direction =
                        gradient.precondition(curvature(fisher, "ekfac"), damping("ekfac", damping));
                InfluenceEstimator<OracleSource.Item> influence = Influence.of(source)
                        .direction(direction)
                        .batchTokens(BATCH)
                        .estimator()) {
            InfluenceScores scores = influence.score(train());
            return IntStream.range(0, scores.size())
                    .mapToDouble(i -> scores.value(i) * source.tokens(train().get(i)) * tokens / queries.size())
                    .toArray();
        }
    }

    private double[] ofRank(String fisher, String damping, int rank) {
        return queries(fisher, "ekfac", damping, directions -> {
            List<ReferenceDirection> cut = directions.stream()
                    .map(direction -> direction.lowRank(rank))
                    .toList();
            try {
                return rows(scores(cut).total(train()));
            } finally {
                cut.forEach(ReferenceDirection::close);
            }
        });
    }

    private KroneckerProjection projection() {
        List<LayerShape> layers = source.layers();
        return KroneckerProjection.of(
                layers,
                layers.stream()
                        .map(layer -> stored("projection/out/" + layer.name()))
                        .toList(),
                layers.stream()
                        .map(layer -> stored("projection/in/" + layer.name()))
                        .toList());
    }

    /** Items are projected as directions of their own, in this precision. */
    private double[] ofProjections() {
        KroneckerProjection projection = projection();
        List<double[]> items =
                train().stream().map(item -> projected(projection, item)).toList();
        return flat(source.items("query").stream().map(query -> {
            double[] projected = projected(projection, query);
            return items.stream()
                    .mapToDouble(item -> Dense.dot(projected, item))
                    .toArray();
        }));
    }

    private double[] projected(KroneckerProjection projection, OracleSource.Item item) {
        try (ReferenceDirection gradient = ReferenceDirection.gradient(source, ReferenceSet.of(List.of(item)))) {
            return Dense.scaled(projection.project(gradient), source.tokens(item));
        }
    }

    /** The same through a store, which is in single precision. */
    double[] ofStoredProjections(Path folder) {
        try {
            Path file = Files.createTempFile(folder, "store", ".safetensors");
            GradientStore.write(source, train(), "pool", projection(), file, BATCH, done -> {});
            GradientStore store = GradientStore.open(file, projection());
            return queries("empirical", "identity", "heur", directions -> rows(store.score(directions)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name + (fused ? " fused " : " ") + source.precision();
    }
}
