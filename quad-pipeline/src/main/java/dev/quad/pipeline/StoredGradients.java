// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.MismatchException;
import dev.quad.files.OutputLock;
import dev.quad.files.Words;
import dev.quad.influence.GradientSource;
import dev.quad.influence.GradientStore;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.KroneckerProjection;
import dev.quad.influence.RowForm;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * A folder with the gradients of all documents of a pool and the factors that they were projected by, of one model or
 * several, so that later references are scored without a pass of a model over the pool. A gradient is projected onto
 * the eigenvectors of the largest eigenvalues of either factor, in which nearly all of a preconditioned product lies.
 *
 * @param path of the folder
 * @param rank eigenvectors of either side of a layer
 * @param form how values lie in the files
 */
record StoredGradients(Path path, int rank, RowForm form) {
    /** Settings that gradients and factors depend on; others are of the reference and of a run. */
    private static final Set<String> DETERMINING =
            Set.of("precision", "fisher", "factorTokens", "layers", "biases", "qkv", "chunksPerDocument", "chunkMean");

    /** The store of one model of a run. */
    record Open(GradientStore gradients, KroneckerFactors factors) {}

    /** Everything that the files depend on, by name. */
    Map<String, String> identity(Map<String, String> run) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("kind", "gradients");
        run.forEach((name, value) -> {
            if (DETERMINING.contains(name) || Set.of("pool", "model", "seed").contains(name)) {
                identity.put(name, value);
            }
        });
        identity.put("storeRank", Integer.toString(rank));
        identity.put("storeForm", Words.of(form));
        return identity;
    }

    /**
     * Makes the folder, or checks that it is of this pool, model and settings.
     *
     * @param run the identity of the run
     * @throws MismatchException if it is of another; names all that differs
     */
    WorkFolder claim(Map<String, String> run) {
        WorkFolder folder = WorkFolder.open(path);
        folder.claim(identity(run));
        return folder;
    }

    /** Opens the store of a model, which is written first where it is not there. */
    Open open(
            WorkFolder folder,
            Scoring scoring,
            int model,
            CandidatePool<Document> pool,
            IntPredicate eligible,
            Chunker whole,
            Chunker scored,
            boolean equalChunks,
            Stages stages) {
        Path file = path.resolve(WorkFolder.numbered("gradients", model));
        OutputLock lock = OutputLock.ofFolder(path);
        try {
            if (!Files.exists(file)) {
                folder.requireSameKernels();
            }
            KroneckerFactors factors = Stages.keep(
                    java.util.Optional.of(path.resolve(WorkFolder.numbered("factors", model))),
                    KroneckerFactors::read,
                    () -> scoring.factors(whole, pool, eligible),
                    KroneckerFactors::write);
            KroneckerProjection projection = KroneckerProjection.topEigenvectors(factors, rank);
            if (!Files.exists(file)) {
                DocumentGradients source = new DocumentGradients(scoring.source(), scored, equalChunks);
                stages.run(
                        "gradients",
                        scoring.ofCheckpoint("storing gradients"),
                        pool.size(),
                        "documents",
                        at -> {
                            GradientStore.write(
                                    source,
                                    documents(pool),
                                    pool.fingerprint(),
                                    projection,
                                    form,
                                    file,
                                    GradientSource.DEFAULT_BATCH_TOKENS,
                                    at);
                            return file;
                        },
                        done -> String.format(
                                Locale.ROOT, "%,d documents, %,d values each", pool.size(), projection.width()));
            }
            GradientStore store = Stages.uninterrupted(() -> GradientStore.open(file, projection));
            if (!store.pool().equals(pool.fingerprint()) || store.items() != pool.size()) {
                throw new MismatchException(file + " holds gradients of " + store.items() + " documents of the pool "
                        + store.pool() + ", and this one is " + pool.fingerprint() + " of " + pool.size()
                        + "; give the pool that was stored, its files in the same order, or another folder");
            }
            return new Open(store, factors);
        } finally {
            lock.close();
        }
    }

    /** The documents of a pool, read as they are asked for. */
    private static List<Document> documents(CandidatePool<Document> pool) {
        return new AbstractList<>() {
            @Override
            public Document get(int index) {
                return pool.get(index);
            }

            @Override
            public int size() {
                return pool.size();
            }
        };
    }
}
