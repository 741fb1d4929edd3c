// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.function.Consumer;

/**
 * Other places of the world, where letters and digits are others: nothing may depend on the default locale and time
 * zone. Both belong to the whole process, so that a test which goes there takes the lock {@code Resources.GLOBAL}:
 * JUnit then runs no other beside it.
 */
final class Elsewhere {
    /** Where a capital I is no i, a number has a comma, and digits are not 0 to 9. */
    private static final List<String> LOCALES =
            List.of("tr-TR", "de-DE", "ar-EG-u-nu-arab", "hi-IN-u-nu-deva", "th-TH-u-ca-buddhist-nu-thai");

    private static final String ZONE = "Pacific/Chatham";

    private Elsewhere() {}

    /**
     * Does the work at home, so that what differs there is not laid to a locale, and in each place, whose name it is
     * given, and puts back what was.
     */
    static void each(Consumer<String> work) {
        work.accept("at home, where the default locale and the time zone are as they were");
        Locale locale = Locale.getDefault();
        Locale display = Locale.getDefault(Locale.Category.DISPLAY);
        Locale format = Locale.getDefault(Locale.Category.FORMAT);
        TimeZone zone = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone(ZONE));
            for (String name : LOCALES) {
                Locale.setDefault(Locale.forLanguageTag(name));
                work.accept("where the default locale is " + name + " and the time zone " + ZONE);
            }
        } finally {
            Locale.setDefault(locale);
            Locale.setDefault(Locale.Category.DISPLAY, display);
            Locale.setDefault(Locale.Category.FORMAT, format);
            TimeZone.setDefault(zone);
        }
    }
}
