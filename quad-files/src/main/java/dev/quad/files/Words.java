// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.util.Locale;

/** Constants as they are written in manifests, and on the command line. */
public final class Words {
    private Words() {}

    /** The name in small letters, with dashes. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
