// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.Seed;
import dev.quad.testkit.DataSelectorContract;
import java.util.stream.IntStream;

class OnlineTest extends DataSelectorContract<Point> {
    @Override
    protected CandidatePool<Point> pool() {
        return CandidatePool.of(Point.draw(24, 0.2, new Seed(3)), point -> 1, "points");
    }

    @Override
    protected DataSelector<Point> selector() {
        int[] clusters = IntStream.range(0, 24).map(i -> i % 3).toArray();
        return Online.selector(pool(), Clustering.of(clusters, 3), Point.draw(10, 0, new Seed(4)));
    }
}
