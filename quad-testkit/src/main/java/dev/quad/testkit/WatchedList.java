// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** A list that does something when one place of it is read for the first time. */
final class WatchedList<T> extends AbstractList<T> implements RandomAccess {
    private final List<T> items;
    private final int place;
    private final Runnable atFirst;
    private boolean isRead;

    WatchedList(List<T> items, int place, Runnable atFirst) {
        this.items = items;
        this.place = place;
        this.atFirst = atFirst;
    }

    @Override
    public T get(int index) {
        if (index == place && !isRead) {
            isRead = true;
            atFirst.run();
        }
        return items.get(index);
    }

    @Override
    public int size() {
        return items.size();
    }
}
