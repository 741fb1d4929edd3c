// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

/**
 * {@code e^x} for {@code x ≤ 0} and the logistic function over arrays, in loops that the compiler turns into vector
 * instructions: no branch, no conversion to integers.
 *
 * <p>With {@code y = e^(x/256) − 1} from a polynomial, eight times {@code y ← y·(2 + y)} gives {@code e^x − 1}. Working
 * on {@code e^x − 1} keeps the squarings from magnifying the rounding error: the absolute error is below 5e-7. Near
 * {@code e^x = 0} it would be all that is left, and in the sum over a large vocabulary more than a confident
 * prediction's loss; so the last two squarings of the exponential are of {@code e^(x/4)}, whose relative error is below
 * 1e-4 down to {@code x = −17}.
 */
final class Exponential {
    /** Still a normal number, which denormal ones would be slower than. */
    private static final float LOWEST = -87f;

    private static final float SMALLEST = 2e-38f;
    private static final float STEP = 1f / 256;

    private Exponential() {}

    /** {@code x[j] = e^(x[j] − shift)} for {@code j < count}; every {@code x[j] ≤ shift}. */
    static void exponentials(float[] x, int count, float shift) {
        for (int j = 0; j < count; j++) {
            float t = Math.max(x[j] - shift, LOWEST) * STEP;
            float y = t * (1f + t * (0.5f + t * (0.16666667f + t * (0.041666668f + t * 0.008333334f))));
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            float z = 1f + y;
            z = z * z;
            z = z * z;
            x[j] = Math.max(z - SMALLEST, 0f);
        }
    }

    /** {@code sigma[j] = 1/(1 + e^(−x[j]))} for {@code j < count}. */
    static void logistic(float[] x, float[] sigma, int count) {
        for (int j = 0; j < count; j++) {
            float size = Math.abs(x[j]);
            float t = Math.max(-size, LOWEST) * STEP;
            float y = t * (1f + t * (0.5f + t * (0.16666667f + t * (0.041666668f + t * 0.008333334f))));
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            y = y * (2f + y);
            // 1/(1 + e^−|x|) lies half above ½ for positive x and as far below for negative x
            float half = 1f / (2f + y) - 0.5f;
            sigma[j] = 0.5f + half * (x[j] / (size + 1e-30f));
        }
    }

    /** The largest of {@code x[0 .. count)}. */
    static float max(float[] x, int count) {
        float max = x[0];
        for (int j = 1; j < count; j++) {
            if (x[j] > max) {
                max = x[j];
            }
        }
        return max;
    }

    /** The sum of {@code x[0 .. count)}, in four interleaved parts. */
    static float sum(float[] x, int count) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int j = 0;
        for (; j + 3 < count; j += 4) {
            a += x[j];
            b += x[j + 1];
            c += x[j + 2];
            d += x[j + 3];
        }
        for (; j < count; j++) {
            a += x[j];
        }
        return (a + b) + (c + d);
    }

    /** The inner product of {@code x[0 .. count)} and {@code y[0 .. count)}, in four interleaved parts. */
    static float dot(float[] x, float[] y, int count) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int j = 0;
        for (; j + 3 < count; j += 4) {
            a += x[j] * y[j];
            b += x[j + 1] * y[j + 1];
            c += x[j + 2] * y[j + 2];
            d += x[j + 3] * y[j + 3];
        }
        for (; j < count; j++) {
            a += x[j] * y[j];
        }
        return (a + b) + (c + d);
    }
}
