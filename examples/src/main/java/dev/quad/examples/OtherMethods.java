// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Draw;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.baselines.Dsir;
import dev.quad.baselines.LinearClassifier;
import dev.quad.baselines.LinearScores;
import dev.quad.baselines.ScoredSelector;
import dev.quad.text.Document;
import java.nio.file.Path;
import java.util.List;

/** What one would use instead of Quad. */
public final class OtherMethods {
    private OtherMethods() {}

    /** Importance resampling, as its authors have it. */
    public static Selection resampled(CandidatePool<Document> pool, List<Document> reference, Budget budget) {
        // tag::resampled[]
        return ScoredSelector.of(Dsir.exact(), reference, Draw.gumbel(1)).select(pool, budget, new Seed(1));
        // end::resampled[]
    }

    /** A classifier that is kept, for documents that come later. */
    public static InfluenceScores classified(
            CandidatePool<Document> pool, List<Document> reference, Path file, List<Document> later) {
        // tag::classified[]
        new LinearClassifier().fit(pool, reference, new Seed(1)).save(file);
        return LinearScores.load(file).score(later);
        // end::classified[]
    }
}
