// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static java.util.Map.entry;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A value of any type: the known one, else what a factory, a constructor or a builder of the type gives for samples,
 * and of an interface one that answers with samples.
 */
final class Samples {
    private final Path folder;
    private final Map<Class<?>, Object> known = new HashMap<>(Map.ofEntries(
            entry(byte.class, (byte) 1),
            entry(char.class, 'a'),
            entry(int.class, 1),
            entry(long.class, 1L),
            entry(float.class, 0.5f),
            entry(double.class, 0.5),
            entry(boolean.class, true),
            entry(Integer.class, 0),
            entry(Double.class, 0.5),
            entry(String.class, "a"),
            entry(Object.class, "item"),
            entry(int[].class, new int[1]),
            entry(Map.class, Map.of()),
            entry(Set.class, Set.of()),
            entry(Optional.class, Optional.empty()),
            entry(OptionalInt.class, OptionalInt.empty()),
            entry(OptionalDouble.class, OptionalDouble.empty()),
            entry(ByteBuffer.class, ByteBuffer.allocate(9)),
            entry(FloatBuffer.class, FloatBuffer.allocate(9))));
    private final Set<Class<?>> underWay = new HashSet<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private int paths;

    /** @param folder for files */
    Samples(Path folder) {
        this.folder = folder;
    }

    <T> T know(Class<?> type, T value) {
        known.put(type, value);
        if (value instanceof AutoCloseable closeable) {
            open.add(closeable);
        }
        return value;
    }

    Object[] of(Executable call) {
        return Arrays.stream(call.getGenericParameterTypes()).map(this::of).toArray();
    }

    Object of(Type type) {
        if (type instanceof Class<?> raw) {
            return of(raw);
        }
        if (type instanceof ParameterizedType generic) {
            Class<?> raw = (Class<?>) generic.getRawType();
            return raw.isAssignableFrom(List.class) ? List.of(of(generic.getActualTypeArguments()[0])) : of(raw);
        }
        if (type instanceof GenericArrayType array) {
            return oneOf(array.getGenericComponentType());
        }
        return of(
                type instanceof TypeVariable<?> variable
                        ? variable.getBounds()[0]
                        : ((WildcardType) type).getUpperBounds()[0]);
    }

    /** An array of one. */
    private Object oneOf(Type component) {
        Object value = of(component);
        Object array = Array.newInstance(component instanceof Class<?> raw ? raw : value.getClass(), 1);
        Array.set(array, 0, value);
        return array;
    }

    private Object of(Class<?> type) {
        if (type == Path.class) {
            return folder.resolve("file-" + paths++);
        }
        Object value = known.get(type);
        if (value != null) {
            return value;
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type.isArray()) {
            return oneOf(type.getComponentType());
        }
        if (type.isInterface() && !type.isSealed()) {
            return Proxy.newProxyInstance(Samples.class.getClassLoader(), new Class<?>[] {type}, this::answer);
        }
        return know(type, made(type));
    }

    @SuppressWarnings("ReferenceEquality") // as Object has it
    private @Nullable Object answer(Object proxy, Method method, Object[] arguments) throws Throwable {
        return switch (method.getName()) {
            case "toString" -> "sample";
            case "hashCode" -> 1;
            case "equals" -> proxy == arguments[0];
            default -> {
                if (method.isDefault()) {
                    yield InvocationHandler.invokeDefault(proxy, method, arguments);
                }
                yield method.getReturnType() == void.class ? null : of(method.getGenericReturnType());
            }
        };
    }

    private Object made(Class<?> type) {
        if (!underWay.add(type)) {
            throw new IllegalStateException(type.getName() + " is made of itself");
        }
        List<String> tried = new ArrayList<>();
        try {
            for (Executable way : ways(type)) {
                try {
                    boolean onNothing = way instanceof Constructor || Modifier.isStatic(way.getModifiers());
                    return call(way, onNothing ? null : of(way.getDeclaringClass()), of(way));
                } catch (ReflectiveOperationException | IllegalStateException e) {
                    tried.add(way + ": " + (e.getCause() == null ? e : e.getCause()));
                }
            }
        } finally {
            underWay.remove(type);
        }
        throw new IllegalStateException("no sample of " + type.getName() + "; tried " + tried);
    }

    /** @param on what an instance method is called on */
    static Object call(Executable way, @Nullable Object on, Object[] arguments) throws ReflectiveOperationException {
        return way instanceof Constructor<?> constructor
                ? constructor.newInstance(arguments)
                : ((Method) way).invoke(on, arguments);
    }

    private static List<Executable> ways(Class<?> type) {
        List<Class<?>> kinds = new ArrayList<>(List.of(type));
        if (type.isSealed()) {
            kinds.addAll(List.of(type.getPermittedSubclasses()));
        }
        List<Executable> ways = new ArrayList<>();
        for (Class<?> kind : kinds) {
            Class<?> outer = kind.getEnclosingClass() == null ? kind : kind.getEnclosingClass();
            Stream.of(kind, outer)
                    .distinct()
                    .flatMap(place -> Arrays.stream(place.getMethods()))
                    .filter(method -> Modifier.isStatic(method.getModifiers()))
                    .filter(method -> kind.isAssignableFrom(method.getReturnType()))
                    .forEach(ways::add);
            Arrays.stream(kind.getDeclaredClasses())
                    .filter(inner -> inner.getSimpleName().equals("Builder"))
                    .flatMap(builder -> Arrays.stream(builder.getMethods()))
                    .filter(method -> method.getName().equals("build"))
                    .forEach(ways::add);
            if (!Modifier.isAbstract(kind.getModifiers())) {
                ways.addAll(List.of(kind.getConstructors()));
            }
        }
        return ways.stream()
                .sorted(Comparator.comparingInt(Executable::getParameterCount).thenComparing(Executable::toString))
                .toList();
    }

    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }
}
