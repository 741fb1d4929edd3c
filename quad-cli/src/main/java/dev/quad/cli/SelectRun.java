// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InputException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.SelectionListener;
import dev.quad.StopReason;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.Acceptance;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.SelectionOptions;
import dev.quad.bandit.Threshold;
import dev.quad.bandit.Ucb1;
import dev.quad.cluster.ClusterCount;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansListener;
import dev.quad.cluster.KMeansOptions;
import dev.quad.influence.Damping;
import dev.quad.influence.DirectionInfluence;
import dev.quad.influence.Fisher;
import dev.quad.influence.GradientSource;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderGradients;
import dev.quad.text.BadLine;
import dev.quad.text.ChunkedInfluence;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * {@code quad select} from files to files: read, train or load the model, embed, cluster, estimate the curvature and the
 * reference direction, run the rounds, write. What is expensive is kept in the folder as it is made.
 */
final class SelectRun {
    private final SelectSettings settings;
    private final Progress progress;
    private final PrintStream out;
    private final Seed seed;
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final ModelTokenizer tokens;
    private final RejectFile rejects;

    SelectRun(SelectSettings settings, Progress progress, PrintStream out, ModelTokenizer tokens) {
        this.tokens = tokens;
        this.settings = settings;
        this.progress = progress;
        this.out = out;
        this.seed = new Seed(settings.seed());
        this.rejects = new RejectFile(settings.rejects().orElse(settings.out().resolve("rejects.jsonl")));
    }

    /** Runs, and returns the exit code. */
    int run() throws IOException {
        RunFolder folder = RunFolder.open(settings.out(), settings.resume(), settings.outputFormat());
        Path cache = settings.dryRun() ? Files.createTempDirectory("quad") : folder.work();
        List<Document> reference = read(settings.reference(), "reading the reference");
        try (rejects;
                JsonlPool pool = openPool(folder, cache)) {
            DuplicatePolicy.Repeats repeats = settings.duplicates().find(pool, settings.threads(), cache, progress);
            IntPredicate eligible = repeats.eligible();
            Stock stock = Stock.of(pool, repeats);
            if (settings.budgetTokens() > stock.tokens()) {
                throw new InputException(String.format(
                        Locale.ROOT,
                        "the budget is %,d tokens, but the pool has only %,d to choose from (%,d documents, %s left out);"
                                + " lower --budget-tokens%s",
                        settings.budgetTokens(),
                        stock.tokens(),
                        stock.documents(),
                        repeats.words(),
                        stock.documents() < pool.size() ? " or give --duplicates keep" : ""));
            }
            int clusters = settings.clusters() > 0 ? settings.clusters() : ClusterCount.suggest(pool.size());
            if (settings.dryRun()) {
                new Estimate(settings, stock, clusters, reference).print(out);
                return Quad.DONE;
            }
            folder.claim(identity(pool, reference, clusters));
            rejects.commit();
            Optional<StopReason> ended = folder.ended();
            if (ended.isPresent()) {
                folder.finish();
                progress.say("the run in " + folder + " is finished already");
                return code(ended.get());
            }
            Files.createDirectories(folder.work());
            return select(folder, pool, reference, eligible, stock, clusters);
        } finally {
            if (settings.dryRun()) {
                RunFolder.remove(cache);
            }
        }
    }

    private int select(
            RunFolder folder,
            JsonlPool pool,
            List<Document> reference,
            IntPredicate eligible,
            Stock stock,
            int clusters)
            throws IOException {
        try (Decoder decoder = model(folder, pool, eligible)) {
            int length = Math.min(Chunker.DEFAULT_LENGTH, decoder.config().maxLength());
            Chunker chunker = Chunker.builder(tokens.tokenizer())
                    .length(length)
                    .maxChunks(settings.chunksPerDocument())
                    .build();
            GradientSource<TokenSequence> source = new DecoderGradients(decoder);
            try (ReferenceDirection direction = direction(folder, source, length, pool, reference, eligible);
                    InfluenceEstimator<Document> estimator =
                            new ChunkedInfluence(new DirectionInfluence<>(source, direction), chunker)) {
                Clustering clustering = cluster(folder, pool, clusters);
                Rounds rounds = new Rounds(progress, settings.budgetTokens());
                QuadSelector<Document> selector = QuadSelector.<Document>builder(clustering, estimator)
                        .options(options(stock))
                        .eligible(eligible)
                        .journal(folder.rounds())
                        .listener(rounds)
                        .build();
                Selection selection = selector.select(pool, Budget.tokens(settings.budgetTokens()), seed);
                seconds.put("rounds", rounds.seconds());
                Results results = new Results(
                        folder,
                        pool,
                        stock,
                        clustering,
                        selection,
                        rounds.threshold(),
                        rejects,
                        settings.shardBytes(),
                        seconds);
                results.write();
                results.print(out);
                folder.finish();
                return code(selection.stopReason());
            }
        }
    }

