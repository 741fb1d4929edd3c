// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.text.PoolFingerprint;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** What is said of the rows that were chosen. */
final class Marks implements Serializable {
    static final StructType TYPE = new StructType()
            .add("rank", DataTypes.IntegerType, false)
            .add("score", DataTypes.DoubleType)
            .add("cluster", DataTypes.IntegerType)
            .add("round", DataTypes.IntegerType)
            .add("weight", DataTypes.IntegerType, false);

    private static final long serialVersionUID = 1;

    private final HashMap<Integer, Row> byOrdinal = new HashMap<>();
    private final HashMap<Integer, byte[]> digests = new HashMap<>();

    /** @param digests of all documents of the pool */
    static Marks of(Selection selection, byte[] digests) {
        Marks marks = new Marks();
        for (Choice choice : selection.choices()) {
            int at = choice.ordinal() * PoolFingerprint.DIGEST_BYTES;
            marks.digests.put(choice.ordinal(), Arrays.copyOfRange(digests, at, at + PoolFingerprint.DIGEST_BYTES));
            boolean has = choice.arm() >= 0;
            marks.byOrdinal.put(
                    choice.ordinal(),
                    RowFactory.create(
                            marks.byOrdinal.size(),
                            choice.score().isPresent() ? choice.score().getAsDouble() : null,
                            has ? choice.arm() : null,
                            has ? choice.round() : null,
                            choice.weight()));
        }
        return marks;
    }

    /** What is said of a document; null if it was not chosen. */
    @Nullable
    Row of(int ordinal) {
        return byOrdinal.get(ordinal);
    }

    /** Whether a document that was chosen is what it was. */
    boolean isSame(int ordinal, @Nullable String id, @Nullable String text) {
        return text != null && Arrays.equals(digests.get(ordinal), PoolFingerprint.digest(id, text));
    }
}
