// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the pages say of commands and options. */
class CommandPageTest {
    private static final Map<String, CommandLine> COMMANDS = new CommandLine(new Quad()).getSubcommands();

    private static String page(String name) throws IOException {
        return Files.readString(Path.of("..").resolve(name));
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static Set<String> options(String command) {
        return Objects.requireNonNull(COMMANDS.get(command))
                .getCommandSpec()
                .optionsMap()
                .keySet();
    }

    @Test
    void commandPage_hasASectionForEachCommand_andALine() throws IOException {
        String page = page("docs/command.md");

        assertThat(all("(?m)^## quad ([\\w-]+)$", page)).containsExactlyInAnyOrderElementsOf(COMMANDS.keySet());
        assertThat(all("(?m)^\\| \\[`quad ([\\w-]+)`]", page)).containsExactlyInAnyOrderElementsOf(COMMANDS.keySet());
    }

    /** In the section of a command, and in the lines of shell that call it. */
    @Test
    void commandPage_optionsOfACommand_areItsOwn() throws IOException {
        for (String section : all("(?ms)^## (quad [\\w-]+\\n.*?)(?=^## |\\z)", page("docs/command.md"))) {
            String command = section.substring("quad ".length(), section.indexOf('\n'));
            Set<String> known = new TreeSet<>(options(command));
            if (command.equals("embed")) {
                known.addAll(options("select")); // which takes what it gives
            }
            assertThat(known).as("quad " + command).containsAll(all("(--[a-z][a-z-]*)", section));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "PERFORMANCE.md",
                "CONTRIBUTING.md",
                "docs/choosing.md",
                "docs/questions.md",
                "docs/java.md"
            })
    void pages_everyCall_isOfOptionsThatAre(String name) throws IOException {
        for (String call : all("\\./quad ([\\w-]+(?: .*(?:\\\\\\n.*)*)?)", page(name))) {
            String command = call.split("\\s", 2)[0];
            assertThat(COMMANDS).as(call).containsKey(command);
            assertThat(options(command)).as(call).containsAll(all("(--[a-z][a-z-]*)", call));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"docs/choosing.md", "docs/questions.md"})
    void choosing_everyOptionNamed_isOneOfSelect(String name) throws IOException {
        List<String> named = all("`(--[a-z][a-z-]*)", page(name));

        assertThat(named).hasSizeGreaterThan(20);
        assertThat(options("select")).containsAll(named);
    }

    /** What decides how documents are scored and chosen stands in the page, whatever it is. */
    @Test
    void choosing_hasEveryOptionOfScoresAndOfChoosing() throws IOException {
        List<String> named = all("(--[a-z][a-z-]*)", page("docs/choosing.md"));

        for (Class<?> group : List.of(ScoreOptions.class, BanditOptions.class)) {
            Set<String> options = new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(make(group)))
                    .getCommandSpec()
                    .optionsMap()
                    .keySet();
            assertThat(named).containsAll(options);
        }
    }

    private static Object make(Class<?> group) {
        return group == ScoreOptions.class ? new ScoreOptions() : new BanditOptions();
    }
}
