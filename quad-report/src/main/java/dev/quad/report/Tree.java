// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** A tree of JSON, to be asked for what may be in it. */
record Tree(Map<?, ?> map) {

    static Tree of(@Nullable Object value) {
        return new Tree(value instanceof Map<?, ?> found ? found : Map.of());
    }

    Tree child(String name) {
        return of(map.get(name));
    }

    List<?> list(String name) {
        return map.get(name) instanceof List<?> found ? found : List.of();
    }

    List<Tree> trees(String name) {
        return list(name).stream().map(Tree::of).toList();
    }

    OptionalDouble number(String name) {
        return map.get(name) instanceof Number found ? OptionalDouble.of(found.doubleValue()) : OptionalDouble.empty();
    }

    /** A number that is there in every file of the kind. */
    double value(String name) {
        return number(name).orElse(0);
    }

    Optional<String> text(String name) {
        Object found = map.get(name);
        return found == null || found instanceof Map || found instanceof List
                ? Optional.empty()
                : Optional.of(String.valueOf(found));
    }

    /** All values that are neither maps nor lists. */
    Map<String, String> texts() {
        Map<String, String> result = new LinkedHashMap<>();
        map.keySet()
                .forEach(
                        name -> text(String.valueOf(name)).ifPresent(value -> result.put(String.valueOf(name), value)));
        return result;
    }

    boolean isEmpty() {
        return map.isEmpty();
    }
}
