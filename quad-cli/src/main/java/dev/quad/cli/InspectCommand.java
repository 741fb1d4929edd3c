// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.Languages;
import dev.quad.pipeline.PoolInspection;
import dev.quad.report.PoolReport;
import dev.quad.text.BadLine;
import dev.quad.text.Contamination;
import dev.quad.text.Document;
import dev.quad.text.InputFiles;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quad inspect}. */
@Command(
        name = "inspect",
        description =
                "Tells what files hold: documents, sizes, fields, scripts, languages, lengths, duplicates, bad lines.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class InspectCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Documents: " + InputOptions.FILES)
    private List<Path> files;

    @Option(
            names = "--near-duplicates",
            description = "Also count texts of which 80 %% is that of an earlier one. Takes several times as long.")
    private boolean nearDuplicates;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the table.")
    private @Nullable Path json;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description =
                    "Also a page to look at: tokens by field, file and language, a map, clusters; replaces a report"
                            + " of that name.")
    private @Nullable Path html;

    @Option(
            names = "--field",
            arity = "1..*",
            split = ",",
            paramLabel = "NAME",
            description = "Fields of the records that the page tells of. Default: the first three that have few values,"
                    + " and the files.")
    private List<String> fields = List.of();

    @Option(
            names = "--cache",
            paramLabel = "DIR",
            description = "Keep the text of packed files and Parquet here. Default: until the command ends.")
    private @Nullable Path cache;

    @Mixin
    private Decontaminate decontaminate;

    @Mixin
    private InputOptions input;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        int threadCount = threads.count(spec.commandLine());
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Usage.check(spec, html != null || fields.isEmpty(), "--field is for the page; give --html too");
        Outputs outputs = Outputs.beside(files, decontaminate.files()).json(target, Inspection.FORMAT);
        Path page = html;
        if (page != null) {
            outputs.requireNoInput(Outputs.named(page));
        }
        if (input.rejects().isPresent()) {
            outputs.stream(input.rejects().get());
        }
        Path kept = cache;
        if (kept != null) {
            return run(kept, threadCount, outputs, target);
        }
        try (TemporaryFolder folder = input.temporary().open()) {
            return run(folder.path(), threadCount, outputs, target);
        }
    }

    private int run(Path folder, int threadCount, Outputs outputs, Optional<Path> target) throws Exception {
        Progress progress = Progress.standard();
        Optional<RejectFile> rejects = input.rejects().map(RejectFile::new);
        BadLines bad = new BadLines(progress, rejects);
        long bytesOnDisk = 0;
        List<Path> found = InputFiles.expand(files);
        for (Path file : found) {
            bytesOnDisk += Files.exists(file) ? Files.size(file) : 0;
        }
        progress.start("reading", bytesOnDisk, "bytes");
        try (JsonlPool pool = JsonlPool.builder()
                .options(input.skippingBadLines())
                .cacheFolder(folder)
                .listener(bad)
                .open(files)) {
            progress.finish(String.format(Locale.ROOT, "%,d documents", pool.size()));
            Inspection inspection = new Inspection(
                    found.size(),
                    bytesOnDisk,
                    pool.inputs(),
                    ThreadsOption.on(threadCount, () -> PoolInspection.of(pool, nearDuplicates)),
                    bad.list.count(),
                    bad.list.messages());
            Map<String, Object> tree = inspection.tree();
            boolean printed = target.filter(Outputs::isStandard).isEmpty();
            if (printed) {
                inspection.print(System.out);
            }
            if (decontaminate.isGiven()) {
                List<Document> texts = decontaminate.read(input.jsonl(), ReadListener.NONE);
                Decontaminate.Found contamination = new Decontaminate.Found(
                        ThreadsOption.on(threadCount, () -> Contamination.find(pool, texts)), pool, texts);
                if (printed) {
                    contamination.print(System.out);
                }
                tree.put("contamination", contamination.tree());
            }
            outputs.writeJson(target, Inspection.FORMAT, tree);
            Path page = html;
            if (page != null) {
                draw(pool, inspection, Outputs.named(page), threadCount, progress);
            }
            rejects.ifPresent(RejectFile::commit);
            return Quad.DONE;
        } finally {
            rejects.ifPresent(RejectFile::close);
        }
    }

    private void draw(JsonlPool pool, Inspection inspection, Path page, int threadCount, Progress progress)
            throws Exception {
        Map<String, Integer> languages = new LinkedHashMap<>();
        inspection.found().languages().counts().forEach((code, count) -> languages.put(Languages.name(code), count));
        progress.start("drawing the page", 0, "pages");
        ThreadsOption.on(threadCount, () -> {
            PoolReport.builder(pool)
                    .name(files.size() == 1 ? String.valueOf(files.get(0).getFileName()) : files.size() + " files")
                    .fields(fields.toArray(String[]::new))
                    .languages(languages)
                    .write(page);
            return Quad.DONE;
        });
        progress.finish(page.toString());
    }

    /** Counts bad lines, and writes them where asked to. */
    private static final class BadLines implements ReadListener {
        private final Progress progress;
        private final Optional<RejectFile> rejects;
        private final BadLineList list = new BadLineList();

        BadLines(Progress progress, Optional<RejectFile> rejects) {
            this.progress = progress;
            this.rejects = rejects;
        }

        @Override
        public void onBytesRead(long bytes) {
            progress.add(bytes);
        }

        @Override
        public void onBadLine(BadLine badLine) {
            list.add(badLine);
            rejects.ifPresent(file -> file.onBadLine(badLine));
        }
    }

    /** The first few, and how many. */
    private static final class BadLineList {
        private static final int SHOWN = 5;

        private final List<String> messages = new ArrayList<>();
        private long count;

        void add(BadLine badLine) {
            count++;
            if (messages.size() < SHOWN) {
                messages.add(badLine.message());
            }
        }

        long count() {
            return count;
        }

        List<String> messages() {
            return messages;
        }
    }
}
