// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Work where the machine speaks other languages, whose capitals, commas, digits and years are not those of English. */
final class Languages {
    private static final List<Locale> LANGUAGES = Stream.of(
                    "tr-TR", "de-DE", "ar-EG-u-nu-arab", "hi-IN-u-nu-deva", "th-TH-u-ca-buddhist-nu-thai")
            .map(Locale::forLanguageTag)
            .toList();

    private Languages() {}

    /** Does the work once with each language as the default of the machine, which is then put back. */
    static void inEach(Consumer<Locale> work) {
        Locale display = Locale.getDefault(Locale.Category.DISPLAY);
        Locale format = Locale.getDefault(Locale.Category.FORMAT);
        Locale all = Locale.getDefault();
        try {
            for (Locale language : LANGUAGES) {
                Locale.setDefault(language);
                work.accept(language);
            }
        } finally {
            Locale.setDefault(all);
            Locale.setDefault(Locale.Category.DISPLAY, display);
            Locale.setDefault(Locale.Category.FORMAT, format);
        }
    }
}
