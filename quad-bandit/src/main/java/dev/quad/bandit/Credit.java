// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Clustering;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which arms learn from a pull, and what: the rewards whose mean is Ī_i of the cluster score, and the trials T_i (Zhang
 * et al., 2025), to which the paper's code adds those of neighbours. Immutable.
 */
public final class Credit {
    private final boolean perPull;
    private final Optional<Sharing> sharing;

    /**
     * @param distance empty for that of the centres of the run's clusters
     * @param base where the reward of a neighbour shrinks to if each counts as a whole trial; empty if each counts by
     *     its weight
     */
    record Sharing(double radius, Optional<ArmDistance> distance, Optional<Double> base) {
        @Override
        public String toString() {
            return "within " + radius + " by "
                    + distance.map(ArmDistance::id).orElse(CentreDistance.COSINE)
                    + base.map(value -> ", whole trials towards " + value).orElse("");
        }
    }

    private Credit(boolean perPull, Optional<Sharing> sharing) {
        this.perPull = perPull;
        this.sharing = sharing;
    }

    /** The pulled arm, with each scored document as a reward: Ī_i is a mean over documents. */
    public static Credit items() {
        return new Credit(false, Optional.empty());
    }

    /** The pulled arm, with the mean of the block's scores as one reward: Ī_i is a mean over pulls. */
    public static Credit pulls() {
        return new Credit(true, Optional.empty());
    }

    /** As the other, by {@link ArmDistance#cosine} between the centres of the clusters that the run is given. */
    public Credit sharedWithin(double radius) {
        return sharedWithin(radius, Optional.empty());
    }

    /**
     * Neighbours learn too: an arm at distance d below the radius takes the pull and its rewards with the weight
     * {@code 1 − d/radius}, in T and in the mean. Costs a distance to every arm the first time that an arm is pulled.
     *
     * @param radius {@code > 0}
     */
    public Credit sharedWithin(double radius, ArmDistance distance) {
        return sharedWithin(radius, Optional.of(Objects.requireNonNull(distance, "the distance of arms is null")));
    }

    private Credit sharedWithin(double radius, Optional<ArmDistance> distance) {
        if (!(radius > 0 && radius < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the radius of neighbours is " + radius + "; allowed is above 0");
        }
        return new Credit(perPull, Optional.of(new Sharing(radius, distance, Optional.empty())));
    }

    /**
     * As in the paper's code: each neighbour counts one whole trial, and its reward r becomes {@code base + (1 −
     * d/radius)· (r − base)}, so that the mean of a far neighbour shrinks to the base.
     *
     * @param base in the unit of the scores, finite; the code has its threshold here
     * @throws IllegalStateException if nothing is shared
     */
    public Credit countingWhole(double base) {
        if (!Double.isFinite(base)) {
            throw new IllegalArgumentException("the base is " + base + "; allowed are finite numbers");
        }
        Sharing shared = sharing.orElseThrow(() -> new IllegalStateException("set sharedWithin before countingWhole"));
        return new Credit(perPull, Optional.of(new Sharing(shared.radius(), shared.distance(), Optional.of(base))));
    }

    /** With a distance, where one is needed. */
    Credit among(Clustering clustering) {
        if (sharing.isEmpty() || sharing.get().distance().isPresent()) {
            return this;
        }
        Sharing shared = sharing.get();
        Optional<ArmDistance> distance = Optional.of(ArmDistance.cosine(clustering));
        return new Credit(perPull, Optional.of(new Sharing(shared.radius(), distance, shared.base())));
    }

    boolean perPull() {
        return perPull;
    }

    Optional<Sharing> sharing() {
        return sharing;
    }

    private List<Object> values() {
        return List.of(perPull, sharing);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Credit that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    /** For the manifest. */
    @Override
    public String toString() {
        return (perPull ? "pulls" : "items")
                + sharing.map(shared -> ", neighbours " + shared).orElse("");
    }
}
