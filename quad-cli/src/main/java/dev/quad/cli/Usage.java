// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** What a command asks of its options beyond their types. */
final class Usage {
    private Usage() {}

    /** Ends the command with exit code 2 and its usage, unless the condition holds. */
    static void check(CommandSpec command, boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(command.commandLine(), message);
        }
    }

    /** The names of the options under a heading. */
    static Set<String> group(CommandSpec command, String heading) {
        return command.argGroups().stream()
                .filter(group -> heading.equals(group.heading()))
                .flatMap(group -> group.allOptionsNested().stream())
                .map(OptionSpec::longestName)
                .collect(Collectors.toCollection(HashSet::new));
    }
}
