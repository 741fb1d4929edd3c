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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages say of files, types, tests and code. */
class PagesTest {
    private static final int MOST_OF_README = 8_000;
    /** Names of the JDK and of other libraries. */
    private static final Set<String> NOT_OURS = Set.of(
            "INDArray",
            "IllegalArgumentException",
            "MiniBatchKMeans",
            "NullPointerException",
            "Optional",
            "UncheckedIOException");

    @Test
    void readme_fitsOnOneScreenOrTwo_andNamesEveryModule() throws IOException {
        String readme = Pages.read("README.md");

        assertThat(Files.size(Pages.ROOT.resolve("README.md"))).isLessThanOrEqualTo(MOST_OF_README);
        for (String module : Pages.modules()) {
            assertThat(readme).contains("`" + module + "`");
        }
    }

    @Test
    void links_ofEveryPage_leadSomewhere() throws IOException {
        for (Path page : Pages.pages()) {
            for (String target : Pages.all("]\\((?!https?:)([^)\\s]+)\\)", Pages.read(page))) {
                String[] parts = target.split("#", 2);
                Path linked = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
                assertThat(linked).as(page + " links to " + target).exists();
                if (parts.length == 2) {
                    assertThat(Pages.anchors(Pages.read(linked)))
                            .as(page + " links to " + target)
                            .contains(parts[1]);
                }
            }
        }
    }

    /**
     * What is shown is compiled and run: each block of Java stands in an example, or in the project outside, as it is
     * shown.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/java.md",
                "docs/embedding.md",
                "docs/arrays.md",
                "docs/nd4j.md",
                "docs/smile.md",
                "docs/spark.md"
            })
    void java_thatIsShown_standsInAnExample(String page) throws IOException {
        Map<String, String> sources = Pages.sources("examples", "main");
        sources.putAll(Pages.sources("consumer", "\\w+"));
        sources.putAll(Pages.sources("quad-spark", "test"));
        String examples = Pages.words(String.join("\n", sources.values()));
        List<String> blocks = Pages.all("(?s)```java\n(.*?)```", Pages.read(page));

        assertThat(blocks).isNotEmpty().allSatisfy(block -> assertThat(examples).contains(Pages.words(block)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docs/java.md",
                "docs/embedding.md",
                "docs/questions.md",
                "docs/choosing.md",
                "ARCHITECTURE.md",
                "PERFORMANCE.md"
            })
    void typesAndMembers_thatAreNamed_exist(String page) throws IOException {
        Map<String, String> sources = Pages.sources("", "\\w+");
        for (String named : Pages.all("`([A-Z]\\w+(?:\\.\\w+)?)(?:\\(.*?\\))?`", Pages.read(page))) {
            String[] parts = named.split("\\.", 2);
            if (parts[0].chars().anyMatch(Character::isLowerCase) && !NOT_OURS.contains(parts[0])) {
                assertThat(sources).as(page + " names " + named).containsKey(parts[0]);
                if (parts.length == 2) {
                    assertThat(sources.get(parts[0]))
                            .as(page + " names " + named)
                            .containsPattern("\\b" + parts[1] + "\\b");
                }
            }
        }
    }

    /** The BOM has no parent, and names the plugins that build it again. */
    @Test
    void bom_versionsOfPlugins_areThoseOfTheParent() {
        String version = "(<artifactId>[\\w-]+-plugin</artifactId>\\s*<version>[^<]+</version>)";
        List<String> parents = Pages.all(version, Pages.read("pom.xml")).stream()
                .map(Pages::words)
                .toList();

        assertThat(Pages.all(version, Pages.read("quad-bom/pom.xml")).stream().map(Pages::words))
                .hasSizeGreaterThan(5)
                .allMatch(parents::contains);
    }

    /** Every table of figures names the tests that show that what was measured is right. */
    @Test
    void performance_everySection_hasACommandAndItsTests() throws IOException {
        List<String> sections = Pages.all("(?ms)^## (.*?)(?=^## |\\z)", Pages.read("PERFORMANCE.md"));

        assertThat(sections)
                .hasSizeGreaterThan(8)
                .allSatisfy(section -> assertThat(section)
                        .contains("**Data:**", "```sh\n", "**Is it right?**")
                        .containsPattern("`\\w+(Test|Properties)\\.\\w+`"));
    }

    @Test
    void questions_areAll34InOrder_withAnAnswerEach() throws IOException {
        List<String> rows = Pages.all("(?m)^(\\| \\d+ \\|.*)$", Pages.read("docs/questions.md"));

        assertThat(rows.stream().map(row -> Integer.valueOf(row.split("\\|", -1)[1].strip())))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 34).boxed().toList());
        assertThat(rows)
                .allSatisfy(row -> assertThat(List.of(row.substring(1).split("\\|")))
                        .hasSize(6)
                        .noneMatch(String::isBlank));
    }

    /** What is public is there to be used by others: somewhere it is shown how. */
    @Test
    void publicTypes_areUsedByAnExampleOrAGuideOrTheTestkit() throws IOException {
        StringBuilder shown = new StringBuilder();
        for (Path page : Pages.pages()) {
            shown.append(Pages.read(page));
        }
        Pages.sources("examples", "\\w+").values().forEach(shown::append);
        Pages.sources("quad-testkit", "\\w+").values().forEach(shown::append);
        Set<String> words = new TreeSet<>(Pages.all("(\\w+)", shown.toString()));

        assertThat(Pages.publicTypes()).hasSizeGreaterThan(100);
        assertThat(Pages.publicTypes().stream()
                        .filter(type -> !words.contains(type))
                        .collect(Collectors.toList()))
                .as("show them in an example or in docs/java.md, or make them package-private")
                .isEmpty();
    }
}
