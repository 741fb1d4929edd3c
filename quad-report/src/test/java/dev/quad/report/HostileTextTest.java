// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts, ids and values that would act if they were not shown as what they are. */
class HostileTextTest {
    static final List<String> HOSTILE = List.of(
            "</script><script>window.hacked=1</script>",
            "<img src=x onerror=\"window.hacked=1\">",
            "<svg/onload=window.hacked=1>",
            "\"><script>window.hacked=1</script>",
            "' onmouseover='window.hacked=1",
            "<!--<script>",
            "]]><b>",
            "&lt;script&gt;",
            "&#60;b&#62;",
            "javascript:window.hacked=1",
            "<style>*{display:none}</style>",
            "</bdi></td></table><h1>hacked</h1>",
            "<base href=https://example.org/>",
            "<meta http-equiv=refresh content=0>",
            "{{7*7}}",
            "${7*7}",
            "`${window.hacked=1}`",
            "\u202eevil\u202c",
            "\u2066a\u2069",
            "\u200f",
            "\u0000\u0007\u001b[31mred",
            "\u2028\u2029");

    @TempDir
    private Path place;

    static TestRun run(Path place) throws IOException {
        List<Map<String, Object>> records = new ArrayList<>();
        for (int i = 0; i < 4 * HOSTILE.size(); i++) {
            String text = HOSTILE.get(i % HOSTILE.size());
            records.add(TestRun.record(i + text, text, text + " number " + i));
        }
        return TestRun.byCoverage(Files.createDirectories(place.resolve("<b>&\"'")), records);
    }

    @Test
    void texts_standInThePageAsTexts() throws IOException {
        String page = run(place).html();

        requireTexts(page);
        assertThat(page).contains("\\u202eevil\\u202c", "\\u0000\\u0007\\u001b[31mred");
    }

    @Test
    void experiment_ofHostileNames_isText() throws IOException {
        requireTexts(Files.readString(TestExperiment.page(place, String.join(" ", HOSTILE))));
    }

    /** Nothing of the hostile texts is more than text. */
    static void requireTexts(String page) {
        String around = page.replaceAll("(?s)<script.*?</script>|<style.*?</style>", "");

        assertThat(page.split("<script", -1)).hasSize(3);
        assertThat(page.split("</script", -1)).hasSize(3);
        assertThat(around)
                .doesNotContain("<img", "<svg/", "<base", "<h1>hacked", "<!--", "<b>&", "<meta http-equiv=refresh")
                .doesNotContainPattern("<[^>]*\\son\\w+\\s*=")
                .contains("&lt;img src=x onerror=&quot;window.hacked=1&quot;&gt;");
        assertThat(page.codePoints().filter(c -> c != '\n' && dev.quad.files.Visible.acts(c)))
                .isEmpty();
    }

    @Test
    void page_forbidsRequests_andHasNoAddress() throws IOException {
        String page = run(place).html();

        assertThat(page).contains("default-src &#x27;none&#x27;").doesNotContain("unsafe-inline", "unsafe-eval");
        assertThat(page.replaceAll("https://example.org/", "")).doesNotContainPattern("(?i)(https?:)?//[a-z]+\\.");
        assertThat(page).doesNotContainPattern("(?i)\\s(src|href)=\"(?!#)");
    }
}
