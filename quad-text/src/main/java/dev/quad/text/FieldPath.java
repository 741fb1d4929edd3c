// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.List;

/** Names a field of a JSON object, or one inside nested objects: {@code meta.id}. */
record FieldPath(List<String> names) {

    static FieldPath parse(String path) {
        List<String> names = List.of(path.split("\\.", -1));
        if (names.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("the field path \"" + path
                    + "\" has an empty part; allowed is a name such as \"text\", or names joined by dots");
        }
        return new FieldPath(names);
    }

    boolean continuesWith(int depth, String name) {
        return depth < names.size() && names.get(depth).equals(name);
    }

    boolean endsAt(int depth) {
        return depth == names.size() - 1;
    }

    @Override
    public String toString() {
        return String.join(".", names);
    }
}
