// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Embeddings;
import dev.quad.files.OutputLock;
import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.EmbeddingSource;
import dev.quad.text.JsonlPool;
import dev.quad.text.RejectFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quad embed}. */
@Command(
        name = "embed",
        description = "Embeds documents into a file, a row each in the order of the pool, for quad cluster, quad select"
                + " --embeddings, or other programs. A run that was killed goes on with the same command.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EmbedCommand implements Callable<Integer> {
    @Mixin
    private PoolOption pool;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "File to write: .npy or .safetensors; - is the standard output, as NPY.")
    private Path out;

    @Mixin
    private EmbedderOptions made;

    @Mixin
    private SeedOption seed;

    @Mixin
    private InputOptions input;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        String name = out.toString().toLowerCase(Locale.ROOT);
        StandardOutput standard = new StandardOutput(out);
        Usage.check(
                spec,
                standard.isMeant() || name.endsWith(".npy") || name.endsWith(".safetensors"),
                "--out is " + out + "; allowed are names that end in .npy or .safetensors, and -");
        Useless.refuse(spec, made.useless());
        int count = threads.count(spec.commandLine());
        EmbeddingSource source = made.source(Optional.empty());
        Outputs outputs = Outputs.beside(pool.files());
        standard.check(outputs, input);
        Taken taken = new Taken(Progress.standard());
        try (TemporaryFolder cache = input.temporary().open();
                OutputLock kept = standard.lock(outputs, cache.path(), "out.npy");
                RejectFile rejects = new RejectFile(input.rejects().orElse(standard.rejects(cache.path())));
                JsonlPool documents = JsonlPool.builder()
                        .options(input.jsonl())
                        .cacheFolder(cache.path())
                        .listener(taken.listening("pool", rejects))
                        .open(pool.files())) {
            rejects.commit();
            kept.removeUnfinished(rejects.path());
            taken.use("embedder", made.embedder);
            Path file = standard.file(cache.path(), "out.npy");
            Embeddings rows =
                    IfStopped.again(() -> ThreadsOption.on(count, () -> embed(source, documents, file, cache.path())));
            standard.words().println(standard.isMeant() ? rows.rows() + " rows" : rows.toString());
            standard.copy(file);
            return Quad.DONE;
        }
    }

    private Embeddings embed(EmbeddingSource source, JsonlPool documents, Path target, Path cache) {
        Progress progress = Progress.standard();
        progress.start("embedding", documents.size(), "documents");
        Embeddings file = source.write(target, documents, seed.seed(), cache, progress::at);
        progress.finish(String.format(Locale.ROOT, "%,d rows of %,d numbers", file.rows(), file.dimension()));
        return file;
    }
}
