// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.DocumentScorer;
import dev.quad.baselines.Betr;
import dev.quad.baselines.Dsir;
import dev.quad.baselines.LinearClassifier;
import dev.quad.baselines.MooreLewis;
import dev.quad.baselines.Perplexity;
import dev.quad.baselines.Similarity;
import dev.quad.text.Document;

/**
 * What one would score by instead of influence, by the names that {@code --method} takes; none needs a model of yours.
 */
public enum ScoringMethod {
    /** Importance weights by hashed words and pairs of words. */
    DSIR(Dsir.fast()),
    /** The same with its authors' buckets. */
    DSIR_EXACT(Dsir.exact()),
    /** The same a word, so that it does not grow with the length of a document. */
    DSIR_PER_WORD(Dsir.fast().perWord()),
    /** Difference of the losses of two models of runs of bytes, of the pool and of the reference. */
    MOORE_LEWIS(MooreLewis.ofBytes()),
    /** Easy to read for a model of the reference, as in CCNet. */
    CCNET(Perplexity.ofReference(Perplexity.Rather.LOW)),
    /** Easy to read for a model of a part of the pool. */
    PERPLEXITY_LOW(Perplexity.ofPool(Perplexity.Rather.LOW)),
    /** Neither easy nor hard to read for it. */
    PERPLEXITY_MIDDLE(Perplexity.ofPool(Perplexity.Rather.MIDDLE)),
    /** Hard to read for it. */
    PERPLEXITY_HIGH(Perplexity.ofPool(Perplexity.Rather.HIGH)),
    /** Logistic regression of reference against pool, as in DCLM. */
    CLASSIFIER(new LinearClassifier()),
    /** Cosine to the mean of the reference. */
    COSINE(Similarity.toMean()),
    /** Cosine to the nearest of several centres of the reference. */
    CENTRES(Similarity.toCentres()),
    /** A classifier of what is near to the documents of the reference. */
    BETR(Betr.ofHashedNgrams()),
    /** What the loss of a small model of the pool falls by when it goes on with the reference. */
    COLOR_FILTER(ColorFilter.ofProxies());

    @SuppressWarnings("ImmutableEnumChecker") // as every scorer is
    private final DocumentScorer<Document> scorer;

    ScoringMethod(DocumentScorer<Document> scorer) {
        this.scorer = scorer;
    }

    /** The method with its default options. */
    public DocumentScorer<Document> scorer() {
        return scorer;
    }
}
