// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Clustering;
import dev.quad.Selection;
import dev.quad.influence.Spectrum;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a {@link QuadPipeline} made.
 *
 * @param selection what was chosen, and what it took
 * @param clustering the clusters that it was chosen from; empty where there are none, or the run was cancelled before
 * @param threshold what a score had to exceed at first, in the unit of the scores; −∞ where nothing was asked of it,
 *     NaN where the run was cancelled before it was known
 * @param seconds how long the stages took, by name, in order; of a run that goes on, those that were not kept
 * @param curvature what the eigenvalues of the curvature say under the damping, a value a layer; empty where there is
 *     no curvature
 */
public record PipelineResult(
        Selection selection,
        Optional<Clustering> clustering,
        double threshold,
        Map<String, Double> seconds,
        List<Spectrum> curvature) {

    /** Stages of {@link #seconds} that come before documents are scored and chosen. */
    static final Set<String> LEARNING =
            Set.of("method", "embedding", "clustering", "proxy", "curvature", "reference", "step");

    /** Copies map and list. */
    public PipelineResult {
        Objects.requireNonNull(selection, "the selection is null");
        Objects.requireNonNull(clustering, "the clustering is null; allowed is an empty one");
        Objects.requireNonNull(seconds, "the seconds of the stages are null");
        seconds = Collections.unmodifiableMap(new LinkedHashMap<>(seconds));
        curvature = List.copyOf(Objects.requireNonNull(curvature, "the curvature is null; allowed is an empty list"));
    }

    /** How many clusters something was chosen from. */
    public int clustersChosenFrom() {
        return (int) selection.choices().stream()
                .mapToInt(Selection.Choice::arm)
                .filter(arm -> arm >= 0)
                .distinct()
                .count();
    }
}
