// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.Objects;

/** Lists of the user's, and places in them. */
final class Items {
    private Items() {}

    /**
     * A copy.
     *
     * @param place what the items are in, for messages
     * @throws NullPointerException if the list or an item is null; names the item
     */
    static <T> List<T> copy(String place, List<? extends T> items) {
        Objects.requireNonNull(items, () -> "the list of items of " + place + " is null");
        int index = 0;
        for (T item : items) {
            if (item == null) {
                throw new NullPointerException(
                        "item " + index + " of " + place + " is null; leave out what is not there");
            }
            index++;
        }
        return List.copyOf(items);
    }

    /**
     * An index that is asked for.
     *
     * @param kind of what, for the message
     * @throws IndexOutOfBoundsException if it is not in {@code [0, size)}; says what is allowed
     */
    static int require(String kind, int index, int size) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException(kind + " " + index + " is asked for; allowed is [0, " + size + ")");
        }
        return index;
    }
}
