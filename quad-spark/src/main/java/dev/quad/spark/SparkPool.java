// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Selection;
import dev.quad.text.Document;
import dev.quad.text.DocumentFunction;
import dev.quad.text.PoolFingerprint;
import dev.quad.text.ScatteredPool;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * The documents of rows that Spark reads. They stay where they are: functions of them are computed there, and what the
 * driver knows is some 30 bytes of each.
 *
 * <p>Rows of files ({@code spark.read()}) are in the order of their files, by name, and of their places in these,
 * however Spark cuts and shares them out; other rows are brought into the order of their ids, which moves them once.
 * Documents of the same ids and texts in the same order make the same pool as on one machine, by its fingerprint.
 *
 * <p>The rows must stay as they are while the pool is open; where their number in a part of a file, or what was chosen,
 * is another later, the run ends with an error. Cost: opening reads all rows once. For use by one thread, on the
 * driver.
 */
public final class SparkPool implements ScatteredPool, AutoCloseable {
    /** The column that tells what was chosen. */
    public static final String COLUMN = "quad";

    private static final int BLOCK = 512;
    private static final int BLOCK_CHARS = 16 << 20;

    private final Dataset<Row> rows;
    private final Columns columns;
    private final JavaRDD<Row> documents;
    private final JavaSparkContext context;
    private final Spans spans;
    private final int[] partitions;
    private final int[] tokens;
    private final byte[] digests;
    private final String fingerprint;

    private SparkPool(
            Dataset<Row> rows,
            Columns columns,
            JavaRDD<Row> documents,
            List<List<SpanContent>> found,
            List<SpanContent> inOrder) {
        this.rows = rows;
        this.columns = columns;
        this.documents = documents;
        this.context = JavaSparkContext.fromSparkContext(rows.sparkSession().sparkContext());
        this.spans = spans(inOrder);
        int size = inOrder.stream().mapToInt(SpanContent::count).sum();
        this.tokens = inOrder.stream()
                .flatMapToInt(span -> Arrays.stream(span.tokens()))
                .toArray();
        this.partitions = new int[size];
        ByteBuffer all = ByteBuffer.allocate(Math.multiplyExact(size, PoolFingerprint.DIGEST_BYTES));
        inOrder.forEach(span -> all.put(span.digests()));
        this.digests = all.array();
        this.fingerprint = new PoolFingerprint().add(digests).hex();
        for (int partition = 0; partition < found.size(); partition++) {
            for (SpanContent span : found.get(partition)) {
                int first = spans.first(span.path, span.start);
                Arrays.fill(partitions, first, first + span.count(), partition);
            }
        }
    }

