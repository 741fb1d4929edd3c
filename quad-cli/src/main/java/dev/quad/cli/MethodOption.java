// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.DocumentScorer;
import dev.quad.pipeline.ScoringMethod;
import dev.quad.text.Document;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --method}. */
final class MethodOption {
    @Option(
            names = "--method",
            paramLabel = "NAME",
            converter = ToMethod.class,
            description =
                    "Score by what one would use instead of influence, without a model of yours: dsir, dsir-exact, dsir-per-word,"
                            + " moore-lewis, ccnet, perplexity-low, perplexity-middle, perplexity-high (these three"
                            + " need no reference), classifier, cosine, centres, betr, or color-filter (two small models, which are trained first).")
    private @Nullable ScoringMethod method;

    /** Empty for influence. */
    Optional<DocumentScorer<Document>> scorer() {
        return Optional.ofNullable(method).map(ScoringMethod::scorer);
    }

    boolean isGiven() {
        return method != null;
    }

    /** Whether documents are needed whose kind is wanted. */
    boolean needsReference() {
        return method == null || method.scorer().needsReference();
    }

    /**
     * What does nothing beside it.
     *
     * @param influence the options of what it stands in the place of
     * @param reference those of the documents whose kind is wanted
     */
    List<Useless> useless(Set<String> influence, String... reference) {
        return List.of(
                new Useless(
                        isGiven(),
                        "with --method documents are scored without a model",
                        "leave out --method",
                        influence),
                Useless.when(!needsReference(), "that --method learns from the pool alone", "give another", reference));
    }

    /** {@code --method}. */
    static final class ToMethod extends Word.Choice<ScoringMethod> {
        ToMethod() {
            super(ScoringMethod.class);
        }
    }
}
