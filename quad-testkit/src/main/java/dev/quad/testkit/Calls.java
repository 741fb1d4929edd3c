// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.SetFunction;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is tested, where a call that throws, or gives null, is a failure that names it. */
final class Calls implements InvocationHandler {
    private final Object tested;
    private final Class<?> type;

    private Calls(Object tested, Class<?> type) {
        this.tested = tested;
        this.type = type;
    }

    /** Does what this does, for calls that must succeed. */
    @SuppressWarnings("unchecked") // of the type of what is tested
    static <T> T named(@Nullable T tested, Class<? super T> type) {
        if (tested == null) {
            throw new AssertionError(
                    "the " + type.getSimpleName() + " to be tested is null; have the test class make one");
        }
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Calls(tested, type));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        Object result;
        try {
            result = method.invoke(tested, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new AssertionError(
                    call(method, arguments) + " threw " + e.getCause() + "; it must do what the documentation of "
                            + type.getName() + " says, whatever was called before and in whichever thread",
                    e.getCause());
        }
        if (result == null && !method.getReturnType().equals(void.class)) {
            throw new AssertionError(call(method, arguments) + " gave null; no method of " + type.getName()
                    + " may: give what its documentation says");
        }
        if (result instanceof SetFunction.Growing growing) {
            return growing.equals(tested) ? proxy : named(growing, SetFunction.Growing.class);
        }
        return result;
    }

    private String call(Method method, Object @Nullable [] arguments) {
        return type.getSimpleName() + "." + method.getName()
                + (arguments == null
                        ? "()"
                        : Arrays.stream(arguments)
                                .map(argument -> Texts.shown(
                                        argument instanceof String ? "\"" + argument + "\"" : String.valueOf(argument)))
                                .collect(Collectors.joining(", ", "(", ")")));
    }
}
