// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.Spectrum;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** What the eigenvalues of a curvature say, for people. */
final class Spectra {
    private Spectra() {}

    /** A layer a line. */
    static void print(PrintStream out, List<Spectrum> spectra) {
        out.printf(
                Locale.ROOT,
                "%-28s %9s %9s %9s %9s %9s %11s %11s %20s%n",
                "curvature of",
                "largest",
                "smallest",
                "mean",
                "damping",
                "condition",
                "stable rank",
                "dimension",
                "rounding / of");
        for (Spectrum each : spectra) {
            out.printf(
                    Locale.ROOT,
                    "%-28s %9.2e %9.2e %9.2e %9.2e %9.1e %,11.1f %,11.1f %20s%n",
                    each.layer(),
                    each.largest(),
                    each.smallest(),
                    each.mean(),
                    each.damping(),
                    each.condition(),
                    each.stableRank(),
                    each.effectiveDimension(),
                    String.format(Locale.ROOT, "%,d / %,d", each.roundings(), each.eigenvalues()));
        }
    }
}
