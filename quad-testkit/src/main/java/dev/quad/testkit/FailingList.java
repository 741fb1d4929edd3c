// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** A list of which one place cannot be read. */
final class FailingList<T> extends AbstractList<T> implements RandomAccess {
    private final List<T> items;
    private final int place;

    FailingList(List<T> items, int place) {
        this.items = items;
        this.place = place;
    }

    @Override
    public T get(int index) {
        if (index == place) {
            throw new IllegalStateException("item " + place + " cannot be read: the contract tries what comes after");
        }
        return items.get(index);
    }

    @Override
    public int size() {
        return items.size();
    }
}
