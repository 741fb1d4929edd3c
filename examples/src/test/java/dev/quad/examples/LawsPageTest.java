// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/laws.md} and the tests that it names. */
class LawsPageTest {
    private static final Path ROOT = Path.of("..");

    /** The test sources of all modules, by class. */
    private static Map<String, String> tests() throws IOException {
        try (Stream<Path> files =
                Files.find(ROOT, 12, (file, attributes) -> file.toString().matches(".*/src/test/java/.*\\.java"))) {
            return files.collect(Collectors.toMap(
                    file -> file.getFileName().toString().replace(".java", ""), LawsPageTest::read, (a, b) -> a + b));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<MatchResult> all(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().toList();
    }

    @Test
    void page_everyTestNamed_exists() throws IOException {
        Map<String, String> tests = tests();
        List<MatchResult> named = all("`(\\w+(?:Test|Properties))\\.(\\w+)`", read(ROOT.resolve("docs/laws.md")));

        assertThat(named).hasSizeGreaterThan(60);
        assertThat(named)
                .allSatisfy(test -> assertThat(tests.getOrDefault(test.group(1), ""))
                        .as(test.group())
                        .containsPattern("(void|class) " + test.group(2) + "\\b"));
    }

    @Test
    void page_everyTagOfATest_hasALine() throws IOException {
        String page = read(ROOT.resolve("docs/laws.md"));
        Set<String> tags = tests().values().stream()
                .flatMap(source -> all("(?:/\\*\\* |\\* |void )([STKstk]\\d{1,2})[:_ ]", source).stream())
                .map(tag -> tag.group(1).toUpperCase(java.util.Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(tags)
                .hasSizeGreaterThan(35)
                .allSatisfy(tag -> assertThat(page).contains("| " + tag + " |"));
    }
}
