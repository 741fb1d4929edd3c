// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.DocumentScorer;
import dev.quad.text.Document;

class BetrTest extends TextScorerContract {
    @Override
    protected DocumentScorer<Document> scorer() {
        return Betr.by(SimilarityTest.LETTERS);
    }
}
