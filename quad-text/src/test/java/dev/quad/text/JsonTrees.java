// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Collectors;

/** Compares records by what they say. */
final class JsonTrees {
    private JsonTrees() {}

    /** The same values in the same order; a null is the same as no field. */
    static void assertSame(JsonTree.Node actual, JsonTree.Node expected) {
        assertThat(actual.kind()).as(expected.json()).isEqualTo(expected.kind());
        switch (expected.kind()) {
            case NUMBER ->
                assertThat(new BigDecimal(actual.text())).isEqualByComparingTo(new BigDecimal(expected.text()));
            case ARRAY -> {
                assertThat(actual.elements()).hasSameSizeAs(expected.elements());
                Iterator<JsonTree.Node> found = actual.elements().iterator();
                expected.elements().forEach(element -> assertSame(found.next(), element));
            }
            case OBJECT -> {
                Map<String, JsonTree.Node> found = withoutNulls(actual);
                Map<String, JsonTree.Node> wanted = withoutNulls(expected);
                assertThat(found.keySet()).isEqualTo(wanted.keySet());
                wanted.forEach((name, value) -> assertSame(found.getOrDefault(name, value), value));
            }
            default -> assertThat(actual.text()).isEqualTo(expected.text());
        }
    }

    private static Map<String, JsonTree.Node> withoutNulls(JsonTree.Node object) {
        return object.fields().entrySet().stream()
                .filter(field -> field.getValue().kind() != JsonTree.Kind.NULL)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
