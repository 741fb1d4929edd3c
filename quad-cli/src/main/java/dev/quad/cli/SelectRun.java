// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.DocumentScorer;
import dev.quad.FittedScorer;
import dev.quad.InputException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.StopReason;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.DuplicatePolicy;
import dev.quad.pipeline.EmbeddingSource;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.pipeline.PipelineResult;
import dev.quad.pipeline.PipelineSession;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.pipeline.WorkFolder;
import dev.quad.report.SelectionReport;
import dev.quad.text.BadLine;
import dev.quad.text.Document;
import dev.quad.text.InputFiles;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import dev.quad.text.ScoreColumn;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * {@code quad select} from files to files: reads, has the {@link QuadPipeline} select, writes. What is expensive is
 * kept in the folder as it is made.
 */
final class SelectRun {
    private final List<Path> pool;
    private final ReferenceOption reference;
    private final Path out;
    private final Budget budget;
    private final Seed seed;
    private JsonlOptions input = JsonlOptions.defaults();
    private JsonlOptions referenceInput = JsonlOptions.defaults();
    private Optional<Path> rejectFile = Optional.empty();
    private TempOption temporary = new TempOption();
    private Optional<EmbeddingSource> embedding = Optional.of(EmbeddingSource.hashedNgrams());
    private ModelOption model = new ModelOption();
    private boolean withoutModel;
    private Optional<Path> scores = Optional.empty();
    private String idField = "id";
    private Optional<DocumentScorer<Document>> method = Optional.empty();
    private DuplicatePolicy duplicates = QuadPipeline.DEFAULT_DUPLICATES;
    private Decontaminate decontaminate = new Decontaminate();
    private UnaryOperator<QuadPipeline.Builder> settings = builder -> builder;
    private String format = OutputOptions.DEFAULT_FORMAT;
    private long shardBytes;
    private boolean page = true;
    private boolean resume;
    private boolean dryRun;
    private List<Path> selected = List.of();

    private final Progress progress;
    private final PrintStream print;
    private final Taken taken;
    private final long started = System.nanoTime();
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private OptionalDouble learning = OptionalDouble.empty();
    private Optional<FittedScorer<Document>> learned = Optional.empty();

    SelectRun(
            List<Path> pool,
            ReferenceOption reference,
            Path out,
            Budget budget,
            Seed seed,
            Progress progress,
            PrintStream print) {
        this.pool = pool;
        this.reference = reference;
        this.out = out;
        this.budget = budget;
        this.seed = seed;
        this.progress = progress;
        this.taken = new Taken(progress);
        this.print = print;
    }

    /** How documents of the pool and of the reference are read, and where skipped lines go. */
    SelectRun input(JsonlOptions ofPool, JsonlOptions ofReference, Optional<Path> rejects) {
        input = ofPool;
        referenceInput = ofReference;
        rejectFile = rejects;
        return this;
    }

    /** Where a dry run unpacks. */
    SelectRun temporary(TempOption value) {
        temporary = value;
        return this;
    }

    /** What documents are clustered by; nothing where there are no clusters. */
    SelectRun embedding(Optional<EmbeddingSource> value) {
        embedding = value;
        return this;
    }

    /** Scores with the models of folders, or else with a proxy. */
    SelectRun model(ModelOption value) {
        model = value;
        return this;
    }

    /** No model is trained or asked, and no rounds are kept. */
    SelectRun withoutModel(boolean value) {
        withoutModel = value;
        return this;
    }

    /** How the command was given, for the report. */
    SelectRun arguments(List<String> given) {
        taken.arguments(given);
        return this;
    }

    /** Takes scores of a file, by the ids in a field, in the place of a reference; the model only counts tokens. */
    SelectRun scores(Optional<Path> file, String field) {
        scores = file;
        idField = field;
        return this;
    }

    /** Scores by this in the place of influence; the model only counts tokens. */
    SelectRun method(Optional<DocumentScorer<Document>> value) {
        method = value;
        return this;
    }

    /** What is left out because something else says the same. */
    SelectRun leavingOut(DuplicatePolicy repeats, Decontaminate evaluation) {
        duplicates = repeats;
        decontaminate = evaluation;
        return this;
    }

    /** Clusters, scores and choosing. */
    SelectRun settings(UnaryOperator<QuadPipeline.Builder> value) {
        settings = value;
        return this;
    }

