// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.text.Document;
import dev.quad.text.JsonFields;
import dev.quad.text.TableWriter;
import dev.quad.text.TableWriter.Column;
import dev.quad.text.TableWriter.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The map as a table, a row for each document of the page, for programs that draw maps. */
final class MapFile {
    private static final int CHARS = 600;
    private static final List<Column> COLUMNS = List.of(
            new Column("id", Kind.TEXT),
            new Column("x", Kind.NUMBER),
            new Column("y", Kind.NUMBER),
            new Column("text", Kind.TEXT),
            new Column("tokens", Kind.WHOLE),
            new Column("score", Kind.NUMBER),
            new Column("cluster", Kind.WHOLE),
            new Column("chosen", Kind.WHOLE));

    private MapFile() {}

    /** Fields of the records that are named as one of these columns get {@code field.} before their names. */
    static void write(Path target, Found found) {
        Map<Column, Field> fields = new LinkedHashMap<>();
        for (Field field : found.fields()) {
            boolean taken = COLUMNS.stream().anyMatch(column -> column.name().equals(field.name()));
            fields.put(new Column((taken ? "field." : "") + field.name(), Kind.TEXT), field);
        }
        List<Column> columns = new ArrayList<>(COLUMNS);
        columns.addAll(fields.keySet());
        double[] x = found.layout().coordinates(0);
        double[] y = found.layout().coordinates(1);
        try (TableWriter table = TableWriter.create(
                target,
                columns,
                Map.of(
                        "layout",
                        "of hashed n-grams of the first characters: "
                                + found.layout().words()))) {
            for (int i = 0; i < found.documents().size(); i++) {
                int index = i;
                table.write(row -> {
                    Document document = found.documents().document(index);
                    row.put("id", document.id()).put("x", x[index]).put("y", y[index]);
                    row.put("text", Readings.start(document.text(), CHARS));
                    put(row, found.documents(), index);
                    fields.forEach((column, field) -> {
                        int code = field.codes()[index];
                        if (code < 0) {
                            row.putNull(column.name());
                        } else {
                            row.put(column.name(), field.label(code));
                        }
                    });
                });
            }
            table.commit();
        }
    }

    private static void put(JsonFields row, Documents documents, int index) {
        double score = documents.score(index);
        int cluster = documents.cluster(index);
        row.put("tokens", documents.tokens(index));
        if (Double.isNaN(score)) {
            row.putNull("score");
        } else {
            row.put("score", score);
        }
        if (cluster < 0) {
            row.putNull("cluster");
        } else {
            row.put("cluster", cluster);
        }
        row.put("chosen", documents.isChosen(index) ? 1 : 0);
    }
}
