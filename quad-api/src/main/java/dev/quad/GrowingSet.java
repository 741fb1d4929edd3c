// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.BitSet;

/** A growing set for functions that know no better than to value it anew. */
final class GrowingSet implements SetFunction.Growing {
    private final SetFunction function;
    private final BitSet set = new BitSet();
    private double value;

    GrowingSet(SetFunction function) {
        this.function = function;
        this.value = function.value(new BitSet());
    }

    private double with(int item) {
        BitSet larger = (BitSet) set.clone();
        larger.set(item);
        return function.value(larger);
    }

    @Override
    public double gain(int item) {
        return with(item) - value;
    }

    @Override
    public void add(int item) {
        value = with(item);
        set.set(item);
    }

    @Override
    public double value() {
        return value;
    }
}
