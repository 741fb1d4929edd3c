// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.Evaluation;
import dev.quad.report.SelectionReport;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quad demo}: the whole way on a corpus that it writes itself. */
@Command(
        name = "demo",
        description = "Makes a small corpus, selects from it, and compares the selection with a random one.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DemoCommand implements Callable<Integer> {
    private static final long BUDGET = 60_000;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Folder for the corpus and the results; new or empty. Default: a temporary folder, removed afterwards.")
    private @Nullable Path out;

    @Mixin
    private SeedOption seed;

    @Mixin
    private TempOption temporary;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        int count = threads.count(spec.commandLine());
        Path kept = out;
        if (kept != null) {
            Outputs.requireFolder(spec, kept);
        }
        try (TemporaryFolder work = temporary.open()) {
            Path folder = kept == null ? work.path() : kept;
            return ThreadsOption.computing(
                    count, () -> run(folder, kept != null, work.path().resolve("cache")));
        }
    }

    private int run(Path folder, boolean kept, Path cache) throws IOException {
        if (kept) {
            requireEmpty(folder);
        }
        Progress progress = Progress.standard();
        PrintStream result = System.out;
        Files.createDirectories(folder);
        DemoCorpus corpus = new DemoCorpus(seed.seed());
        Path pool = write(folder.resolve("pool.jsonl"), corpus.pool());
        Path reference = write(folder.resolve("reference.jsonl"), corpus.reference());
        Path run = folder.resolve("selection");
        int code = new SelectRun(
                        List.of(pool),
                        new ReferenceOption(List.of(reference)),
                        run,
                        Budget.tokens(BUDGET),
                        seed.seed(),
                        progress,
                        result)
                .embedding(Optional.empty())
                .withoutModel(true)
                .page(false)
                .run();
        if (code != Quad.DONE) {
            return code;
        }
        Path selected = run.resolve("selected.jsonl.gz");
        Path random = folder.resolve("random.jsonl.gz");
        try (JsonlPool documents = JsonlPool.builder().cacheFolder(cache).open(List.of(pool))) {
            SampleCommand.write(
                    documents,
                    SampleCommand.random(documents, ordinal -> true, Budget.tokens(BUDGET), seed.seed()),
                    new Outputs(),
                    random,
                    0);
            try (JsonlPool chosen = JsonlPool.builder().cacheFolder(cache).open(List.of(selected));
                    JsonlPool control = JsonlPool.builder().cacheFolder(cache).open(List.of(random))) {
                table(result, documents, control, chosen);
            }
        }
        Files.createDirectories(cache);
        Taken taken = new Taken(progress);
        taken.use("tokenizer", "bytes of UTF-8");
        Evaluation evaluation = Evaluation.builder(List.of(random, selected), List.of(reference))
                .tokens(BUDGET)
                .fromScratch()
                .seeds(1)
                .firstSeed(seed.seed().value())
                .reading(purpose -> taken.listening(purpose, ReadListener.NONE))
                .listener(progress)
                .run(cache);
        result.printf(
                Locale.ROOT,
                "%nA fresh model trained on %,d tokens has this loss on the reference, in nats a byte:%n"
                        + "  random     %.3f%n  selection  %.3f%n",
                BUDGET,
                evaluation.model().mean(0),
                evaluation.model().mean(1));
        if (kept) {
            Path measured = folder.resolve("evaluation.json");
            AtomicFile.write(measured, JsonText.text(evaluation.tree()));
            Path page = run.resolve(PageOption.FILE);
            SelectionReport.builder(run).evaluation(measured).temporary(cache).write(page);
            result.printf("%nTo look at it, open %s in a browser.%n", page);
            result.printf("The files are in %s; the same with your own:%n", folder);
        } else {
            result.printf("%nThe same with files of your own:%n");
        }
        result.println("  ./quad select --pool FILE... --reference FILE... --out DIR --budget-tokens N");
        return Quad.DONE;
    }

    private static void requireEmpty(Path folder) throws IOException {
        if (Files.exists(folder.resolve("pool.jsonl"))) {
            throw new InputException("the folder " + folder + " holds a demo already; give a new or empty folder");
        }
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException(folder + " is a file; give a folder for the corpus and the results");
        }
        try (Stream<Path> entries = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            if (entries.findAny().isPresent()) {
                throw new InputException("the folder " + folder + " is not empty; give a new or empty folder");
            }
        }
    }

    private static Path write(Path file, List<DemoCorpus.Text> texts) {
        StringBuilder lines = new StringBuilder();
        for (DemoCorpus.Text text : texts) {
            Map<String, String> record = new LinkedHashMap<>();
            record.put("id", text.id());
            record.put("kind", text.kind());
            record.put("text", text.text());
            lines.append(JsonText.line(record));
        }
        AtomicFile.write(file, lines.toString());
        return file;
    }

    /** What share of the bytes of each file is of which kind. */
    private static void table(PrintStream result, JsonlPool pool, JsonlPool random, JsonlPool selected) {
        Map<String, double[]> shares = new LinkedHashMap<>();
        for (String kind : List.of(
                "sums", "cooking", "sailing", "law", "garden", "code", "shuffled words", "repetition", "duplicate")) {
            shares.put(kind, new double[3]);
        }
        List<JsonlPool> columns = List.of(pool, random, selected);
        for (int column = 0; column < columns.size(); column++) {
            JsonlPool documents = columns.get(column);
            double sum = 0;
            for (int i = 0; i < documents.size(); i++) {
                sum += documents.tokens(i);
            }
            for (int i = 0; i < documents.size(); i++) {
                double[] row = shares.get(documents.field(i, "kind").orElseThrow());
                if (row != null) {
                    row[column] += documents.tokens(i) / sum;
                }
            }
        }
        result.printf("%nThe reference holds worked sums. Share of bytes by what the generator wrote:%n");
        result.printf("  %-15s %8s %8s %10s%n", "kind", "pool", "random", "selection");
        shares.forEach((kind, row) -> result.printf(
                Locale.ROOT, "  %-15s %7.1f%% %7.1f%% %9.1f%%%n", kind, 100 * row[0], 100 * row[1], 100 * row[2]));
    }
}
