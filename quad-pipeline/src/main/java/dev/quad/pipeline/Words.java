// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import java.util.Locale;

/** Constants as they are written in manifests, and on the command line. */
final class Words {
    private Words() {}

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
