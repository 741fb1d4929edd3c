// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.ArmSelector;
import dev.quad.bandit.RewardUnit;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An arm policy of the user's: a class that the launcher finds in {@value #CLASS_PATH}. Nothing of a class is run
 * before it is known to be a policy.
 *
 * @param label the name of the class
 * @param selector the one instance, since policies have no state
 */
record OwnPolicy(String label, ArmSelector selector) implements PolicyOption {
    /** Folders and jars of the user's, which the launcher puts behind ours. */
    static final String CLASS_PATH = "QUAD_CLASS_PATH";

    /**
     * Makes one.
     *
     * @throws ClassNotFoundException if there is no class of the name
     * @throws IllegalArgumentException if there is one that will not do; says why
     * @throws InvocationTargetException if code of the class failed; its cause is what that threw
     */
    static OwnPolicy named(String name) throws ClassNotFoundException, InvocationTargetException {
        try {
            Class<?> type = Class.forName(name, false, OwnPolicy.class.getClassLoader());
            if (!ArmSelector.class.isAssignableFrom(type)) {
                throw new IllegalArgumentException(
                        "the class " + name + " is no policy; let it implement " + ArmSelector.class.getName());
            }
            return new OwnPolicy(
                    name, type.asSubclass(ArmSelector.class).getConstructor().newInstance());
        } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw new IllegalArgumentException(
                    "the class " + name
                            + " cannot be made; let it be public, not abstract, with a public constructor without parameters",
                    e);
        } catch (ExceptionInInitializerError e) {
            throw new InvocationTargetException(e.getCause());
        } catch (LinkageError e) {
            throw new IllegalArgumentException("the class " + name + " cannot be loaded: " + e, e);
        }
    }

    /** Where a class would have been found, for messages. */
    static String place() {
        String path = System.getenv(CLASS_PATH);
        return "a class of yours in " + CLASS_PATH + ", which is "
                + (path == null || path.isEmpty() ? "not set; set it to the folder or jar with the class" : path);
    }

    @Override
    public ArmSelector of(OptionalDouble weight, Optional<RewardUnit> unit) {
        return selector;
    }

    @Override
    public boolean hasWeight() {
        return false;
    }

    @Override
    public boolean hasUnit() {
        return false;
    }
}
