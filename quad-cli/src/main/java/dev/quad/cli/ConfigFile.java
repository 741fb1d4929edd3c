// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.files.Visible;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Options from a YAML file: its keys are the long option names without dashes, its values what would follow them. What
 * is given on the command line wins.
 */
final class ConfigFile {
    static final String OPTION = "--config";

    private ConfigFile() {}

    /** Adds the options of the file that {@code --config} names to those of the command line. */
    static String[] expand(CommandLine line, String... arguments) {
        String file = named(arguments);
        CommandLine command =
                arguments.length == 0 ? null : line.getSubcommands().get(arguments[0]);
        if (file == null || command == null) {
            return arguments;
        }
        List<String> expanded = new ArrayList<>(Arrays.asList(arguments));
        for (Map.Entry<?, ?> entry : read(path(command, file)).entrySet()) {
            if (!isScalar(entry.getKey())) {
                throw new InputException(
                        file + " has a key that is no text; write lines such as budget-tokens: 400000");
            }
            String key = Visible.excerpt(String.valueOf(entry.getKey()));
            OptionSpec option = option(command.getCommandSpec(), key, file);
            if (!isGiven(option, arguments)) {
                expanded.addAll(values(option, entry.getValue(), file));
            }
        }
        return expanded.toArray(String[]::new);
    }

    private static @Nullable String named(String... arguments) {
        String file = null;
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals(OPTION) && i + 1 < arguments.length) {
                file = arguments[i + 1];
            } else if (arguments[i].startsWith(OPTION + "=")) {
                file = arguments[i].substring(OPTION.length() + 1);
            }
        }
        return file;
    }

    private static boolean isGiven(OptionSpec option, String... arguments) {
        return Arrays.stream(arguments)
                .anyMatch(argument -> Arrays.stream(option.names())
                        .anyMatch(name -> argument.equals(name) || argument.startsWith(name + "=")));
    }

    /** The file that an option comes from, to stand before what is wrong with its value; empty for the command line. */
    static String before(ArgSpec option, String... arguments) {
        String file = named(arguments);
        return file == null || !(option instanceof OptionSpec named) || isGiven(named, arguments) ? "" : file + ": ";
    }

    private static Path path(CommandLine command, String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new ParameterException(command, OPTION + ": " + FileName.refusal(e), e);
        }
    }

    private static Map<?, ?> read(Path file) {
        if (Files.isDirectory(file)) {
            throw new InputException(file + " is a folder; name a YAML file");
        }
        try {
            Object root = new Load(
                            LoadSettings.builder().setLabel(file.toString()).build())
                    .loadFromString(Files.readString(file));
            if (root instanceof Map<?, ?> map) {
                return map;
            }
            throw new InputException(file + " does not hold a YAML mapping; write lines such as budget-tokens: 400000");
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark()
                    .map(mark -> " in line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                    .orElse("");
            throw new InputException(file + " is not YAML: " + e.getProblem() + place, e);
        } catch (YamlEngineException e) {
            throw new InputException(file + " is not YAML: " + e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new InputException(
                    file + " is nested too deep; allowed is a line an option, with a value or a list of values", e);
        } catch (CharacterCodingException e) {
            throw new InputException(file + " is not UTF-8; save it as UTF-8", e);
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
        throw new InputException(file + " has the unknown key \"" + key + "\"; the nearest are "
                + String.join(", ", Nearest.to(key, known, 3)) + ", and --help tells all");
    }

    private static List<String> values(OptionSpec option, @Nullable Object value, String file) {
        if (value == null) {
            throw new InputException(
                    file + ": the key \"" + option.longestName().substring(2) + "\" has no value");
        }
        List<String> result = new ArrayList<>();
        if (option.arity().max() == 0) {
            if (!(value instanceof Boolean)) {
                throw new InputException(
                        file + ": the key \"" + option.longestName().substring(2)
                                + "\" is a switch; allowed are true and false, found " + shown(value));
            }
            if (value.equals(true)) {
                result.add(option.longestName());
            }
            return result;
        }
        if (value instanceof List<?> list
                && (list.isEmpty() || list.size() > option.arity().max())) {
            throw new InputException(
                    file + ": the key \"" + option.longestName().substring(2) + "\" has a list of "
                            + list.size() + " values; allowed "
                            + (option.arity().max() == 1 ? "is one value" : "are one or more"));
        }
        result.add(option.longestName());
        for (Object each : value instanceof List<?> list ? list : List.of(value)) {
            if (!isScalar(each)) {
                throw new InputException(
                        file + ": the key \"" + option.longestName().substring(2) + "\" has " + shown(each)
                                + "; allowed is a value, or a list of values");
            }
            result.add(String.valueOf(each));
        }
        return result;
    }

    private static boolean isScalar(@Nullable Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean;
    }

    /** What was found; what is nested may hold itself, and is not shown. */
    private static String shown(@Nullable Object value) {
        return isScalar(value)
                ? Visible.excerpt(String.valueOf(value))
                : value instanceof List<?>
                        ? "a list in it"
                        : value instanceof Map<?, ?> ? "a mapping in it" : "nothing";
    }
}
