// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.text.JsonlPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolReportTest {
    @TempDir
    private Path place;

    /** The page of a pool with languages. */
    static String page(Path place, Path pool, String... fields) throws IOException {
        Path page = place.resolve("pool.html");
        try (JsonlPool open = JsonlPool.builder().open(List.of(pool))) {
            Map<String, Integer> languages = new LinkedHashMap<>();
            languages.put("English", 30);
            languages.put("<b>Welsh", 10);
            PoolReport.builder(open)
                    .name("<i>a pool")
                    .fields(fields)
                    .languages(languages)
                    .write(page);
        }
        return Files.readString(page);
    }

    @Test
    void shares_areThoseOfTheRecords() throws IOException {
        Path pool = TestRun.byCoverage(place, TestRun.records(200)).pool;
        String page = page(place, pool);

        Unpacked data = Unpacked.of(page);
        double[] tokens = data.column("tokens");
        double[] kinds = data.column("field0");
        List<?> labels = data.head().trees("fields").get(0).list("labels");
        double all = Arrays.stream(tokens).sum();
        for (int kind = 1; kind <= labels.size(); kind++) {
            double own = 0;
            for (int i = 0; i < tokens.length; i++) {
                own += kinds[i] == kind ? tokens[i] : 0;
            }
            assertThat(page)
                    .containsPattern("<bdi>" + labels.get(kind - 1)
                            + "</bdi></th><td class=\"n\" data-value=\"[^\"]*\">" + Words.percent(own / all) + "</td>")
                    .contains(">" + Words.whole(own) + "</td>");
        }
        assertThat(page)
                .contains("200 documents with " + Words.whole(all) + " tokens.", "&lt;b&gt;Welsh", ">25.0 %</td>")
                .contains("&lt;i&gt;a pool")
                .doesNotContain("chosen by", "of its tokens chosen");
        assertThat(data.column("chosen")).hasSize(200).containsOnly(0);
    }

    @Test
    void clusters_partTheDocuments_byWhatTheySay() throws IOException {
        Path pool = TestRun.byCoverage(place, TestRun.records(200)).pool;
        String page = page(place, pool);

        Unpacked data = Unpacked.of(page);
        double[] clusters = data.column("cluster");
        double[] kinds = data.column("field0");
        assertThat(clusters).doesNotContain(0); // 0 is none
        for (double cluster : Arrays.stream(clusters).distinct().toArray()) {
            assertThat(java.util.stream.IntStream.range(0, clusters.length)
                            .filter(i -> clusters[i] == cluster)
                            .mapToDouble(i -> kinds[i])
                            .distinct()
                            .count())
                    .isEqualTo(1);
        }
        assertThat(page.split("<article>", -1))
                .hasSize(1 + (int) Arrays.stream(clusters).distinct().count());
        assertThat(page).isEqualTo(page(place, pool));
    }

    @Test
    void hostileTexts_areTexts() throws IOException {
        Path pool = HostileTextTest.run(place).pool;

        HostileTextTest.requireTexts(page(place, pool, "kind"));
    }

    @Test
    void fewDocuments_stillMakeAPage() throws IOException {
        Path pool = Files.writeString(place.resolve("one.jsonl"), "{\"text\":\"one\"}\n");

        assertThat(page(place, pool)).contains("1 documents with 3 tokens.");
    }

    @Test
    void otherFiles_andFieldsThatNoRecordHas_areRefused() throws IOException {
        Path pool = Files.writeString(place.resolve("one.jsonl"), "{\"text\":\"one\"}\n");
        assertThatThrownBy(() -> page(place, pool, "absent"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no record of the pool has a field \"absent\"");
        assertThat(place.resolve("pool.html")).doesNotExist();
        Files.writeString(place.resolve("pool.html"), "mine");
        assertThatThrownBy(() -> page(place, pool))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no report");
    }
}
