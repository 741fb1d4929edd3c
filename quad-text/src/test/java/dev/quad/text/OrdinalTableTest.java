// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class OrdinalTableTest {

    /** Few hashes for many values, so that most hits are of different things. */
    @Property(tries = 100)
    void table_withCollidingHashes_behavesAsASet(
            @ForAll @Size(max = 3000) List<@IntRange(max = 2000) Integer> values,
            @ForAll @IntRange(min = 1) int spread) {
        OrdinalTable table = new OrdinalTable();
        List<Integer> numbered = new ArrayList<>();
        for (int value : values) {
            int found = table.findOrAdd(Hash64.mix(value % spread), n -> numbered.get(n) == value);
            assertThat(found).isEqualTo(numbered.indexOf(value));
            if (found < 0) {
                numbered.add(value);
            }
        }
        Set<Integer> distinct = new LinkedHashSet<>(values);
        assertThat(table.size()).isEqualTo(distinct.size());
        assertThat(numbered).containsExactlyElementsOf(distinct);
    }
}
