// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@link Object#toString} gives, which is another for each object and in each run. */
final class Identities {
    /** A class and a number: {@code dev.quad.Seed@1b6d3586}; not {@code some-model@1b6d358}. */
    private static final Pattern OBJECT = Pattern.compile("(\\[*[\\p{L}_$][\\p{L}\\p{N}_$./;]*)@\\p{XDigit}{1,8}\\b");

    private Identities() {}

    /** Refuses a name that holds what {@link Object#toString} gives, of this object or of another. */
    static void refuse(String what, String name, Object object) {
        assertThat(name)
                .as("%s, which must be the same in each run", what)
                .doesNotContain("@" + Integer.toHexString(System.identityHashCode(object)));
        Matcher found = OBJECT.matcher(name);
        while (found.find()) {
            assertThat(isClass(found.group(1), object.getClass().getClassLoader()))
                    .as(
                            "%s is '%s', in which %s is of an object and another in each run; name what it holds",
                            what, name, found.group())
                    .isFalse();
        }
    }

    private static boolean isClass(String name, ClassLoader loader) {
        if (name.startsWith("[") || name.contains("$$")) { // an array, a lambda, a proxy
            return true;
        }
        try {
            Class.forName(name, false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
