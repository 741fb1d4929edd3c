// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tests that pages name: of a law, of a figure, of a decision. */
class LawsPageTest {
    @ParameterizedTest
    @CsvSource({
        "docs/laws.md, 60",
        "PERFORMANCE.md, 20",
        "docs/questions.md, 2",
        "docs/decisions/sign.md, 1",
        "docs/decisions/duplicates.md, 3",
        "docs/decisions/k-means.md, 2",
        "docs/decisions/eight-bits.md, 1",
        "docs/decisions/no-nd4j.md, 2"
    })
    void page_everyTestNamed_exists(String page, int moreThan) throws IOException {
        Map<String, String> tests = Pages.sources("", "test");
        var named = Pattern.compile("`(\\w+(?:Test|Properties))\\.(\\w+)`")
                .matcher(Pages.read(page))
                .results()
                .toList();

        assertThat(named).hasSizeGreaterThan(moreThan);
        assertThat(named)
                .allSatisfy((MatchResult test) -> assertThat(tests.getOrDefault(test.group(1), ""))
                        .as(test.group())
                        .containsPattern("(void|class|ArchRule) " + test.group(2) + "\\b"));
    }

    @Test
    void page_everyTagOfATest_hasALine() throws IOException {
        String page = Pages.read("docs/laws.md");
        Set<String> tags = Pages.sources("", "test").values().stream()
                .flatMap(source -> Pages.all("(?:/\\*\\* |\\* |void )([STKstk]\\d{1,2})[:_ ]", source).stream())
                .map(tag -> tag.toUpperCase(Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(tags)
                .hasSizeGreaterThan(35)
                .allSatisfy(tag -> assertThat(page).contains("| " + tag + " |"));
    }
}