    /** How the selection is written: one file, or shards of so many bytes. */
    SelectRun output(String value, long bytes) {
        format = value;
        shardBytes = bytes;
        return this;
    }

    /** Whether a page for people is written beside the results. */
    SelectRun page(boolean value) {
        page = value;
        return this;
    }

    /** Goes on with the run in the folder. */
    SelectRun resume(boolean value) {
        resume = value;
        return this;
    }

    /** Says what the run would take, and writes nothing. */
    SelectRun dryRun(boolean value) {
        dryRun = value;
        return this;
    }

    /** The files with what was chosen, in order, once it has run. */
    List<Path> selected() {
        return selected;
    }

    /** Runs, and returns the exit code. */
    int run() throws IOException {
        WorkFolder folder = open(out, resume, progress);
        try (ModelTokenizer tokens = model.open();
                RejectFile rejects = new RejectFile(rejectFile.orElse(folder.rejects()))) {
            Optional<ReferenceSet<Document>> documents =
                    isScored() && !reference.isGiven() ? Optional.empty() : Optional.of(readReference(rejects));
            if (dryRun) {
                try (TemporaryFolder unpacked = temporary.open();
                        JsonlPool open = openPool(unpacked.path(), tokens, rejects);
                        PipelineSession session = session(documents, tokens, open, rejects, Optional.empty())) {
                    requireEnough(session);
                    DryRun.print(session, items(documents).size(), budget, print);
                    return Quad.DONE;
                }
            }
            try (OutputLock kept = OutputLock.ofFolder(out)) {
                try {
                    return run(folder, kept, documents, tokens, rejects);
                } finally {
                    folder.leaveUnclaimed();
                }
            }
        } finally {
            learned.ifPresent(FittedScorer::close);
        }
    }

    /** The folder of a run, which is a new one unless that is gone on with. */
    static WorkFolder open(Path out, boolean resume, Progress progress) {
        WorkFolder folder = WorkFolder.open(out);
        if (folder.hasRun() && !resume) {
            throw new InputException(
                    "the folder " + out + " holds a run already; give --resume to go on with it, or another folder");
        }
        if (resume && !folder.hasRun()) {
            progress.say(out + " holds no run to go on with; this is a new one");
        }
        return folder;
    }

    private int run(
            WorkFolder folder,
            OutputLock kept,
            Optional<ReferenceSet<Document>> documents,
            ModelTokenizer tokens,
            RejectFile rejects)
            throws IOException {
        folder.makeWork();
        ResultFiles files = new ResultFiles(folder, format);
        try (JsonlPool open = openPool(folder.work(), tokens, rejects);
                PipelineSession session = session(documents, tokens, open, rejects, Optional.of(folder))) {
            requireEnough(session);
            session.claim();
            Outputs.commit(rejects, resume);
            Optional<StopReason> ended = files.ended();
            StopReason reason;
            if (ended.isPresent()) {
                reason = ended.get();
                progress.say("the run in " + folder + " is finished already");
                if (page && !Files.exists(page())) {
                    draw(report(open, session, folder.work()));
                }
            } else {
                PipelineResult result = session.run();
                reason = result.selection().stopReason();
                seconds.putAll(result.seconds());
                seconds.put("total", (System.nanoTime() - started) / 1e9);
                Results results = new Results(open, session.stock(), result, rejects, taken);
                results.write(files, made(folder, rejects), shardBytes, learning, seconds);
                results.print(print);
                if (page) {
                    draw(report(open, session, folder.work()).selection(result.selection()));
                }
            }
            selected = files.ownSelected();
            MarkedFolder.remove(folder.work());
            folder.clean(kept, List.of(files.selected(), files.report(), page()));
            return code(reason);
        }
    }

    private Path page() {
        return out.resolve(PageOption.FILE);
    }

    private SelectionReport.Builder report(JsonlPool open, PipelineSession session, Path work) {
        return SelectionReport.builder(out)
                .pool(open)
                .words(session::wordScores)
                .input(input, reference.shown(referenceInput))
                .temporary(work);
    }

    private void draw(SelectionReport.Builder report) {
        progress.start("drawing the report", 0, "pages");
        report.write(page());
        progress.finish(page().toString());
    }

    /** What a run has left in its folder when its rounds are over; whatever else lies there is not looked at. */
    private List<Path> made(WorkFolder folder, RejectFile rejects) {
        List<Path> made = new ArrayList<>(List.of(folder.manifest()));
        if (!withoutModel) {
            made.add(folder.rounds());
        }
        if (!withoutModel && !model.isGiven() && !isScored()) {
            made.addAll(folder.proxyFiles());
        }
        if (rejectFile.isEmpty() && rejects.count() > 0) {
            made.add(folder.rejects());
        }
        return made;
    }