    private static Spans spans(List<SpanContent> inOrder) {
        List<Span> spans = new ArrayList<>();
        int first = 0;
        for (SpanContent content : inOrder) {
            spans.add(new Span(content.path, content.start, first, content.count()));
            first = Math.addExact(first, content.count());
        }
        return new Spans(spans);
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public int size() {
        return tokens.length;
    }

    /** {@inheritDoc} Runs a job; {@link #map} brings many in one. */
    @Override
    public Document get(int ordinal) {
        List<Document> found = new ArrayList<>();
        map(
                new int[] {Objects.checkIndex(ordinal, size())},
                some -> new String[] {some.get(0).id(), some.get(0).text()},
                pair -> found.add(new Document(pair[0], pair[1])));
        return found.get(0);
    }

    @Override
    public long tokens(int ordinal) {
        return tokens[Objects.checkIndex(ordinal, size())];
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    /** The file of a document and its row there, in words. */
    public String place(int ordinal) {
        return spans.place(Objects.checkIndex(ordinal, size()));
    }

    /** {@inheritDoc} One job, of the partitions that have some of them. */
    @Override
    public <R> void map(int[] ordinals, DocumentFunction<R> function, Consumer<? super R> then) {
        Objects.requireNonNull(function, "the function is null");
        Objects.requireNonNull(then, "what is told the results is null");
        Arrays.stream(ordinals).forEach(ordinal -> Objects.checkIndex(ordinal, size()));
        int[] having = Arrays.stream(ordinals)
                .map(ordinal -> partitions[ordinal])
                .distinct()
                .sorted()
                .toArray();
        if (having.length == 0) {
            return;
        }
        Sent sent = Sent.of(function);
        Broadcast<byte[]> bytes = context.broadcast(sent.bytes());
        Broadcast<int[]> wanted = context.broadcast(ordinals);
        Broadcast<Spans> places = context.broadcast(spans);
        String name = sent.name();
        try {
            List<Part>[] parts = documents
                    .mapPartitions(
                            some -> apply(some, places.value(), wanted.value(), Sent.arrived(name, bytes.value())))
                    .collectPartitions(having);
            Arrays.stream(parts)
                    .flatMap(List::stream)
                    .sorted(Comparator.comparingInt(Part::first))
                    .forEach(part -> {
                        @SuppressWarnings("unchecked") // it is what the function gave
                        R result = (R) part.result();
                        then.accept(result);
                    });
        } finally {
            List.of(bytes, wanted, places).forEach(Broadcast::destroy);
        }
    }

    /** What a function gave for some documents, and the ordinal of the first of them. */
    private record Part(int first, Object result) implements Serializable {}

    private static Iterator<Part> apply(Iterator<Row> rows, Spans spans, int[] wanted, DocumentFunction<?> function) {
        List<Part> parts = new ArrayList<>();
        List<Document> block = new ArrayList<>();
        int first = 0;
        long chars = 0;
        for (Ordinals at = new Ordinals(rows, spans, Columns.PATH); at.next(); ) {
            if (!block.isEmpty() && (at.isFirst() || block.size() == BLOCK || chars > BLOCK_CHARS)) {
                parts.add(new Part(first, function.apply(List.copyOf(block))));
                block.clear();
            }
            if (Arrays.binarySearch(wanted, at.ordinal()) >= 0) {
                first = block.isEmpty() ? at.ordinal() : first;
                chars = (block.isEmpty() ? 0 : chars)
                        + at.row().getString(Columns.TEXT).length();
                block.add(new Document(
                        spans.name(at.ordinal(), at.row().getString(Columns.ID)),
                        at.row().getString(Columns.TEXT)));
            }
        }
        if (!block.isEmpty()) {
            parts.add(new Part(first, function.apply(List.copyOf(block))));
        }
        return parts.iterator();
    }

    /** The rows that were chosen, with all their columns and {@value #COLUMN}; see {@link #marked}. */
    public Dataset<Row> chosen(Selection selection) {
        return marked(selection).where(functions.col(COLUMN).isNotNull());
    }

    /**
     * All rows, in the order of the pool, with all their columns and one more, {@value #COLUMN}: null for those that
     * were not chosen, else a structure of {@code rank}, from 0 in the order in which they were chosen, {@code score},
     * {@code cluster}, {@code round} and {@code weight}; the first three of these are null where there is none. Nothing
     * is read before the result is asked for.
     *
     * @throws MismatchException if the selection is from another pool
     * @throws InputException if the rows have such a column already; when they are read, if what was chosen is not what
     *     it was
     */
    public Dataset<Row> marked(Selection selection) {
        Objects.requireNonNull(selection, "the selection is null");
        String from = selection.manifest().get("pool");
        if (!fingerprint.equals(from)) {
            throw new MismatchException("the selection is from the pool " + (from == null ? "(without a name)" : from)
                    + ", and this one is " + fingerprint + "; give the pool that was chosen from");
        }
        if (Arrays.asList(rows.columns()).contains(COLUMN)) {
            throw new InputException("the rows have a column \"" + COLUMN + "\" already; rename or drop it");
        }
        Broadcast<Marks> marks = context.broadcast(Marks.of(selection, digests));
        Broadcast<Spans> places = context.broadcast(spans);
        int width = rows.columns().length;
        JavaRDD<Row> marked = columns.whole()
                .javaRDD()
                .mapPartitions(some ->
                        new Marked(new Ordinals(some, places.value(), width + Columns.PATH), marks.value(), width));
        return rows.sparkSession().createDataFrame(marked, rows.schema().add(COLUMN, Marks.TYPE, true));
    }

    /** Refuses two documents of one id. */
    private SparkPool checkIds(long... hashes) {
        long[] sorted = Arrays.stream(hashes).filter(hash -> hash != 0).sorted().toArray();
        Set<Long> twice = new HashSet<>();
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] == sorted[i - 1]) {
                twice.add(sorted[i]);
            }
        }
        int[] alike = IntStream.range(0, hashes.length)
                .filter(i -> twice.contains(hashes[i]))
                .toArray();
        List<String> ids = new ArrayList<>();
        map(alike, SparkPool::ids, some -> ids.addAll(List.of(some)));
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < alike.length; i++) {
            Integer earlier = seen.putIfAbsent(ids.get(i), alike[i]);
            if (earlier != null) {
                throw new InputException(place(alike[i]) + " has the id \"" + ids.get(i) + "\" of " + place(earlier)
                        + "; allowed is one document an id");
            }
        }
        return this;
    }

    private static String[] ids(List<Document> documents) {
        return documents.stream().map(Document::id).toArray(String[]::new);
    }

    @Override
    public String toString() {
        return "pool of " + size() + " documents that Spark reads";
    }

    /** Frees what Spark keeps of the documents. */
    @Override
    public void close() {
        documents.unpersist();
    }

    /** Collects what a pool is opened with. */
    public static final class Builder {
        private String text = "text";
        private Optional<String> id = Optional.empty();
        private Optional<String> tokens = Optional.empty();
        private StorageLevel storage = StorageLevel.MEMORY_AND_DISK();

        private Builder() {}

        /** The column of the texts, {@code text} unless set. */
        public Builder text(String column) {
            this.text = Objects.requireNonNull(column, "the column of the text is null; leave it out for \"text\"");
            return this;
        }

        /** The column of the ids; {@code id} unless set, where there is one. Ids that are no texts are made such. */
        public Builder id(String column) {
            this.id = Optional.of(Objects.requireNonNull(column, "the column of the id is null; leave it out"));
            return this;
        }

        /** The column of the numbers of tokens; a token is a byte of UTF-8 unless set, or where it is null. */
        public Builder tokens(String column) {
            this.tokens = Optional.of(
                    Objects.requireNonNull(column, "the column of the tokens is null; leave it out for bytes"));
            return this;
        }

        /**
         * Where Spark keeps the texts between the jobs: {@code MEMORY_AND_DISK} unless set; {@code NONE} reads again.
         */
        public Builder storage(StorageLevel level) {
            this.storage = Objects.requireNonNull(level, "the storage level is null; give NONE to keep nothing");
            return this;
        }

        /**
         * Opens the pool: reads all rows.
         *
         * @throws InputException if a column is missing, there is no row, a row has no text, two have one id, or the
         *     rows come from no files and have no ids; the message names file and row
         */
        public SparkPool open(Dataset<Row> rows) {
            Objects.requireNonNull(rows, "the rows are null");
            Columns.checkText(rows, text);
            if (id.isPresent()) {
                Columns.check(rows, id.get(), "the id", "id()");
            } else if (Arrays.asList(rows.columns()).contains("id")) {
                id = Optional.of("id");
            }
            tokens.ifPresent(column -> Columns.check(rows, column, "the tokens", "tokens()"));
            return Columns.ofFiles(rows, text, id, tokens)
                    .flatMap(columns -> open(rows, columns))
                    .or(() -> id.flatMap(column -> open(rows, Columns.byIds(rows, text, column, tokens))))
                    .orElseThrow(() -> new InputException(
                            "the rows are not as they stand in files, and have no ids, so that they have no order;"
                                    + " give rows as spark.read() gives them, or name a column by id()"));
        }

        /** Empty if the rows of a part of a file are not together. */
        private Optional<SparkPool> open(Dataset<Row> rows, Columns columns) {
            JavaRDD<Row> documents = columns.documents().javaRDD().persist(storage);
            boolean opened = false;
            try {
                int[] all = IntStream.range(0, documents.getNumPartitions()).toArray();
                List<List<SpanContent>> found =
                        List.of(documents.mapPartitions(SpanContent::read).collectPartitions(all));
                List<SpanContent> inOrder =
                        found.stream().flatMap(List::stream).sorted(Spans.ORDER).toList();
                if (hasScattered(inOrder)) {
                    return Optional.empty();
                }
                checkRows(inOrder);
                SparkPool pool = new SparkPool(rows, columns, documents, found, inOrder)
                        .checkIds(inOrder.stream()
                                .flatMapToLong(span -> Arrays.stream(span.ids()))
                                .toArray());
                opened = true;
                return Optional.of(pool);
            } finally {
                if (!opened) {
                    documents.unpersist();
                }
            }
        }

        private static boolean hasScattered(List<SpanContent> inOrder) {
            return IntStream.range(1, inOrder.size())
                    .anyMatch(i -> Spans.ORDER.compare(inOrder.get(i - 1), inOrder.get(i)) == 0);
        }

        private static void checkRows(List<SpanContent> inOrder) {
            if (inOrder.isEmpty()) {
                throw new InputException("at least one document is needed, and there is no row");
            }
            long before = 0;
            String path = "";
            for (SpanContent span : inOrder) {
                before = span.path.equals(path) ? before : 0;
                path = span.path;
                if (span.bad() != null) {
                    throw new InputException(Spans.place(path, before + span.count() + 1) + " " + span.bad());
                }
                before += span.count();
            }
        }
    }
}
