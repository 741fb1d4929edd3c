// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Another reader and writer of Parquet. */
final class DuckDb {
    private DuckDb() {}

    /** The first column of each row, as text. */
    static List<String> ask(String sql) {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            List<String> rows = new ArrayList<>();
            if (statement.execute(sql)) {
                try (ResultSet result = statement.getResultSet()) {
                    while (result.next()) {
                        rows.add(String.valueOf(result.getString(1)));
                    }
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes what a query gives. */
    static Path write(Path file, String query, String options) {
        ask("COPY (" + query + ") TO '" + file + "' (FORMAT parquet" + options + ")");
        return file;
    }
}
