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

/**
 * Scores of documents that are in a file, such as {@code quad score} writes: a column of Parquet, or a field of JSONL,
 * {@value #FIELD}, beside the id of a document; null where there is none, and the reason in {@value #FLAG}. Positive =
 * helpful. Rows that belong to no document of the pool are left out; of a file that says which pool it is of, only that
 * one is scored.
 *
 * <p>Holds 36 bytes a document, and reads a document again to compare its id. Immutable; safe for use by several
 * threads.
 */
public final class ScoreColumn implements InfluenceEstimator<Document> {
    /** The field with the score. */
    public static final String FIELD = "score";
    /** The field with the reason why there is none. */
    public static final String FLAG = "flag";

    private static final String POOL = "pool";

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
     * @param idField the field with the id of the document, dots for nesting
     * @throws InputException if a record has no such fields, or a score is no finite number; names file and line
     * @throws MismatchException if the file is of another pool, or a document comes twice or not at all
     */
    public static ScoreColumn read(JsonlPool pool, Path file, String idField) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(idField, "the field of the ids is null");
        RecordRows rows = new RecordRows(List.of(file), idField, FIELD, "scores");
        requirePool(pool, file);
        DocumentsById documents = new DocumentsById(pool, rows::place);
        FieldPath flag = FieldPath.parse(FLAG);
        double[] scores = new double[pool.size()];
        Map<Integer, String> reasons = new HashMap<>();
        rows.forEach((record, row) -> {
            int ordinal = documents.take(rows.id(record, row), row);
            double score = score(rows, record, row);
            if (ordinal >= 0) {
                scores[ordinal] = score;
                if (Double.isNaN(score)) {
                    reasons.put(ordinal, RecordField.text(record, flag).orElse("it has no score in " + file));
                }
            }
            return true;
        });
        documents.rows(file.toString(), "score the whole pool, with the same ids");
        Fingerprint digest = Fingerprint.of("quad.score-column.1").add(pool.fingerprint());
        Arrays.stream(scores).mapToLong(Double::doubleToLongBits).forEach(digest::add);
        return new ScoreColumn(file, documents, scores, reasons, digest.hex());
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

    private static void requirePool(JsonlPool pool, Path file) {
        Optional<String> of = Optional.ofNullable(metadata(file).get(POOL));
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
