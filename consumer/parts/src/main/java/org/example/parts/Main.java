// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.InfluenceEstimator;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.QuadSession;
import dev.quad.bandit.SelectionOptions;
import dev.quad.cluster.KMeans;
import dev.quad.influence.Damping;
import dev.quad.influence.KroneckerInverse;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Chooses something with each part, and prints a line for each: the same on every JVM, as a module and without. */
public final class Main {
    private static final Seed SEED = new Seed(7);

    private Main() {}

    /** Runs them. */
    public static void main(String[] args) {
        System.out.println(Main.class.getModule().isNamed() ? "on the module path" : "on the class path");
        System.out.println("own selector, strategy and estimator: " + ordinals(texts()));
        System.out.println("own model: " + wrong(scored()) + " of 50 have the wrong label");
        System.out.println("online: " + wrong(online()) + " of 50 have the wrong label");
        System.out.println("arrays: " + arrays());
    }

    private static List<Integer> ordinals(Selection selection) {
        return selection.choices().stream().map(Selection.Choice::ordinal).toList();
    }

    private static long wrong(List<Point> points) {
        return points.stream().filter(Point::isWrong).count();
    }

    private static Selection texts() {
        List<String> texts = IntStream.range(0, 60)
                .mapToObj(i -> (i % 3 == 0 ? "two and two is four " : "the sea is wide ") + i)
                .toList();
        CandidatePool<String> pool = CandidatePool.of(texts, text -> text.split(" ").length, "texts");
        float[][] lengths = new float[texts.size()][];
        Arrays.setAll(lengths, i -> new float[] {texts.get(i).length() - 18, i % 3 - 1});
        Clustering clusters = new Signs(2).cluster(Embeddings.of(lengths), SEED);
        return QuadSelector.<String>builder(clusters, new SharedWords(List.of("three and two is five")))
                .options(
                        SelectionOptions.builder().armSelector(new Softmax(0.1)).build())
                .build()
                .select(pool, Budget.documents(8), SEED);
    }

    private static CandidatePool<Point> pool() {
        return CandidatePool.of(Point.draw(400, 0.2, new Seed(3)), point -> 1, "points");
    }

    private static Clustering clusters(CandidatePool<Point> pool) {
        double[][] rows = new double[pool.size()][];
        Arrays.setAll(rows, i -> new double[] {pool.get(i).x(), pool.get(i).y()});
        return KMeans.of(6).cluster(Embeddings.of(rows), SEED);
    }

    private static List<Point> scored() {
        List<Point> reference = Point.draw(40, 0, new Seed(4));
        CandidatePool<Point> pool = pool();
        TinyMlp model = TinyMlp.random(new Seed(1));
        model.train(reference, 200, 0.5);
        try (InfluenceEstimator<Point> influence = Online.scoredBy(model, reference);
                QuadSession session = QuadSelector.<Point>builder(clusters(pool), influence)
                        .build()
                        .session(pool, Budget.documents(50), SEED)) {
            while (session.step()) {
                // a round each
            }
            return points(pool, session.selection());
        }
    }

    private static List<Point> online() {
        CandidatePool<Point> pool = pool();
        return points(
                pool,
                Online.selector(pool, clusters(pool), Point.draw(40, 0, new Seed(4)))
                        .select(pool, Budget.documents(50), SEED));
    }

    private static List<Point> points(CandidatePool<Point> pool, Selection selection) {
        return ordinals(selection).stream().map(pool::get).toList();
    }

    private static String arrays() {
        double[][] g = {{2, 1}, {1, 2}};
        double[][] a = {{4}};
        double[][] v = {{1}, {0}};
        try (var inverse = KroneckerInverse.of(g, a, Damping.absolute(1))) {
            double[][] x = inverse.solve(v);
            return String.format(Locale.ROOT, "(G ⊗ A + I)⁻¹ v = [%.6f, %.6f]", x[0][0], x[1][0]);
        }
    }
}
