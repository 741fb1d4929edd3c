// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.OutputLock;
import dev.quad.pipeline.EmbeddingClusters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quad cluster}. */
@Command(
        name = "cluster",
        description = "Clusters embeddings that are in a file, with k-means. Writes to the output folder:"
                + " centres.safetensors, and assignment.npy with the cluster of each row. A run that was killed"
                + " goes on with the same command. With several numbers of clusters, one folder each, and a table"
                + " to choose by.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ClusterCommand implements Callable<Integer> {
    @Option(
            names = "--embeddings",
            required = true,
            paramLabel = "FILE",
            description = "NPY or safetensors, one row a document; may be larger than memory.")
    private Path embeddings;

    @Option(
            names = "--tensor",
            paramLabel = "NAME",
            description = "Which matrix, where a safetensors file has several.")
    private String tensor = "";

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "Folder to write to.")
    private Path out;

    @Option(
            names = "--clusters",
            arity = "1..*",
            paramLabel = "N",
            description = "How many; several numbers to compare. Default: from the number of rows.")
    private List<Integer> clusters = new ArrayList<>();

    @Option(names = "--spherical", description = "Cosine distance. Default: Euclidean.")
    private boolean spherical;

    @Option(
            names = "--levels",
            paramLabel = "N",
            description = "1, or 2 for many clusters: the square root of the number first, which are then split. Much"
                    + " less work, even sizes, and rows near a border may have a nearer centre beyond it."
                    + " Default: ${DEFAULT-VALUE}.")
    private int levels = 1;

    @Option(
            names = "--resample",
            paramLabel = "N",
            description = "With --levels 2, times that both levels are trained anew, on rows drawn evenly from the"
                    + " clusters, so that centres spread over where rows are and not by how many. Default:"
                    + " ${DEFAULT-VALUE}.")
    private int resample;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            description = "Iterations over the training rows at most. Default: ${DEFAULT-VALUE}.")
    private int iterations = EmbeddingClusters.DEFAULT_ITERATIONS;

    @Mixin
    private SeedOption seed;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Outputs.requireFolder(spec, out);
        EmbeddingClusters rows = EmbeddingClusters.of(embeddings, tensor, seed.seed());
        List<Integer> numbers = clusters.isEmpty() ? List.of(rows.suggested()) : clusters;
        for (int number : numbers) {
            Usage.check(
                    spec,
                    number >= 1 && number <= rows.rows(),
                    "--clusters is " + number + "; allowed is 1 to " + rows.rows() + ", the number of rows");
        }
        Usage.check(spec, iterations >= 1, "--iterations is " + iterations + "; allowed is 1 or more");
        Usage.check(spec, levels == 1 || levels == 2, "--levels is " + levels + "; allowed are 1 and 2");
        Usage.check(
                spec,
                resample == 0 || (resample > 0 && levels == 2),
                "--resample is " + resample + "; allowed is 0, or with --levels 2 also 1 or more");
        for (int number : numbers) {
            requireOwn(folder(numbers, number));
        }
        try (OutputLock kept = OutputLock.ofFolder(out)) {
            EmbeddingClusters set = rows.spherical(spherical).iterations(iterations);
            EmbeddingClusters made = levels == 1 ? set : set.twoLevels(resample);
            int count = threads.count(spec.commandLine());
            System.out.print(IfStopped.again(() -> ThreadsOption.computing(
                    count, () -> made.into(numbers, number -> folder(numbers, number), kept, Progress.standard()))));
        }
        System.out.println(out);
        return Quad.DONE;
    }

    private Path folder(List<Integer> numbers, int number) {
        return numbers.size() == 1 ? out : out.resolve("k" + number);
    }

    /**
     * A run that was killed leaves centres before it leaves anything else; whose they are is checked when they are
     * read.
     */
    private void requireOwn(Path folder) throws IOException {
        Outputs outputs = new Outputs().and(embeddings).folder(folder, "*.{safetensors,npy}");
        if (!Files.exists(folder.resolve("centres.safetensors"), LinkOption.NOFOLLOW_LINKS)) {
            outputs.file(folder.resolve("assignment.npy"));
        }
    }
}
