// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SeedTest {
    @Test
    void generator_ofAKnownState_givesThePublishedSequence() {
        RandomGenerator random = new SplitMix64(1234567);

        assertThat(IntStream.range(0, 5).mapToObj(i -> Long.toUnsignedString(random.nextLong())))
                .containsExactly(
                        "6457827717110365317",
                        "3203168211198807973",
                        "9817491932198370423",
                        "4593380528125082431",
                        "16408922859458223821");
    }

    @Test
    void stream_ofEachPurposeAndPlace_isItsOwn() {
        Set<Long> first = new HashSet<>();
        for (long value : new long[] {0, 1, -1}) {
            for (String purpose : new String[] {"", "a", "b", "ab", "ba"}) {
                first.add(new Seed(value).stream(purpose).nextLong());
                for (long place = 0; place < 3; place++) {
                    first.add(new Seed(value).stream(purpose, place).nextLong());
                    for (long within = 0; within < 3; within++) {
                        first.add(new Seed(value).stream(purpose, place, within).nextLong());
                    }
                }
            }
        }

        assertThat(first).hasSize(3 * 5 * (1 + 3 + 9));
        assertThat(new Seed(5).stream("x", 2).nextLong())
                .isEqualTo(new Seed(5).stream("x", 2).nextLong());
    }

    @Property
    void bound_isNeverReached(@ForAll long seed, @ForAll @IntRange(min = 1) int bound) {
        RandomGenerator random = new Seed(seed).stream("test");

        assertThat(IntStream.range(0, 20).map(i -> random.nextInt(bound))).allMatch(x -> x >= 0 && x < bound);
    }

    @Test
    void bound_small_isHitEvenly() {
        RandomGenerator random = new Seed(1).stream("test");
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[random.nextInt(7)]++;
        }

        assertThat(counts)
                .satisfies(c -> assertThat(IntStream.of(c)).allMatch(count -> Math.abs(count - 10_000) < 500));
        assertThatThrownBy(() -> random.nextInt(0)).hasMessage("the bound is 0; allowed is 1 or more");
    }

    @Test
    void gaussian_hasMeanZeroAndVarianceOne() {
        RandomGenerator random = new Seed(1).stream("test");
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 100_000; i++) {
            double value = random.nextGaussian();
            sum += value;
            squares += value * value;
        }

        assertThat(sum / 100_000).isCloseTo(0, within(0.015));
        assertThat(squares / 100_000).isCloseTo(1, within(0.02));
    }
}
