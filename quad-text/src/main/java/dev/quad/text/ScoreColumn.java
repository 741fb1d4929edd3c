// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.JsonText;
import dev.quad.files.Safetensors;
import dev.quad.files.Unchecked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Scores of documents that are in a file, such as {@code quad score} writes: a column of Parquet, or a field of JSONL,
 * {@value #FIELD}, beside the id of a document; null where there is none, and the reason in {@value #FLAG}; or the
 * tensors of its safetensors files. Positive = helpful. Rows that belong to no document of the pool are left out; of a
 * file that says which pool it is of, only that one is scored. One that says that its scores are by no reference, of
 * the kind {@code self}, is refused: these are high for outliers.
 *
 * <p>Holds 36 bytes a document, and all ids of safetensors while these are read; reads a document again to compare its
 * id. Immutable; safe for use by several threads.
 */
public final class ScoreColumn implements InfluenceEstimator<Document> {
    /** The field with the score. */
    public static final String FIELD = "score";
    /** The field with the reason why there is none. */
    public static final String FLAG = "flag";

    /** What the metadata of a file of {@code quad score} say under {@code format}. */
    public static final String FORMAT = "quad.document-scores.1";

    /** What they say under {@code kind} of scores by a {@link dev.quad.DocumentScorer}. */
    public static final String METHOD = "method";

    private static final String POOL = "pool";
    private static final Set<String> BY_REFERENCE = Set.of("aggregated", "pairwise", METHOD);

    private final Path file;
    private final DocumentsById documents;
    private final double[] scores;
    private final Map<Integer, String> reasons;
    private final String fingerprint;

    private ScoreColumn(
            Path file, DocumentsById documents, double[] scores, Map<Integer, String> reasons, String fingerprint) {
        this.file = file;
        this.documents = documents;
        this.scores = scores;
        this.reasons = reasons;
        this.fingerprint = fingerprint;
    }

    /**
     * Reads the scores of a pool.
     *
     * @param idField the field with the id of the document, dots for nesting; of safetensors it is always {@code ids}
     * @throws InputException if a record has no such fields, or a score is no finite number; names file and line. Also
     *     if the scores are of the kind {@code self}
     * @throws MismatchException if the file is of another pool, or a document comes twice or not at all
     */
    public static ScoreColumn read(JsonlPool pool, Path file, String idField) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(idField, "the field of the ids is null");
        boolean isTensors = FileNames.isSafetensors(file);
        RecordRows records = isTensors ? null : new RecordRows(List.of(file), idField, FIELD, "scores");
        Map<String, String> metadata = metadata(file);
        requireReference(file, metadata);
        requirePool(pool, file, metadata);
        DocumentsById documents =
                new DocumentsById(pool, records == null ? row -> file + " document " + (row + 1) : records::place);
        double[] scores = new double[pool.size()];
        Map<Integer, String> reasons = new HashMap<>();
        Taker taker = (id, score, reason, row) -> {
            int ordinal = documents.take(id, row);
            if (ordinal >= 0) {
                scores[ordinal] = score;
                if (Double.isNaN(score)) {
                    reasons.put(ordinal, reason.isEmpty() ? "it has no score in " + file : reason);
                }
            }
        };
        if (records == null) {
            Unchecked.run(file, () -> readTensors(file, taker));
        } else {
            readRecords(records, taker);
        }
        documents.rows(file.toString(), "score the whole pool, with the same ids");
        Fingerprint digest = Fingerprint.of("quad.score-column.1").add(pool.fingerprint());
        Arrays.stream(scores).mapToLong(Double::doubleToLongBits).forEach(digest::add);
        return new ScoreColumn(file, documents, scores, reasons, digest.hex());
    }

    /** Takes the score of a document, NaN with the reason where there is none. */
    private interface Taker {
        void take(String id, double score, String reason, int row);
    }

    private static void readRecords(RecordRows rows, Taker taker) {
        FieldPath flag = FieldPath.parse(FLAG);
        rows.forEach((record, row) -> {
            double score = score(rows, record, row);
            taker.take(
                    rows.id(record, row),
                    score,
                    Double.isNaN(score) ? RecordField.text(record, flag).orElse("") : "",
                    row);
            return true;
        });
    }

    private static void readTensors(Path file, Taker taker) throws IOException {
        Safetensors tensors = Safetensors.open(file, FORMAT);
        double[] scores = tensors.doubles(FIELD);
        List<String> ids = tensors.lines("ids", scores.length);
        List<String> flags = tensors.lines("flags", scores.length);
        for (int row = 0; row < scores.length; row++) {
            if (Double.isInfinite(scores[row])) {
                throw tensors.fault("the score of its document " + (row + 1) + " is " + scores[row]
                        + "; allowed is a finite number, or NaN");
            }
            taker.take(ids.get(row), scores[row], flags.get(row), row);
        }
    }

    /** NaN where there is none. */
    private static double score(RecordRows rows, byte[] record, int row) throws IOException {
        try (JsonParser parser = RecordField.at(record, rows.field())) {
            if (parser == null) {
                throw fault(rows, row, "has no field \"" + FIELD + "\"");
            }
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return Double.NaN;
            }
            double value = parser.currentToken().isNumeric() ? parser.getDoubleValue() : Double.NaN;
            if (!Double.isFinite(value)) {
                throw fault(rows, row, "the field \"" + FIELD + "\" is " + RecordRows.kind(parser));
            }
            return value;
        }
    }

    private static InputException fault(RecordRows rows, int row, String what) {
        return new InputException(rows.place(row) + ": " + what
                + "; allowed is a finite number, or null and the reason in the field \"" + FLAG + "\"");
    }

    private static void requireReference(Path file, Map<String, String> metadata) {
        String kind = metadata.getOrDefault("kind", "");
        if (FORMAT.equals(metadata.get("format")) && !BY_REFERENCE.contains(kind)) {
            throw new InputException("the scores in " + file + " are of the kind " + kind
                    + ", which is by no reference: high are outliers and wrong texts; give scores of quad score --kind"
                    + " aggregated or pairwise, or, to choose by these, a file of yours with their id and score");
        }
    }

    private static void requirePool(JsonlPool pool, Path file, Map<String, String> metadata) {
        Optional<String> of = Optional.ofNullable(metadata.get(POOL));
        if (of.isPresent() && !of.get().equals(pool.fingerprint())) {
            throw new MismatchException("the scores in " + file + " are of the pool " + of.get() + ", and this one is "
                    + pool.fingerprint() + "; give the pool that was scored, its files in the same order");
        }
    }

    /**
     * What was written beside the scores of a file; nothing where there is none.
     *
     * @throws InputException if the file is damaged
     */
    public static Map<String, String> metadata(Path file) {
        Objects.requireNonNull(file, "the file is null");
        if (FileNames.isSafetensors(file)) {
            if (!Files.isRegularFile(file)) {
                SourceFile.of(file); // says what it is
            }
            return Unchecked.get(file, () -> Safetensors.open(file).metadata());
        }
        if (SourceFile.of(file).packing() == SourceFile.Packing.PARQUET) {
            Map<String, String> result = new HashMap<>();
            try {
                ParquetLines.metadata(file).forEach((key, value) -> {
                    if (key.startsWith(TableWriter.PREFIX)) {
                        result.put(key.substring(TableWriter.PREFIX.length()), value);
                    }
                });
            } catch (IOException e) {
                throw SourceFile.unreadable(file, e);
            }
            return result;
        }
        Optional<Path> beside = TableWriter.metadataFile(file).filter(Files::isRegularFile);
        return beside.isEmpty() ? Map.of() : Unchecked.get(beside.get(), () -> JsonText.texts(beside.get()));
    }

    @Override
    public InfluenceScores score(List<? extends Document> items) {
        Objects.requireNonNull(items, "the items are null");
        InfluenceScores.Builder result = InfluenceScores.builder();
        for (Document document : items) {
            int ordinal = documents.find(document.id());
            if (ordinal < 0) {
                result.flag(file + " has no score of \"" + Excerpt.of(document.id()) + "\"");
            } else if (Double.isNaN(scores[ordinal])) {
                result.flag(Objects.requireNonNull(reasons.get(ordinal)));
            } else {
                result.add(scores[ordinal]);
            }
        }
        return result.build();
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public String toString() {
        return "scores of " + scores.length + " documents in " + file;
    }
}
