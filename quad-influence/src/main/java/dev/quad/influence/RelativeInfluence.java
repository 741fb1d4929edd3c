// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import java.util.List;
import java.util.OptionalDouble;

/**
 * θ-relative influence (Barshan, Brunet and Dziugaite, 2020, eq. 6): {@code U(z) = ⟨V, D_z⟩/|(H+λI)⁻¹ D_z|}, by how
 * much the reference loss falls for each length that training on z moves the weights. An outlier moves them far and
 * helps anything; this takes that out. For use by one thread; direction and source are the caller's.
 *
 * @param <T> what an item is
 */
final class RelativeInfluence<T> extends FiniteInfluence<T> {
    private final DirectionScores<T> products;
    private final SelfInfluence<T> lengths;
    private final String fingerprint;

    RelativeInfluence(
            GradientSource<T> source,
            ReferenceDirection direction,
            Curvature curvature,
            Damping damping,
            int batchTokens) {
        super(source);
        this.products = new DirectionScores<>(source, List.of(direction), batchTokens);
        this.lengths = new SelfInfluence<>(source, curvature, damping, batchTokens, true);
        this.fingerprint = Fingerprint.of("quad.relative-influence.1")
                .add(direction.fingerprint())
                .add(curvature.fingerprint())
                .add(damping.toString())
                .hex();
    }

    /** A gradient of zero has the score 0. */
    @Override
    double[] values(List<? extends T> items) {
        double[] result = products.total(items)[0];
        double[] squares = lengths.of(items);
        for (int item = 0; item < result.length; item++) {
            result[item] = squares[item] > 0 ? result[item] / Math.sqrt(squares[item]) : 0;
        }
        return result;
    }

    /** Captures are made twice. */
    @Override
    public OptionalDouble flopsPerToken() {
        OptionalDouble once = source.flopsPerToken();
        return once.isPresent() ? OptionalDouble.of(2 * once.getAsDouble()) : once;
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public void close() {
        super.close();
        lengths.close();
    }
}
