// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Budget;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A random choice of the size of the selection, to hold beside it: documents that stand for the pool, in random order,
 * until it has as much. It is the same for every run of a pool.
 *
 * @param order the indices, in the order in which they were drawn
 */
record Control(List<Integer> order) {

    static Control of(Documents documents, Budget.Unit unit, long size) {
        int[] pool = documents.indices().filter(documents::isEven).toArray();
        RandomGenerator random = new Seed(1).stream("report.control");
        List<Integer> drawn = new ArrayList<>();
        long sum = 0;
        for (int left = pool.length; left > 0 && sum < size; left--) {
            int at = random.nextInt(left);
            int index = pool[at];
            pool[at] = pool[left - 1];
            long cost = unit == Budget.Unit.TOKENS ? documents.tokens(index) : 1;
            if (sum + cost <= size) {
                drawn.add(index);
                sum += cost;
            }
        }
        return new Control(List.copyOf(drawn));
    }

    IntStream indices() {
        return order.stream().mapToInt(Integer::intValue);
    }
}
