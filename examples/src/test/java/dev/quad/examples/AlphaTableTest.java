// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AlphaTableTest {

    /**
     * The order of the mean utilities, and coverage that rises with α; intervals of neighbours in the table do not
     * meet.
     */
    @Test
    void table_twentySeeds_keepsItsOrder() {
        Map<String, AlphaTable.Row> table = AlphaTable.run(20);
        above(table, "alpha 1.0E-4", "alpha 0.0", false);
        above(table, "alpha 0.001", "alpha 1.0E-4", true);
        above(table, "alpha 0.001", "first tried once, alpha 1.0E-4", true);
        above(table, "alpha 0.001", "alpha 0.002", true);
        above(table, "alpha 0.002", "alpha 0.01", true);
        above(table, "alpha 0.01", "random clusters", true);
        double touched = 0;
        for (String alpha : new String[] {"0.0", "1.0E-4", "0.001", "0.002", "0.01"}) {
            double next = row(table, "alpha " + alpha).touched().mean();
            assertThat(next).as("clusters touched at %s", alpha).isGreaterThanOrEqualTo(touched);
            touched = next;
        }
        assertThat(row(table, "alpha 0.001").effective().mean())
                .isGreaterThan(1.5 * row(table, "alpha 1.0E-4").effective().mean());
    }

    private static void above(Map<String, AlphaTable.Row> table, String better, String worse, boolean apart) {
        var high = row(table, better).meanUtility();
        var low = row(table, worse).meanUtility();
        double margin = apart ? high.halfWidth() + low.halfWidth() : -(high.halfWidth() + low.halfWidth());
        assertThat(high.mean()).as("%s above %s", better, worse).isGreaterThan(low.mean() + margin);
    }

    private static AlphaTable.Row row(Map<String, AlphaTable.Row> table, String name) {
        return Objects.requireNonNull(table.get(name), name);
    }
}
