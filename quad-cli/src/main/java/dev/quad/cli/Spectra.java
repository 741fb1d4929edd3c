// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.Spectrum;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the eigenvalues of a curvature say, for people and for a file. */
final class Spectra {
    private Spectra() {}

    /** A layer a line. */
    static void print(PrintStream out, List<Spectrum> spectra) {
        out.printf(
                Locale.ROOT,
                "%-28s %9s %9s %9s %9s %11s %11s %20s%n",
                "curvature of",
                "largest",
                "smallest",
                "mean",
                "condition",
                "stable rank",
                "dimension",
                "rounding / of");
        for (Spectrum each : spectra) {
            out.printf(
                    Locale.ROOT,
                    "%-28s %9.2e %9.2e %9.2e %9.1e %,11.1f %,11.1f %20s%n",
                    each.layer(),
                    each.largest(),
                    each.smallest(),
                    each.mean(),
                    each.condition(),
                    each.stableRank(),
                    each.effectiveDimension(),
                    String.format(Locale.ROOT, "%,d / %,d", each.roundings(), each.eigenvalues()));
        }
    }

    /** By layer; without a condition that is infinite. */
    static List<Map<String, Object>> tree(List<Spectrum> spectra) {
        return spectra.stream().map(Spectra::tree).toList();
    }

    private static Map<String, Object> tree(Spectrum spectrum) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("layer", spectrum.layer());
        tree.put("eigenvalues", spectrum.eigenvalues());
        tree.put("largest", spectrum.largest());
        tree.put("smallest", spectrum.smallest());
        tree.put("mean", spectrum.mean());
        tree.put("rounding", spectrum.rounding());
        tree.put("roundings", spectrum.roundings());
        tree.put("stableRank", spectrum.stableRank());
        tree.put("effectiveDimension", spectrum.effectiveDimension());
        if (Double.isFinite(spectrum.condition())) {
            tree.put("condition", spectrum.condition());
        }
        return tree;
    }
}
