// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.files.MarkedFolder;
import dev.quad.files.Unchecked;
import dev.quad.linalg.Blas;
import dev.quad.model.Decoder;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * The model that the trainings of an evaluation go on from. It is trained once, on documents that are drawn at random;
 * where there is a folder for it, it is kept there under a name that says of what it is.
 */
final class CommonModel {
    /** One for all evaluations, so that those with other seeds go on from the same model. */
    private static final Seed SEED = new Seed(1);

    private CommonModel() {}

    /** Chunks of as many tokens of each pool, without the documents that losses are measured on. */
    static List<TokenSequence> sample(
            List<? extends CandidatePool<Document>> pools,
            Predicate<Document> measuredOn,
            Chunker chunker,
            long tokens) {
        List<TokenSequence> result = new ArrayList<>();
        long each = Math.max(1, tokens / pools.size());
        for (CandidatePool<Document> pool : pools) {
            IntPredicate eligible = ordinal -> !measuredOn.test(pool.get(ordinal));
            result.addAll(TokenSample.of(pool, eligible, chunker, each, SEED.stream("evaluation.common")));
        }
        if (result.isEmpty()) {
            throw new InputException(
                    "there is no document to train the common model on that is long enough, and that no"
                            + " loss is measured on; give others, or a model to go on from");
        }
        return result;
    }

    /** Trained on so many tokens of a sample, or read from the folder. */
    static Decoder of(List<TokenSequence> sample, long tokens, Stages stages, Optional<Path> keep) {
        Optional<Path> folder = keep.map(in -> in.resolve("common-" + digest(sample, tokens)));
        return Stages.keep(
                folder,
                there -> Decoder.read(there, Proxy.CONFIG),
                () -> Proxy.train(stages, "training the common model", sample, tokens, SEED, Optional.empty()),
                CommonModel::write);
    }

    private static String digest(List<TokenSequence> sample, long tokens) {
        Fingerprint digest = Fingerprint.of("quad.common.1")
                .add(tokens)
                .add(Proxy.CONFIG.toString())
                .add(Blas.core());
        for (TokenSequence sequence : sample) {
            digest.add(sequence.length());
            for (int i = 0; i < sequence.length(); i++) {
                digest.add(sequence.id(i));
            }
        }
        return digest.hex().substring(0, Losses.NAME_DIGITS);
    }

    /** Under its name when it is whole. */
    private static void write(Decoder decoder, Path folder) {
        Path part = folder.resolveSibling(folder.getFileName() + ".part");
        MarkedFolder.remove(part);
        MarkedFolder.make(part);
        decoder.write(part);
        Unchecked.run(folder, () -> Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE));
    }
}
