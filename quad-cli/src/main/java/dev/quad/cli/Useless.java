// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Options that do nothing beside others. Who gives one means something by it, so that they are refused: those of the
 * command line and of the file of {@code --config}; what a preset has was given by nobody.
 *
 * @param holds whether it is so in this run
 * @param why they do nothing, to stand before "and --x would do nothing"
 * @param instead what else can be done than to leave them out
 * @param options their names
 */
record Useless(boolean holds, String why, String instead, Set<String> options) {

    static Useless when(boolean holds, String why, String instead, String... options) {
        return new Useless(holds, why, instead, Set.of(options));
    }

    /** Ends the command with exit code 2 and its usage, if one of them was given. */
    static void refuse(CommandSpec command, List<Useless> rules) {
        for (Useless rule : rules) {
            List<OptionSpec> given = rule.given(command);
            if (rule.holds && !given.isEmpty()) {
                List<String> names =
                        given.stream().map(OptionSpec::longestName).distinct().toList();
                throw new ParameterException(
                        command.commandLine(),
                        rule.why + ", and " + String.join(", ", names) + " would do nothing; leave "
                                + (names.size() == 1 ? "it" : "them") + " out, or " + rule.instead,
                        given.get(0),
                        null);
            }
        }
    }

    private List<OptionSpec> given(CommandSpec command) {
        return command.commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> options.contains(option.longestName()))
                .toList();
    }
}
