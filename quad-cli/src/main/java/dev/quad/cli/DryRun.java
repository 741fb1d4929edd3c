// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.files.Words;
import dev.quad.pipeline.Estimate;
import dev.quad.pipeline.PipelineSession;
import dev.quad.pipeline.Stock;
import java.io.PrintStream;
import java.util.Locale;

/** What a run would take: printed by {@code --dry-run}. */
final class DryRun {
    /** What two cores of 2024 sustain in the passes of the proxy, with room to spare. */
    private static final double FLOPS = 60e9;

    private DryRun() {}

    /** @param reference documents of it; 0 where scores are there in its place */
    static void print(PipelineSession session, int reference, Budget budget, PrintStream out) {
        Stock stock = session.stock();
        Estimate estimate = session.estimate();
        out.printf(
                Locale.ROOT,
                "pool       %,d documents, %,d tokens to choose from, %s left out%n",
                stock.documents(),
                stock.tokens(),
                stock.repeats().words());
        boolean asked = estimate.referenceTokens() > 0;
        if (reference > 0) {
            out.printf(Locale.ROOT, "reference  %,d documents", reference);
            out.printf(asked ? String.format(Locale.ROOT, ", %,d tokens used%n", estimate.referenceTokens()) : "%n");
        }
        out.printf(Locale.ROOT, "budget     %,d %s%n", budget.limit(), Words.of(budget.unit()));
        if (session.clusters() > 0) {
            out.printf(Locale.ROOT, "clusters   %,d%n", session.clusters());
        }
        if (asked) {
            out.printf(
                    Locale.ROOT,
                    "passes     %,d tokens to train a proxy, %,d for the curvature, %,d for the reference, about %,d scored%n",
                    estimate.proxyTokens(),
                    estimate.curvatureTokens(),
                    estimate.referenceTokens(),
                    estimate.scoredTokens());
        } else {
            out.println("passes     none: no token goes through a model");
        }
        estimate.flops()
                .ifPresent(flops -> out.printf(
                        Locale.ROOT,
                        "work       %.1f Tflop, about %.0f s on two cores%n",
                        flops / 1e12,
                        flops / FLOPS));
        out.printf(Locale.ROOT, "memory     about %,d MB%n", estimate.bytes() / 1_000_000);
    }
}
