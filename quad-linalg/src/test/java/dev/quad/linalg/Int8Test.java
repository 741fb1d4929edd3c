// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where oneDNN is not used, this compares plain Java with itself. */
class Int8Test {

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 7", "128, 65, 384", "512, 300, 260", "2, 1000, 33", "1, 2, 100000"})
    void gemm_anyShape_isExact(int m, int n, int k) {
        Random random = new Random(m + n + k);
        check(m, n, k, random, 1);
        check(m, n, k, random, 17);
    }

    private static void check(int m, int n, int k, Random random, int gap) {
        int stride = k + gap;
        int width = n + gap;
        // longer sums of such products reach the limit
        int most = Math.min(127, (int) Math.sqrt((Int8.LIMIT - 1.0) / k));
        try (Bytes a = bytes(m * stride + gap, most, random);
                Bytes b = bytes(n * stride + gap, most, random);
                Floats c = Floats.allocate(m * width + gap);
                Floats expected = Floats.allocate(m * width + gap)) {
            Int8.gemm(m, n, k, a, gap, stride, b, gap, stride, c, gap, width);
            Int8.plain(m, n, k, a, gap, stride, b, gap, stride, expected, gap, width);
            assertThat(c.toArray()).isEqualTo(expected.toArray());
        }
    }

    private static Bytes bytes(int length, int most, Random random) {
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = (byte) (random.nextInt(4) == 0 ? most : random.nextInt(2 * most + 1) - most);
        }
        Bytes result = Bytes.scratch(length);
        result.set(0, values, 0, length);
        return result;
    }

    /** Instructions that add pairs in sixteen bits would saturate here. */
    @Test
    void gemm_largestValues_doesNotSaturate() {
        byte[] most = new byte[256];
        java.util.Arrays.fill(most, (byte) 127);
        try (Bytes a = Bytes.scratch(256);
                Floats c = Floats.allocate(1)) {
            a.set(0, most, 0, 256);
            Int8.gemm(1, 1, 256, a, 0, 256, a, 0, 256, c, 0, 1);
            assertThat(c.get(0) - Int8.ZERO).isEqualTo(127 * 127 * 256);
        }
    }

    @Test
    void gemm_severalThreads_isTheSame() {
        Random random = new Random(1);
        int tasks = 16;
        try (Bytes a = bytes(64 * 96, 127, random);
                Bytes b = bytes(64 * 96, 127, random);
                Floats c = Floats.allocate(tasks, 64 * 64)) {
            Workers.forEach(tasks, task -> Int8.gemm(64, 64, 96, a, 0, 96, b, 0, 96, c, task * 64 * 64, 64));
            for (int task = 1; task < tasks; task++) {
                for (int i = 0; i < 64 * 64; i++) {
                    assertThat(c.get(task * 64 * 64 + i)).isEqualTo(c.get(i));
                }
            }
        }
    }
}
