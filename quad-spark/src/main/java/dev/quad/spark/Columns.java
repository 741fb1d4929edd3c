// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.spark_partition_id;

import dev.quad.InputException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** Which columns of rows are read, and where each row stands. */
final class Columns {
    static final int TEXT = 0;
    static final int ID = 1;
    static final int TOKENS = 2;
    /** The file of a row, and where the part of it that is read at once begins. */
    static final int PATH = 3;

    static final int START = 4;

    private static final String FILE = "_metadata.file_path";
    private static final String BLOCK = "_metadata.file_block_start";

    private final Dataset<Row> inOrder;
    private final Column text;
    private final Column id;
    private final Column tokens;
    private final Column path;
    private final Column start;

    private Columns(Dataset<Row> rows, String text, Optional<String> id, Optional<String> tokens, boolean ofFiles) {
        this.inOrder = ofFiles ? rows : rows.sort(col(quoted(id.orElseThrow())).cast(DataTypes.StringType));
        this.text = col(quoted(text));
        this.id = id.map(Columns::quoted)
                .map(name -> col(name).cast(DataTypes.StringType))
                .orElse(lit(null).cast(DataTypes.StringType));
        this.tokens = tokens.map(Columns::quoted)
                .map(name -> col(name).cast(DataTypes.LongType))
                .orElse(lit(null).cast(DataTypes.LongType));
        this.path = ofFiles ? col(FILE) : lit("");
        this.start = ofFiles
                ? col(BLOCK).cast(DataTypes.LongType)
                : spark_partition_id().cast(DataTypes.LongType);
    }

    /**
     * Rows in the order of their files.
     *
     * @return empty if they come from none
     */
    static Optional<Columns> ofFiles(Dataset<Row> rows, String text, Optional<String> id, Optional<String> tokens) {
        try {
            rows.select(col(FILE), col(BLOCK));
        } catch (Exception e) {
            if (e instanceof AnalysisException) { // Scala does not declare it
                return Optional.empty();
            }
            throw e;
        }
        return Optional.of(new Columns(rows, text, id, tokens, true));
    }

    /** Rows in the order of their ids, into which they are brought. */
    static Columns byIds(Dataset<Row> rows, String text, String id, Optional<String> tokens) {
        return new Columns(rows, text, Optional.of(id), tokens, false);
    }

    /** Checks that there is such a column. */
    static void check(Dataset<Row> rows, String name, String what, String option) {
        if (!Arrays.asList(rows.columns()).contains(name)) {
            throw new InputException("there is no column \"" + name + "\" for " + what + "; there are "
                    + String.join(", ", rows.columns()) + ": name one by " + option);
        }
    }

    /** Checks that there is such a column of texts. */
    static void checkText(Dataset<Row> rows, String name) {
        check(rows, name, "the text", "text()");
        DataType type = rows.schema().apply(name).dataType();
        if (!type.equals(DataTypes.StringType)) {
            throw new InputException("the column \"" + name + "\" is of the type " + type.simpleString()
                    + "; the text is to be a string: cast it, or name another by text()");
        }
    }

    /** The texts alone. */
    static Dataset<Row> ofReference(Dataset<Row> rows, String text) {
        return rows.select(col(quoted(text)));
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /** What functions of documents need. */
    Dataset<Row> documents() {
        return inOrder.select(text, id, tokens, path, start);
    }

    /** All columns, and after them the others. */
    Dataset<Row> whole() {
        return inOrder.select(col("*"), text, id, tokens, path, start);
    }
}
