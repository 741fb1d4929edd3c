// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@link Object#toString} leaves in a name, which is another in each run of a program. */
final class IdentityHash {
    private static final Pattern ARRAY = Pattern.compile("\\[+([BCDFIJSZ]|L[\\w.$]+;)@[0-9a-f]");
    private static final Pattern OBJECT = Pattern.compile("([\\w.$]+)(/[\\w.]+)?@[0-9a-f]");

    private IdentityHash() {}

    /**
     * Refuses a name with the number of an array, a lambda or an object in it; {@code model@1a2b3c4} is none, since no
     * class has the name.
     */
    static void requireNone(String what, String name) {
        assertThat(ARRAY.matcher(name).find())
                .as("%s, %s, has the number of an array in it, another in each run: name what it holds", what, name)
                .isFalse();
        Matcher objects = OBJECT.matcher(name);
        while (objects.find()) {
            assertThat(isClass(objects.group(1)))
                    .as(
                            "%s, %s, has the number of an object in it, another in each run: name what it holds",
                            what, name)
                    .isFalse();
        }
    }

    private static boolean isClass(String name) {
        if (name.contains("$$")) {
            return true;
        }
        try {
            Class.forName(name, false, Thread.currentThread().getContextClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false; // no class, or none on this path: a name of the user's
        }
    }
}