    /** The exit code of a command that chose documents. */
    static int code(StopReason reason) {
        return reason == StopReason.BUDGET ? Quad.DONE : Quad.BEFORE_BUDGET;
    }

    /**
     * By default a document must score above most of the pool: the share that is let through is three times that of
     * the budget, so that about a third of the pool has to be seen, and never more than half of the pool.
     */
    private SelectionOptions options(Stock stock) {
        double share = (double) settings.budgetTokens() / stock.tokens();
        double quantile = settings.threshold().orElse(Math.max(0.5, 1 - 3 * share));
        return SelectionOptions.builder()
                .armSelector(Ucb1.standardised(settings.alpha()))
                .acceptance(settings.wholeBlocks() ? Acceptance.blockMean() : Acceptance.items())
                .threshold(Threshold.quantile(quantile))
                .build();
    }

    private JsonlOptions jsonl() {
        return settings.input();
    }

    private ReadListener listener() {
        return new ReadListener() {
            @Override
            public void onBytesRead(long bytes) {
                progress.add(bytes);
            }

            @Override
            public void onBadLine(BadLine line) {
                if (!settings.dryRun()) {
                    rejects.onBadLine(line);
                }
                progress.say("skipped " + line.message());
            }
        };
    }

    private JsonlPool openPool(RunFolder folder, Path cache) throws IOException {
        progress.start("reading the pool", size(settings.pool()), "bytes");
        boolean opened = false;
        try {
            Files.createDirectories(cache);
            JsonlPool pool = JsonlPool.builder()
                    .options(jsonl())
                    .tokenizer(tokens.tokenizer())
                    .listener(listener())
                    .cacheFolder(cache)
                    .open(settings.pool());
            opened = true;
            seconds.put("reading", progress.finish(String.format(Locale.ROOT, "%,d documents", pool.size())));
            return pool;
        } finally {
            if (!opened) {
                folder.leaveUnclaimed();
            }
        }
    }

