// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCorpusTest {
    @Test
    void pool_isOfTheSeed_andPlantsWhatItSays() {
        List<DemoCorpus.Text> pool = new DemoCorpus(new Seed(1)).pool();

        assertThat(new DemoCorpus(new Seed(1)).pool()).isEqualTo(pool);
        assertThat(new DemoCorpus(new Seed(2)).pool()).isNotEqualTo(pool);
        assertThat(pool).extracting(DemoCorpus.Text::id).doesNotHaveDuplicates();
        Set<String> texts = pool.stream()
                .filter(text -> !text.kind().equals("duplicate"))
                .map(DemoCorpus.Text::text)
                .collect(Collectors.toCollection(HashSet::new));
        assertThat(pool)
                .filteredOn(text -> text.kind().equals("duplicate"))
                .hasSize(100)
                .allSatisfy(text -> assertThat(texts).contains(text.text()));
        assertThat(pool)
                .filteredOn(text -> text.kind().equals("repetition"))
                .allSatisfy(
                        text -> assertThat(text.text()).startsWith(text.text().substring(25, 49)));
    }

    @Test
    void reference_isNotInThePool() {
        DemoCorpus corpus = new DemoCorpus(new Seed(1));

        assertThat(corpus.reference())
                .extracting(DemoCorpus.Text::text)
                .doesNotContainAnyElementsOf(
                        corpus.pool().stream().map(DemoCorpus.Text::text).toList());
    }

    @Test
    void demo_folderInUse_isLeftAlone(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("pool.jsonl"), "mine");

        Outcome outcome = Outcome.of("demo", "--out", folder);

        assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.err())
                .contains("the folder " + folder + " holds a demo already; give a new or empty folder");
        assertThat(folder.resolve("pool.jsonl")).hasContent("mine");
    }
}
