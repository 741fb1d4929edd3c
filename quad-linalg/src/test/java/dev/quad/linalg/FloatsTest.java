// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FloatsTest {

    @Test
    void allocate_anyLength_isZeroAndCountedUntilClosed() {
        long before = Floats.liveBytes();
        Floats floats = Floats.allocate(10, 100);
        assertThat(floats.length()).isEqualTo(1000);
        assertThat(floats.toArray()).containsOnly(0);
        assertThat(Floats.liveBytes()).isEqualTo(before + 4000);
        floats.close();
        floats.close();
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    @Test
    void allocate_noElements_works() {
        try (Floats floats = Floats.allocate(0)) {
            assertThat(floats.toArray()).isEmpty();
        }
    }

    @Test
    void allocate_negativeLength_fails() {
        assertThatThrownBy(() -> Floats.allocate(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }

    @Test
    void allocate_moreElementsThanAnIntHolds_fails() {
        assertThatThrownBy(() -> Floats.allocate(1 << 16, 1 << 16)).hasMessageContaining("65536 × 65536");
    }

    @Test
    void of_array_isACopy() {
        float[] source = {1, 2, 3};
        try (Floats floats = Floats.of(source)) {
            source[0] = 9;
            assertThat(floats.toArray()).containsExactly(1, 2, 3);
        }
    }

    @Test
    void of_directBuffer_sharesItsRemainingElements() {
        FloatBuffer source = direct(ByteOrder.nativeOrder());
        long before = Floats.liveBytes();
        try (Floats floats = Floats.of(source.position(1))) {
            floats.set(0, 9);
            assertThat(floats.length()).isEqualTo(3);
            assertThat(source.get(1)).isEqualTo(9);
            assertThat(Floats.liveBytes()).isEqualTo(before);
            assertThat(Blas.dot(3, floats, 0, floats, 0)).isEqualTo(9 * 9 + 2 * 2 + 3 * 3);
        }
        assertThat(source.get(3)).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("copied")
    void of_otherBuffers_copiesTheirRemainingElements(FloatBuffer source) {
        long before = Floats.liveBytes();
        try (Floats floats = Floats.of(source.position(1))) {
            floats.set(0, 9);
            assertThat(floats.toArray()).containsExactly(9, 2, 3);
            assertThat(source.get(1)).isEqualTo(1);
            assertThat(source.position()).isEqualTo(1);
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    static FloatBuffer[] copied() {
        ByteOrder other =
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        return new FloatBuffer[] {FloatBuffer.wrap(new float[] {0, 1, 2, 3}), direct(other)};
    }

    @Test
    void accessors_partsOfTheMemory_touchNothingElse() {
        try (Floats floats = Floats.of(0, 1, 2, 3, 4, 5);
                Floats other = Floats.of(10, 11, 12)) {
            assertThat(floats.slice(2, 3).get(0)).isEqualTo(2);
            floats.slice(2, 3).put(new float[] {7, 8, 9});
            floats.copy(0, other, 1, 2);
            floats.clear(5, 1);
            assertThat(floats.toArray()).containsExactly(11, 12, 7, 8, 9, 0);
            float[] part = new float[4];
            floats.get(1, part, 2, 2);
            assertThat(part).containsExactly(0, 0, 12, 7);
            floats.set(0, part, 1, 3);
            assertThat(floats.toArray()).containsExactly(0, 12, 7, 8, 9, 0);
        }
    }

    @Test
    void accessors_outsideTheMemory_fail() {
        try (Floats floats = Floats.allocate(3)) {
            assertThatThrownBy(() -> floats.get(3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> floats.slice(2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> floats.clear(2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("uses")
    void anyAccess_afterClose_fails(ThrowingCallable use) {
        assertThatThrownBy(use).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
    }

    static ThrowingCallable[] uses() {
        Floats closed = Floats.of(1, 2);
        closed.close();
        Floats open = Floats.of(1, 2);
        return new ThrowingCallable[] {
            closed::buffer,
            closed::toArray,
            () -> closed.slice(0, 1),
            () -> closed.get(0),
            () -> closed.set(0, 1),
            () -> closed.get(0, new float[1], 0, 1),
            () -> closed.set(0, new float[1], 0, 1),
            () -> closed.copy(0, open, 0, 1),
            () -> open.copy(0, closed, 0, 1),
            () -> closed.clear(0, 1),
            () -> Blas.dot(2, open, 0, closed, 0),
        };
    }

    private static FloatBuffer direct(ByteOrder order) {
        FloatBuffer buffer = ByteBuffer.allocateDirect(16).order(order).asFloatBuffer();
        return buffer.put(0, new float[] {0, 1, 2, 3});
    }
}
