// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * The one source of randomness of a run.
 *
 * <p>Each random decision draws from a stream of its own, derived from the seed, what the decision is for, and its
 * place (round, arm, step). So neither the number of threads nor where a run was resumed can change a result.
 *
 * @param value any value
 */
public record Seed(long value) {

    /**
     * The stream of one decision. Equal arguments give equal streams, on every JDK; streams of different arguments are
     * independent for all practical purposes.
     *
     * @param purpose what the decision is, such as {@code "kmeans.seeding"}
     * @param place where it is made: a round, an arm, a step
     * @return a generator for use by one thread (SplitMix64: Steele, Lea and Flood, 2014)
     */
    public RandomGenerator stream(String purpose, long... place) {
        Objects.requireNonNull(purpose, "the purpose of the stream is null");
        Objects.requireNonNull(place, "the place of the stream is null; leave it out for none");
        long state = SplitMix64.mix(value ^ 0x51AD_5EEDL);
        for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
            state = SplitMix64.mix(state + b + 1);
        }
        for (long coordinate : place) {
            state = SplitMix64.mix(SplitMix64.mix(state + 0x9E37_79B9_7F4A_7C15L) ^ coordinate);
        }
        return new SplitMix64(state);
    }
}