    /** The exit code of a command that chose documents. */
    static int code(StopReason reason) {
        return reason == StopReason.BUDGET ? Quad.DONE : Quad.BEFORE_BUDGET;
    }

    private PipelineSession session(
            Optional<ReferenceSet<Document>> documents,
            ModelTokenizer tokens,
            JsonlPool open,
            RejectFile rejects,
            Optional<WorkFolder> folder) {
        QuadPipeline.Builder builder = settings.apply(
                        isScored() ? scored(open, items(documents)) : QuadPipeline.builder(documents.orElseThrow()))
                .listener(progress)
                .duplicates(duplicates)
                .decontaminate(decontaminate.read(input, listener("evaluation", rejects)));
        embedding.ifPresent(builder::embeddings);
        if (!isScored() && !withoutModel) {
            use(builder, tokens);
        }
        taken.use("tokenizer", tokens.toString());
        folder.ifPresent(builder::work);
        return builder.build().session(open, budget, seed);
    }

    /** Whether scores are not those of a model. */
    private boolean isScored() {
        return scores.isPresent() || method.isPresent();
    }

    private QuadPipeline.Builder scored(JsonlPool open, List<Document> documents) {
        if (method.isPresent()) {
            taken.use("method", method.get().id());
            FittedScorer<Document> fitted = method.get().fit(open, documents, seed);
            learned = Optional.of(fitted);
            seconds.put("method", fitted.fitTime().toNanos() / 1e9);
            learning = fitted.fitFlops();
            return QuadPipeline.scoredBy(fitted);
        }
        ScoreColumn column = ScoreColumn.read(open, scores.orElseThrow(), idField);
        taken.use("scores", column.toString());
        return QuadPipeline.scoredBy(column);
    }

    private void use(QuadPipeline.Builder builder, ModelTokenizer tokens) {
        if (model.isGiven()) {
            builder.checkpoints(model.folders(), model.weights(), model.tokenizer(tokens, taken));
        } else {
            builder.proxy(model.proxy(taken));
        }
    }

    private void requireEnough(PipelineSession session) {
        DuplicatePolicy.Repeats repeats = session.stock().repeats();
        session.shortage().ifPresent(words -> {
            throw new InputException(words + "; lower "
                    + (budget.unit() == Budget.Unit.TOKENS ? "--budget-tokens" : "--budget-documents")
                    + (repeats.count() > repeats.contaminated() ? " or give --duplicates keep" : ""));
        });
    }

    private ReadListener listener(String purpose, RejectFile rejects) {
        return taken.listening(purpose, new ReadListener() {
            @Override
            public void onBytesRead(long bytes) {
                progress.add(bytes);
            }

            @Override
            public void onBadLine(BadLine line) {
                if (!dryRun) {
                    rejects.onBadLine(line);
                }
                taken.skipped(line);
            }
        });
    }

    private JsonlPool openPool(Path cache, ModelTokenizer tokens, RejectFile rejects) throws IOException {
        progress.start("reading the pool", size(pool), "bytes");
        taken.given("pool", pool);
        JsonlPool opened = JsonlPool.builder()
                .options(input)
                .tokenizer(tokens.tokenizer())
                .listener(listener("pool", rejects))
                .cacheFolder(cache)
                .open(pool);
        seconds.put("reading", progress.finish(String.format(Locale.ROOT, "%,d documents", opened.size())));
        return opened;
    }

    private ReferenceSet<Document> readReference(RejectFile rejects) throws IOException {
        progress.start("reading the reference", size(reference.files()), "bytes");
        taken.given("reference", reference.files());
        ReferenceSet<Document> documents = reference.read(referenceInput, listener("reference", rejects), taken);
        progress.finish(
                String.format(Locale.ROOT, "%,d documents", documents.items().size()));
        return documents;
    }

    private static List<Document> items(Optional<ReferenceSet<Document>> reference) {
        return reference.map(ReferenceSet::items).orElse(List.of());
    }

    private static long size(List<Path> files) throws IOException {
        long sum = 0;
        for (Path file : InputFiles.expand(files)) {
            sum += Files.exists(file) ? Files.size(file) : 0;
        }
        return sum;
    }
}
