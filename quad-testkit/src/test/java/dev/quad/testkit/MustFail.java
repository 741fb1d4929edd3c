// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/** Turns a property round: it passes if a counter-example is found, which is printed as it was shrunk. */
final class MustFail implements AroundPropertyHook {
    @Override
    public PropertyExecutionResult aroundProperty(PropertyLifecycleContext context, PropertyExecutor property) {
        PropertyExecutionResult result = property.execute();
        Throwable thrown = result.throwable().orElse(null);
        if (result.status() != PropertyExecutionResult.Status.FAILED || !(thrown instanceof AssertionError)) {
            return result.mapToFailed("no counter-example was found, but " + result);
        }
        System.out.println(context.label() + " is false: "
                + String.valueOf(thrown.getMessage())
                        .strip()
                        .lines()
                        .findFirst()
                        .orElse("") + " " + result.falsifiedParameters().orElseThrow());
        return result.mapToSuccessful();
    }
}
