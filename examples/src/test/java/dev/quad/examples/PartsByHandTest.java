// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartsByHandTest {
    @Test
    void run_referenceAboutSums_choosesSums() throws IOException {
        List<String> chosen = PartsByHand.run();

        assertThat(chosen).hasSize(20).doesNotHaveDuplicates();
        assertThat(chosen).filteredOn(text -> text.contains("plus")).hasSizeGreaterThan(14);
    }
}
