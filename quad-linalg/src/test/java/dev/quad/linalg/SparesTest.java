// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SparesTest {
    private static final int MANY = 1 << 20;

    private final Spares<FloatPointer> spares = new Spares<>(Float.BYTES, FloatPointer::new);

    @BeforeAll
    static void load() {
        Natives.load();
    }

    @Test
    void memoryThatWasGivenBack_isTakenAgain_byWhoNeedsAboutAsMuch() {
        FloatPointer first = spares.take(MANY);
        spares.give(first);

        assertThat(spares.take(MANY / 2)).isNotSameAs(first);
        assertThat(spares.take(MANY + 1)).isNotSameAs(first);
        FloatPointer again = spares.take(MANY - MANY / 16);
        assertThat(again).isSameAs(first);
        assertThat(again.limit()).isEqualTo(MANY - MANY / 16);
        assertThat(again.asBuffer().remaining()).isEqualTo(MANY - MANY / 16);
        spares.give(again);
        assertThat(spares.take(MANY).limit()).isEqualTo(MANY);
    }

    @Test
    void memoryInUse_isNeverGivenOut() {
        FloatPointer first = spares.take(MANY);
        assertThat(spares.take(MANY)).isNotSameAs(first);
        spares.give(first);
        assertThat(spares.take(MANY)).isSameAs(first);
        assertThat(spares.take(MANY)).isNotSameAs(first);
    }

    @Test
    void littleMemory_isFreedAtOnce() {
        FloatPointer little = spares.take(100);
        spares.give(little);
        assertThat(little.isNull()).isTrue();
    }

    @Test
    void whatIsKept_isBounded_andTheLatest() {
        long each = Spares.LIMIT / 4 / Float.BYTES;
        List<FloatPointer> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            all.add(spares.take(each));
        }
        all.forEach(spares::give);
        assertThat(all.subList(0, 2)).allMatch(memory -> memory.isNull());
        assertThat(all.subList(2, 6)).noneMatch(memory -> memory.isNull());
    }

    /** What is closed twice, or by two threads, belongs to one taker nevertheless. */
    @Test
    void closedTwice_isGivenBackOnce() {
        for (int round = 0; round < 200; round++) {
            Floats memory = Floats.scratch(MANY);
            Workers.forEach(4, task -> memory.close());
            Set<Long> places = new HashSet<>();
            List<Floats> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Floats next = Floats.scratch(MANY);
                all.add(next);
                assertThat(places.add(next.at(0).address())).isTrue();
            }
            all.forEach(Floats::close);
        }
    }
}
