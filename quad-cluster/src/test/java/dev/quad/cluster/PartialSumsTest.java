// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.MismatchException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartialSumsTest {
    private static final int DIMENSION = 6;

    private final float[] values = Planted.gaussian(2000, DIMENSION, 15, 0.6, 1).values();

    private Embeddings rows(int from, int to) {
        return Embeddings.of(Arrays.copyOfRange(values, from * DIMENSION, to * DIMENSION), DIMENSION);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void next_ofMergedParts_isTheStepOfTheWhole(boolean spherical) {
        if (spherical) {
            PlainTest.normalise(values, DIMENSION);
        }
        Distance distance = spherical ? Distance.spherical() : Distance.euclidean();
        Centres centres = Centres.of(Arrays.copyOf(values, 25 * DIMENSION), DIMENSION, distance);
        Plain plain = new Plain(values, DIMENSION, values, 25, spherical);
        for (int step = 0; step < 5; step++) {
            PartialSums first = PartialSums.of(rows(0, 700), centres);
            PartialSums second = PartialSums.of(PartialSums.of(rows(700, 700), centres)
                    .merge(PartialSums.of(rows(700, 2000), centres))
                    .toBytes());
            PartialSums all = first.merge(second);
            plain.iterate();
            assertThat(all.counts()).isEqualTo(plain.sizes);
            assertThat(all.rows()).isEqualTo(2000);
            assertThat(all.inertia()).isCloseTo(2000 * plain.objective, within(1e-5 * all.inertia()));
            centres = all.next(centres);
            for (int c = 0; c < 25; c++) {
                for (int j = 0; j < DIMENSION; j++) {
                    assertThat((double) centres.centre(c)[j]).isCloseTo(plain.centres[c * DIMENSION + j], within(1e-5));
                }
            }
        }
    }

    @Test
    void of_rowsInManyWindows_hasTheBitsOfOne() {
        float[] many =
                Planted.gaussian(2 * StreamedRows.WINDOW + 77, 3, 9, 0.5, 2).values();
        Centres centres = Centres.of(Arrays.copyOf(many, 40 * 3), 3, Distance.euclidean());
        PartialSums streamed = PartialSums.of(Embeddings.of(many, 3), centres);
        PartialSums whole = new PartialSums(40, 3, centres.fingerprint());
        try (RowBlocks blocks = RowBlocks.read(
                        Embeddings.of(many, 3),
                        java.util.stream.IntStream.range(0, many.length / 3).toArray());
                dev.quad.linalg.Floats start = centres.toNative()) {
            blocks.prepare(Distance.euclidean(), centres.origin());
            whole.add(blocks, centres.assign(Embeddings.of(many, 3)), 0);
            whole.finish(start);
        }
        assertThat(streamed.toBytes()).isEqualTo(whole.toBytes());
    }

    @Test
    void merge_sumsOfOtherCentres_isRefused() {
        Centres one = Centres.of(Arrays.copyOf(values, 12), DIMENSION, Distance.euclidean());
        Centres other = Centres.of(Arrays.copyOf(values, 18), DIMENSION, Distance.euclidean());
        PartialSums sums = PartialSums.of(rows(0, 10), one);
        assertThatThrownBy(() -> sums.merge(PartialSums.of(rows(0, 10), other)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(one.fingerprint())
                .hasMessageContaining(other.fingerprint());
        assertThatThrownBy(() -> sums.next(other)).isInstanceOf(MismatchException.class);
        byte[] bytes = sums.toBytes();
        assertThatThrownBy(() -> PartialSums.of(Arrays.copyOf(bytes, bytes.length - 1)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("cut");
        assertThatThrownBy(() -> PartialSums.of(new byte[100])).isInstanceOf(InputException.class);
    }

    @Test
    void of_bytesWithAnyBitChanged_isRefused() {
        Centres centres = Centres.of(Arrays.copyOf(values, 2 * DIMENSION), DIMENSION, Distance.euclidean());
        byte[] bytes = PartialSums.of(rows(0, 10), centres).toBytes();
        assertThat(PartialSums.of(bytes).toBytes()).isEqualTo(bytes);
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> PartialSums.of(changed))
                    .as("bit %d", bit)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(
                            bit < 32 ? "of the same version of Quad" : "changed on the way; send them again");
        }
    }

    /** The form before this one had other first bytes and no checksum. */
    @Test
    void of_bytesOfTheFormBefore_isRefusedByItsNumber() {
        Centres centres = Centres.of(Arrays.copyOf(values, 2 * DIMENSION), DIMENSION, Distance.euclidean());
        byte[] bytes = PartialSums.of(rows(0, 10), centres).toBytes();
        byte[] before = Arrays.copyOf(bytes, bytes.length - Integer.BYTES);
        ByteBuffer.wrap(before).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x5155_5053);
        assertThatThrownBy(() -> PartialSums.of(before))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("not partial sums as this version writes them");
    }
}
