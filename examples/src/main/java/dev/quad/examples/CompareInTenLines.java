// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.pipeline.Comparison;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code ./quad compare} does, from Java: methods choose from the same documents, and are judged by what a model
 * learns from their choices of texts that were held out.
 *
 * <p>Run it with {@code mvn -q -Dquick -pl examples -am test -Dtest=CompareInTenLinesTest
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
public final class CompareInTenLines {
    private CompareInTenLines() {}

    /**
     * Compares three methods on a file of documents.
     *
     * @param references what is chosen for
     * @param heldOut others of the same kind, to measure on
     * @param out folder for what is chosen, and for the table
     */
    public static Comparison run(Path documents, Path references, Path heldOut, Path out) {
        // tag::comparison[]
        return Comparison.builder(List.of(documents), List.of(references), List.of(heldOut))
                .methods("random", "dsir", "quad") // and one of yours: method("mine", selector)
                .budget(Budget.tokens(4_000))
                .referee(referee -> referee.common(List.of(documents), 2_000).seeds(2)) // few, that it be quick
                .run(out); // called again, it goes on where it was
        // end::comparison[]
    }
}
