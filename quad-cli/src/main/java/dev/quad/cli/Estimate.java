// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.text.Document;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** What a run would take: printed by {@code --dry-run}. */
final class Estimate {
    /** What two cores of 2024 sustain in the passes of the proxy, with room to spare. */
    private static final double FLOPS = 60e9;

    private final SelectSettings settings;
    private final Stock stock;
    private final int clusters;
    private final List<Document> reference;

    Estimate(SelectSettings settings, Stock stock, int clusters, List<Document> reference) {
        this.settings = settings;
        this.stock = stock;
        this.clusters = clusters;
        this.reference = reference;
    }

    void print(PrintStream out) {
        long referenceTokens = Math.min(
                settings.scores().referenceTokens(),
                reference.stream()
                        .mapToLong(document -> document.text().getBytes(StandardCharsets.UTF_8).length)
                        .sum());
        Budget budget = settings.budget();
        long proxy = settings.model().isPresent() ? 0 : settings.proxyTokens();
        long scored =
                Math.min(stock.tokens(), (long) (6.0 * budget.limit() / stock.size(budget.unit()) * stock.tokens()));
        long tokens = proxy + settings.scores().factorTokens() + referenceTokens + scored;
        out.printf(
                Locale.ROOT,
                "pool       %,d documents, %,d tokens to choose from, %s left out%n",
                stock.documents(),
                stock.tokens(),
                stock.repeats().words());
        out.printf(Locale.ROOT, "reference  %,d documents, %,d tokens used%n", reference.size(), referenceTokens);
        out.printf(Locale.ROOT, "budget     %,d %s%n", budget.limit(), Word.of(budget.unit()));
        out.printf(Locale.ROOT, "clusters   %,d%n", clusters);
        out.printf(
                Locale.ROOT,
                "passes     %,d tokens to train a proxy, %,d for the curvature, %,d for the reference, up to %,d scored%n",
                proxy,
                settings.scores().factorTokens(),
                referenceTokens,
                scored);
        if (settings.model().isEmpty()) {
            double flops = 6.0 * Proxy.CONFIG.productWeights() * tokens;
            out.printf(Locale.ROOT, "work       %.1f Tflop, about %.0f s on two cores%n", flops / 1e12, flops / FLOPS);
        }
        out.printf(Locale.ROOT, "memory     about %,d MB%n", 300 + stock.documents() * 4L * 260 / 1_000_000);
    }
}
