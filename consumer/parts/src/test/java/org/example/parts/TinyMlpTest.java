// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.Seed;
import dev.quad.influence.GradientSource;
import dev.quad.testkit.GradientSourceContract;
import java.util.List;

class TinyMlpTest extends GradientSourceContract<Point> {
    private static final TinyMlp MODEL = TinyMlp.random(new Seed(1));

    @Override
    protected GradientSource<Point> source() {
        return TinyMlp.random(new Seed(1));
    }

    @Override
    protected GradientSource<Point> other() {
        double[] change = new double[18];
        change[5] = 0.1;
        return MODEL.moved(1, change);
    }

    @Override
    protected List<Point> items() {
        return Point.draw(6, 0.2, new Seed(9));
    }

    @Override
    protected double loss(Point point, int layer, double[] change) {
        return MODEL.moved(layer, change).loss(point);
    }

    @Override
    protected double tolerance() {
        return 1e-6;
    }
}
