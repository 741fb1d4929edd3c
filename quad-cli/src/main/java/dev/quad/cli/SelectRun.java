// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.SelectionListener;
import dev.quad.StopReason;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.SelectionOptions;
import dev.quad.cluster.ClusterCount;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansListener;
import dev.quad.cluster.KMeansOptions;
import dev.quad.files.OutputLock;
import dev.quad.files.TemporaryFolder;
import dev.quad.influence.GradientSource;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.ModelFolder;
import dev.quad.text.BadLine;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.InputFiles;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * {@code quad select} from files to files: read, embed, cluster, train or load the model, estimate the curvature and the
 * reference direction, run the rounds, write. What is expensive is kept in the folder as it is made; embeddings that are
 * given come first, so that what is wrong with them shows before the model is trained.
 */
final class SelectRun {
    private final SelectSettings settings;
    private final Progress progress;
    private final PrintStream out;
    private final Seed seed;
    private final long started = System.nanoTime();
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final ModelTokenizer tokens;
    private final RejectFile rejects;
    private final Taken taken;

    SelectRun(SelectSettings settings, Progress progress, PrintStream out, ModelTokenizer tokens) {
        this.tokens = tokens;
        this.settings = settings;
        this.progress = progress;
        this.taken = new Taken(progress);
        this.out = out;
        this.seed = new Seed(settings.seed());
        this.rejects = new RejectFile(settings.rejects().orElse(settings.out().resolve("rejects.jsonl")));
    }

    /** Runs, and returns the exit code. */
    int run() throws IOException {
        RunFolder folder = RunFolder.open(settings.out(), settings.resume(), settings.outputFormat());
        List<Document> reference = read(settings.reference(), "reading the reference");
        if (settings.dryRun()) {
            try (TemporaryFolder unpacked = settings.temporary().open();
                    OutputLock kept = OutputLock.ofFolder(unpacked.path())) {
                return run(folder, kept, reference, unpacked.path());
            }
        }
        try (OutputLock kept = OutputLock.ofFolder(settings.out())) {
            try {
                return run(folder, kept, reference, folder.work());
            } finally {
                folder.leaveUnclaimed();
            }
        }
    }

    private int run(RunFolder folder, OutputLock kept, List<Document> reference, Path cache) throws IOException {
        try (rejects;
                JsonlPool pool = openPool(folder, cache)) {
            DuplicatePolicy.Repeats repeats = settings.duplicates().find(pool, settings.threads(), cache, progress);
            IntPredicate eligible = repeats.eligible();
            Stock stock = Stock.of(pool, repeats);
            requireEnough(stock, pool.size());
            int clusters = settings.clusters() > 0 ? settings.clusters() : ClusterCount.suggest(pool.size());
            requireModel();
            taken.use("tokenizer", tokens.toString());
            if (settings.dryRun()) {
                new Estimate(settings, stock, clusters, reference).print(out);
                return Quad.DONE;
            }
            boolean begun = folder.claim(identity(pool, reference, stock, clusters));
            rejects.commit();
            Optional<StopReason> ended = folder.ended();
            if (ended.isPresent()) {
                folder.finish(kept);
                progress.say("the run in " + folder + " is finished already");
                return code(ended.get());
            }
            folder.requireSameKernels();
            folder.makeWork();
            Embeddings embeddings;
            Clustering clustering;
            try {
                embeddings = embed(folder, pool);
                clustering = cluster(folder, embeddings, clusters);
            } catch (QuadException e) {
                if (begun && settings.embedding().file().isPresent()) {
                    folder.release(); // others will be given
                }
                throw e;
            }
            StopReason reason = select(folder, pool, reference, eligible, stock, embeddings, clustering);
            folder.finish(kept);
            return code(reason);
        }
    }

    private void requireModel() throws IOException {
        if (settings.model().isPresent()) {
            try (Decoder decoder = Decoder.map(settings.model().get())) {
                tokens.check(decoder, settings.model().get());
                settings.scores().requireRoom(decoder.config());
            }
            taken.model(ModelFolder.of(settings.model().get()));
        } else {
            taken.use(
                    "model",
                    String.format(
                            Locale.ROOT,
                            "a proxy on bytes, trained on %,d tokens of the pool",
                            settings.proxyTokens()));
            settings.scores().requireRoom(Proxy.CONFIG);
        }
    }

