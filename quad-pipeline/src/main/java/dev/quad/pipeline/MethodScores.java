// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.FittedScorer;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.text.Document;
import dev.quad.text.ScoreColumn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;

/**
 * Scores every document of a pool by a {@link DocumentScorer}, such as one of {@link ScoringMethod}, and writes them to
 * a file of the form that {@link PoolScores} writes, of the kind {@code method}: {@code quad score --method}.
 *
 * <p>As there, work is kept beside the file until it is whole, and the same call goes on and ends with the same bytes.
 * Cost: that of the scorer. Memory is that of a batch, of what the scorer learns from, and of what it has learned.
 * Immutable; runs on the current fork-join pool, or the common one.
 */
public final class MethodScores {
    private static final int BATCH = 1_024;
    private static final long BATCH_TOKENS = 4_000_000;

    private final DocumentScorer<Document> scorer;
    private final List<Document> reference;
    private final PipelineListener listener;

    private MethodScores(DocumentScorer<Document> scorer, List<Document> reference, PipelineListener listener) {
        this.scorer = scorer;
        this.reference = reference;
        this.listener = listener;
    }

    /**
     * Scores by what the scorer learns.
     *
     * @param reference what it learns from beside the pool; may be empty where it needs none
     */
    public static MethodScores of(DocumentScorer<Document> scorer, List<Document> reference) {
        return new MethodScores(
                Objects.requireNonNull(scorer, "the scorer is null"),
                List.copyOf(Objects.requireNonNull(reference, "the reference is null")),
                PipelineListener.NONE);
    }

    /** Who follows the run. */
    public MethodScores listener(PipelineListener value) {
        return new MethodScores(
                scorer, reference, Objects.requireNonNull(value, "listener is null; leave it out for the default"));
    }

    /**
     * Scores a pool.
     *
     * @param target as for {@link PoolScores#write}
     * @param seed draws what the scorer learns from
     * @throws IllegalArgumentException if the file's name has another ending, or the scorer has nothing to learn from
     * @throws dev.quad.InputException if the file is there and holds other scores
     * @throws dev.quad.MismatchException if the work beside the file is of another run
     * @throws CancellationException if the thread is interrupted; as after a kill
     * @throws java.io.UncheckedIOException if a file cannot be read or written
     */
    public ScoreSummary write(Path target, CandidatePool<Document> pool, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(seed, "the seed is null");
        PoolScores.checkName(target);
        PoolScores.requireFree(target);
        try (OutputLock lock = OutputLock.ofFile(target)) {
            PoolScores.check(target);
            lock.removeUnfinished(target);
            Map<String, String> identity = identity(pool, seed);
            if (Files.exists(target)) {
                return PoolScores.finished(target, identity);
            }
            Path place = PoolScores.work(target);
            MarkedFolder.make(place);
            WorkFolder folder = WorkFolder.beside(place);
            folder.claim(identity);
            folder.makeWork();
            ScoreSpool spool = ScoreSpool.open(folder.scores());
            ScoreSummary summary = write(target, pool, seed, spool, identity);
            MarkedFolder.remove(place);
            return summary;
        }
    }

    /** Everything that determines the result, by name. */
    private Map<String, String> identity(CandidatePool<Document> pool, Seed seed) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("kind", ScoreColumn.METHOD);
        identity.put("by", "document");
        identity.put("pool", pool.fingerprint());
        if (scorer.needsReference()) {
            identity.put("reference", PoolScores.fingerprint(ReferenceSet.of(reference)));
        }
        identity.put("method", scorer.id());
        identity.put("seed", Long.toString(seed.value()));
        return identity;
    }

    private ScoreSummary write(
            Path target, CandidatePool<Document> pool, Seed seed, ScoreSpool spool, Map<String, String> identity) {
        Stages stages = new Stages(listener);
        try (FittedScorer<Document> fitted = learned(pool, seed, stages)) {
            stages.run(
                    "scores",
                    "scoring",
                    pool.size(),
                    "documents",
                    at -> score(pool, fitted, spool, at),
                    done -> String.format(Locale.ROOT, "%,d documents", pool.size()));
            Map<String, String> metadata = new LinkedHashMap<>();
            metadata.put("format", ScoreColumn.FORMAT);
            metadata.put("quad", WorkFolder.version());
            metadata.put("sign", "positive");
            metadata.put("unit", "document");
            metadata.putAll(identity);
            metadata.put("learned", fitted.fingerprint());
            ScoreSummary summary = ScoreSummary.of(spool);
            metadata.putAll(summary.describe());
            new ScoresFile(target, spool, summary, Optional.empty(), 0).write(metadata);
            return summary;
        }
    }

    private FittedScorer<Document> learned(CandidatePool<Document> pool, Seed seed, Stages stages) {
        return stages.run(
                "method",
                "learning from pool and reference",
                pool.size(),
                "documents",
                at -> scorer.fit(pool, reference, seed),
                done -> scorer.id());
    }

    private static int score(
            CandidatePool<Document> pool, FittedScorer<Document> fitted, ScoreSpool spool, LongConsumer at) {
        while (spool.documents() < pool.size()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted after " + spool.documents() + " documents");
            }
            int from = spool.documents();
            List<Document> batch = new ArrayList<>();
            for (long tokens = 0;
                    from + batch.size() < pool.size() && batch.size() < BATCH && tokens < BATCH_TOKENS; ) {
                tokens += pool.tokens(from + batch.size());
                batch.add(pool.get(from + batch.size()));
            }
            spool.append(rows(pool, batch, from, fitted.score(batch)));
            at.accept(spool.documents());
        }
        return spool.documents();
    }

    private static List<ScoredDocument> rows(
            CandidatePool<Document> pool, List<Document> batch, int from, InfluenceScores scores) {
        if (scores.size() != batch.size()) {
            throw new QuadException("the scorer gave " + scores.size() + " scores of " + batch.size()
                    + " documents; it must give one a document, in order");
        }
        List<ScoredDocument> rows = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            rows.add(new ScoredDocument(
                    batch.get(i).id(),
                    pool.tokens(from + i),
                    scores.isScored(i) ? scores.value(i) : Double.NaN,
                    ScoredDocument.NO_VALUES,
                    scores.reason(i)));
        }
        return rows;
    }

    @Override
    public String toString() {
        return "scores by " + scorer.id();
    }
}
