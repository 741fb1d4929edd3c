// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HalvesTest {
    @Test
    void toBrain_ofEveryBrainFloat_isItself() {
        for (int bits = Short.MIN_VALUE; bits <= Short.MAX_VALUE; bits++) {
            float value = Halves.fromBrain((short) bits);
            short back = Halves.toBrain(value);
            if (Float.isNaN(value)) {
                assertThat(Halves.fromBrain(back)).isNaN();
            } else {
                assertThat(back).isEqualTo((short) bits);
            }
        }
    }

    /** Neither neighbour is nearer, and of two as near it is the even one. */
    @Test
    void toBrain_ofAnyFloat_isTheNearest() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            int bits = i % 2 == 0 ? random.nextInt() & 0x7eff_ffff : (random.nextInt(0x7eff) << 16) + 0x8000;
            float value = Float.intBitsToFloat(bits);
            short found = Halves.toBrain(value);
            double off = Math.abs((double) Halves.fromBrain(found) - value);
            for (int next = -1; next <= 1; next += 2) {
                double other = Math.abs((double) Halves.fromBrain((short) (found + next)) - value);
                boolean tie = other == off && found + next >= 0;
                assertThat(off < other || (tie && found % 2 == 0) || found + next < 0)
                        .isTrue();
            }
        }
        assertThat(Halves.fromBrain(Halves.toBrain(Float.MAX_VALUE))).isInfinite();
    }
}
