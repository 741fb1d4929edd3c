// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options from a YAML file: its keys are the long option names without dashes, its values what would follow them. What
 * is given on the command line wins.
 */
final class ConfigFile {
    private static final String OPTION = "--config";

    private ConfigFile() {}

    /** Adds the options of the file that {@code --config} names to those of the command line. */
    static String[] expand(CommandLine line, String... arguments) {
        String file = null;
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals(OPTION) && i + 1 < arguments.length) {
                file = arguments[i + 1];
            } else if (arguments[i].startsWith(OPTION + "=")) {
                file = arguments[i].substring(OPTION.length() + 1);
            }
        }
        CommandLine command =
                arguments.length == 0 ? null : line.getSubcommands().get(arguments[0]);
        if (file == null || command == null) {
            return arguments;
        }
        List<String> expanded = new ArrayList<>(Arrays.asList(arguments));
        for (Map.Entry<?, ?> entry : read(Path.of(file)).entrySet()) {
            OptionSpec option = option(command.getCommandSpec(), String.valueOf(entry.getKey()), file);
            boolean given = Arrays.stream(arguments)
                    .anyMatch(argument -> Arrays.stream(option.names())
                            .anyMatch(name -> argument.equals(name) || argument.startsWith(name + "=")));
            if (!given) {
                expanded.addAll(values(option, entry.getValue(), file));
            }
        }
        return expanded.toArray(String[]::new);
    }

    private static Map<?, ?> read(Path file) {
        try (Reader reader = Files.newBufferedReader(file)) {
            Object root =
                    new Load(LoadSettings.builder().setLabel(file.toString()).build()).loadFromReader(reader);
            if (root instanceof Map<?, ?> map) {
                return map;
            }
            throw new InputException(file + " does not hold a YAML mapping; write lines such as budget-tokens: 400000");
        } catch (YamlEngineException e) {
            throw new InputException(file + " is not YAML: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new InputException(file + " cannot be read; check the name and its permissions", e);
        }
    }

    private static OptionSpec option(CommandSpec command, String key, String file) {
        TreeSet<String> known = new TreeSet<>();
        for (OptionSpec option : command.options()) {
            String name = option.longestName().replaceFirst("^--", "");
            if (!option.usageHelp()
                    && !option.versionHelp()
                    && !option.longestName().equals(OPTION)) {
                if (name.equals(key)) {
                    return option;
                }
                known.add(name);
            }
        }
        String nearest = known.stream()
                .min(Comparator.comparingInt(name -> distance(name, key)))
                .orElse("");
        throw new InputException(
                file + " has the unknown key \"" + key + "\"; did you mean \"" + nearest + "\"? Allowed are " + known);
    }

    private static List<String> values(
            OptionSpec option, @org.jspecify.annotations.Nullable Object value, String file) {
        if (value == null) {
            throw new InputException(
                    file + ": the key \"" + option.longestName().substring(2) + "\" has no value");
        }
        List<String> result = new ArrayList<>();
        if (option.arity().max() == 0) {
            if (!(value instanceof Boolean)) {
                throw new InputException(
                        file + ": the key \"" + option.longestName().substring(2)
                                + "\" is a switch; allowed are true and false, found " + value);
            }
            if (value.equals(true)) {
                result.add(option.longestName());
            }
            return result;
        }
        result.add(option.longestName());
        for (Object each : value instanceof List<?> list ? list : List.of(value)) {
            result.add(String.valueOf(each));
        }
        return result;
    }

    /** Edit distance of Levenshtein. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
