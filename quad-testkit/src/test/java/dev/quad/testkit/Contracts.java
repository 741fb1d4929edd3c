// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;

/** Runs the tests of a contract on an implementation: of a broken one some must fail, of an honest one none. */
final class Contracts {
    private Contracts() {}

    /** Null, where none may be: the mistake. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    static <R> R nothing() {
        return null;
    }

    /** What the tests of a contract that fail say, at most so many of them, by the name of the test. */
    private static Map<String, Throwable> failures(Object contract, int most) {
        Map<String, Throwable> failures = new TreeMap<>();
        Method[] methods = contract.getClass().getMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        List<Method> before = Arrays.stream(methods)
                .filter(method -> method.isAnnotationPresent(BeforeEach.class))
                .toList();
        for (Method method : methods) {
            if (failures.size() < most && method.isAnnotationPresent(Test.class)) {
                try {
                    for (Method first : before) {
                        first.invoke(contract);
                    }
                    method.invoke(contract);
                } catch (InvocationTargetException e) {
                    failures.put(method.getName(), e.getTargetException());
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                } finally {
                    Thread.interrupted();
                }
            }
        }
        return failures;
    }

    /** The contract finds what is wrong. */
    static DynamicTest broken(String mistake, Object contract) {
        return DynamicTest.dynamicTest(
                mistake,
                () -> assertThat(failures(contract, 1))
                        .as("tests that find: %s", mistake)
                        .isNotEmpty());
    }

    /** The contract finds what is wrong, and every test that does says in words what it is. */
    static DynamicTest told(String mistake, Object contract) {
        return DynamicTest.dynamicTest(mistake, () -> {
            Map<String, Throwable> failures = failures(contract, Integer.MAX_VALUE);
            assertThat(failures).as("tests that find: %s", mistake).isNotEmpty();
            failures.forEach((test, failure) -> {
                assertThat(failure).as("what %s says of: %s", test, mistake).isInstanceOf(AssertionError.class);
                assertThat(String.valueOf(failure.getMessage()).strip())
                        .as("what %s says of: %s", test, mistake)
                        .doesNotStartWith("Expecting")
                        .doesNotStartWith("expected")
                        .isNotEmpty();
            });
        });
    }

    /** The contract finds nothing. */
    static DynamicTest honest(String what, Object contract) {
        return DynamicTest.dynamicTest(what, () -> {
            Map<String, Throwable> failures = failures(contract, Integer.MAX_VALUE);
            assertThat(failures).as(what).isEmpty();
        });
    }
}
