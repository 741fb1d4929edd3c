// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The same content in other objects. */
final class Copies {
    private Copies() {}

    /**
     * A copy of a string, an array, a list or a record of these, and what is in it; of anything else the thing itself.
     */
    @SuppressWarnings("unchecked") // a copy is of the class of what it is of
    static <T> T of(T value) {
        return (T) copy(value);
    }

    private static Object copy(Object value) {
        if (value instanceof String text) {
            return new String(text.toCharArray());
        }
        if (value.getClass().isArray()) {
            int length = Array.getLength(value);
            Object copy = Array.newInstance(value.getClass().getComponentType(), length);
            for (int i = 0; i < length; i++) {
                Object element = Array.get(value, i);
                Array.set(copy, i, element == null ? null : copy(element));
            }
            return copy;
        }
        if (value instanceof List<?> list && value.getClass().getName().startsWith("java.util.")) {
            List<Object> copy = new ArrayList<>(list);
            copy.replaceAll(element -> element == null ? null : copy(element));
            return copy;
        }
        return value instanceof Record fields ? copy(fields) : value;
    }

    private static Object copy(Record fields) {
        try {
            RecordComponent[] components = fields.getClass().getRecordComponents();
            Object[] values = new Object[components.length];
            for (int i = 0; i < values.length; i++) {
                components[i].getAccessor().setAccessible(true);
                Object value = components[i].getAccessor().invoke(fields);
                values[i] = value == null ? null : copy(value);
            }
            Constructor<?> canonical = fields.getClass()
                    .getDeclaredConstructor(Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new));
            canonical.setAccessible(true);
            return canonical.newInstance(values);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return fields; // closed to us, or it takes no lists of another class
        }
    }
}