    private void requireEnough(Stock stock, int pool) {
        Budget budget = settings.budget();
        if (budget.limit() > stock.size(budget.unit())) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "the budget is %,d %s, but the pool has only %,d to choose from (%,d documents, %s left out);"
                            + " lower %s%s",
                    budget.limit(),
                    Word.of(budget.unit()),
                    stock.size(budget.unit()),
                    stock.documents(),
                    stock.repeats().words(),
                    budget.unit() == Budget.Unit.TOKENS ? "--budget-tokens" : "--budget-documents",
                    stock.documents() < pool ? " or give --duplicates keep" : ""));
        }
    }

    private StopReason select(
            RunFolder folder,
            JsonlPool pool,
            List<Document> reference,
            IntPredicate eligible,
            Stock stock,
            Embeddings embeddings,
            Clustering clustering)
            throws IOException {
        try (Decoder decoder = model(folder, pool, eligible)) {
            int length = ScoreOptions.Settings.chunkLength(decoder.config());
            Chunker chunker = Chunker.builder(tokens.tokenizer())
                    .length(length)
                    .minTokens(settings.scores().shortDocuments().tokens(length))
                    .maxChunks(settings.scores().chunksPerDocument())
                    .build();
            Scoring scoring = new Scoring(settings.scores(), seed, progress, seconds);
            GradientSource<TokenSequence> source = scoring.source(decoder);
            Chunker whole = Chunker.builder(tokens.tokenizer()).length(length).build();
            try (ReferenceDirection direction = scoring.direction(folder, source, whole, pool, reference, eligible);
                    TimedEstimator<Document> estimator =
                            new TimedEstimator<>(scoring.estimator(source, direction, chunker))) {
                Rounds rounds = new Rounds(progress, settings.budget(), estimator);
                QuadSelector<Document> selector = QuadSelector.<Document>builder(clustering, estimator)
                        .options(options(stock, clustering, embeddings))
                        .eligible(eligible)
                        .journal(folder.rounds())
                        .listener(rounds)
                        .build();
                Selection selection = selector.select(pool, settings.budget(), seed);
                seconds.put("rounds", rounds.seconds());
                seconds.put("roundsScoring", estimator.seconds());
                seconds.put("roundsBandit", rounds.seconds() - estimator.seconds());
                seconds.put("total", (System.nanoTime() - started) / 1e9);
                Results results = new Results(
                        folder,
                        pool,
                        stock,
                        clustering,
                        selection,
                        rounds.threshold(),
                        rejects,
                        settings.shardBytes(),
                        taken,
                        seconds);
                results.write();
                results.print(out);
                return selection.stopReason();
            }
        }
    }

    /** The exit code of a command that chose documents. */
    static int code(StopReason reason) {
        return reason == StopReason.BUDGET ? Quad.DONE : Quad.BEFORE_BUDGET;
    }

    private SelectionOptions options(Stock stock, Clustering clustering, Embeddings embeddings) {
        return settings.bandit().of(settings.preset(), stock.documents(), share(stock), clustering, ordinal -> {
            FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
            embeddings.read(ordinal, 1, row);
            return row.array();
        });
    }

    /** What the budget is of what can be chosen. */
    private double share(Stock stock) {
        return (double) settings.budget().limit() / stock.size(settings.budget().unit());
    }

    private JsonlOptions jsonl() {
        return settings.input();
    }

    private ReadListener listener(String purpose) {
        return taken.listening(purpose, new ReadListener() {
            @Override
            public void onBytesRead(long bytes) {
                progress.add(bytes);
            }

            @Override
            public void onBadLine(BadLine line) {
                if (!settings.dryRun()) {
                    rejects.onBadLine(line);
                }
                taken.skipped(line);
            }
        });
    }

    private JsonlPool openPool(RunFolder folder, Path cache) throws IOException {
        progress.start("reading the pool", size(settings.pool()), "bytes");
        if (!settings.dryRun()) {
            folder.makeWork();
        }
        JsonlPool pool = JsonlPool.builder()
                .options(jsonl())
                .tokenizer(tokens.tokenizer())
                .listener(listener("pool"))
                .cacheFolder(cache)
                .open(settings.pool());
        seconds.put("reading", progress.finish(String.format(Locale.ROOT, "%,d documents", pool.size())));
        return pool;
    }

    private List<Document> read(List<Path> files, String stage) throws IOException {
        progress.start(stage, size(files), "bytes");
        List<Document> documents = Jsonl.read(files, jsonl(), listener("reference"));
        progress.finish(String.format(Locale.ROOT, "%,d documents", documents.size()));
        return documents;
    }

    private static long size(List<Path> files) throws IOException {
        long sum = 0;
        for (Path file : InputFiles.expand(files)) {
            sum += Files.exists(file) ? Files.size(file) : 0;
        }
        return sum;
    }

    /** The model that is given, the proxy that is there, or a new one. */
    private Decoder model(RunFolder folder, CandidatePool<Document> pool, IntPredicate eligible) throws IOException {
        if (settings.model().isPresent()) {
            return Decoder.map(settings.model().get());
        }
        if (Files.exists(folder.proxy().resolve("config.json"))) {
            return Decoder.read(folder.proxy(), Proxy.CONFIG);
        }
        Chunker chunker = Chunker.builder(Tokenizer.bytes())
                .length(Proxy.CONFIG.maxLength())
                .build();
        List<TokenSequence> data =
                Sample.ofPool(pool, eligible, chunker, settings.proxyTokens(), seed.stream("proxy.sample"));
        long started = System.nanoTime();
        Decoder decoder = Proxy.train(
                "training the proxy", data, settings.proxyTokens(), seed, Optional.of(folder.training()), progress);
        seconds.put("proxy", (System.nanoTime() - started) / 1e9);
        decoder.write(folder.proxy());
        return decoder;
    }

    private Embeddings embed(RunFolder folder, JsonlPool pool) throws IOException {
        progress.start("embedding", pool.size(), "documents");
        Embeddings embeddings = settings.embedding().of(pool, seed, settings.threads(), folder.work(), progress::at);
        seconds.put("embedding", progress.finish(String.format(Locale.ROOT, "%,d documents", pool.size())));
        return embeddings;
    }

    private Clustering cluster(RunFolder folder, Embeddings embeddings, int clusters) {
        KMeansOptions options =
                KMeansOptions.builder(Math.min(clusters, embeddings.rows())).build();
        progress.start("clustering", options.maxIterations(), "iterations");
        Clustering clustering = KMeans.of(options, new KMeansListener() {
                    @Override
                    public void onIteration(Iteration iteration) {
                        progress.at(iteration.number());
                    }
                })
                .in(folder.clusters())
                .cluster(embeddings, seed);
        seconds.put(
                "clustering", progress.finish(String.format(Locale.ROOT, "%,d clusters", clustering.clusterCount())));
        return clustering;
    }

    /** Everything that determines the result. */
    private Map<String, String> identity(JsonlPool pool, List<Document> reference, Stock stock, int clusters)
            throws IOException {
        Fingerprint digest = Fingerprint.of("quad.reference");
        reference.forEach(document -> digest.add(document.text()));
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("pool", pool.fingerprint());
        identity.put("reference", digest.hex());
        String model = "proxy of " + settings.proxyTokens() + " tokens";
        if (settings.model().isPresent()) {
            try (Decoder decoder = Decoder.map(settings.model().get())) {
                model = decoder.fingerprint() + " with " + tokens.tokenizer().id();
            }
        }
        identity.put("model", model);
        identity.put("seed", Long.toString(settings.seed()));
        identity.put(
                "budget",
                settings.budget().limit() + " " + Word.of(settings.budget().unit()));
        identity.put("clusters", Integer.toString(clusters));
        identity.put("embeddings", settings.embedding().identity());
        identity.put("duplicates", Word.of(settings.duplicates()));
        identity.put("preset", Word.of(settings.preset()));
        identity.putAll(settings.scores().describe());
        identity.putAll(settings.bandit()
                .of(
                        settings.preset(),
                        stock.documents(),
                        share(stock),
                        BanditOptions.standIn(clusters),
                        i -> new float[1])
                .describe());
        return identity;
    }

    /** Shows the rounds as progress towards the budget. */
    private static final class Rounds implements SelectionListener {
        private final Progress progress;
        private final long budget;
        private final TimedEstimator<?> estimator;
        private double threshold;
        private double seconds;

        Rounds(Progress progress, Budget budget, TimedEstimator<?> estimator) {
            this.progress = progress;
            this.budget = budget.limit();
            this.estimator = estimator;
            progress.start("selecting", budget.limit(), Word.of(budget.unit()));
        }

        @Override
        public void onRunStarted(RunStarted event) {
            threshold = event.threshold();
        }

        @Override
        public void onRoundFinished(RoundFinished event) {
            progress.at(Math.min(event.spent(), budget));
        }

        @Override
        public void onRunFinished(RunFinished event) {
            Selection.Costs costs = event.selection().costs();
            seconds = progress.finish(String.format(
                    Locale.ROOT,
                    "%,d documents in %,d rounds, %,d scored in %.1f s",
                    costs.documentsChosen(),
                    costs.rounds(),
                    costs.documentsScored(),
                    estimator.seconds()));
        }

        double threshold() {
            return threshold;
        }

        double seconds() {
            return seconds;
        }
    }
}
