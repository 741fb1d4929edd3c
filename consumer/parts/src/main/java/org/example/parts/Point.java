// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.Seed;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A place in the plane.
 *
 * @param label 1 inside of a circle around the origin, else 0; unless it is wrong
 */
public record Point(double x, double y, int label) {

    /** Points some of which have the wrong label. */
    public static List<Point> draw(int count, double wrong, Seed seed) {
        RandomGenerator random = seed.stream("example.points");
        return Stream.generate(() -> {
                    double x = random.nextGaussian();
                    double y = random.nextGaussian();
                    return new Point(x, y, x * x + y * y < 1.4 != random.nextDouble() < wrong ? 1 : 0);
                })
                .limit(count)
                .toList();
    }

    /** Whether the label is wrong. */
    public boolean isWrong() {
        return x * x + y * y < 1.4 != (label == 1);
    }
}
