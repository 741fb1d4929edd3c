// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * The columns of several files: each of the type that holds what all of them have under its name, if there is one. In
 * the order of first appearance.
 */
final class ParquetSchemas {
    private final Map<String, Column> columns = new LinkedHashMap<>();
    private Optional<MessageType> first = Optional.empty();
    private boolean uniform = true;

    private ParquetSchemas() {}

    /**
     * A column.
     *
     * @param before the type in the first file that has it
     * @param now the type that holds the values of all files; empty if there is none
     * @param reason why it is another, or there is none; empty if it is the same
     */
    record Column(Type before, Optional<Type> now, String reason) {
        Column with(Type other, Path file) {
            Optional<Type> both = now.flatMap(type -> ParquetUnion.of(type, other));
            boolean same = both.isPresent() && ParquetTypes.name(both.get()).equals(ParquetTypes.name(before));
            return new Column(
                    before,
                    both,
                    same || !reason.isEmpty() ? reason : "it is " + ParquetTypes.name(other) + " in " + file);
        }

        Column optional() {
            return new Column(before, now.map(ParquetUnion::optional), reason);
        }
    }

    /** No columns. */
    static ParquetSchemas none() {
        return new ParquetSchemas();
    }

    static ParquetSchemas of(List<SourceFile> files) {
        ParquetSchemas all = new ParquetSchemas();
        Map<String, Integer> counts = new HashMap<>();
        for (SourceFile file : files) {
            if (file.packing() != SourceFile.Packing.PARQUET) {
                all.uniform = false;
                continue;
            }
            try {
                MessageType schema = ParquetLines.schema(file.stored());
                MessageType earlier = all.first.orElse(schema);
                all.uniform &= earlier.getFields().equals(schema.getFields());
                all.first = Optional.of(earlier);
                for (Type column : schema.getFields()) {
                    counts.merge(column.getName(), 1, Integer::sum);
                    all.columns.merge(
                            column.getName(),
                            new Column(column, Optional.of(column), ""),
                            (known, one) -> known.with(one.before(), file.path()));
                }
            } catch (IOException e) {
                throw SourceFile.unreadable(file.path(), e);
            }
        }
        if (!all.uniform) {
            all.columns.replaceAll(
                    (name, column) -> counts.getOrDefault(name, 0) < files.size() ? column.optional() : column);
        }
        return all;
    }

    /** Whether all files are Parquet of the same columns, so that every value fits. */
    boolean isUniform() {
        return uniform;
    }

    Map<String, Column> columns() {
        return columns;
    }
}