    private List<Document> read(List<Path> files, String stage) throws IOException {
        progress.start(stage, size(files), "bytes");
        List<Document> documents = Jsonl.read(files, jsonl(), listener());
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
            Decoder decoder = Decoder.map(settings.model().get());
            tokens.check(decoder, settings.model().get());
            return decoder;
        }
        if (Files.exists(folder.proxy().resolve("config.json"))) {
            return Decoder.read(folder.proxy());
        }
        Chunker chunker = Chunker.builder(Tokenizer.bytes())
                .length(Proxy.CONFIG.maxLength())
                .build();
        List<TokenSequence> data =
                Sample.of(pool, eligible, chunker, settings.proxyTokens(), seed.stream("proxy.sample"));
        long started = System.nanoTime();
        Decoder decoder = Proxy.train(
                "training the proxy", data, settings.proxyTokens(), seed, Optional.of(folder.training()), progress);
        seconds.put("proxy", (System.nanoTime() - started) / 1e9);
        decoder.write(folder.proxy());
        return decoder;
    }

    private ReferenceDirection direction(
            RunFolder folder,
            GradientSource<TokenSequence> source,
            int length,
            CandidatePool<Document> pool,
            List<Document> reference,
            IntPredicate eligible)
            throws IOException {
        Chunker whole = Chunker.builder(tokens.tokenizer()).length(length).build();
        if (Files.exists(folder.direction())) {
            return ReferenceDirection.read(folder.direction());
        }
        KroneckerFactors factors;
        if (Files.exists(folder.factors())) {
            factors = KroneckerFactors.read(folder.factors());
        } else {
            List<TokenSequence> sample =
                    Sample.of(pool, eligible, whole, settings.factorTokens(), seed.stream("factors.sample"));
            progress.start("estimating the curvature", Sample.tokens(sample), "tokens");
            factors = KroneckerFactors.fit(
                    source, sample, Fisher.sampled(seed, 1), GradientSource.DEFAULT_BATCH_TOKENS, progress::at);
            factors.write(folder.factors());
            seconds.put("curvature", progress.finish(String.format(Locale.ROOT, "%,d tokens", factors.tokens())));
        }
        CandidatePool<Document> documents = CandidatePool.of(reference, document -> 0, "reference");
        List<TokenSequence> items =
                Sample.of(documents, i -> true, whole, settings.referenceTokens(), seed.stream("reference.sample"));
        if (items.isEmpty()) {
            throw new InputException("no reference document is long enough to have a gradient; give longer texts");
        }
        progress.start("reference direction", Sample.tokens(items), "tokens");
        try (ReferenceDirection gradient = ReferenceDirection.gradient(
                source, ReferenceSet.of(items), GradientSource.DEFAULT_BATCH_TOKENS, progress::at)) {
            ReferenceDirection direction = gradient.precondition(factors, Damping.relative(settings.damping()));
            direction.write(folder.direction());
            seconds.put("reference", progress.finish(String.format(Locale.ROOT, "%,d tokens", Sample.tokens(items))));
            return direction;
        }
    }

    private Clustering cluster(RunFolder folder, JsonlPool pool, int clusters) throws IOException {
        progress.start("embedding", pool.size(), "documents");
        Embeddings embeddings = settings.embedding().of(pool, seed, settings.threads(), folder.work(), progress::at);
        seconds.put("embedding", progress.finish(String.format(Locale.ROOT, "%,d documents", pool.size())));
        KMeansOptions options =
                KMeansOptions.builder(Math.min(clusters, pool.size())).build();
        progress.start("clustering", options.maxIterations(), "iterations");
        Clustering clustering = KMeans.of(options, new KMeansListener() {
                    @Override
                    public void onIteration(Iteration iteration) {
                        progress.at(iteration.number());
                    }
                })
                .cluster(embeddings, seed);
        seconds.put(
                "clustering", progress.finish(String.format(Locale.ROOT, "%,d clusters", clustering.clusterCount())));
        return clustering;
    }

    /** Everything that determines the result. */
    private Map<String, String> identity(JsonlPool pool, List<Document> reference, int clusters) throws IOException {
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
        identity.put("budgetTokens", Long.toString(settings.budgetTokens()));
        identity.put("clusters", Integer.toString(clusters));
        identity.put("embeddings", settings.embedding().identity());
        identity.put("duplicates", settings.duplicates().word());
        identity.put("factorTokens", Long.toString(settings.factorTokens()));
        identity.put("referenceTokens", Long.toString(settings.referenceTokens()));
        identity.put("chunksPerDocument", Integer.toString(settings.chunksPerDocument()));
        identity.put("damping", Double.toString(settings.damping()));
        identity.put(
                "threshold",
                settings.threshold().isPresent()
                        ? Double.toString(settings.threshold().getAsDouble())
                        : "from budget and pool");
        identity.put("alpha", Double.toString(settings.alpha()));
        identity.put("wholeBlocks", Boolean.toString(settings.wholeBlocks()));
        return identity;
    }

    /** Shows the rounds as progress towards the budget. */
    private static final class Rounds implements SelectionListener {
        private final Progress progress;
        private final long budget;
        private double threshold;
        private double seconds;

        Rounds(Progress progress, long budget) {
            this.progress = progress;
            this.budget = budget;
            progress.start("selecting", budget, "tokens");
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
                    "%,d documents in %,d rounds, %,d scored",
                    costs.documentsChosen(),
                    costs.rounds(),
                    costs.documentsScored()));
        }

        double threshold() {
            return threshold;
        }

        double seconds() {
            return seconds;
        }
    }
}
