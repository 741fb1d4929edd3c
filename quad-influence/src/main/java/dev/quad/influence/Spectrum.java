// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Experimental;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What the eigenvalues ℓ of a layer's curvature say about inverting it under a damping, which puts a weight w(ℓ) in the
 * place of 1/ℓ. Made by {@link Curvature#spectra}. Immutable.
 *
 * @param layer its name; {@code all layers} of a curvature that is one matrix over all of them
 * @param eigenvalues how many there are: as many as weights
 * @param largest the largest, {@code >= 0}
 * @param smallest the smallest, {@code >= 0}; below {@code rounding} of which only that is known
 * @param mean their mean, which relative damping is a part of
 * @param rounding up to where an eigenvalue may be rounding: some 1e-14 of the largest
 * @param roundings how many are at or below that
 * @param stableRank {@code Σℓ / max ℓ} (Tropp, 2015, "intrinsic dimension"), in {@code [1, eigenvalues]}: how many
 *     directions carry the curvature; 0 where there is none
 * @param effectiveDimension {@code Σ ℓ·w(ℓ)}, that is {@code Σ ℓ/(ℓ+λ)} under a plain damping (Zhang, 2005): how many
 *     directions the damping leaves to the data, in {@code [0, eigenvalues]}
 * @param damping λ, what stands in the place of an eigenvalue of 0, {@code 1/w(0)}; infinite where such ones are left
 *     out
 * @param condition {@code max w / min w}: by how much more the damped inverse magnifies one direction, and so the
 *     rounding in it, than another; infinite for a pseudo-inverse that leaves some out; 1 where all are left out
 */
@Experimental
public record Spectrum(
        String layer,
        long eigenvalues,
        double largest,
        double smallest,
        double mean,
        double rounding,
        long roundings,
        double stableRank,
        double effectiveDimension,
        double damping,
        double condition) {
    /** Checks that it has a name. */
    public Spectrum {
        Objects.requireNonNull(layer, "the layer's name is null");
    }

    /** By name, in order, for a file; without what is infinite. */
    public Map<String, Object> describe() {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("layer", layer);
        entries.put("eigenvalues", eigenvalues);
        entries.put("largest", largest);
        entries.put("smallest", smallest);
        entries.put("mean", mean);
        entries.put("rounding", rounding);
        entries.put("roundings", roundings);
        entries.put("stableRank", stableRank);
        entries.put("effectiveDimension", effectiveDimension);
        if (Double.isFinite(damping)) {
            entries.put("damping", damping);
        }
        if (Double.isFinite(condition)) {
            entries.put("condition", condition);
        }
        return entries;
    }
}
