// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Selection from rows that Spark reads, in one call. What can be set is set on {@link SparkPool} and
 * {@link QuadPipeline}:
 *
 * <pre>{@code
 * try (SparkPool pool = SparkPool.builder().text("content").open(spark.read().parquet("pool"))) {
 *     Selection selection = QuadPipeline.builder(QuadSpark.reference(rows, "content"))
 *             .duplicates(DuplicatePolicy.NEAR).build().select(pool, Budget.tokens(2_000_000), new Seed(1));
 *     pool.chosen(selection).write().parquet("chosen");
 * }
 * }</pre>
 */
public final class QuadSpark {
    private QuadSpark() {}

    /**
     * Chooses as {@code quad select} does by default: what adds most to the runs of the reference that the selection
     * teaches. The choice is that of one machine.
     *
     * @param pool rows with a column {@code text}, and {@code id} if they have ids
     * @param reference rows with a column {@code text}; they are brought to the driver
     * @return the rows that were chosen, as {@link SparkPool#chosen} says
     * @throws dev.quad.InputException as {@link SparkPool.Builder#open}
     */
    public static Dataset<Row> select(Dataset<Row> pool, Dataset<Row> reference, Budget budget) {
        Objects.requireNonNull(budget, "the budget is null");
        ReferenceSet<Document> documents = reference(reference, "text");
        try (SparkPool opened = SparkPool.builder().open(pool)) {
            Selection selection = QuadPipeline.builder(documents).build().select(opened, budget, new Seed(0));
            return opened.chosen(selection);
        }
    }

    /**
     * The documents of rows, on the driver, in the order in which Spark gives them.
     *
     * @param text the column of the texts
     * @throws dev.quad.InputException if there is no such column, no row, or a text is null
     */
    public static ReferenceSet<Document> reference(Dataset<Row> rows, String text) {
        Objects.requireNonNull(rows, "the rows are null");
        Columns.checkText(rows, Objects.requireNonNull(text, "the column of the text is null"));
        List<Row> found = Columns.ofReference(rows, text).collectAsList();
        List<Document> documents = new ArrayList<>();
        for (Row row : found) {
            if (row.isNullAt(0)) {
                throw new InputException("row " + (documents.size() + 1)
                        + " of the reference has no text: it is null; leave such rows out");
            }
            documents.add(new Document("reference:" + (documents.size() + 1), row.getString(0)));
        }
        if (documents.isEmpty()) {
            throw new InputException("the reference has no row; at least one document is needed");
        }
        return ReferenceSet.of(documents);
    }
}
